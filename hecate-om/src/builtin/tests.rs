use serde_json::json;

use super::*;
use crate::capability::Deprecated;
use crate::capability::Limits;
use crate::codec::Payload;

fn invoke(_: Invocation) -> HandlerFuture {
    HandlerFuture::new(async { Ok(Payload::default()) })
}

#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its schema is asked for")]
#[schemars(example = json!({"text": "hello", "loud": u64::MAX}))]
#[schemars(example = json!({"text": "hello", "loud": true}))]
struct Request {
    text: String,
    loud: bool,
}

fn described(schemas: Schemas) -> Value {
    let capability = Capability {
        schemas,
        ..Capability::new("echo.say", invoke)
    };
    let described = CapabilityDescription::new(&capability, "org/echo.say".into(), Access::Open);
    // Decoded from the wire, as a caller does it.
    codec::decode(codec::encode(&described).unwrap()).unwrap()
}

#[test]
fn a_capability_is_described_with_its_schemas_as_texts_of_json() {
    let described = described(Schemas {
        request: crate::capability::schema::request_schema::<Request>,
        ..Schemas::of_response::<String>()
    });
    assert_eq!(described["name"], "echo.say");
    assert_eq!(described["params"], json!(["loud", "text"]));
    let text = described["request_schema"].as_str().unwrap();
    let schema: Value = serde_json::from_str(text).unwrap();
    assert_eq!(schema["properties"]["loud"]["enum"], json!([0, 1]));
    let text = described["response_schema"].as_str().unwrap();
    let schema: Value = serde_json::from_str(text).unwrap();
    assert_eq!(schema["type"], "string");
}

#[test]
fn a_description_names_the_required_permission_as_the_manifest_does() {
    let capability = Capability {
        access: Some(Access::RealmMember {
            permission: "echo/say",
        }),
        ..Capability::new("echo.say", invoke)
    };
    let described = CapabilityDescription::new(&capability, "org/echo.say".into(), Access::Open);
    let described: Value = codec::decode(codec::encode(&described).unwrap()).unwrap();
    assert_eq!(
        described["access"],
        json!({"realm_member": {"can": "echo/say"}})
    );
}

#[test]
fn the_example_is_the_first_that_the_wire_can_carry() {
    let described = described(Schemas {
        request: crate::capability::schema::request_schema::<Request>,
        ..Schemas::NONE
    });
    assert_eq!(
        described["example_payload"],
        json!({"text": "hello", "loud": 1})
    );
}

#[test]
fn a_schema_without_fields_or_examples_adds_nothing() {
    let described = described(Schemas::NONE);
    for absent in [
        "params",
        "example_payload",
        "request_schema",
        "confidential",
        "deprecated",
    ] {
        assert_eq!(described.get(absent), None, "{absent}");
    }
}

#[test]
fn callers_are_notified_of_a_deprecation() {
    let capability = Capability {
        deprecated: Some(Deprecated {
            since: "0.3.0",
            instead: Some("echo.say version 2"),
        }),
        ..Capability::new("echo.say", invoke)
    };
    let described = CapabilityDescription::new(&capability, "org/echo.say".into(), Access::Open);
    let described: Value = codec::decode(codec::encode(&described).unwrap()).unwrap();
    let expected = json!({"since": "0.3.0", "use": "echo.say version 2"});
    assert_eq!(described["deprecated"], expected);
}

#[test]
fn built_in_capabilities_are_described_too() {
    let guard = guard_builtins(Some("guard/set"));
    for builtin in builtins("echo").into_iter().chain(guard) {
        let schema = builtin.response_schema().unwrap();
        assert_eq!(schema["title"], builtin.response, "{}", builtin.name);
        let object = schema["type"] == "object" || schema["anyOf"].is_array();
        assert!(object, "{}: {schema}", builtin.name);
        let request = builtin.request_schema();
        let title = request.as_ref().and_then(|schema| schema["title"].as_str());
        assert_eq!(title, builtin.request, "{}", builtin.name);
    }
}

#[test]
fn every_limit_is_described_as_the_guard_applies_it() {
    let capability = Capability {
        limits: Limits {
            concurrency: Some(3),
            window_ms: Some(5_000),
            ..Limits::UNSET
        },
        ..Capability::new("echo.say", invoke)
    };
    let described = CapabilityDescription::new(&capability, "org/echo.say".into(), Access::Open);
    let described: Value = codec::decode(codec::encode(&described).unwrap()).unwrap();
    for (limit, value) in [
        ("max_bytes", 65_536),
        ("timeout_ms", 30_000),
        ("concurrency", 3),
        ("queue", 3),
        ("window_ms", 5_000),
        ("per_caller_max", 600),
        ("global_max", 6_000),
        ("max_distinct_callers", 1_024),
    ] {
        assert_eq!(described[limit], value, "{limit}");
    }
}

#[test]
fn a_stream_is_described_with_a_timeout_only_if_it_has_one() {
    for (timeout_ms, expected) in [(None, Value::Null), (Some(500), 500.into())] {
        let capability = Capability {
            kind: Kind::ServerStreaming,
            limits: Limits {
                timeout_ms,
                ..Limits::UNSET
            },
            ..Capability::new("echo.say", invoke)
        };
        let described =
            CapabilityDescription::new(&capability, "org/echo.say".into(), Access::Open);
        let described: Value = codec::decode(codec::encode(&described).unwrap()).unwrap();
        assert_eq!(described["timeout_ms"], expected);
    }
}
