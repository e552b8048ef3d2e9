//! Streams over HTTP.

use std::io::{Read, Write};

use hecate_om_tests::{Sandbox, until};
use serde_json::{Value, json};

use super::Gateway;
use super::http::{Request, Response};

/// Returns the progress of the trial's streams with this key.
pub(super) fn progress(gateway: &Gateway, key: &str) -> Value {
    gateway
        .post("hecate-trial/trial.streamed", &json!(key))
        .json()
}

#[test]
fn a_server_stream_is_lines_or_events_up_to_its_end() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    let gateway = Gateway::start(&machine, &[]);
    let count = json!({"key": "a", "to": 10_000});
    let lines = gateway.post("hecate-trial/trial.count_to", &count);
    assert_eq!(lines.header("content-type"), "application/x-ndjson");
    let lines = lines.lines();
    assert_eq!(lines.len(), 10_001);
    for (number, line) in lines[..10_000].iter().enumerate() {
        assert_eq!(line["item"]["number"], number);
    }
    assert_eq!(lines[10_000], json!({"end": true}));
    let request = Request::post("hecate-trial/trial.count_to", &json!({"key": "a", "to": 2}));
    let events = gateway.send(&request.header("accept", "text/event-stream"));
    assert_eq!(events.header("content-type"), "text/event-stream");
    assert_eq!(
        events.text(),
        "event: item\ndata: {\"number\":0,\"padding\":\"\"}\n\nevent: item\ndata: {\"number\":1,\"padding\":\"\"}\n\n\
         event: end\ndata: null\n\n"
    );
}

#[test]
fn a_stream_that_fails_has_the_status_or_ends_with_an_error() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    let gateway = Gateway::start(&machine, &[]);
    let count = |end: &str| gateway.post("hecate-trial/trial.count_and_fail", &json!(end));
    let refused = count("Refused");
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (400, "not_counting")
    );
    for (end, code) in [
        ("RefusedLate", "counted_out"),
        ("Panics", "panicked"),
        ("Hangs", "timeout"),
    ] {
        let late = count(end);
        assert_eq!(late.status, 200, "{late:?}");
        let lines = late.lines();
        assert_eq!(
            lines[..3],
            [json!({"item": 0}), json!({"item": 1}), json!({"item": 2})]
        );
        assert_eq!(
            (&lines[3]["error"]["code"], lines.len()),
            (&json!(code), 4),
            "{end}"
        );
    }
}

#[test]
fn a_caller_that_stops_reading_slows_the_provider_and_one_that_leaves_ends_the_stream() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    let gateway = Gateway::start(&machine, &[]);
    let endless = json!({"key": "slow", "to": 1_000_000, "padding": 10_000});
    let mut stream = Request::post("hecate-trial/trial.count_to", &endless).open(gateway.addr);
    let mut first = [0; 1 << 16];
    stream.read_exact(&mut first).expect("items arrive");
    // Nothing is read from here on: the provider stops when all windows are full.
    let mut items = 0;
    until("the provider waits", || {
        let now = progress(&gateway, "slow")["items"].as_u64();
        let now = now.expect("items are counted");
        let before = std::mem::replace(&mut items, now);
        if before == now { Ok(()) } else { Err(now) }
    });
    assert!(items < 100_000, "{items} items are in flight");
    drop(stream);
    until("the stream has ended", || {
        let progress = progress(&gateway, "slow");
        if progress["open"] == 0 {
            Ok(())
        } else {
            Err(progress)
        }
    });
}

#[test]
fn a_client_stream_is_the_lines_of_the_body() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    let gateway = Gateway::start(&machine, &[]);
    assert_eq!(
        gateway
            .post("hecate-trial/trial.release", &json!("a"))
            .status,
        200
    );
    let sum = || {
        let request =
            Request::get("/v1/hecate-trial/trial.sum?request=%22a%22").with_method("POST");
        request.header("content-type", "application/x-ndjson")
    };
    let line = |number: u64| json!({"number": number, "padding": ""}).to_string() + "\n";
    let lines: String = (0..1_000).map(line).collect();
    let answer = gateway.send(&sum().body(lines + "\n"));
    assert_eq!(
        (answer.status, answer.json()),
        (200, json!(499_500)),
        "{answer:?}"
    );
    let wrong = gateway.send(&sum().body(line(1) + "{\"number\": }\n"));
    assert_eq!(
        (wrong.status, wrong.code().as_str()),
        (400, "invalid_request")
    );
    assert!(wrong.text().contains("line 2"), "{wrong:?}");
    let other = gateway.send(&sum().body("{\"number\": \"one\", \"padding\": \"\"}\n"));
    assert_eq!(
        (other.status, other.code().as_str()),
        (400, "invalid_request")
    );
}

#[test]
fn a_body_that_breaks_off_is_no_end_of_the_items() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    let gateway = Gateway::start(&machine, &[]);
    let open = || progress(&gateway, "cut")["open"].clone();
    let request = Request::get("/v1/hecate-trial/trial.sum?request=%22cut%22").with_method("POST");
    let request = request
        .header("content-type", "application/x-ndjson")
        .header("transfer-encoding", "chunked");
    let mut stream = request.open(gateway.addr);
    let item = json!({"number": 1, "padding": ""}).to_string() + "\n";
    let chunk = format!("{:x}\r\n{item}\r\n", item.len());
    stream
        .write_all(chunk.as_bytes())
        .expect("the gateway reads");
    until("the stream is open", || {
        if open() == 1 { Ok(()) } else { Err(open()) }
    });
    stream
        .shutdown(std::net::Shutdown::Write)
        .expect("the connection is open");
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    if !bytes.is_empty() {
        let answer = Response::parse(&bytes);
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (400, "invalid_request")
        );
    }
    until("the stream has ended", || {
        if open() == 0 { Ok(()) } else { Err(open()) }
    });
}
