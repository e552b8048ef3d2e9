//! The command line's exit codes and words, without a mesh.

use hecate_om_tests::Sandbox;

#[test]
fn a_malformed_invocation_ends_with_two_and_says_why() {
    let machine = Sandbox::new();
    for args in [
        &["call"][..],
        &["call", "nonsense", "1"],
        &["call", "/b", "1"],
        &["call", "a/", "1"],
        &["describe", "/b"],
        &["describe", "a/"],
        &["call", "a/b", "not json"],
        &["call", "a/b", "{}", "--timeout", "soon"],
        &["call", "a/b", "{}", "--provider", "xyz"],
        &["cal", "a/b"],
        &["manifest", "show"],
        &["dev", "--profile", "classic"],
    ] {
        let answer = machine.cli(args);
        assert_eq!(answer.code, 2, "{args:?}: {answer:?}");
        assert!(!answer.stderr.is_empty(), "{args:?}");
        let json = machine.cli(&[args, &["--json"]].concat());
        assert_eq!(json.code, 2, "{args:?}: {json:?}");
        assert_eq!(json.json()["error"]["code"], "invalid_argument", "{args:?}");
    }
}

#[test]
fn a_log_filter_that_is_none_is_named() {
    let machine = Sandbox::new();
    let answer = machine.run(machine.dev().env("HECATE_LOG", "info=loud"));
    assert_eq!(answer.code, 2, "{answer:?}");
    assert!(answer.stderr.contains("HECATE_LOG"), "{answer:?}");
}

#[test]
fn without_a_mesh_a_call_says_how_to_get_one() {
    let machine = Sandbox::new();
    let answer = machine.cli(&["call", "hecate-echo/echo.say", r#""x""#]);
    assert_eq!(answer.code, 1);
    assert!(answer.stderr.contains("hecate-om dev"), "{answer:?}");
}

#[test]
fn a_manifest_of_the_ancestor_is_shown() {
    let machine = Sandbox::new();
    let file = machine.path().join("manifest.json");
    std::fs::write(
        &file,
        r#"{"name": "hecate-spartan", "version": "0.1.0", "description": "A trainer",
            "capabilities": ["spartan.train", {"name": "spartan.rank", "version": 2, "status": "planned"}],
            "ports": {"health": 8470, "api": 8471}}"#,
    )
    .unwrap();
    let shown = machine.cli(&["manifest", "show", file.to_str().unwrap()]);
    assert_eq!(shown.code, 0, "{shown:?}");
    for text in [
        "hecate-spartan 0.1.0",
        "A trainer",
        "spartan.train",
        "spartan.rank (version 2, planned)",
        "api 8471",
    ] {
        assert!(
            shown.stdout.contains(text),
            "`{text}` is not in:\n{}",
            shown.stdout
        );
    }
    std::fs::write(&file, "[]").unwrap();
    let wrong = machine.cli(&["manifest", "show", file.to_str().unwrap()]);
    assert_eq!(wrong.code, 1);
    assert!(wrong.stderr.contains("manifest.json"), "{wrong:?}");
}
