//! Packages written for one test.

use std::fs;
use std::path::{Path, PathBuf};

use hecate_om_manifest::scan::{Environment, Problem, Scan, scan};
use tempfile::TempDir;

/// A temporary folder of sources.
pub(crate) struct Tree {
    dir: TempDir,
}

/// The smallest package, without sources.
pub(crate) const CARGO_TOML: &str =
    "[package]\nname = \"demo\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";

/// The smallest service.
pub(crate) const SERVICE: &str = "use hecate_om::*; #[hecate_service]\nstruct Demo;\n";

impl Tree {
    /// Writes the files; `Cargo.toml` is [`CARGO_TOML`] unless given.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let tree = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        tree.write("Cargo.toml", CARGO_TOML);
        files.iter().for_each(|(path, text)| tree.write(path, text));
        tree
    }

    /// Returns a package whose `src/main.rs` is a service followed by `main`.
    pub(crate) fn service(main: &str, files: &[(&str, &str)]) -> Self {
        let tree = Self::new(files);
        tree.write("src/main.rs", &format!("{SERVICE}{main}"));
        tree
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap()
    }

    /// Scans it for Linux, with default features off.
    pub(crate) fn scan(&self) -> Scan {
        self.scan_with(&[])
    }

    /// Scans it for Linux, as Cargo would have it with these features.
    pub(crate) fn scan_with(&self, features: &[&str]) -> Scan {
        scan_in(&self.root(), features)
    }
}

/// Scans the package in `dir`.
pub(crate) fn scan_in(dir: &Path, features: &[&str]) -> Scan {
    let target = [
        ("TARGET", "x86_64-unknown-linux-gnu"),
        ("CARGO_CFG_UNIX", ""),
        ("CARGO_CFG_TARGET_OS", "linux"),
        ("CARGO_CFG_TARGET_FAMILY", "unix"),
    ];
    let target = target.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let features = features.iter().map(|name| {
        let name = name.to_uppercase().replace('-', "_");
        (format!("CARGO_FEATURE_{name}"), "1".to_owned())
    });
    scan(
        dir,
        &Environment::from_vars(target.into_iter().chain(features)),
    )
    .unwrap()
}

/// Returns the source of a capability.
pub(crate) fn handler(name: &str) -> String {
    let ident: String = name
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '_' })
        .collect();
    format!("#[hecate_om::capability(\"{name}\")]\nasync fn {ident}() {{}}\n")
}

/// Returns the names of the capabilities, in order.
pub(crate) fn names(scan: &Scan) -> Vec<&str> {
    assert_eq!(scan.errors, []);
    assert!(scan.complete);
    scan.capabilities
        .iter()
        .map(|capability| &*capability.name)
        .collect()
}

/// Returns the errors, one per line.
pub(crate) fn errors(scan: &Scan) -> String {
    lines(&scan.errors)
}

/// Returns the warnings, one per line.
pub(crate) fn warnings(scan: &Scan) -> String {
    lines(&scan.warnings)
}

fn lines(problems: &[Problem]) -> String {
    problems
        .iter()
        .map(|problem| format!("{problem}\n"))
        .collect()
}
