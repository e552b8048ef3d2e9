//! The end of a gateway.

use std::io::Read;

use hecate_om_tests::{Sandbox, runtime, until};
use serde_json::json;

use super::Gateway;
use super::http::{Request, Response};
use super::streams::progress;
use super::websocket::{next, open};

#[test]
fn a_gateway_that_stops_finishes_calls_and_ends_streams_with_an_error() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    let gateway = Gateway::start(&machine, &[]);
    let mut stream = Request::post("hecate-trial/trial.watch", &json!("w")).open(gateway.addr);
    let held = json!({"key": "held", "held": true});
    let mut call = Request::post("hecate-trial/trial.record_run", &held).open(gateway.addr);
    until("the stream is open", || {
        let open = progress(&gateway, "w")["open"].clone();
        if open == 1 { Ok(()) } else { Err(open) }
    });
    until("the call runs", || {
        let runs = gateway
            .post("hecate-trial/trial.run_count", &json!("held"))
            .json();
        if runs == 1 { Ok(()) } else { Err(runs) }
    });
    let other = Gateway::start(&machine, &[]);
    gateway.process.signal("TERM");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("the stream ends");
    let response = Response::parse(&bytes);
    let lines = response.lines();
    assert_eq!(
        lines.last().map(|last| &last["error"]["code"]),
        Some(&json!("draining"))
    );
    assert_eq!(
        other
            .post("hecate-trial/trial.release", &json!("held"))
            .status,
        200
    );
    let mut answer = Vec::new();
    call.read_to_end(&mut answer).expect("the call is answered");
    assert_eq!(Response::parse(&answer).status, 200);
    let (status, log) = gateway.process.end();
    assert!(status.success(), "{log}");
}

#[test]
fn a_gateway_that_stops_tells_it_on_each_web_socket() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    let gateway = Gateway::start(&machine, &[]);
    let runtime = runtime();
    let mut socket = runtime.block_on(open(&gateway, "trial.shout", &json!("a")));
    until("the stream is open", || {
        let open = progress(&gateway, "a")["open"].clone();
        if open == 1 { Ok(()) } else { Err(open) }
    });
    gateway.process.signal("TERM");
    let last = runtime.block_on(next(&mut socket));
    let code = last.as_ref().map(|last| &last["error"]["code"]);
    assert_eq!(code, Some(&json!("draining")), "{last:?}");
    let (status, log) = gateway.process.end();
    assert!(status.success(), "{log}");
}
