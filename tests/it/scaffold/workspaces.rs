//! Services and slices that join an existing workspace.

use std::path::Path;
use std::process::Command;

use expect_test::expect;
use hecate_om_tests::{Answer, Sandbox};
use serde_json::Value;

use super::{cli, files, with_compiler};

pub(super) const NAME: [&str; 4] = ["--name", "desk", "--description", "Does X"];

pub(super) fn write(machine: &Sandbox, path: &str, text: &str) {
    let file = machine.path().join(path);
    std::fs::create_dir_all(file.parent().expect("a file is in a folder"))
        .expect("the folder is created");
    std::fs::write(file, text).expect("the file is written");
}

pub(super) fn read(machine: &Sandbox, path: &str) -> String {
    let file = machine.path().join(path);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Writes an existing package of the workspace.
pub(super) fn package(machine: &Sandbox, dir: &str, name: &str) {
    let text = format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n");
    write(machine, &format!("{dir}/Cargo.toml"), &text);
    write(machine, &format!("{dir}/src/lib.rs"), "");
}

#[track_caller]
pub(super) fn scaffold(machine: &Sandbox, path: &str, more: &[&str]) -> Answer {
    let args = [&["scaffold", "--path", path], &NAME[..], more].concat();
    let answer = cli(machine, &args);
    assert_eq!(answer.code, 0, "{answer:?}");
    answer
}

#[track_caller]
fn add(machine: &Sandbox, path: &str, name: &str) {
    let answer = cli(
        machine,
        &["slice", "add", name, "--kind", "cmd", "--path", path],
    );
    assert_eq!(answer.code, 0, "{answer:?}");
}

/// Returns the root of a package's workspace and the names of the members, from `cargo metadata`.
#[track_caller]
fn members(machine: &Sandbox, path: &str) -> (String, Vec<String>) {
    let mut metadata: Command = machine.command("cargo");
    metadata
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version=1",
            "--manifest-path",
        ])
        .arg(machine.path().join(path).join("Cargo.toml"));
    let answer = machine.run(with_compiler(&mut metadata));
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(!answer.stderr.contains("warning: virtual"), "{answer:?}");
    let metadata: Value = answer.json();
    let root = metadata["workspace_root"]
        .as_str()
        .expect("there is a root");
    let real = machine.path().canonicalize().expect("the folder exists");
    let root = Path::new(root)
        .strip_prefix(real)
        .expect("the root is in the sandbox");
    let packages = metadata["packages"].as_array().expect("a list of packages");
    let mut names: Vec<String> = packages
        .iter()
        .map(|package| package["name"].as_str().expect("a name").to_owned())
        .collect();
    names.sort();
    (root.display().to_string(), names)
}

const VIRTUAL: &str = r#"# All of acme.
[workspace]
resolver = "2"
members = [
    "libs/*", # libraries
    # services
    "services/first",
]

[workspace.package]
edition = "2021"
license = "MIT"
repository = "https://forge.example.org/acme/all"

[workspace.dependencies]
hecate-om = { version = "0.1", default-features = false }
serde = "1" # for all

[workspace.lints.clippy]
todo = "warn"
"#;

