//! Refusals in an existing workspace, and that they leave it unchanged.

use hecate_om_tests::Sandbox;

use super::workspaces::{NAME, package, read, scaffold, virtual_workspace, write};
use super::{cli, files};

#[test]
fn a_workspace_with_resolver_1_is_refused_and_unchanged() {
    let machine = virtual_workspace();
    scaffold(&machine, "acme/services/desk", &[]);
    let root = read(&machine, "acme/Cargo.toml");
    for resolver in ["", "resolver = \"1\"\n"] {
        let root = root.replace("resolver = \"2\"\n", resolver);
        write(&machine, "acme/Cargo.toml", &root);
        let before = files(machine.path());
        let other = [&["scaffold", "--path", "acme/other"], &NAME[..]].concat();
        let slice = [
            "slice",
            "add",
            "embed",
            "--kind",
            "cmd",
            "--path",
            "acme/services/desk",
        ];
        for args in [&other[..], &slice] {
            let answer = cli(&machine, args);
            assert_eq!(answer.code, 1, "{answer:?}");
            assert!(
                answer.stderr.contains("acme/Cargo.toml` has resolver 1"),
                "{answer:?}"
            );
        }
        assert_eq!(files(machine.path()), before);
    }
}

#[test]
fn a_change_that_cargo_refuses_is_undone() {
    let machine = virtual_workspace();
    // A second package with the same name.
    package(&machine, "acme/libs/desk", "desk");
    let before = files(machine.path());
    let args = [
        &["scaffold", "--path", "acme/more/services/desk"],
        &NAME[..],
    ]
    .concat();
    let answer = cli(&machine, &args);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(
        answer.stderr.contains("two packages named `desk`"),
        "{answer:?}"
    );
    assert!(answer.stderr.contains("nothing was changed"), "{answer:?}");
    assert_eq!(files(machine.path()), before);
    assert!(!machine.path().join("acme/more").exists());

    let first = "[package]\nname = \"first\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n\
                 [dependencies]\nhecate-om = \"0.1\"\n";
    write(&machine, "acme/services/first/Cargo.toml", first);
    let before = files(machine.path());
    let answer = cli(
        &machine,
        &[
            "slice",
            "add",
            "one",
            "--kind",
            "qry",
            "--path",
            "acme/services/first",
        ],
    );
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(
        answer.stderr.contains("two packages named `one`"),
        "{answer:?}"
    );
    assert_eq!(files(machine.path()), before);
    assert!(!machine.path().join("acme/services/first/apps").exists());
}

#[test]
fn a_name_of_the_lock_file_is_refused_before_anything_is_written() {
    let machine = virtual_workspace();
    scaffold(&machine, "acme/services/desk", &["--slices", "--bare"]);
    let lock = "version = 4\n\n[[package]]\nname = \"num-words\"\nversion = \"1.0.0\"\n";
    write(&machine, "acme/Cargo.lock", lock);
    let before = files(machine.path());
    let scaffold = [
        "scaffold",
        "--name",
        "num-words",
        "--description",
        "Does X",
        "--path",
        "acme/new",
    ];
    let desk = ["--kind", "cmd", "--path", "acme/services/desk"];
    let slice = [&["slice", "add", "num_words"][..], &desk].concat();
    for args in [&scaffold[..], &slice] {
        let answer = cli(&machine, args);
        assert_eq!(answer.code, 2, "{answer:?}");
        assert!(
            answer.stderr.contains("the package `num-words` in"),
            "{answer:?}"
        );
    }
    assert_eq!(files(machine.path()), before);
}

#[test]
fn an_invalid_manifest_above_is_named_and_nothing_is_written() {
    let machine = Sandbox::new();
    write(&machine, "Cargo.toml", "[workspace\n");
    let before = files(machine.path());
    let answer = cli(&machine, &[&["scaffold"], &NAME[..]].concat());
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.stderr.contains("Cargo.toml`"), "{answer:?}");
    write(
        &machine,
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = \"all\"\n",
    );
    let answer = cli(&machine, &[&["scaffold"], &NAME[..]].concat());
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.stderr.contains("`workspace.members`"), "{answer:?}");
    write(&machine, "Cargo.toml", "[workspace\n");
    assert_eq!(files(machine.path()), before);
}
