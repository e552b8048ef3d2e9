//! Streams on the command line.

use hecate_om_tests::{Process, Sandbox, binary, until};
use serde_json::Value;

use crate::tools::lines;

#[test]
fn streams_are_lines_of_json_each_way() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    let counted = machine.cli(&[
        "call",
        "hecate-trial/trial.count_to",
        r#"{"key": "a", "to": 3}"#,
        "--stream",
    ]);
    assert_eq!(counted.code, 0, "{counted:?}");
    let numbers: Vec<Value> = lines(&counted)
        .iter()
        .map(|line| line["number"].clone())
        .collect();
    assert_eq!(numbers, [0, 1, 2]);

    let released = machine.cli(&["call", "hecate-trial/trial.release", r#""b""#]);
    assert_eq!(released.code, 0, "{released:?}");
    let items = machine.path().join("items.jsonl");
    std::fs::write(
        &items,
        "{\"number\": 2, \"padding\": \"\"}\n\n{\"number\": 5, \"padding\": \"\"}\n",
    )
    .unwrap();
    let sum = [
        "call",
        "hecate-trial/trial.sum",
        r#""b""#,
        "--items",
        "items.jsonl",
    ];
    let summed = machine.cli(&sum);
    assert_eq!(
        (summed.code, summed.stdout.as_str()),
        (0, "7"),
        "{summed:?}"
    );

    std::fs::write(&items, "\"hello\"\n\"there\"\n").unwrap();
    let shouted = machine.cli(&[
        "call",
        "hecate-trial/trial.shout",
        r#""c""#,
        "--items",
        "items.jsonl",
        "--stream",
    ]);
    assert_eq!(
        (shouted.code, shouted.stdout.as_str()),
        (0, "\"HELLO\"\n\"THERE\""),
        "{shouted:?}"
    );

    // What is no item is named by its line, and what the provider refuses is the end of what it sent.
    std::fs::write(&items, "\"hello\"\nthere\n").unwrap();
    let malformed = machine.cli(&sum);
    assert_eq!(malformed.code, 2, "{malformed:?}");
    assert!(
        malformed.stderr.contains("line 2 of `items.jsonl`"),
        "{malformed:?}"
    );
    let refused = machine.cli(&[
        "call",
        "hecate-trial/trial.count_badly",
        r#""RefusedLate""#,
        "--stream",
    ]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert_eq!(refused.stdout, "0\n1\n2");
    assert!(refused.stderr.contains("counted_out"), "{refused:?}");
}

#[test]
fn a_stream_without_end_is_left_by_ctrl_c_and_by_a_reader_that_has_seen_enough() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    let mut watch = machine.command(binary("hecate-om"));
    watch.args(["call", "hecate-trial/trial.watch", r#""w""#, "--stream"]);
    let mut watch = Process::start(&mut watch);
    watch.wait_for("1");
    watch.signal("INT");
    let (status, said) = watch.end();
    assert!(status.success(), "{said}");

    let piped = machine.run(
        machine
            .command("sh")
            .args(["-c", "\"$0\" \"$@\" | head -n 1"])
            .arg(binary("hecate-om"))
            .args([
                "call",
                "hecate-trial/trial.count_to",
                r#"{"key": "p", "to": 1000000}"#,
            ])
            .arg("--stream"),
    );
    assert_eq!((piped.code, piped.stderr.as_str()), (0, ""), "{piped:?}");
    until("the provider's handlers are dropped", || {
        for key in [r#""w""#, r#""p""#] {
            let open = machine
                .cli(&["call", "hecate-trial/trial.streamed", key])
                .json()["open"]
                .take();
            if open != 0 {
                return Err(format!("{key}: {open}"));
            }
        }
        Ok(())
    });
}

#[test]
fn a_call_with_the_flags_of_another_kind_names_those_that_fit() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    std::fs::write(machine.path().join("items.jsonl"), "\"a\"\n").unwrap();
    for (name, flags, advice) in [
        ("trial.watch", &[][..], "is a server stream: add `--stream`"),
        (
            "trial.text",
            &["--stream"],
            "is a unary call: leave out `--stream`",
        ),
        ("trial.sum", &[], "is a client stream: add `--items FILE`"),
        (
            "trial.shout",
            &["--items", "items.jsonl"],
            "is a bidirectional stream: add `--stream`",
        ),
    ] {
        let procedure = format!("hecate-trial/{name}");
        let call = ["call", &procedure, r#""a""#, "--json"];
        let refused = machine.cli(&[&call[..], flags].concat());
        assert_eq!(refused.code, 2, "{refused:?}");
        let error = &refused.json()["error"];
        assert_eq!(error["code"], "wrong_kind", "{error}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(advice), "{message}");
    }
    let benched = machine.cli(&["bench", "hecate-trial/trial.watch", r#""a""#]);
    assert!(benched.stderr.contains("is a server stream"), "{benched:?}");
}
