//! Texts of other services that the command line prints cannot control the terminal.

use hecate_om_tests::Sandbox;

#[test]
fn text_in_a_manifest_does_not_control_the_terminal() {
    let machine = Sandbox::new();
    let hostile = "x\u{1b}[2J\u{9b}31m\u{202e}\r";
    let manifest = serde_json::json!({
        "name": hostile, "version": hostile, "description": hostile,
        "capabilities": [{"name": hostile, "version": 1, "doc": hostile, "request": hostile, "response": hostile,
            "crate": "x", "request_schema": {"title": hostile, "description": hostile},
            "response_schema": {"enum": [hostile]}}],
    });
    std::fs::write(machine.path().join("a.json"), manifest.to_string()).unwrap();
    std::fs::write(
        machine.path().join("b.json"),
        "{\"name\": \"b\", \"capabilities\": []}",
    )
    .unwrap();
    for args in [
        &["manifest", "show", "a.json"][..],
        &["manifest", "diff", "a.json", "b.json"],
        &["client", "--from", "a.json", "--name", "x-client"],
    ] {
        for json in [&[][..], &["--json"]] {
            let answer = machine.cli(&[args, json].concat());
            let output = format!("{}{}", answer.stdout, answer.stderr);
            let harmful = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            assert!(!output.contains(harmful), "{args:?}: {output:?}");
        }
    }
}

#[test]
fn a_refused_argument_does_not_control_the_terminal_or_look_like_another_line() {
    let machine = Sandbox::new();
    let hostile = "x\u{1b}]0;owned\u{7}\r\nhecate-echo  9.9.9\u{9b}2J\u{202e}";
    let (procedure, flag) = (format!("a/{hostile}"), format!("--{hostile}"));
    for args in [
        &[hostile][..],
        &["ls", hostile],
        &["ls", &flag],
        &["ls", "--seed", hostile],
        &["top", hostile],
        &["describe", &procedure],
        &["call", &procedure, "null"],
        &["call", "a/b", "null", "--provider", hostile],
        &["call", "a/b", "null", "--timeout", hostile],
        &["watch", hostile],
        &["completions", hostile],
        &["manifest", "diff", "a.json", "b.json", "--org", hostile],
    ] {
        let answer = machine.cli(args);
        let printed = &answer.stderr;
        assert_eq!(answer.code, 2, "{args:?}: {answer:?}");
        let harmful = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!printed.contains(harmful), "{args:?}: {printed:?}");
        assert!(
            printed.contains("hecate-echo  9.9.9"),
            "{args:?}: {printed:?}"
        );
        let is_forged = printed.lines().any(|line| line.starts_with("hecate-echo"));
        assert!(!is_forged, "{args:?}: {printed:?}");
        assert_eq!(
            printed.matches("error: ").count(),
            1,
            "{args:?}: {printed:?}"
        );
    }
}
