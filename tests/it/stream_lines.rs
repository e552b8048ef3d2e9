//! Streaming calls on the command line.

use std::io::Write as _;
use std::process::Stdio;

use hecate_om_tests::{Answer, Process, Sandbox, binary, until};
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

    // An invalid item is named by its line. A refusal by the provider ends the stream after the
    // items that were already sent.
    std::fs::write(&items, "\"hello\"\nthere\n").unwrap();
    let malformed = machine.cli(&sum);
    assert_eq!(malformed.code, 2, "{malformed:?}");
    assert!(
        malformed.stderr.contains("line 2 of `items.jsonl`"),
        "{malformed:?}"
    );
    let refused = machine.cli(&[
        "call",
        "hecate-trial/trial.count_and_fail",
        r#""RefusedLate""#,
        "--stream",
    ]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert_eq!(refused.stdout, "0\n1\n2");
    assert!(refused.stderr.contains("counted_out"), "{refused:?}");
}

#[test]
fn ctrl_c_and_a_closed_pipe_end_an_endless_stream() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    let mut watch = machine.command(binary("hecate-om"));
    watch.args(["call", "hecate-trial/trial.watch", r#""w""#, "--stream"]);
    let mut watch = Process::start(&mut watch);
    watch.wait_for("1");
    watch.signal("INT");
    let (status, output) = watch.end();
    assert!(status.success(), "{output}");

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
fn a_call_with_the_flags_of_another_kind_names_the_right_ones() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    std::fs::write(machine.path().join("items.jsonl"), "\"a\"\n").unwrap();
    for (name, flags, advice) in [
        (
            "trial.watch",
            &[][..],
            "is server streaming; add `--stream`",
        ),
        (
            "trial.text",
            &["--stream"],
            "is unary; leave out `--stream`",
        ),
        ("trial.sum", &[], "is client streaming; add `--items FILE`"),
        (
            "trial.shout",
            &["--items", "items.jsonl"],
            "is bidirectional; add `--stream`",
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
    assert!(
        benched.stderr.contains("is server streaming"),
        "{benched:?}"
    );
}

/// Returns the message of a call that timed out.
#[track_caller]
fn timed_out(answer: &Answer) -> String {
    assert_eq!(answer.code, 1, "{answer:?}");
    let error = &answer.json()["error"];
    assert_eq!(error["kind"], "timeout", "{error}");
    assert_eq!(error["code"], "timeout", "{error}");
    error["message"].as_str().expect("a text").to_owned()
}

#[test]
fn the_timeout_of_client_streaming_limits_each_item_and_the_response() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    let items = machine.path().join("items.jsonl");
    let sum = |key: &str| {
        let call = ["call", "hecate-trial/trial.sum", key];
        let more = ["--items", "items.jsonl", "--timeout", "1s", "--json"];
        machine.cli(&[&call[..], &more].concat())
    };
    // The handler reads no item until its key is released.
    let item = |padding: usize| {
        format!(
            "{{\"number\": 1, \"padding\": \"{}\"}}\n",
            "x".repeat(padding)
        )
    };
    std::fs::write(&items, item(0)).unwrap();
    let message = timed_out(&sum(r#""held""#));
    assert!(
        message.contains("did not answer after the last item within 1s"),
        "{message}"
    );
    std::fs::write(&items, item(8_000).repeat(600)).unwrap();
    let message = timed_out(&sum(r#""held""#));
    assert!(
        message.contains("accepted no further item within 1s"),
        "{message}"
    );
}

#[test]
fn the_timeout_of_a_response_stream_limits_the_idle_time_if_given() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    let silent = ["--stream", "--timeout", "1s", "--json"];
    let watch = ["call", "hecate-trial/trial.watch", r#""w""#];
    let watched = machine.cli(&[&watch[..], &silent].concat());
    let (first, rest) = watched.stdout.split_once('\n').unwrap();
    assert_eq!(first, "1");
    let rest = Answer {
        stdout: rest.to_owned(),
        ..watched
    };
    let message = timed_out(&rest);
    assert!(
        message.contains("neither sent nor accepted an item within 1s"),
        "{message}"
    );

    // Bidirectional, with a standard input that stays open.
    let mut shout = machine.command(binary("hecate-om"));
    shout.args(["call", "hecate-trial/trial.shout", r#""s""#, "--items", "-"]);
    shout
        .args(silent)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut shouting = shout.spawn().unwrap();
    let mut words = shouting.stdin.take().unwrap();
    words.write_all(b"\"hello\"\n").unwrap();
    let ended = shouting.wait_with_output().unwrap();
    drop(words);
    let output = String::from_utf8(ended.stdout).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{output}");
    assert!(output.starts_with("\"HELLO\"\n{"), "{output}");
    assert!(
        output.contains("neither sent nor accepted an item within 1s"),
        "{output}"
    );
}

#[test]
fn an_item_that_cannot_be_sent_is_named_by_its_line() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    let released = machine.cli(&["call", "hecate-trial/trial.release", r#""b""#]);
    assert_eq!(released.code, 0, "{released:?}");
    let refused = |procedure: &str, more: &[&str], line: &str| {
        let text = format!("{line}\n");
        std::fs::write(machine.path().join("items.jsonl"), text.repeat(2)).unwrap();
        let call = ["call", procedure, r#""b""#, "--items", "items.jsonl"];
        machine.cli(&[&call[..], more].concat())
    };
    // The capability accepts 8 KiB.
    let item = format!("{{\"number\": 1, \"padding\": \"{}\"}}", "x".repeat(9_000));
    let too_large = refused("hecate-trial/trial.sum", &[], &item);
    assert_eq!(too_large.code, 2, "{too_large:?}");
    let why =
        "line 1 of `items.jsonl`: the item has 9020 bytes; the capability accepts at most 8192";
    assert!(too_large.stderr.contains(why), "{too_large:?}");
    let twice = refused(
        "hecate-trial/trial.sum",
        &[],
        r#"{"number": 1, "number": 2}"#,
    );
    assert_eq!(twice.code, 2, "{twice:?}");
    let why = "line 1 of `items.jsonl`: the key `number` occurs twice";
    assert!(twice.stderr.contains(why), "{twice:?}");
    let word = format!("\"{}\"", "x".repeat(70_000));
    let over = refused("hecate-trial/trial.shout", &["--stream"], &word);
    assert_eq!(over.code, 2, "{}", over.stderr);
    assert!(over.stderr.contains("at most 65536"), "{}", over.stderr);
    // A fact may be as large as a frame on the wire.
    let fact = format!("1\n\"{}\"\n", "x".repeat(16_770_000));
    std::fs::write(machine.path().join("facts.jsonl"), fact).unwrap();
    let published = machine.run(
        machine
            .command("sh")
            .args(["-c", "exec \"$0\" \"$@\" < facts.jsonl"])
            .arg(binary("hecate-om"))
            .args(["publish", "acme/shop/order_placed_v1", "--lines"]),
    );
    assert_eq!(published.code, 2, "{published:?}");
    assert!(
        published.stderr.contains("line 2 of standard input"),
        "{published:?}"
    );
    assert!(
        published.stderr.contains("1 facts were published"),
        "{published:?}"
    );
}