/// The settings that are added to a workspace without profiles and patches.
const CRYPTOGRAPHY: &str = concat!(
    r#"# Without optimisation, post-quantum signatures make the first connection take seconds.
[profile.dev.package.macula-keccak]
opt-level = 3
[profile.dev.package.macula-mldsa]
opt-level = 3
[profile.dev.package.macula-mlkem]
opt-level = 3
[profile.dev.package.sha2]
opt-level = 3

# Signs by AWS-LC, which TLS uses, too: signatures are most of a call's cost, and take a seventh of
# the time. Without this line the service works the same, at the speed of the original.
[patch.crates-io]
macula-mldsa = { git = "https://codeberg.org/hecate-services/hecate-om", tag = "v"#,
    env!("CARGO_PKG_VERSION"),
    "\" }\n"
);

pub(super) fn virtual_workspace() -> Sandbox {
    let machine = Sandbox::new();
    write(&machine, "acme/Cargo.toml", VIRTUAL);
    write(
        &machine,
        "acme/rust-toolchain.toml",
        "[toolchain]\nchannel = \"stable\"\n",
    );
    package(&machine, "acme/libs/one", "one");
    package(&machine, "acme/services/first", "first");
    machine
}

#[test]
fn a_service_joins_the_workspace_and_inherits_what_that_has() {
    let machine = virtual_workspace();
    let answer = scaffold(&machine, "acme/services/desk", &[]);
    assert!(
        answer.stdout.contains("a member of the workspace in"),
        "{answer:?}"
    );
    let root = read(&machine, "acme/Cargo.toml");
    let listed = VIRTUAL.replace(
        "\"services/first\",\n",
        "\"services/first\",\n    \"services/desk\",\n",
    );
    assert_eq!(root, format!("{listed}\n{CRYPTOGRAPHY}"));
    let changed = "acme/Cargo.toml`, which now makes post-quantum cryptography fast";
    assert!(answer.stdout.contains(changed), "{answer:?}");
    let all = ["desk", "first", "one"].map(String::from);
    assert_eq!(
        members(&machine, "acme/services/desk"),
        ("acme".into(), all.into())
    );

    let written = files(&machine.path().join("acme/services/desk"));
    let paths: Vec<&str> = written.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "CHANGELOG.md",
            "Cargo.toml",
            "Containerfile",
            "Containerfile.dockerignore",
            "README.md",
            "build.rs",
            "compose.yml",
            "manifest.json",
            "quadlet/desk-dev.container",
            "quadlet/desk.container",
            "src/count_words.rs",
            "src/lib.rs",
            "src/main.rs",
            "tests/contract.rs",
        ]
    );
    expect![[r#"
        [package]
        name = "desk"
        version = "0.1.0"
        description = "Does X"
        edition = "2024"
        rust-version = "1.90"
        license.workspace = true
        repository.workspace = true
        publish = false

        [lints]
        workspace = true

        [dependencies]
        hecate-om.workspace = true
        schemars = "1"
        serde = { workspace = true, features = ["derive"] }

        [dev-dependencies]
        hecate-om = { workspace = true, features = ["testing"] }
        tokio = { version = "1", features = ["macros", "rt"] }

        [build-dependencies]
        hecate-om-manifest = { version = "0.1" }

        [features]
        default = ["dev-mesh"]
        # Starts or joins the development mesh of this machine. The image is built without it.
        dev-mesh = ["hecate-om/dev-mesh"]
    "#]]
    .assert_eq(&read(&machine, "acme/services/desk/Cargo.toml"));
    let image = read(&machine, "acme/services/desk/Containerfile");
    assert!(
        image.contains("--file services/desk/Containerfile"),
        "{image}"
    );
    for check in ["manifest", "quadlet"] {
        let answer = cli(&machine, &[check, "--check", "acme/services/desk"]);
        assert_eq!(answer.code, 0, "{answer:?}");
    }
}

#[test]
fn slices_are_members_of_the_workspace_that_the_service_is_in() {
    let machine = virtual_workspace();
    let answer = scaffold(
        &machine,
        "acme/services/desk",
        &["--slices", "--license", "Apache-2.0"],
    );
    assert!(
        answer.stdout.contains("cargo test --workspace"),
        "{answer:?}"
    );
    add(&machine, "acme/services/desk", "forget_note");
    // The service that was there before was not scaffolded, but can have slices.
    let first = "[package]\nname = \"first\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n\
                 [dependencies]\nhecate-om = { version = \"0.1\", default_features = false }\n";
    write(&machine, "acme/services/first/Cargo.toml", first);
    add(&machine, "acme/services/first", "embed");

    let (root, names) = members(&machine, "acme/services/desk/apps/forget_note");
    assert_eq!(root, "acme");
    let all = [
        "desk",
        "embed",
        "first",
        "forget_note",
        "one",
        "project_notes",
        "query_notes",
        "take_note",
    ];
    assert_eq!(names, all);
    let root = read(&machine, "acme/Cargo.toml");
    let list = "    \"libs/*\", # libraries\n    # services\n    \"services/first\",\n    \"services/desk\",\n    \
                \"services/desk/apps/*\",\n    \"services/first/apps/embed\",\n]";
    assert!(root.contains(list), "{root}");
    for member in [
        "desk",
        "desk/apps/take_note",
        "desk/apps/forget_note",
        "first",
        "first/apps/embed",
    ] {
        let manifest = read(&machine, &format!("acme/services/{member}/Cargo.toml"));
        assert!(!manifest.contains("[workspace"), "{manifest}");
    }
    let slice = read(&machine, "acme/services/desk/apps/take_note/Cargo.toml");
    for line in [
        "edition = \"2024\"\n",
        "license = \"Apache-2.0\"\n",
        "hecate-om.workspace = true\n",
        "project_notes = { path = \"../project_notes\" }\n",
        "schemars = \"1\"\n",
    ] {
        assert!(slice.contains(line), "{line}: {slice}");
    }
}

#[test]
fn a_workspace_that_covers_the_folder_by_a_glob_is_unchanged() {
    let machine = Sandbox::new();
    let root = "[workspace]\nmembers = ['services/*', \"services/*/apps/*\"]\nresolver = \"3\"\n\n\
                [profile.dev.package]\nsha2 = { opt-level = 2 }\n\
                [patch.crates-io]\nmacula-mldsa = { path = \"/mldsa\" }\n";
    write(&machine, "Cargo.toml", root);
    let answer = scaffold(&machine, "services/desk", &["--slices"]);
    assert!(!answer.stdout.contains("Also changed"), "{answer:?}");
    add(&machine, "services/desk", "embed");
    assert_eq!(read(&machine, "Cargo.toml"), root);
    let slice = read(&machine, "services/desk/apps/embed/Cargo.toml");
    for text in [
        "license = \"Apache-2.0\"\n",
        "rust-version = \"1.90\"\n",
        "[lints.rust]\nunsafe_code = \"forbid\"\n",
    ] {
        assert!(slice.contains(text), "{text}: {slice}");
    }
    let (_, names) = members(&machine, "services/desk");
    assert_eq!(
        names,
        ["desk", "embed", "project_notes", "query_notes", "take_note"]
    );
}

#[test]
fn a_folder_that_the_workspace_excludes_is_a_repository_of_its_own() {
    let machine = Sandbox::new();
    let root = "[workspace]\nexclude = [\"apart\"]\n";
    write(&machine, "Cargo.toml", root);
    scaffold(&machine, "apart/desk", &["--slices"]);
    add(&machine, "apart/desk", "embed");
    assert_eq!(read(&machine, "Cargo.toml"), root);
    assert_eq!(members(&machine, "apart/desk").0, "apart/desk");
    assert!(
        machine
            .path()
            .join("apart/desk/rust-toolchain.toml")
            .is_file()
    );
}

#[test]
fn a_package_that_is_the_root_of_a_workspace_gets_a_member() {
    let machine = Sandbox::new();
    package(&machine, ".", "root");
    let manifest = read(&machine, "Cargo.toml");
    write(
        &machine,
        "Cargo.toml",
        &format!("{manifest}\n[workspace] # of mine\n"),
    );
    scaffold(&machine, "desk", &[]);
    let root = read(&machine, "Cargo.toml");
    let listed = format!("[workspace] # of mine\nmembers = [\"desk\"]\n\n{CRYPTOGRAPHY}");
    assert!(root.ends_with(&listed), "{root}");
    assert_eq!(members(&machine, "desk").1, ["desk", "root"]);
}

#[test]
fn a_service_in_the_folder_of_a_member_joins_the_same_workspace() {
    let machine = Sandbox::new();
    write(
        &machine,
        "Cargo.toml",
        "[workspace]\nmembers = [\"outer\"]\nresolver = \"3\"\n",
    );
    package(&machine, "outer", "outer");
    scaffold(&machine, "outer/desk", &[]);
    assert_eq!(
        members(&machine, "outer/desk"),
        (String::new(), vec!["desk".into(), "outer".into()])
    );
}

#[test]
fn a_slice_is_built_by_default_where_its_service_is() {
    let machine = Sandbox::new();
    scaffold(&machine, "desk", &["--slices", "--bare"]);
    add(&machine, "desk", "embed");
    let text = read(&machine, "desk/Cargo.toml");
    assert!(text.contains("members = [\"apps/embed\"]\n"), "{text}");
    assert!(
        text.contains("default-members = [\".\", \"apps/embed\"]\n"),
        "{text}"
    );
    assert_eq!(members(&machine, "desk").1, ["desk", "embed"]);
}
