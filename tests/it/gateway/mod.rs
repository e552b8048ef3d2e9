//! `hecate-om gateway`: capabilities over HTTP.

mod access;
mod agents;
mod clients;
mod drain;
mod errors;
mod http;
mod streams;
mod websocket;

use std::net::SocketAddr;

use hecate_om_tests::{Exposition, Process, Sandbox, binary};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use http::{Request, Response};

/// A gateway to the services of a sandbox.
struct Gateway {
    process: Process,
    addr: SocketAddr,
}

impl Gateway {
    /// Starts a gateway on a free port that exposes the two services of the tests.
    fn start(machine: &Sandbox, args: &[&str]) -> Self {
        let mut command = machine.command(binary("hecate-om"));
        let expose = ["--expose", "hecate-echo/*", "--expose", "hecate-trial/*"];
        command
            .args(["gateway", "--listen", "127.0.0.1:0", "--json"])
            .args(expose)
            .args(args);
        let mut process = Process::start(&mut command);
        let started = process.wait_for("\"ok\":true");
        let started: Value = serde_json::from_str(&started).expect("the gateway prints JSON");
        let url = started["result"]["url"]
            .as_str()
            .expect("it has an address");
        let (_, addr) = url.split_once("://").expect("an address has a scheme");
        let addr = addr.parse().expect("it is an address");
        Self { process, addr }
    }

    fn post(&self, procedure: &str, request: &Value) -> Response {
        self.send(&Request::post(procedure, request))
    }

    fn send(&self, request: &Request) -> Response {
        request.send(self.addr)
    }
}

/// Writes a file of callers, each with its name, its token and its other lines, and returns its path.
fn callers(machine: &Sandbox, callers: &[(&str, &str, &str)]) -> String {
    let entry = |(name, token, lines): &(&str, &str, &str)| {
        let hash = hex::encode(Sha256::digest(token));
        format!("[callers.{name}]\ntoken_sha256 = \"{hash}\"\n{lines}\n")
    };
    let file = machine.path().join("callers.toml");
    let text: String = callers.iter().map(entry).collect();
    std::fs::write(&file, text).expect("the file can be written");
    file.to_str().expect("a path is text").to_owned()
}

#[test]
fn a_call_is_answered_with_json_that_has_booleans() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    let gateway = Gateway::start(&machine, &[]);
    let document = json!({"title": "Tides", "public": true, "pages": 3, "tags": ["sea"]});
    let mut expected = document.clone();
    expected["note"] = Value::Null;
    let answer = gateway.post("hecate-trial/trial.document", &document);
    assert_eq!(
        (answer.status, answer.json()),
        (200, expected.clone()),
        "{answer:?}"
    );
    assert_eq!(answer.header("content-type"), "application/json");
    // The capability is idempotent, so that it can be read with GET, too.
    let request = http::percent_encoded(&document.to_string());
    let path = format!("/v1/hecate-trial/trial.document?request={request}");
    let read = gateway.send(&Request::get(&path));
    assert_eq!((read.status, read.json()), (200, expected), "{read:?}");
    // A version of its own is a procedure of its own.
    let second = gateway.post("hecate-trial/trial.text_v2", &json!("a"));
    assert_eq!(second.status, 200, "{second:?}");
}

#[test]
fn a_content_is_downloaded_whole_and_in_ranges() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    let gateway = Gateway::start(&machine, &[]);
    let shared = gateway.post("hecate-trial/trial.share", &json!(600_000));
    let id = shared.json().as_str().expect("an id is text").to_owned();
    let path = format!("/contents/{id}");
    let whole = gateway.send(&Request::get(&path));
    assert_eq!((whole.status, whole.body.len()), (200, 600_000));
    assert_eq!(whole.header("etag"), format!("\"{id}\""));
    let range = gateway.send(&Request::get(&path).header("range", "bytes=99999-100003"));
    assert_eq!(range.status, 206);
    assert_eq!(range.header("content-range"), "bytes 99999-100003/600000");
    assert_eq!(range.body, whole.body[99_999..=100_003]);
    let beyond = gateway.send(&Request::get(&path).header("range", "bytes=600000-"));
    assert_eq!(
        (beyond.status, beyond.header("content-range")),
        (416, "bytes */600000")
    );
    let known = gateway.send(&Request::get(&path).header("if-none-match", whole.header("etag")));
    assert_eq!((known.status, known.body.len()), (304, 0));
    let unknown = gateway.send(&Request::get(&path.replace(&id[90..], "0123456789")));
    assert_eq!((unknown.status, unknown.code()), (404, "not_shared".into()));
    let none = gateway.send(&Request::get("/contents/../etc/passwd"));
    assert_eq!(none.status, 404, "{none:?}");
}

#[test]
fn health_tells_whether_a_station_answers() {
    let machine = Sandbox::new();
    let mesh = machine.mesh();
    let gateway = Gateway::start(&machine, &[]);
    let health = |path: &str| gateway.send(&Request::get(path)).status;
    assert_eq!((health("/health"), health("/health/live")), (200, 204));
    mesh.signal("KILL");
    let (_, _) = mesh.end();
    assert_eq!(
        (health("/health/ready"), health("/health/live")),
        (503, 204)
    );
}

#[test]
fn requests_are_counted_by_route_and_status() {
    let machine = Sandbox::new();
    let _echo = machine.start("hecate-echo");
    let gateway = Gateway::start(&machine, &[]);
    for _ in 0..3 {
        assert_eq!(
            gateway.post("hecate-echo/echo.say", &json!("a")).status,
            200
        );
    }
    assert_eq!(gateway.send(&Request::get("/nowhere")).status, 404);
    let metrics = Exposition::parse(&gateway.send(&Request::get("/metrics")).text());
    let requests = |route: &str, status: &str| {
        let labels = [("route", route), ("status", status)];
        metrics.value("hecate_gateway_requests_total", &labels)
    };
    assert!((requests("call", "200") - 3.0).abs() < 0.1);
    assert!((requests("other", "404") - 1.0).abs() < 0.1);
}
