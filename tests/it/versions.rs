//! Versions of a capability side by side, and deprecation.

use hecate_om_tests::Sandbox;
use serde_json::{Value, json};

#[test]
fn two_versions_are_served_side_by_side_and_deprecation_is_reported() {
    let machine = Sandbox::new();
    let trial = machine.start("hecate-trial");
    for (procedure, answer) in [("trial.text", "Hello"), ("trial.text_v2", "HELLO")] {
        let procedure = format!("hecate-trial/{procedure}");
        for _ in 0..2 {
            let response = machine.cli(&["call", &procedure, r#""Hello""#]);
            assert_eq!(response.stdout, json!(answer).to_string(), "{response:?}");
        }
    }

    // Callers: in the manifest, on the mesh, and in the command line.
    let deprecated = json!({"since": "0.1.0", "use": "trial.text version 2"});
    let of = |all: &Value, version: u32| {
        let all = all.as_array().expect("a list of capabilities");
        let is = |capability: &&Value| {
            capability["name"] == "trial.text" && capability["version"] == version
        };
        all.iter().find(is).expect("the capability is listed")["deprecated"].clone()
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
    let line = "  deprecated   since 0.1.0: use trial.text version 2";
    assert!(described.stdout.contains(line), "{}", described.stdout);

    // Operators: how often each version is called, and one log line per boot.
    let page = trial.metrics();
    let calls = |procedure: &str| {
        let labels = [("rpc_method", procedure), ("outcome", "ok")];
        page.value("hecate_calls_total", &labels)
    };
    let counts = ["hecate-trial/trial.text", "hecate-trial/trial.text_v2"].map(calls);
    assert_eq!(counts, [2.0, 2.0], "{page:?}");
    trial.process.signal("TERM");
    let (_, log) = trial.process.end();
    let lines = log.matches("a deprecated capability was called");
    assert_eq!(lines.count(), 1, "{log}");
}

/// Returns the trial's capability that the tests change in its descriptor.
fn document(descriptor: &mut Value) -> &mut Value {
    let all = descriptor["capabilities"].as_array_mut();
    let mut all = all.expect("a list of capabilities").iter_mut();
    all.find(|capability| capability["name"] == "trial.document")
        .expect("the capability is listed")
}

#[test]
fn a_manifest_diff_names_breaking_changes_and_sets_its_exit_code() {
    let machine = Sandbox::new();
    let write = |name: &str, manifest: &Value| {
        std::fs::write(machine.path().join(name), manifest.to_string())
            .expect("the file can be written");
    };
    let diff = |args: &[&str]| machine.cli(&[&["manifest", "diff"], args].concat());
    let old = machine
        .run(machine.service("hecate-trial").arg("manifest"))
        .json();
    let mut more = old.clone();
    document(&mut more)["request_schema"]["properties"]["colour"] = json!({"type": "string"});
    let mut less = old.clone();
    document(&mut less)["request_schema"]["properties"]["pages"]["maximum"] = json!(99);
    for (name, manifest) in [
        ("manifest.json", &old),
        ("more.json", &more),
        ("less.json", &less),
    ] {
        write(name, manifest);
    }

    let same = diff(&["manifest.json", "manifest.json"]);
    assert_eq!((same.code, &*same.stdout), (0, ""), "{same:?}");
    let additive = diff(&["manifest.json", "more.json"]);
    assert_eq!(additive.code, 0, "{additive:?}");
    let line = json!({"severity": "additive", "affects": "callers",
        "subject": {"name": "trial.document", "version": 1},
        "place": "request `colour`", "what": "is new and optional"});
    assert_eq!(additive.json(), line);
    let enveloped = diff(&["manifest.json", "more.json", "--json"]);
    assert_eq!(enveloped.json(), json!({"ok": true, "result": [line]}));
    let breaking = diff(&["manifest.json", "less.json"]);
    assert_eq!(
        (breaking.code, &breaking.json()["severity"]),
        (1, &json!("breaking")),
        "{breaking:?}"
    );

    // Compared with the committed manifest.
    let git = |args: &[&str]| {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
        let git = machine.run(machine.command("git").args(identity).args(args));
        assert_eq!(git.code, 0, "{git:?}");
    };
    git(&["init", "-q"]);
    git(&["add", "manifest.json"]);
    git(&["commit", "-q", "-m", "as it was"]);
    assert_eq!(diff(&["--against", "HEAD"]).code, 0);
    write("manifest.json", &less);
    let against = diff(&["--against", "HEAD"]);
    assert_eq!(against.code, 1, "{against:?}");
    assert!(
        against.stdout.contains("its maximum was 4294967295, is 99"),
        "{against:?}"
    );
    write("manifest.json", &old);

    // Compared with the running service.
    let unreachable = diff(&["--live"]);
    assert_eq!(unreachable.code, 2, "{unreachable:?}");
    let mut service = machine.service("hecate-trial");
    service.env_remove("HECATE_GUARD_LIMITS");
    let _trial = hecate_om_tests::Service::start(&mut service);
    let live = diff(&["--live"]);
    assert_eq!((live.code, &*live.stdout), (0, ""), "{live:?}");
    assert_eq!(diff(&["--live", "less.json"]).code, 1);

    for (args, why) in [
        (&["manifest.json"][..], "name two files"),
        (&["manifest.json", "none.json"], "none.json"),
        (&["--against", "nowhere"], "nowhere:./manifest.json"),
        (&["--against", "HEAD", "-"], "name it"),
    ] {
        let answer = diff(args);
        assert_eq!(answer.code, 2, "{answer:?}");
        assert!(answer.stderr.contains(why), "{answer:?}");
    }
}

/// Returns a manifest with one capability, whose request has this schema.
fn taking(schema: &Value) -> Value {
    json!({"name": "hecate-trial", "capabilities": [{"name": "trial.take", "version": 1,
        "request": "Taken", "response": "()", "request_schema": schema, "response_schema": {"type": "null"}}]})
}

/// Returns definitions that each allow one of two references to the next definition.
fn nested(count: usize, last: &Value, are_told_apart: bool) -> Value {
    let mut defs = serde_json::Map::new();
    for n in 0..count {
        let next = format!("#/$defs/D{}", n + 1);
        let mut either = json!([{"$ref": next}, {"$ref": next}]);
        if are_told_apart {
            either[0]["minLength"] = json!(n + 1);
            either[1]["maxLength"] = json!(100 + n);
        }
        defs.insert(format!("D{n}"), json!({"anyOf": either}));
    }
    defs.insert(format!("D{count}"), last.clone());
    json!({"$ref": "#/$defs/D0", "$defs": defs})
}

#[test]
fn a_diff_of_any_schemas_ends_without_a_false_breaking_change() {
    let machine = Sandbox::new();
    let diff = |old: &Value, new: &Value| {
        for (name, schema) in [("old.json", old), ("new.json", new)] {
            let manifest = taking(schema).to_string();
            std::fs::write(machine.path().join(name), manifest).expect("the file can be written");
        }
        machine.cli(&["manifest", "diff", "old.json", "new.json"])
    };
    let arm =
        |tag: u8| json!({"type": "object", "properties": {"t": {"const": tag}}, "required": ["t"]});
    let text = |most: u8| json!({"type": "object", "properties": {"a": {"type": "string", "maxLength": most}}});
    let titled = |schema: Value| {
        let mut titled = schema.clone();
        titled["$defs"]["D3"]["title"] = json!("Third");
        titled["x-vendor"] = json!("not a keyword");
        (schema, titled)
    };
    for (old, new) in [
        titled(nested(24, &json!({"type": "string"}), false)),
        titled(nested(30, &json!(false), false)),
        (
            json!({"oneOf": [arm(0), arm(1), arm(2)]}),
            json!({"oneOf": [arm(2), arm(1), arm(0)]}),
        ),
        (
            json!({"anyOf": [text(5), text(9)]}),
            json!({"anyOf": [text(9), text(5)]}),
        ),
    ] {
        let same = diff(&old, &new);
        assert_eq!((same.code, &*same.stdout), (0, ""), "{same:?}");
    }
    let page = |item: &str| json!({"$ref": "#/$defs/Page%3CItem%3E", "$defs": {"Page<Item>": {"type": item}}});
    let followed = diff(&page("string"), &page("integer"));
    assert_eq!(followed.code, 1, "{followed:?}");

    let (old, new) = titled(nested(30, &json!({"type": "string"}), true));
    let undecided = diff(&old, &new);
    assert_eq!(undecided.code, 3, "{undecided:?}");
    let line = json!({"severity": "undecided", "affects": "callers",
        "subject": {"name": "trial.take", "version": 1},
        "place": "request", "what": "is too complex to compare"});
    assert_eq!(undecided.json(), line);
    let unknown = diff(
        &json!({"$ref": "#/$defs/Missing"}),
        &json!({"type": "string"}),
    );
    assert_eq!(unknown.code, 3, "{unknown:?}");
    assert_eq!(unknown.json()["severity"], "undecided", "{unknown:?}");
    let what =
        "referred to `#/$defs/Missing`, which its schema does not resolve: cannot be compared";
    assert_eq!(unknown.json()["what"], what);
    // A breaking change takes precedence.
    let wrapped = |schema: Value, kind: &str| {
        let mut wrapped = json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/D0"}, "b": {"type": kind}}});
        wrapped["$defs"] = schema["$defs"].clone();
        wrapped
    };
    let breaking = diff(&wrapped(old, "string"), &wrapped(new, "integer"));
    assert_eq!(breaking.code, 1, "{breaking:?}");
    assert!(
        breaking.stdout.contains("is too complex to compare"),
        "{breaking:?}"
    );
}

#[test]
fn a_client_is_refused_for_schemas_without_a_type_but_not_for_generics() {
    let machine = Sandbox::new();
    let client = |schema: &Value| {
        let manifest = taking(schema).to_string();
        std::fs::write(machine.path().join("from.json"), manifest)
            .expect("the file can be written");
        machine.cli(&["client", "--from", "from.json", "--out", "client"])
    };
    let itself = json!({"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/A"}}});
    let both = json!({"$ref": "#/$defs/A", "$defs": {"A": {"allOf": [{"$ref": "#/$defs/A"}, {"type": "object"}]}}});
    let chain: serde_json::Map<_, _> = (0..8_000)
        .map(|n| {
            let next = json!({"$ref": format!("#/$defs/D{}", n + 1)});
            (
                format!("D{n}"),
                json!({"type": "object", "properties": {"next": next}}),
            )
        })
        .collect();
    let chain = json!({"$ref": "#/$defs/D0", "$defs": chain});
    for (schema, why) in [
        (itself, "contains itself without end"),
        (both, "contains itself without end"),
        (nested(30, &json!({"type": "string"}), true), "too complex"),
        (chain, "too complex"),
    ] {
        let refused = client(&schema);
        assert_eq!(refused.code, 1, "{refused:?}");
        assert!(refused.stderr.contains(why), "{refused:?}");
    }
    let item =
        json!({"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]});
    let page = json!({"title": "Page<Item>", "type": "object", "required": ["items", "next"],
        "properties": {"items": {"type": "array", "items": {"$ref": "#/$defs/Item%3Cu8%3E"}},
            "next": {"$ref": "#/$defs/Item%3Cu8%3E"}},
        "$defs": {"Item<u8>": item}});
    let written = client(&page);
    assert_eq!(written.code, 0, "{written:?}");
    let code = std::fs::read_to_string(machine.path().join("client/src/lib.rs"))
        .expect("the file is written");
    assert!(code.contains("pub next: ItemU8"), "{code}");
}
