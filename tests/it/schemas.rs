//! Descriptions of payloads: by the binary, by the health listener and on the mesh.

use hecate_om_tests::{Sandbox, get};
use serde_json::{Value, json};

/// Returns the description with this name and version 1.
fn named<'a>(descriptions: &'a Value, name: &str) -> &'a Value {
    let all = descriptions.as_array().expect("a list of capabilities");
    all.iter()
        .find(|description| description["name"] == name && description["version"] == 1)
        .unwrap_or_else(|| panic!("no `{name}` in {descriptions}"))
}

#[test]
fn the_binary_prints_its_manifest_with_the_schemas_and_nothing_else() {
    let machine = Sandbox::new();
    let printed = machine.run(machine.service("hecate-trial").arg("manifest"));
    assert_eq!(printed.code, 0, "{printed:?}");
    let complete = printed.json();
    let document = named(&complete["capabilities"], "trial.document");
    assert_eq!(document["idempotent"], true);
    let schema = &document["request_schema"];
    assert_eq!(schema["title"], "Document");
    assert_eq!(schema["description"], "A document, or a part of one.");
    assert_eq!(
        schema["properties"]["public"],
        json!({"type": "integer", "format": "boolean", "enum": [0, 1],
               "description": "Whether everyone may read the document."})
    );
    assert_eq!(
        document["response_schema"]["required"],
        json!(["title", "public", "pages", "tags", "note"])
    );
    let nothing = named(&complete["capabilities"], "trial.count");
    assert_eq!(nothing.get("request_schema"), None, "{nothing}");
    assert_eq!(nothing["response_schema"]["format"], "uint64");

    let happened = &complete["subscriptions"][1];
    assert_eq!(happened["topic"], "hecate-trial/trial/happened_v1");
    assert_eq!(happened["fact_schema"]["title"], "Happened");
    assert_eq!(complete["schedules"][0]["every"], "100ms");
    assert_eq!(complete["schedules"][1]["cron"], "0 3 1 1 *");

    // The build script wrote the same manifest, without the schemas.
    let mut without = complete.clone();
    for capability in without["capabilities"].as_array_mut().unwrap() {
        let capability = capability.as_object_mut().unwrap();
        capability.remove("request_schema");
        let items = capability.remove("inbound_schema");
        assert_eq!(items.is_some(), capability.contains_key("inbound"));
        assert!(capability.remove("response_schema").is_some());
    }
    for list in ["subscriptions", "publications"] {
        for fact in without[list].as_array_mut().unwrap() {
            assert!(
                fact.as_object_mut()
                    .unwrap()
                    .remove("fact_schema")
                    .is_some()
            );
        }
    }
    let written = hecate_om_tests::workspace().join("tests/trial/manifest.json");
    let written = std::fs::read_to_string(written).unwrap();
    assert_eq!(without, written.parse::<Value>().unwrap());
    assert!(
        !machine.path().join("state").exists(),
        "a subcommand leaves nothing behind"
    );
}

#[test]
fn the_health_listener_serves_what_the_binary_prints() {
    let machine = Sandbox::new();
    let trial = machine.start("hecate-trial");
    let printed = machine.run(machine.service("hecate-trial").arg("manifest"));
    let (status, served) = get(&trial.health, "/manifest.json").unwrap();
    assert_eq!((status, served.trim_end()), (200, printed.stdout.as_str()));
}

