//! Versions of a capability side by side, and one that goes away.

use hecate_om_tests::{Exposition, Sandbox, get};
use serde_json::{Value, json};

#[test]
fn two_versions_are_served_side_by_side_and_what_goes_away_is_said_to_all() {
    let machine = Sandbox::new();
    let trial = machine.start("hecate-trial");
    for (procedure, answer) in [("trial.text", "Hello"), ("trial.text_v2", "HELLO")] {
        let procedure = format!("hecate-trial/{procedure}");
        for _ in 0..2 {
            let said = machine.cli(&["call", &procedure, r#""Hello""#]);
            assert_eq!(said.stdout, json!(answer).to_string(), "{said:?}");
        }
    }

    // To callers: in the manifest, on the mesh, and by the command line.
    let deprecated = json!({"since": "0.1.0", "use": "trial.text version 2"});
    let of = |all: &Value, version: u32| {
        let all = all.as_array().expect("a list of capabilities");
        let is = |one: &&Value| one["name"] == "trial.text" && one["version"] == version;
        all.iter().find(is).expect("it is there")["deprecated"].clone()
    };
    let printed = machine
        .run(machine.service("hecate-trial").arg("manifest"))
        .json();
    let describe = "hecate-trial/hecate-trial.describe_capabilities";
    let described = machine.cli(&["call", describe, "--json"]).json();
    for all in [&printed["capabilities"], &described["result"]["rpc"]] {
        assert_eq!(of(all, 1), deprecated);
        assert_eq!(of(all, 2), Value::Null);
    }
    let described = machine.cli(&["describe", "hecate-trial/trial.text"]);
    let line = "  deprecated  since 0.1.0: use trial.text version 2";
    assert!(described.stdout.contains(line), "{}", described.stdout);

    // To the operator: how often each is called, and once a boot that it still is.
    let (_, page) = get(&trial.health, "/metrics").expect("the health listener answers");
    let page = Exposition::parse(&page);
    let calls = |procedure: &str| {
        let labels = [("rpc_method", procedure), ("outcome", "ok")];
        page.value("hecate_calls_total", &labels)
    };
    let counts = ["hecate-trial/trial.text", "hecate-trial/trial.text_v2"].map(calls);
    assert_eq!(counts, [2.0, 2.0], "{page:?}");
    trial.process.signal("TERM");
    let (_, log) = trial.process.end();
    let said = log.matches("a deprecated capability is still called");
    assert_eq!(said.count(), 1, "{log}");
}
