//! The manifests of services in examples, tests and benchmarks.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::{compose, error, for_binary, place};
use crate::scan::{Program, TargetKind};

/// The manifests that were written, each with the program it is of.
pub(super) struct Programs(Vec<(TargetKind, String, PathBuf)>);

impl Programs {
    /// Writes the manifest of each program to `out`. Nobody edits those, and none is beside `Cargo.toml`.
    pub(super) fn write(programs: &[Program], out: &Path) -> Self {
        let mut written = Vec::new();
        for Program { kind, name, scan } in programs {
            let manifest = compose::compose(scan, &scan.capabilities, &scan.handlers, None);
            let manifest = for_binary(manifest, scan);
            let folder = match kind {
                TargetKind::Example => "example",
                TargetKind::Test => "test",
            };
            let path = out.join(format!("{folder}_{name}.json"));
            if let Err(why) = place::put(&path, &manifest, out, None) {
                error(format!("cannot write `{}`: {why}", path.display()));
            }
            written.push((*kind, name.clone(), path));
        }
        Self(written)
    }

    /// The expression that is the manifest of the program being compiled.
    ///
    /// Cargo gives all programs of a package the same variables from the build script; the crate's name, and a
    /// variable for tests and benchmarks only, tell them apart.
    pub(super) fn choice(
        &self,
        crates: &BTreeSet<String>,
        manifest: &Path,
        test_manifest: &Path,
    ) -> String {
        let include = |path: &Path| {
            let path = path.display().to_string();
            format!("::core::include_str!({path:?})")
        };
        let mut arms = String::new();
        for (kind, name, path) in &self.0 {
            let (name, is_test) = (name.as_bytes(), *kind == TargetKind::Test);
            // Writing to a string does not fail.
            let _ = writeln!(arms, "    ({name:?}, {is_test}) => {},", include(path));
        }
        // A documentation test has no crate of its own.
        let own = crates.iter().map(String::as_str).chain([""]);
        let own: Vec<String> = own.map(|name| format!("{:?}", name.as_bytes())).collect();
        // A guard, because the author's lints see this code and two equal blocks of an `if` are one.
        let own = own.join(" | ");
        for (guard, path) in [(" if ::core::cfg!(test)", test_manifest), ("", manifest)] {
            let _ = writeln!(arms, "    ({own}, false){guard} => {},", include(path));
        }
        format!(
            "match (\n    match ::core::option_env!(\"CARGO_CRATE_NAME\") {{\n        \
             ::core::option::Option::Some(name) => name.as_bytes(),\n        \
             ::core::option::Option::None => &[],\n    }},\n    \
             ::core::option_env!(\"CARGO_TARGET_TMPDIR\").is_some(),\n) {{\n{arms}    \
             _ => ::core::panic!({NOT_SEEN:?}),\n}}\n"
        )
    }
}

/// What is wrong where a program has become a service since the build script ran. It does not run for every change of a
/// test, as the service would be compiled again for each.
const NOT_SEEN: &str = "this example, test or benchmark was not a service when the build script ran: touch `build.rs`, \
    and build again";