#[test]
fn describe_capabilities_returns_the_same_schemas_as_json_texts() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    let printed = machine.run(machine.service("hecate-trial").arg("manifest"));
    let complete = printed.json();
    let procedure = "hecate-trial/hecate-trial.describe_capabilities";
    let answer = machine.cli(&["call", procedure, "--json"]).json();
    let rpc = &answer["result"]["rpc"];
    let document = named(rpc, "trial.document");
    assert_eq!(
        document["params"],
        json!(["note", "pages", "public", "tags", "title"])
    );
    assert_eq!(
        document["example_payload"],
        json!({"title": "Tides", "public": 1, "pages": 3, "tags": ["sea"]})
    );
    assert_eq!(document["idempotent"], true);
    let there = named(&complete["capabilities"], "trial.document");
    for schema in ["request_schema", "response_schema"] {
        let text = document[schema].as_str().unwrap();
        assert_eq!(text.parse::<Value>().unwrap(), there[schema]);
    }
    // The example in the description is accepted by the capability.
    let example = document["example_payload"].to_string();
    let answer = machine.cli(&["call", "hecate-trial/trial.document", &example]);
    assert_eq!(answer.code, 0, "{answer:?}");
    let info = named(rpc, "info")["response_schema"].as_str().unwrap();
    assert!(info.contains("\"uptime_s\""), "{info}");

    let described = machine.cli(&["describe", "hecate-trial/trial.document"]);
    for line in [
        "  request schema",
        "      \"public\": {",
        "  response schema",
        "    \"title\": \"Document\",",
    ] {
        assert!(described.stdout.contains(line), "{}", described.stdout);
    }
    let program = machine.cli(&["describe", "hecate-trial/trial.document", "--json"]);
    let program = program.json()["result"][0].take();
    assert_eq!(program["request_schema"], there["request_schema"]);
    assert_eq!(program["idempotent"], true);
    assert_eq!(program["example_payload"]["public"], true);
    assert_eq!(program["kind"], "response");
    for absent in ["inbound", "inbound_schema", "deprecated"] {
        assert_eq!(program.get(absent), Some(&Value::Null), "{absent}");
    }
}

#[test]
fn a_description_has_the_kind_and_the_payload_types() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    let described = |name: &str| {
        let procedure = format!("hecate-trial/{name}");
        machine.cli(&["describe", &procedure]).stdout
    };
    for (name, lines) in [
        ("trial.text", &["  kind        unary", "  timeout"][..]),
        (
            "trial.watch",
            &["  kind       server streaming", "  response items"],
        ),
        (
            "trial.sum",
            &[
                "  kind        client streaming",
                "  request items",
                "  request item schema",
            ],
        ),
        (
            "trial.shout",
            &[
                "  kind        bidirectional",
                "  request items",
                "  response items",
            ],
        ),
    ] {
        let text = described(name);
        for line in lines {
            let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
            let mut shown = text
                .lines()
                .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
            assert!(
                shown.any(|shown| shown.starts_with(&line)),
                "`{line}` is not in:\n{text}"
            );
        }
        let has_timeout = text
            .lines()
            .any(|line| line.trim_start().starts_with("timeout"));
        assert_eq!(has_timeout, name == "trial.text", "{text}");
    }
    let sum = machine.cli(&["describe", "hecate-trial/trial.sum", "--json"]);
    let sum = sum.json()["result"][0].take();
    assert!(sum["inbound_schema"].is_object(), "{sum}");
    assert_eq!(sum["timeout_ms"], Value::Null, "{sum}");
    let manifest = hecate_om_tests::workspace().join("tests/trial/manifest.json");
    let shown = machine.cli(&["manifest", "show", manifest.to_str().unwrap()]);
    for kind in ["server streaming", "client streaming", "bidirectional"] {
        assert!(shown.stdout.contains(kind), "{kind}:\n{}", shown.stdout);
    }
}

#[test]
fn the_command_line_prints_booleans_and_bytes_as_such() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    let tides = r#"{"title": "Tides", "public": true, "pages": 1, "tags": []}"#;
    let document = machine.cli(&["call", "hecate-trial/trial.document", tides]);
    assert_eq!(document.json()["public"], true, "{document:?}");
    assert_eq!(document.json()["pages"], 1, "{document:?}");
    // Bytes in UTF-8 are printed as text.
    let text = machine.cli(&["call", "hecate-trial/trial.text", r#"{"$bytes": "aGk="}"#]);
    assert_eq!(text.stdout, r#""hi""#, "{text:?}");
}
