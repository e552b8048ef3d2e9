//! Manual edits of `manifest.json`, and what `emit()` keeps of them.

use std::fs;

use hecate_om_manifest::Manifest;

use crate::service::{MAIN, Service};

#[test]
fn manual_edits_of_the_manifest_are_kept() {
    let service = Service::new("edited");
    service.build();
    let mut manifest = Manifest::parse(&service.manifest()).unwrap();
    manifest.display_name = Some("ECHO".to_owned());
    manifest.image = Some("ghcr.io/hecate-services/hecate-edited".to_owned());
    manifest.min_realm_version = Some("0.6.0".to_owned());
    manifest.ports.insert("api".to_owned(), 8471);
    manifest.volumes.clear();
    manifest.other.insert("owner".to_owned(), "audio".into());
    manifest.capabilities.clear();
    manifest.version = Some("9.9.9".to_owned());
    service.write("manifest.json", &manifest.render());
    service.build();
    let kept = Manifest::parse(&service.manifest()).unwrap();
    assert_eq!(service.capabilities(), ["echo.say"]);
    manifest.capabilities.clone_from(&kept.capabilities);
    manifest.version = Some("0.1.0".to_owned());
    assert_eq!(kept, manifest);
}

#[test]
fn a_description_that_is_only_in_the_file_is_kept() {
    let service = Service::new("described");
    let cargo = fs::read_to_string(service.path("Cargo.toml")).unwrap();
    service.write(
        "Cargo.toml",
        &cargo.replace("description = \"Unused\"\n", ""),
    );
    service.write("src/main.rs", &MAIN.replace("///", "//"));
    let by_hand = r#"{"name": "hecate-described", "description": "By hand."}"#;
    service.write("manifest.json", by_hand);
    service.build();
    let description = || Manifest::parse(&service.manifest()).unwrap().description;
    assert_eq!(description().as_deref(), Some("By hand."));
    // The source overrides the file.
    service.write("src/main.rs", MAIN);
    service.build();
    assert_eq!(description().as_deref(), Some("Echoes the request."));
}

#[test]
fn manual_edits_of_capabilities_are_kept() {
    let service = Service::new("planned");
    service.write(
        "manifest.json",
        r#"{"name": "hecate-planned", "capabilities": [
            {"name": "echo.say", "status": "beta", "owner": "audio", "doc": "not this"},
            {"name": "echo.shout", "version": 2, "status": "planned", "doc": "Louder.", "owner": "audio"},
            {"name": "echo.gone", "status": "deprecated", "crate": "hecate-planned", "response": "()"},
            {"name": "echo.unsaid"}
        ]}"#,
    );
    service.build();
    let capabilities = || Manifest::parse(&service.manifest()).unwrap().capabilities;
    let kept = capabilities();
    let names: Vec<_> = kept
        .iter()
        .map(|capability| (&*capability.name, capability.version))
        .collect();
    assert_eq!(
        names,
        [("echo.gone", 1), ("echo.say", 1), ("echo.shout", 2)]
    );
    let [gone, say, shout] = &kept[..] else {
        panic!("{kept:?}");
    };
    assert_eq!(say.status.as_deref(), Some("beta"));
    assert_eq!(
        (&say.other["owner"], say.doc.as_deref()),
        (&"audio".into(), Some("Says it."))
    );
    assert_eq!(shout.status.as_deref(), Some("planned"));
    assert_eq!(
        (&shout.other["owner"], shout.doc.as_deref()),
        (&"audio".into(), Some("Louder."))
    );
    // The fields from the removed handler are gone.
    assert_eq!(
        (gone.status.as_deref(), &gone.package, &gone.response),
        (Some("deprecated"), &None, &None)
    );
    // The planned capability gets a handler.
    service.add(
        "src/main.rs",
        "#[capability(\"echo.shout\", version = 2)] pub async fn shout() {}",
    );
    service.build();
    let shout = &capabilities()[2];
    assert_eq!(shout.package.as_deref(), Some("hecate-planned"));
    assert_eq!(
        (shout.status.as_deref(), shout.doc.as_deref()),
        (Some("planned"), None)
    );
}

#[test]
fn an_invalid_manifest_is_not_overwritten() {
    let service = Service::new("broken_by_hand");
    service.build();
    service.write("manifest.json", "<<<<<<< ours\n");
    let output = service.fail();
    assert!(
        output.contains("fix it, or delete it to generate it again"),
        "{output}"
    );
    assert_eq!(service.manifest(), "<<<<<<< ours\n");
}
