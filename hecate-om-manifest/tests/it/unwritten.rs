//! `emit()` in builds that must not write to the source folder: packed, of docs.rs, read-only.

use std::fs::{self, Permissions};
use std::path::{Path, PathBuf};

use hecate_om_manifest::Manifest;

use crate::service::{SCRATCH, Service};

#[test]
fn packing_the_service_passes_and_leaves_its_source_alone() {
    let service = Service::new("packed");
    let patch = |name: &str, path: &Path| format!("patch.crates-io.{name}.path={path:?}");
    let output = service.build_with(&[
        "package",
        "--allow-dirty",
        "--config",
        &patch("hecate-om", &SCRATCH.join("hecate-om")),
        "--config",
        &patch("hecate-om-manifest", Path::new(env!("CARGO_MANIFEST_DIR"))),
    ]);
    assert!(output.contains("Verifying hecate-packed"), "{output}");
    assert!(!service.path("manifest.json").exists());
}

#[test]
fn a_packed_service_uses_its_packed_manifest() {
    let service = Service::new("unpacked");
    for (name, library) in [("slice", ""), ("piece", "[lib]\nname = \"part\"\n")] {
        let cargo = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{library}"
        );
        service.write(&format!("{name}/Cargo.toml"), &cargo);
        service.write(&format!("{name}/src/lib.rs"), "");
    }
    let cargo = fs::read_to_string(service.path("Cargo.toml")).unwrap();
    let registry = "[patch.crates-io]\nslice.path = \"slice\"\npiece.path = \"piece\"\n\
        [dependencies]\nslice = \"0.1\"\npiece = \"0.1\"\n";
    service.write("Cargo.toml", &cargo.replace("[dependencies]\n", registry));
    service.write("Cargo.toml.orig", "");
    let packed = r#"{"name": "hecate-unpacked", "image": "example.org/x", "capabilities": [
        {"name": "gone", "crate": "hecate-unpacked"}, {"name": "echo.embed", "crate": "slice"},
        {"name": "echo.part", "crate": "piece", "library": "part"}
    ]}"#;
    service.write("manifest.json", packed);
    service.build();
    assert_eq!(service.manifest(), packed);
    let run = service.cargo(&["run", "--quiet"]);
    let output = String::from_utf8_lossy(&run.stdout).into_owned();
    let inside = output
        .strip_prefix("use ::part as _;\nuse ::slice as _;\n")
        .unwrap();
    let inside = Manifest::parse(inside).unwrap();
    let names: Vec<_> = inside
        .capabilities
        .iter()
        .map(|capability| &*capability.name)
        .collect();
    assert_eq!(names, ["echo.embed", "echo.part", "echo.say"]);
    assert_eq!(inside.image.as_deref(), Some("example.org/x"));
}

#[test]
fn docs_rs_is_not_written_to() {
    let service = Service::new("documented");
    let mut cargo = service.command(&["build"]);
    assert!(cargo.env("DOCS_RS", "1").output().unwrap().status.success());
    assert!(!service.path("manifest.json").exists());
}

#[test]
fn a_read_only_source_folder_builds() {
    let service = Service::new("read_only");
    let output = service.cargo(&["generate-lockfile"]);
    assert!(output.status.success());
    let folder = ReadOnly::new(&service.dir);
    let first = service.build();
    // Cargo shows output of a build script with the package's name.
    assert!(!first.contains("hecate-read-only@"), "{first}");
    // Root can write to a read-only folder; others get no manifest beside `Cargo.toml`.
    assert_eq!(service.path("manifest.json").exists(), folder.is_writable());
    let again = service.build();
    assert!(!again.contains("Compiling"), "{again}");
}

/// A folder that is read-only until dropped.
struct ReadOnly {
    dir: PathBuf,
    before: Permissions,
}

impl ReadOnly {
    fn new(dir: &Path) -> Self {
        let before = dir.metadata().unwrap().permissions();
        let mut permissions = before.clone();
        permissions.set_readonly(true);
        fs::set_permissions(dir, permissions).unwrap();
        Self {
            dir: dir.to_owned(),
            before,
        }
    }

    fn is_writable(&self) -> bool {
        let probe = self.dir.join("probe");
        let written = fs::write(&probe, "").is_ok();
        let _ = fs::remove_file(probe);
        written
    }
}

impl Drop for ReadOnly {
    fn drop(&mut self) {
        let _ = fs::set_permissions(&self.dir, self.before.clone());
    }
}
