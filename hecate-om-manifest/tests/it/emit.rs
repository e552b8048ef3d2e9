//! `emit()` in real builds of a small service.
//!
//! The attributes come from a stub of `hecate-om`, which returns the items unchanged. The tests of
//! the real attributes check how they use the manifest.

use std::fs;

use expect_test::expect;
use hecate_om_manifest::Manifest;
use hecate_om_manifest::model::HandlerNames;

use crate::service::{MAIN, Service};

#[test]
fn a_build_writes_the_manifest_and_includes_it_in_the_binary() {
    let service = Service::new("echo");
    service.build();
    expect![[r#"
        {
          "$schema": "https://codeberg.org/hecate-services/hecate-om/raw/branch/main/hecate-om-manifest/schema/manifest.schema.json",
          "name": "hecate-echo",
          "display_name": "Echo",
          "version": "0.1.0",
          "description": "Echoes the request.",
          "service_type": "container_daemon",
          "tenancy": "realm",
          "runs_on": "infrastructure_node",
          "license": "Apache-2.0",
          "depends_on": [
            "macula-station",
            "hecate-realm"
          ],
          "capabilities": [
            {
              "name": "echo.say",
              "version": 1,
              "procedure": "hecate-echo/echo.say",
              "kind": "response",
              "limits": {
                "max_bytes": 1048576,
                "timeout_ms": 10000,
                "concurrency": 64
              },
              "doc": "Says it.",
              "request": "String",
              "response": "Vec<String>",
              "crate": "hecate-echo"
            }
          ],
          "ports": {
            "health": 8470
          },
          "volumes": {
            "secrets": "/etc/hecate/secrets/hecate-echo",
            "state": "/var/lib/hecate-echo"
          },
          "identity_spec": {
            "scope": "hecate-echo",
            "actions": [],
            "resources": [],
            "ttl_days": 30
          }
        }
    "#]]
    .assert_eq(&service.manifest());
    let run = service.cargo(&["run", "--quiet"]);
    assert_eq!(String::from_utf8_lossy(&run.stdout), service.manifest());
}

#[test]
fn a_build_with_nothing_changed_compiles_nothing() {
    let service = Service::new("unchanged");
    assert!(service.build().contains("Compiling hecate-unchanged"));
    let again = service.build();
    assert!(!again.contains("Compiling"), "{again}");
}

#[test]
fn deleting_the_manifest_and_building_restores_it() {
    let service = Service::new("restored");
    service.build();
    let written = service.manifest();
    fs::remove_file(service.path("manifest.json")).unwrap();
    service.build();
    assert_eq!(service.manifest(), written);
    let again = service.build();
    assert!(!again.contains("Compiling"), "{again}");
}

#[cfg(unix)]
#[test]
fn a_manifest_that_is_a_symbolic_link_stays_one() {
    let service = Service::new("linked");
    service.build();
    let (link, shared) = (service.path("manifest.json"), service.path("shared.json"));
    fs::rename(&link, &shared).unwrap();
    std::os::unix::fs::symlink("shared.json", &link).unwrap();
    service.add(
        "src/main.rs",
        "#[hecate_om::capability(\"echo.shout\")] pub async fn shout() {}",
    );
    service.build();
    assert!(link.is_symlink());
    assert!(fs::read_to_string(&shared).unwrap().contains("echo.shout"));
    let again = service.build();
    assert!(!again.contains("Compiling"), "{again}");
}

#[test]
fn a_capability_in_a_new_module_changes_the_manifest() {
    let service = Service::new("grown");
    service.build();
    service.write(
        "src/shout.rs",
        "#[hecate_om::capability(\"echo.shout\")] pub async fn shout() {}",
    );
    service.add("src/main.rs", "pub mod shout;");
    service.build();
    assert_eq!(service.capabilities(), ["echo.say", "echo.shout"]);
    fs::remove_file(service.path("src/shout.rs")).unwrap();
    service.write("src/main.rs", MAIN);
    service.build();
    assert_eq!(service.capabilities(), ["echo.say"]);
}

#[test]
fn an_attribute_that_may_be_another_crates_is_marked_in_the_binary_only() {
    let service = Service::new("foreign");
    service.write(
        "jobs/Cargo.toml",
        "[package]\nname = \"jobs\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lib]\nproc-macro = true\n",
    );
    service.write(
        "jobs/src/lib.rs",
        "use proc_macro::TokenStream;
        #[proc_macro_attribute]
        pub fn cron(_: TokenStream, item: TokenStream) -> TokenStream { item }",
    );
    let cargo_toml = fs::read_to_string(service.path("Cargo.toml")).unwrap();
    let jobs = "[dependencies]\n                jobs.path = \"jobs\"\n";
    service.write("Cargo.toml", &cargo_toml.replace("[dependencies]\n", jobs));
    service.add(
        "src/main.rs",
        "pub mod night { use jobs::*; #[cron(\"0 3 * * *\")] pub async fn nightly() {} }",
    );
    service.build();
    let beside = Manifest::parse(&service.manifest()).unwrap();
    assert_eq!(beside.schedules.len(), 1);
    assert!(!beside.other.contains_key("$uncertain"));
    let run = service.cargo(&["run", "--quiet"]);
    let of_binary = Manifest::parse(&String::from_utf8_lossy(&run.stdout)).unwrap();
    assert_eq!(of_binary.schedules, beside.schedules);
    // The attribute came from another crate, so the binary links no schedule.
    let settled = of_binary.without_foreign(&HandlerNames::default());
    assert_eq!(settled.schedules, []);
    assert_eq!(settled.capabilities, beside.capabilities);
    assert_eq!(settled.other, beside.other);
}

#[test]
fn a_library_added_later_is_noticed() {
    let service = Service::new("with_library");
    service.build();
    service.write(
        "src/lib.rs",
        "#[hecate_om::capability(\"echo.whisper\")] pub async fn whisper() {}",
    );
    service.build();
    assert_eq!(service.capabilities(), ["echo.say", "echo.whisper"]);
    let run = service.cargo(&["run", "--quiet"]);
    let output = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(
        output.starts_with("use ::hecate_with_library as _;\n{"),
        "{output}"
    );
}

#[test]
fn a_missing_module_is_warned_about_and_compiles_nothing_again() {
    let service = Service::new("missing");
    // For the scanner, `debug_assertions` is off.
    service.add("src/main.rs", "#[cfg(not(debug_assertions))] mod release;");
    let first = service.build();
    assert!(
        first.contains("src/main.rs:21:35: the scanner found no file for the module `release`"),
        "{first}"
    );
    assert!(!service.path("manifest.json").exists());
    let again = service.build();
    assert!(!again.contains("Compiling"), "{again}");
    service.write("src/release.rs", "");
    let written = service.build();
    assert!(written.contains("Compiling"), "{written}");
    assert_eq!(service.capabilities(), ["echo.say"]);
}

#[test]
fn unit_tests_have_a_manifest_of_their_own() {
    let service = Service::new("tested");
    service.add(
        "src/main.rs",
        "#[cfg(test)] pub mod tests {
            #[hecate_om::capability(\"echo.tested\")] pub async fn tested() {}
            #[test] fn lists() {
                let manifest = include!(env!(\"HECATE_OM_MANIFESTS\"));
                assert!(manifest.contains(\"echo.tested\") && manifest.contains(\"echo.say\"));
            }
        }",
    );
    let run = service.cargo(&["test"]);
    assert!(run.status.success(), "{run:?}");
    let output = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(output.contains("test tests::lists ... ok"), "{output}");
    assert_eq!(service.capabilities(), ["echo.say"]);
}

#[test]
fn the_manifest_in_the_source_folder_is_that_of_the_default_features() {
    let service = Service::new("featured");
    service.add(
        "src/main.rs",
        "#[cfg(feature = \"loud\")] #[capability(\"echo.shout\")] pub async fn shout() {}",
    );
    service.build();
    let written = service.manifest();
    service.build_with(&["build", "--features", "loud"]);
    assert_eq!(service.manifest(), written);
    let run = service.cargo(&["run", "--quiet", "--all-features"]);
    assert!(String::from_utf8_lossy(&run.stdout).contains("echo.shout"));
    assert_eq!(service.capabilities(), ["echo.say"]);
}

#[test]
fn a_service_in_an_example_has_its_own_manifest() {
    let service = Service::new("example");
    let example = MAIN.replace("echo.say", "example.say");
    service.write("examples/one-more.rs", &example);
    let test = "#[test] fn has_its_own() {
        let manifest = include!(env!(\"HECATE_OM_MANIFESTS\"));
        assert!(manifest.contains(\"example.say\") && !manifest.contains(\"echo.say\"));
    }";
    service.write(
        "tests/it.rs",
        &format!("#![allow(dead_code)]{example}{test}"),
    );
    let run = service.cargo(&["run", "--quiet", "--example", "one-more"]);
    let output = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(
        output.contains("example.say") && !output.contains("echo.say"),
        "{run:?}"
    );
    let run = service.cargo(&["test", "--test", "it"]);
    let output = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(output.contains("test has_its_own ... ok"), "{run:?}");
    assert_eq!(service.capabilities(), ["echo.say"]);
}

#[test]
fn a_test_without_a_service_does_not_rerun_the_build_script() {
    let service = Service::new("quiet");
    service.write("tests/it.rs", "#[test] fn holds() {}");
    service.build();
    service.write("tests/it.rs", "#[test] fn holds_still() {}");
    let again = service.build();
    assert!(!again.contains("Compiling"), "{again}");
}

#[test]
fn problems_fail_the_build_with_their_location() {
    let service = Service::new("double");
    service.add(
        "src/main.rs",
        "#[capability(\"echo.say\")] pub async fn again() {}",
    );
    let output = service.fail();
    assert!(
        output.contains("src/main.rs:21:14: the capability `echo.say` version 1 is declared twice, first at src/main.rs:13:14"),
        "{output}"
    );
    assert!(!service.path("manifest.json").exists());
}

#[test]
fn an_undeclared_permission_fails_the_build() {
    let service = Service::new("acting");
    service.add(
        "src/main.rs",
        "pub struct Mesh;
        impl Mesh {
            pub fn procedure(&self, _: &str) -> &Self { self }
            pub fn permission(&self, _: &str) -> &Self { self }
        }
        pub fn ask(mesh: &Mesh) { mesh.procedure(\"org/name\").permission(\"publish_summary\"); }
        ",
    );
    let output = service.fail();
    assert!(
        output.contains(
            "src/main.rs:26:73: the permission `publish_summary` is not in the `permissions` of `#[hecate_service]` \
             (declared: none)"
        ),
        "{output}"
    );
    assert!(!service.path("manifest.json").exists());
    let declared = MAIN.replace(
        "#[hecate_service]",
        "#[hecate_service(permissions = [\"publish_summary\"])]",
    );
    let source = fs::read_to_string(service.path("src/main.rs")).unwrap();
    service.write("src/main.rs", &source.replace(MAIN, &declared));
    service.build();
}

#[test]
fn the_manifest_stays_while_the_source_is_being_written() {
    let service = Service::new("half_written");
    service.build();
    let written = service.manifest();
    service.write("src/main.rs", &MAIN.replace("version = 1", "verison = 1"));
    service.build();
    assert_eq!(service.manifest(), written);
}

#[test]
fn slices_in_other_crates_are_found_and_linked() {
    let service = Service::new("sliced");
    service.write(
        "slices/embed_corpus/Cargo.toml",
        "[package]\nname = \"embed_corpus\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
         [dependencies]\nhecate-om = { path = \"../../../hecate-om\" }\n",
    );
    service.write(
        "slices/embed_corpus/src/lib.rs",
        "#[hecate_om::capability(\"echo.embed\")] pub async fn embed() {}",
    );
    let cargo = fs::read_to_string(service.path("Cargo.toml")).unwrap();
    let slice = "[dependencies]\nembed_corpus = { path = \"slices/embed_corpus\" }\n";
    service.write("Cargo.toml", &cargo.replace("[dependencies]\n", slice));
    service.build();
    assert_eq!(service.capabilities(), ["echo.embed", "echo.say"]);
    let run = service.cargo(&["run", "--quiet"]);
    assert!(run.stdout.starts_with(b"use ::embed_corpus as _;\n{"));
    // Only the slice is changed.
    service.add(
        "slices/embed_corpus/src/lib.rs",
        "#[hecate_om::capability(\"echo.prune\")] pub async fn prune() {}",
    );
    service.build();
    assert_eq!(
        service.capabilities(),
        ["echo.embed", "echo.prune", "echo.say"]
    );
}
