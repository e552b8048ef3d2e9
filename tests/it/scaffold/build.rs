//! A generated service as its author has it: built, linted and tested by its own means.

use std::path::{Path, PathBuf};
use std::process::Command;

use hecate_om_tests::{Sandbox, workspace};

use super::{cli, scaffold};

/// A folder of its own, so that neither build waits for the other or undoes it.
fn target() -> PathBuf {
    workspace().join("target/scaffold")
}

#[track_caller]
fn cargo(dir: &Path, args: &[&str]) {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command
        .current_dir(dir)
        .args(args)
        .env("CARGO_TARGET_DIR", target());
    // What the outer cargo says of this package is none of theirs.
    for (name, _) in std::env::vars_os() {
        let of_package =
            |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
        if name.to_str().is_some_and(of_package) {
            command.env_remove(name);
        }
    }
    let output = command.output().expect("cargo can be run");
    assert!(
        output.status.success(),
        "cargo {args:?}:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
#[ignore = "builds all dependencies anew, which takes minutes; `.ci/run` runs it"]
fn generated_services_build_pass_their_tests_and_lint_clean() {
    let framework = format!("path:{}", workspace().display());
    for form in [&[][..], &["--slices"]] {
        let machine = Sandbox::new();
        let args = [
            &[
                "--name",
                "hecate-newservice",
                "--description",
                "Does X over the mesh",
                "--framework",
                &framework,
            ],
            form,
        ]
        .concat();
        let dir = scaffold(&machine, &args);
        // The versions that everything else here is tested with; what the service has beside them, Cargo adds.
        std::fs::copy(workspace().join("Cargo.lock"), dir.join("Cargo.lock")).unwrap();
        if !form.is_empty() {
            for (name, kind) in [
                ("forget_note", "cmd"),
                ("project_authors", "prj"),
                ("query_authors", "qry"),
            ] {
                let answer = cli(
                    &machine,
                    &["slice", "add", name, "--kind", kind, "--path", "service"],
                );
                assert_eq!(answer.code, 0, "{answer:?}");
            }
        }
        let before = std::fs::read_to_string(dir.join("manifest.json")).unwrap();
        cargo(&dir, &["test", "--workspace"]);
        cargo(&dir, &["fmt", "--all", "--check"]);
        cargo(
            &dir,
            &[
                "clippy",
                "--workspace",
                "--all-targets",
                "--locked",
                "--",
                "-D",
                "warnings",
            ],
        );
        let after = std::fs::read_to_string(dir.join("manifest.json")).unwrap();
        // A new service's manifest is what the build writes; that of one with more slices has those, too.
        assert_eq!(before == after, form.is_empty());
        let answer = cli(&machine, &["manifest", "--check", "service"]);
        assert_eq!(answer.code, 0, "{answer:?}");
    }
}
