//! Access rules in the command line's output, and allow-lists; the trial service's own tests call
//! capabilities that need a token.

use hecate_om_tests::{Sandbox, Service};
use serde_json::json;

#[test]
fn the_access_of_capabilities_is_described_to_everyone() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    for (name, access) in [
        ("trial.members", "trial/members"),
        ("trial.issuer_only", "00112233445566778899aabbccddeeff"),
        ("trial.default_access", "trial/run"),
        ("trial.count", "open"),
    ] {
        let described = machine.cli(&["describe", &format!("hecate-trial/{name}")]);
        assert_eq!(described.code, 0, "{described:?}");
        assert!(described.stdout.contains(access), "{name}: {described:?}");
    }
    let answer = machine.cli(&["call", "hecate-trial/trial.members", "--json"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert_eq!(answer.json()["error"]["code"], "unauthorized");
}

#[test]
fn only_listed_nodes_call_and_nobody_else_reaches_the_handler() {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let node = |key: &str| machine.cli(&["identity", "--identity", key]).stdout;
    let partners = format!("{}, {}", node("a.key"), node("b.key"));
    let mut command = machine.service("hecate-configured");
    command
        .env("CONFIGURED_GREETING", "hello")
        .env("CONFIGURED_PARTNERS", partners);
    let service = Service::start(&mut command);
    let call = |name: &str, key: &str| {
        let procedure = format!("hecate-configured/configured.{name}");
        machine.cli(&["call", &procedure, "--identity", key, "--json"])
    };
    for _ in 0..3 {
        let refused = call("partners", "c.key");
        assert_eq!(refused.json()["error"]["code"], "unauthorized");
        let text = "only the nodes that the service lists may call this";
        assert!(refused.stdout.contains(text) && !refused.stdout.contains("--ucan"));
    }
    assert_eq!(
        call("partners", "a.key").json()["result"],
        1,
        "no other has run"
    );
    assert_eq!(call("partners", "b.key").json()["result"], 2);
    for name in ["one_node", "nobody"] {
        let refused = call(name, "a.key");
        assert_eq!(refused.json()["error"]["code"], "unauthorized", "{name}");
    }
    let stream = |key: &str| {
        let procedure = "hecate-configured/configured.stream_partners";
        machine.cli(&["call", procedure, "--stream", "--identity", key])
    };
    assert_eq!(stream("b.key").stdout, "7");
    let refused = stream("c.key");
    assert!(
        refused.code != 0 && refused.stderr.contains("unauthorized"),
        "{refused:?}"
    );
    let page = service.metrics();
    for (name, denied) in [("partners", 3.0), ("stream_partners", 1.0), ("nobody", 1.0)] {
        let method = format!("hecate-configured/configured.{name}");
        let labels = [("rpc_method", &*method), ("reason", "caller")];
        let counted = page.value("hecate_guard_denied_total", &labels);
        assert!((counted - denied).abs() < 0.1, "{name}: {counted}");
    }
    // An empty list is reported once for each capability.
    service.process.signal("TERM");
    let (_, log) = service.process.end();
    let warnings = log.matches("nobody may call the capability").count();
    assert_eq!(warnings, 1, "{log}");
}

#[test]
fn an_unset_list_admits_nobody_and_a_malformed_one_refuses_boot() {
    let machine = Sandbox::new();
    let mut command = machine.service("hecate-configured");
    command.env("CONFIGURED_GREETING", "hello");
    let malformed = machine.run(command.env("CONFIGURED_PARTNERS", "hunter2"));
    assert_eq!(malformed.code, 1, "{malformed:?}");
    let text = "setting_malformed: CONFIGURED_PARTNERS: the value is not a list of node ids";
    assert!(malformed.stderr.contains(text), "{malformed:?}");
    assert!(!malformed.stderr.contains("hunter2"), "{malformed:?}");

    let service = Service::start(command.env_remove("CONFIGURED_PARTNERS"));
    let refused = machine.cli(&["call", "hecate-configured/configured.partners", "--json"]);
    assert_eq!(refused.json()["error"]["code"], "unauthorized");
    service.process.signal("TERM");
    let (_, log) = service.process.end();
    let warning = log.lines().find(|line| {
        line.contains("nobody may call the capability") && line.contains("configured.partners")
    });
    assert!(
        warning.is_some_and(|line| line.contains("CONFIGURED_PARTNERS")),
        "{log}"
    );
}

#[test]
fn allow_lists_are_in_the_manifest_the_description_and_the_configuration() {
    let machine = Sandbox::new();
    let mut command = machine.service("hecate-configured");
    let _service = Service::start(command.env("CONFIGURED_GREETING", "hello"));
    let manifest = machine.run(machine.service("hecate-configured").arg("manifest"));
    let manifest = manifest.json();
    let capabilities = manifest["capabilities"].as_array().expect("a list");
    let access = |name: &str| {
        let found = capabilities
            .iter()
            .find(|capability| capability["name"] == name);
        found.expect("it is listed")["access"].clone()
    };
    let setting = json!({"nodes_from": {"setting": "CONFIGURED_PARTNERS"}});
    assert_eq!(access("configured.partners"), setting);
    assert_eq!(access("configured.nobody"), json!({"nodes": []}));
    let described = |name: &str| {
        let procedure = format!("hecate-configured/configured.{name}");
        machine.cli(&["describe", &procedure]).stdout
    };
    let text = described("partners");
    assert!(
        text.contains("nodes(setting(\"CONFIGURED_PARTNERS\"))"),
        "{text}"
    );
    let text = described("one_node");
    assert!(text.contains("nodes(\"00112233"), "{text}");
    let config = machine.run(machine.service("hecate-configured").arg("config"));
    assert!(config.stdout.contains("CONFIGURED_PARTNERS"), "{config:?}");
}
