//! The lists of `ls` and `top`.

use hecate_om_tests::{Sandbox, Service, until};
use serde_json::Value;

use crate::tools::lines;

#[test]
fn internal_procedures_are_listed_only_on_request() {
    let machine = Sandbox::new();
    let trial = machine.start("hecate-trial");
    trial.ready();
    let orgs = |args: &[&str]| -> Vec<String> {
        let answer = machine.cli(args);
        assert_eq!(answer.code, 0, "{answer:?}");
        let rows = match args[0] {
            "ls" => answer.json()["result"]
                .as_array()
                .cloned()
                .unwrap_or_default(),
            _ => lines(&answer),
        };
        let org = |row: &Value| row["org"].as_str().expect("each has one").to_owned();
        rows.iter().map(org).collect()
    };
    let is_internal = |org: &String| org.starts_with('~');
    for (all, services) in [
        (&["ls", "--all", "--json"][..], &["ls", "--json"][..]),
        (&["top", "--all", "--once"], &["top", "--once"]),
    ] {
        until("the procedure for flow control is advertised", || {
            let orgs = orgs(all);
            orgs.iter().any(is_internal).then_some(()).ok_or(orgs)
        });
        assert_eq!(orgs(services), ["hecate-trial"]);
    }
}

#[test]
fn a_missing_service_is_distinguished_from_an_empty_mesh() {
    let machine = Sandbox::new();
    let _echo = machine.start("hecate-echo");
    let absent = machine.cli(&["ls", "hecate-ech"]);
    assert_eq!(absent.code, 0, "{absent:?}");
    let text = "no service `hecate-ech` is on the mesh; services there: `hecate-echo`";
    assert_eq!(absent.stdout, text);
    let absent = machine.cli(&["top", "--once", "hecate-ech"]);
    assert_eq!(absent.code, 1, "{absent:?}");
    assert!(absent.stderr.contains(text), "{absent:?}");
}

#[test]
fn a_call_to_a_node_that_does_not_serve_it_says_how_many_others_do() {
    let machine = Sandbox::new();
    let _echo = machine.start("hecate-echo");
    let node = "01".repeat(32);
    let call = |procedure: &str| {
        let call = ["call", procedure, r#""a""#, "--provider", &node];
        let answer = machine.cli(&[&call[..], &["--json"]].concat());
        let error = answer.json()["error"].take();
        assert_eq!(error["kind"], "no_provider", "{error}");
        error["message"].as_str().unwrap().to_owned()
    };
    let message = call("hecate-echo/echo.say");
    let text =
        format!("the node {node} does not serve `hecate-echo/echo.say`, but 1 other node does");
    assert!(message.starts_with(&text), "{message}");
    let message = call("nobody/serves.this");
    assert_eq!(message, "no provider serves `nobody/serves.this` now");
}

#[test]
fn top_once_fails_if_a_health_listener_does_not_respond() {
    let machine = Sandbox::new();
    let echo = machine.start("hecate-echo");
    let health = format!("http://{}", echo.health);
    let top = |health: &str| machine.cli(&["top", "--once", "--health", health]);
    assert_eq!(top(&health).code, 0);
    let failed = top("http://127.0.0.1:1");
    assert_eq!(failed.code, 1, "{failed:?}");
    let rows = lines(&failed);
    assert_eq!(rows[0]["org"], "hecate-echo");
    assert!(failed.stderr.contains("`http://127.0.0.1:1`"), "{failed:?}");
}

#[test]
fn who_advertises_a_key_for_sealed_calls_is_listed_and_can_be_called_sealed_only() {
    let machine = Sandbox::new();
    let _echo = machine.start("hecate-echo");
    let mut command = machine.service("hecate-trial");
    let trial = Service::start(command.env("HECATE_KEM_ADVERTISE", "enabled"));
    trial.ready();
    let listed = machine.cli(&["ls", "--json"]).json();
    let services = listed["result"].as_array().expect("services are listed");
    let sealed = |org: &str| {
        let found = services.iter().find(|service| service["org"] == org);
        found.map(|service| service["sealed"].clone())
    };
    assert_eq!(sealed("hecate-trial"), Some("all".into()), "{listed}");
    assert_eq!(sealed("hecate-echo"), Some("none".into()), "{listed}");
    let call =
        |procedure: &str| machine.cli(&["call", procedure, "\"a\"", "--confidential", "--json"]);
    assert_eq!(call("hecate-trial/trial.text").code, 0);
    let refused = call("hecate-echo/echo.say").json();
    assert_eq!(refused["error"]["code"], "no_kem_key", "{refused}");
}
