//! Layers around capabilities, in processes.

use hecate_om_tests::{Sandbox, Service, runtime};
use serde_json::{Value, json};

const SERVICE: &str = "hecate-configured";

fn start(machine: &Sandbox, count: &str) -> Service {
    let mut command = machine.service(SERVICE);
    command
        .env("CONFIGURED_GREETING", "hello")
        .env("CONFIGURED_COUNT", count);
    Service::start(&mut command)
}

/// Calls a capability, and returns its result, or the code of its refusal.
fn call(machine: &Sandbox, name: &str, request: &str) -> Result<Value, String> {
    let procedure = format!("{SERVICE}/configured.{name}");
    let mut answer = machine.cli(&["call", &procedure, request, "--json"]).json();
    match answer["result"].take() {
        Value::Null if !answer["error"].is_null() => Err(answer["error"]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned()),
        result => Ok(result),
    }
}

fn audited(machine: &Sandbox) -> Vec<String> {
    let lines = call(machine, "audited", "null").expect("the log is shown");
    serde_json::from_value(lines).expect("the log is a list of texts")
}

#[test]
fn a_handler_borrows_the_value_of_its_layer_and_every_outcome_is_seen() {
    let machine = Sandbox::new();
    let _service = start(&machine, "1");
    assert_eq!(call(&machine, "greet", "\"ada\""), Ok(json!("hello, ada")));
    assert_eq!(call(&machine, "greet", "7"), Err("invalid_request".into()));
    assert_eq!(
        audited(&machine),
        [
            "hecate-configured/configured.greet ok 11",
            "hecate-configured/configured.greet invalid_request",
        ]
    );
}

#[test]
fn a_layer_refuses_a_call_before_its_handler() {
    let machine = Sandbox::new();
    let _service = start(&machine, "0");
    assert_eq!(call(&machine, "greet", "\"ada\""), Err("closed".into()));
    // The request would not decode, and is not looked at.
    assert_eq!(call(&machine, "greet", "7"), Err("closed".into()));
    assert_eq!(
        audited(&machine),
        ["hecate-configured/configured.greet closed"; 2]
    );
}

#[test]
fn a_layer_that_panics_or_hangs_breaks_its_call_only() {
    let machine = Sandbox::new();
    let service = start(&machine, "1");
    for _ in 0..2 {
        assert_eq!(call(&machine, "panic", "null"), Err("panicked".into()));
        // The only permit is free again: the second call is not `busy`.
        assert_eq!(call(&machine, "hang", "null"), Err("timeout".into()));
    }
    let seen = [
        "hecate-configured/configured.panic dropped",
        "hecate-configured/configured.hang dropped",
    ];
    assert_eq!(audited(&machine), [seen, seen].concat());
    let page = service.metrics();
    for (name, outcome) in [("panic", "panicked"), ("hang", "timeout")] {
        let method = format!("{SERVICE}/configured.{name}");
        let labels = [("rpc_method", &*method), ("outcome", outcome)];
        assert!((page.value("hecate_calls_total", &labels) - 2.0).abs() < 0.1);
    }
}

#[test]
fn a_layer_is_around_a_stream_from_its_opening_to_its_end() {
    let machine = Sandbox::new();
    let _service = start(&machine, "1");
    let runtime = runtime();
    let client = runtime.block_on(machine.client());
    runtime.block_on(async {
        let all = client
            .mesh()
            .procedure("hecate-configured/configured.greet_all");
        let opened = all.bidirectional::<_, String, String>(&()).await;
        let (mut names, mut greetings) = opened.unwrap();
        for name in ["ada", "bob"] {
            names.send(&name.to_owned()).await.unwrap();
            let greeting = greetings.next().await.unwrap();
            assert_eq!(greeting.unwrap(), format!("hello, {name}"));
        }
        names.finish().await.unwrap();
        assert!(greetings.next().await.is_none());
        let count = client
            .mesh()
            .procedure("hecate-configured/configured.count");
        let mut numbers = count.server_streaming::<_, u64>(&2).await.unwrap();
        for number in 0..2 {
            assert_eq!(numbers.next().await.unwrap().unwrap(), number);
        }
        let refusal = numbers.next().await.unwrap().unwrap_err();
        assert_eq!(refusal.code(), "too_many");
    });
    assert_eq!(
        audited(&machine),
        [
            "hecate-configured/configured.greet_all ok 1",
            "hecate-configured/configured.count too_many",
        ]
    );
}

#[test]
fn layers_are_in_the_manifest_and_in_the_description() {
    let machine = Sandbox::new();
    let _service = start(&machine, "1");
    let manifest = machine.run(machine.service(SERVICE).arg("manifest")).json();
    assert_eq!(manifest["layers"], json!(["layered::audit"]));
    let capabilities = manifest["capabilities"].as_array().expect("a list");
    let greet = capabilities
        .iter()
        .find(|one| one["name"] == "configured.greet");
    assert_eq!(greet.expect("it is listed")["layers"], json!(["greeting"]));
    let procedure = format!("{SERVICE}/configured.greet");
    let described = machine.cli(&["describe", &procedure]);
    assert!(
        described.stdout.contains("layered::audit, greeting"),
        "{described:?}"
    );
    // The capabilities of the runtime have none.
    let info = machine
        .cli(&["describe", &format!("{SERVICE}/info"), "--json"])
        .json();
    assert_eq!(info[0]["layers"], Value::Null, "{info}");
}
