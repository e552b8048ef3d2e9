//! Generated services as their authors have them: built, linted and tested by their own means, without a warning.

use std::path::{Path, PathBuf};
use std::process::Command;

use hecate_om_tests::{Sandbox, workspace};

use super::{cli, scaffold};

/// What CI runs, and the image's build.
const ALL: &[&[&str]] = &[
    &["build"],
    &["build", "--no-default-features", "--locked"],
    &["test", "--workspace", "--locked"],
    FORMAT,
    LINTS,
    &[
        "clippy",
        "--workspace",
        "--no-default-features",
        "--locked",
        "--",
        "-D",
        "warnings",
    ],
];
const FORMAT: &[&str] = &["fmt", "--all", "--check"];
const LINTS: &[&str] = &[
    "clippy",
    "--workspace",
    "--all-targets",
    "--",
    "-D",
    "warnings",
];

/// A folder of its own, so that neither build waits for the other or undoes it; one for all, so that what they depend
/// on is built once.
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
        .env("CARGO_TARGET_DIR", target())
        // Nothing is built twice, so what an incremental build would keep is for nothing.
        .env("CARGO_INCREMENTAL", "0");
    // What the outer cargo says of this package is none of theirs.
    for (name, _) in std::env::vars_os() {
        let of_package =
            |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
        if name.to_str().is_some_and(of_package) {
            command.env_remove(name);
        }
    }
    let output = command.output().expect("cargo can be run");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && !said.contains("warning"),
        "cargo {args:?}:\n{}{said}",
        String::from_utf8_lossy(&output.stdout),
    );
}

/// Writes a service of the hecate-om that is here; the folder it is in.
fn service(machine: &Sandbox, args: &[&str]) -> PathBuf {
    let framework = format!("path:{}", workspace().display());
    let args = [args, &["--framework", &framework]].concat();
    let dir = scaffold(machine, &args);
    // The versions that everything else here is tested with; what the service has beside them, Cargo adds.
    std::fs::copy(workspace().join("Cargo.lock"), dir.join("Cargo.lock"))
        .expect("the lock file is there");
    dir
}

fn add(machine: &Sandbox, slices: &[(&str, &str)]) {
    for (name, kind) in slices {
        let answer = cli(
            machine,
            &["slice", "add", name, "--kind", kind, "--path", "service"],
        );
        assert_eq!(answer.code, 0, "{answer:?}");
    }
}

#[track_caller]
fn is_in_step(machine: &Sandbox) {
    for words in [
        ["manifest", "--check", "service"],
        ["quadlet", "--check", "service"],
    ] {
        let answer = cli(machine, &words);
        assert_eq!(answer.code, 0, "{answer:?}");
    }
}

fn read(dir: &Path, file: &str) -> String {
    std::fs::read_to_string(dir.join(file)).expect("the file is there")
}

#[test]
#[ignore = "builds all dependencies anew, which takes minutes; `.ci/run` runs it"]
fn a_new_service_builds_passes_its_tests_and_lints_clean() {
    let machine = Sandbox::new();
    let dir = service(
        &machine,
        &["--name", "hecate-newservice", "--description", "Does X"],
    );
    let before = read(&dir, "manifest.json");
    for args in ALL {
        cargo(&dir, args);
    }
    assert_eq!(read(&dir, "manifest.json"), before, "the build writes it");
    is_in_step(&machine);

    add(&machine, &[("embed_corpus", "cmd")]);
    cargo(&dir, LINTS);
    assert!(read(&dir, "manifest.json").contains(r#""name": "embed_corpus""#));
    is_in_step(&machine);
}

#[test]
#[ignore = "builds all dependencies anew, which takes minutes; `.ci/run` runs it"]
fn a_service_with_a_slice_more_of_each_kind_passes_its_tests_and_lints_clean() {
    let machine = Sandbox::new();
    let dir = service(
        &machine,
        &[
            "--name",
            "hecate-notes",
            "--description",
            "Keeps X",
            "--slices",
        ],
    );
    let before = read(&dir, "manifest.json");
    cargo(&dir, &["build", "--workspace"]);
    assert_eq!(read(&dir, "manifest.json"), before, "the build writes it");
    add(
        &machine,
        &[
            ("forget_note", "cmd"),
            ("project_authors", "prj"),
            ("query_authors", "qry"),
        ],
    );
    for args in [&["test", "--workspace"], FORMAT, LINTS] {
        cargo(&dir, args);
    }
    assert_ne!(read(&dir, "manifest.json"), before, "it has more slices");
    is_in_step(&machine);
}

#[test]
#[ignore = "builds all dependencies anew, which takes minutes; `.ci/run` runs it"]
fn services_of_odd_but_legal_names_lint_clean() {
    let long = format!("hecate-{}", "n".repeat(56));
    for name in ["a", "x--9_z", "some", &long] {
        for form in [&[][..], &["--slices"]] {
            let machine = Sandbox::new();
            let args = [&["--name", name, "--description", r#"Does "X""#][..], form].concat();
            let dir = service(&machine, &args);
            cargo(&dir, FORMAT);
            cargo(&dir, LINTS);
            is_in_step(&machine);
        }
    }
}
