//! Slices added by `slice add`.

use hecate_om_tests::{Sandbox, workspace};

use super::{cli, files, scaffold};

const NOTES: [&str; 5] = [
    "--name",
    "notes-desk",
    "--description",
    "Keeps notes",
    "--slices",
];

#[test]
fn a_slice_of_each_kind_is_added() {
    let machine = Sandbox::new();
    let dir = scaffold(&machine, &NOTES);
    let before = std::fs::read_to_string(dir.join("Cargo.toml")).unwrap();
    for (name, kind) in [
        ("forget_note", "cmd"),
        ("project-authors", "prj"),
        ("query_authors_by_the_first_letter_of_their_name", "qry"),
    ] {
        let answer = cli(
            &machine,
            &["slice", "add", name, "--kind", kind, "--path", "service"],
        );
        assert_eq!(answer.code, 0, "{answer:?}");
    }
    let after = std::fs::read_to_string(dir.join("Cargo.toml")).unwrap();
    let added: Vec<&str> = after
        .lines()
        .filter(|line| !before.contains(line))
        .collect();
    assert_eq!(
        added,
        [
            r#"forget_note = { path = "apps/forget_note" }"#,
            r#"project_authors = { path = "apps/project_authors" }"#,
            r#"query_authors_by_the_first_letter_of_their_name = { path = "apps/query_authors_by_the_first_letter_of_their_name" }"#,
        ]
    );
    assert!(before.lines().all(|line| after.contains(line)), "{after}");

    let mut text = String::new();
    for (path, content) in files(&dir.join("apps")) {
        let own = ["project_notes", "query_notes", "take_note"];
        if !own.iter().any(|slice| path.starts_with(slice)) {
            text.push_str(&format!("==== {path}\n{content}"));
        }
    }
    let expected = workspace().join("tests/scaffold/expected/added.txt");
    expect_test::expect_file![expected].assert_eq(&text);

    // The scanner finds the handlers in the slices.
    let answer = cli(&machine, &["manifest", "check", "service"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(
        answer.stderr.contains(r#""name": "forget_note""#),
        "{answer:?}"
    );
}

#[test]
fn a_slice_turns_a_single_package_into_a_workspace() {
    let machine = Sandbox::new();
    let dir = scaffold(&machine, &["--name", "desk", "--description", "Does X"]);
    let answer = cli(
        &machine,
        &["slice", "add", "a_b", "--kind", "qry", "--path", "service"],
    );
    assert_eq!(answer.code, 0, "{answer:?}");
    let text = std::fs::read_to_string(dir.join("Cargo.toml")).unwrap();
    assert!(
        text.contains(
            "\n[workspace]\nmembers = [\"apps/a_b\"]\ndefault-members = [\".\", \"apps/a_b\"]\n"
        ),
        "{text}"
    );
    let slice = std::fs::read_to_string(dir.join("apps/a_b/Cargo.toml")).unwrap();
    assert!(
        slice.contains("hecate-om = { version = \"0.1\", default-features = false }"),
        "{slice}"
    );
}

#[test]
fn a_slice_is_added_once_and_comments_are_kept() {
    let machine = Sandbox::new();
    let dir = scaffold(&machine, &NOTES);
    let manifest = dir.join("Cargo.toml");
    let text = std::fs::read_to_string(&manifest).unwrap();
    let text = text.replace("[dependencies]\n", "[dependencies] # ours\n# the runtime\n");
    std::fs::write(&manifest, &text).unwrap();
    let add = [
        "slice", "add", "embed", "--kind", "cmd", "--path", "service",
    ];
    let answer = cli(&machine, &add);
    assert_eq!(answer.code, 0, "{answer:?}");
    let once = std::fs::read_to_string(&manifest).unwrap();
    assert!(
        once.contains("[dependencies] # ours\n# the runtime\n"),
        "{once}"
    );

    let before = files(&dir);
    let answer = cli(&machine, &add);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(
        answer.stderr.contains("already has a crate `embed`"),
        "{answer:?}"
    );
    // The slice is also refused if only its folder exists.
    std::fs::write(&manifest, &text).unwrap();
    let answer = cli(&machine, &add);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.stderr.contains("already exists"), "{answer:?}");
    assert!(
        answer.stderr.contains("choose another name for the slice"),
        "{answer:?}"
    );
    std::fs::write(&manifest, once).unwrap();
    assert_eq!(files(&dir), before);
}

#[test]
fn an_invalid_slice_is_refused_and_the_service_left_unchanged() {
    let machine = Sandbox::new();
    let dir = scaffold(&machine, &NOTES);
    let before = files(&dir);
    for (name, path, why) in [
        ("Embed", "service", "not a valid crate name"),
        ("has space", "service", "not a valid crate name"),
        ("../x", "service", "not a valid crate name"),
        ("match", "service", "keyword of Rust"),
        ("fn", "service", "keyword of Rust"),
        ("str", "service", "primitive type of Rust"),
        ("core", "service", "is taken"),
        ("test", "service", "is taken"),
        ("linkme", "service", "try `linkme_slice`"),
        ("con", "service", "Windows"),
        ("decide", "service", "an item of the generated source"),
        ("notes_desk", "service", "already has a crate `notes_desk`"),
        ("info", "service", "every service has"),
        ("take-note", "service", "already has a crate `take_note`"),
        ("embed", "service/apps/take_note/src", "No such file"),
        (
            "embed",
            "service/apps/project_notes",
            "no package that depends",
        ),
    ] {
        let answer = cli(
            &machine,
            &["slice", "add", name, "--kind", "cmd", "--path", path],
        );
        assert_ne!(answer.code, 0, "{name}");
        assert!(answer.stderr.contains(why), "{name}: {answer:?}");
    }
    assert_eq!(files(&dir), before);
}
