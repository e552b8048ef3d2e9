//! The manifests of services in examples, tests and benchmarks.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::{compose, error, for_binary, generated_file};
use crate::scan::{Program, TargetKind};

/// The written manifests, each with its program.
pub(super) struct Programs(Vec<(TargetKind, String, PathBuf)>);

impl Programs {
    /// Writes the manifest of each program to `out`. People do not edit these.
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
            if let Err(why) = generated_file::write(&path, &manifest, out, None) {
                error(format!("cannot write `{}`: {why}", path.display()));
            }
            written.push((*kind, name.clone(), path));
        }
        Self(written)
    }

    /// Returns an expression for the manifest of the program that is compiled.
    ///
    /// All programs of a package get the same variables from the build script. The crate's name,
    /// and a variable that only tests and benchmarks have, distinguish them.
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
            // Writing to a `String` does not fail.
            let _ = writeln!(arms, "    ({name:?}, {is_test}) => {},", include(path));
        }
        // A documentation test has no crate name.
        let own = crates.iter().map(String::as_str).chain([""]);
        let own: Vec<String> = own.map(|name| format!("{:?}", name.as_bytes())).collect();
        // A match guard, because lints of the service apply here, and some refuse equal blocks in
        // an `if`.
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

/// Error for a program that became a service after the build script ran. The script does not run
/// for each change of a test, because that would compile the service again.
const NOT_SEEN: &str = "this example, test or benchmark was not a service when the build script ran: touch `build.rs`, \
    and build again";
