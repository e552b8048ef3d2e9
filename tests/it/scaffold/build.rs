//! Generated services, built, linted and tested without warnings.

use std::path::{Path, PathBuf};
use std::process::Command;

use hecate_om_tests::{Sandbox, workspace};

use super::{cli, scaffold};
use crate::guide::markdown::Page;

/// Commands of a service's CI. `tests/containers/image` builds the service without default
/// features.
const ALL: &[&[&str]] = &[
    &["build"],
    &["test", "--locked"],
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

/// Runs Cargo, and returns its output.
fn run(dir: &Path, args: &[&str]) -> (bool, String) {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command
        .current_dir(dir)
        .args(args)
        // The folder of this workspace, which has most of the dependencies.
        .env("CARGO_TARGET_DIR", workspace().join("target"))
        // No service is built twice.
        .env("CARGO_INCREMENTAL", "0");
    // Variables of the outer Cargo describe another package.
    for (name, _) in std::env::vars_os() {
        let of_package =
            |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
        if name.to_str().is_some_and(of_package) {
            command.env_remove(name);
        }
    }
    let ended = command.output().expect("cargo can be run");
    let output = [ended.stdout, ended.stderr].concat();
    let output = String::from_utf8_lossy(&output).into_owned();
    (ended.status.success(), output)
}

/// Runs Cargo, which must neither fail nor warn, and returns its output.
#[track_caller]
fn cargo(dir: &Path, args: &[&str]) -> String {
    let (succeeded, output) = run(dir, args);
    assert!(
        succeeded && !output.contains("warning"),
        "cargo {args:?}:\n{output}"
    );
    output
}

/// Creates a service that depends on this checkout, and returns its folder.
pub(super) fn service(machine: &Sandbox, args: &[&str]) -> PathBuf {
    let framework = format!("path:{}", workspace().display());
    let args = [args, &["--framework", &framework]].concat();
    let dir = scaffold(machine, &args);
    // The tested versions of dependencies; Cargo adds those that only the service has.
    std::fs::copy(workspace().join("Cargo.lock"), dir.join("Cargo.lock"))
        .expect("the lock file is there");
    dir
}

/// Creates a workspace `all` with these lines, and returns its folder.
fn workspace_of(machine: &Sandbox, lines: &str) -> PathBuf {
    let alone = service(machine, &["--name", "alone", "--description", "Does X"]);
    // The same profiles, so that dependencies are not built again.
    let manifest = read(&alone, "Cargo.toml");
    let (_, profiles) = manifest
        .split_once("[profile.release]")
        .expect("the manifest has profiles");
    let root = machine.path().join("all");
    std::fs::create_dir(&root).expect("the folder is created");
    let manifest = format!("[workspace]\n{lines}\n\n[profile.release]{profiles}");
    std::fs::write(root.join("Cargo.toml"), manifest).expect("the file is written");
    std::fs::copy(alone.join("Cargo.lock"), root.join("Cargo.lock")).expect("the file is copied");
    root
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
#[ignore = "builds all dependencies again, which takes minutes; `.ci/run` runs it"]
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
#[ignore = "builds all dependencies again, which takes minutes; `.ci/run` runs it"]
fn a_service_with_an_added_slice_of_each_kind_passes_its_tests_and_lints_clean() {
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
    let tests = cargo(&dir, &["test"]);
    for test in [
        "an_empty_note_is_refused_and_not_added",
        "a_command_with_a_subject_is_accepted",
    ] {
        assert!(tests.contains(test), "not all slices are tested:\n{tests}");
    }
    for args in [FORMAT, LINTS] {
        cargo(&dir, args);
    }
    assert_ne!(read(&dir, "manifest.json"), before, "it has more slices");
    is_in_step(&machine);
}

#[test]
#[ignore = "builds all dependencies again, which takes minutes; `.ci/run` runs it"]
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

#[test]
#[ignore = "builds all dependencies again, which takes minutes; `.ci/run` runs it"]
fn a_service_without_the_example_passes_its_tests_and_gets_a_slice() {
    for form in [&["--bare"][..], &["--bare", "--slices"]] {
        let machine = Sandbox::new();
        let name = [
            "--name",
            "hecate-blank",
            "--description",
            "Does nothing yet",
        ];
        let dir = service(&machine, &[&name[..], form].concat());
        let before = read(&dir, "manifest.json");
        cargo(&dir, &["test"]);
        assert_eq!(read(&dir, "manifest.json"), before, "the build writes it");
        add(&machine, &[("embed_corpus", "cmd")]);
        let tests = cargo(&dir, &["test"]);
        assert!(
            tests.contains("a_command_with_a_subject_is_accepted"),
            "{tests}"
        );
        for args in [FORMAT, LINTS] {
            cargo(&dir, args);
        }
        is_in_step(&machine);
    }
}

#[test]
#[ignore = "builds all dependencies again, which takes minutes; `.ci/run` runs it"]
fn state_that_is_not_provided_fails_the_generated_tests() {
    let machine = Sandbox::new();
    let name = [
        "--name",
        "hecate-blank",
        "--description",
        "Does nothing yet",
        "--bare",
    ];
    let dir = service(&machine, &name);
    let source = read(&dir, "src/lib.rs");
    let capability = "pub struct Missing;\n\n#[hecate_om::capability(\"words.count\", version = 1, access = open)]\n\
                      pub async fn count_words(_missing: &Missing) {}\n";
    std::fs::write(dir.join("src/lib.rs"), format!("{source}\n{capability}"))
        .expect("the file is written");
    let (succeeded, output) = run(&dir, &["test"]);
    assert!(!succeeded, "{output}");
    assert!(
        output.contains("the_service_provides_all_state_that_its_capabilities_borrow ... FAILED"),
        "{output}"
    );
    assert!(
        output.contains("Missing") && output.contains("words.count"),
        "{output}"
    );
}

#[test]
#[ignore = "builds all dependencies again, which takes minutes; `.ci/run` runs it"]
fn a_service_in_a_workspace_of_another_edition_builds_there() {
    let machine = Sandbox::new();
    let root = workspace_of(
        &machine,
        "resolver = \"2\"\n\n[workspace.package]\nedition = \"2021\"\n\n[workspace.dependencies]\nserde = \"1\"\n\n\
         [workspace.lints.rust]\nmissing_docs = \"deny\"\nmissing_debug_implementations = \"deny\"",
    );
    let framework = format!("path:{}", workspace().display());
    let args = [
        "scaffold",
        "--path",
        "all/services/desk",
        "--name",
        "desk",
        "--description",
        "Does X",
    ];
    let answer = cli(
        &machine,
        &[&args[..], &["--slices", "--framework", &framework]].concat(),
    );
    assert_eq!(answer.code, 0, "{answer:?}");
    let path = "all/services/desk";
    let answer = cli(
        &machine,
        &["slice", "add", "embed", "--kind", "cmd", "--path", path],
    );
    assert_eq!(answer.code, 0, "{answer:?}");
    let tests = cargo(&root, &["test", "--workspace"]);
    for test in [
        "a_note_that_is_taken_is_found",
        "a_command_with_a_subject_is_accepted",
    ] {
        assert!(tests.contains(test), "{tests}");
    }
    for args in [FORMAT, LINTS] {
        cargo(&root, args);
    }
    assert!(!root.join("services/desk/Cargo.lock").exists());
}

#[test]
#[ignore = "builds all dependencies again, which takes minutes; `.ci/run` runs it"]
fn the_tests_of_the_cookbook_pass() {
    let machine = Sandbox::new();
    let root = workspace_of(&machine, "resolver = \"3\"");
    let framework = format!("path:{}", workspace().display());
    let page = Page::read("docs/cookbook.md");
    let recipes = page.blocks.iter().map(|(_, text)| text);
    for (number, recipe) in recipes
        .filter(|text| text.contains("#[tokio::test]"))
        .enumerate()
    {
        let name = format!("recipe-{number}");
        let path = format!("all/{name}");
        let args = [
            "scaffold",
            "--bare",
            "--path",
            &path,
            "--name",
            &name,
            "--description",
            "Does X",
        ];
        let answer = cli(
            &machine,
            &[&args[..], &["--framework", &framework]].concat(),
        );
        assert_eq!(answer.code, 0, "{answer:?}");
        let dir = root.join(&name);
        for file in ["src/main.rs", "tests/contract.rs"] {
            std::fs::remove_file(dir.join(file)).expect("the file is removed");
        }
        std::fs::write(dir.join("src/lib.rs"), recipe).expect("the file is written");
        let futures = "[dependencies]\nfutures-util = { version = \"0.3\", default-features = false, features = [\"std\"] }";
        let manifest = read(&dir, "Cargo.toml").replace("[dependencies]", futures);
        std::fs::write(dir.join("Cargo.toml"), manifest).expect("the file is written");
    }
    let (succeeded, output) = run(&root, &["test", "--workspace"]);
    assert!(succeeded, "{output}");
    for test in [
        "a_delivery_is_published",
        "numbers_are_added",
        "a_quote_is_price_times_weight",
    ] {
        assert!(output.contains(&format!("{test} ... ok")), "{output}");
    }
}
