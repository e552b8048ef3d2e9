use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::*;
use crate::capability::{Call, Dispatcher, InFlight, KeyedCalls, NodeId, Registry, StateMap};
use crate::config::AllowedRanges;

const CALLER: NodeId = NodeId::from_bytes([7; 32]);

/// Returns a registry with only the two capabilities, where `set_limits` may change two limits.
fn registry(administrator: Option<&'static str>) -> Registry {
    let envelope = AllowedRanges::new([
        (LimitKey::PerCallerMax, 100..=1_200),
        (LimitKey::MaxBytes, 1..=70_000),
    ]);
    let control = Arc::new(GuardControl::new(envelope, administrator));
    let states = Arc::new(StateMap::default().with(Arc::clone(&control)));
    let capabilities = guard_builtins(administrator).collect();
    let registry = Registry::new(
        "acme",
        capabilities,
        &states,
        &InFlight::default(),
        &KeyedCalls::default(),
    )
    .unwrap();
    control.set_guards(registry.guards());
    registry
}

async fn call(registry: &Registry, name: &str, payload: &impl Serialize) -> Result<Value, String> {
    let procedure = format!("acme/{name}");
    let call = Call::for_tests(Duration::from_secs(60));
    let dispatcher = |served: &Registry| -> Arc<Dispatcher> {
        let found = served.iter().find(|(p, _)| *p == procedure);
        Arc::clone(found.expect("it is served").1)
    };
    let payload = codec::encode(payload).unwrap();
    let answer = dispatcher(registry).dispatch(payload, call).await;
    answer
        .map(|answer| codec::decode(answer).unwrap())
        .map_err(|refusal| refusal.to_detail())
}

#[tokio::test]
async fn one_procedure_or_all_are_returned_with_the_keys_of_hecate_om_erlang() {
    let registry = registry(None);
    for nothing in [json!(null), json!({}), json!("x"), json!([1])] {
        let all = call(&registry, "get_limits", &nothing).await.unwrap();
        let procedures = all["procedures"].as_object().unwrap();
        assert_eq!(procedures.keys().collect::<Vec<_>>(), ["acme/get_limits"]);
    }
    let request = json!({"procedure": "acme/get_limits"});
    let answer = call(&registry, "get_limits", &request).await.unwrap();
    let keys: Vec<&str> = answer
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        keys,
        [
            "audit",
            "callers_over_limit",
            "current_window",
            "denied_rate",
            "denied_size",
            "distinct_callers",
            "envelope",
            "global_count",
            "global_max",
            "limits",
            "top_callers",
        ]
    );
    assert_eq!(
        answer["limits"],
        json!({
            "max_payload_external_size": 65_536, "window_ms": 10_000, "per_caller_max": 600,
            "global_max": 6_000, "max_distinct_callers": 1_024,
        })
    );
    assert_eq!(
        answer["envelope"],
        json!({
            "max_payload_external_size": {"min": 1, "max": 70_000},
            "per_caller_max": {"min": 100, "max": 1_200},
        })
    );
    assert_eq!(answer["top_callers"][0]["caller"], CALLER.to_string());
}

#[tokio::test]
async fn text_as_bytes_is_read_as_erlang_sends_it() {
    #[derive(serde::Serialize)]
    struct BytesRequest<'a> {
        #[serde(serialize_with = "bytes")]
        procedure: &'a str,
    }
    fn bytes<S: serde::Serializer>(text: &&str, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(text.as_bytes())
    }
    let registry = registry(None);
    let request = BytesRequest {
        procedure: "acme/get_limits",
    };
    assert!(call(&registry, "get_limits", &request).await.is_ok());
}

#[test]
fn the_schemas_describe_request_and_response() {
    let [get, set] = [0, 1].map(|n| guard_builtins(Some("guard/set")).nth(n).unwrap());
    let request = get.request_schema().unwrap();
    let procedure = &request["properties"]["procedure"];
    assert_eq!(procedure["type"], "string");
    assert_eq!(procedure.get("default"), None);
    assert_eq!(request.get("required"), None);
    let request = set.request_schema().unwrap();
    assert_eq!(request["required"], json!(["procedure", "limits"]));
    let limits = &request["properties"]["limits"];
    assert_eq!(limits["properties"].as_object().unwrap().len(), 5);
    assert_eq!(limits["properties"]["window_ms"]["minimum"], 1);
    let answered = set.response_schema().unwrap();
    assert_eq!(answered["required"], json!(["limits", "envelope"]));
    let bounds = &answered["$defs"]["Bounds"];
    assert_eq!(bounds["required"].as_array().unwrap().len(), 5);
    let answered = get.response_schema().unwrap();
    assert_eq!(answered["anyOf"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_unknown_procedure_is_refused_by_name() {
    let registry = registry(None);
    for none in [json!(7), json!(null)] {
        let request = json!({"procedure": none});
        let refused = call(&registry, "get_limits", &request).await.unwrap_err();
        assert!(refused.starts_with("bad_procedure: "), "{refused}");
    }
    let request = json!({"procedure": "get_limits"});
    let refused = call(&registry, "get_limits", &request).await.unwrap_err();
    assert!(refused.starts_with("unknown_procedure: "), "{refused}");
}

#[tokio::test]
async fn limits_cannot_be_set_without_an_administrator() {
    assert_eq!(registry(None).procedures(), ["acme/get_limits"]);
    let names = registry(Some("guard/set")).procedures();
    assert_eq!(names, ["acme/get_limits", "acme/set_limits"]);
    let access = guard_builtins(Some("guard/set")).last().unwrap().access;
    assert_eq!(
        access,
        Some(Access::RealmMember {
            permission: "guard/set"
        })
    );
}

#[tokio::test]
async fn limits_are_set_and_logged_and_equal_limits_are_no_change() {
    let registry = registry(Some("guard/set"));
    let change = json!({"procedure": "acme/get_limits", "limits": {"per_caller_max": 100}});
    for _ in 0..2 {
        let effective = call(&registry, "set_limits", &change).await.unwrap();
        assert_eq!(effective["limits"]["per_caller_max"], 100);
        assert_eq!(effective["envelope"]["per_caller_max"]["max"], 1_200);
    }
    let request = json!({"procedure": "acme/get_limits"});
    let stats = call(&registry, "get_limits", &request).await.unwrap();
    assert_eq!(stats["limits"]["per_caller_max"], 100);
    let audit = stats["audit"].as_array().unwrap();
    assert_eq!(audit.len(), 1);
    assert_eq!(audit[0]["tier"], "guard/set");
    assert_eq!(audit[0]["caller"], CALLER.to_string());
    assert_eq!(audit[0]["before"]["per_caller_max"], 600);
    assert_eq!(audit[0]["after"]["per_caller_max"], 100);
}

#[tokio::test]
async fn every_mistake_is_refused_by_the_name_of_hecate_om_erlang_and_changes_nothing() {
    let registry = registry(Some("guard/set"));
    let limits = |limits: Value| json!({"procedure": "acme/get_limits", "limits": limits});
    for (payload, name) in [
        (json!("x"), "bad_payload"),
        (json!({"limits": {}}), "bad_procedure"),
        (json!({"procedure": "acme/get_limits"}), "bad_limits"),
        (limits(json!([])), "bad_limits"),
        (
            json!({"procedure": "acme/x", "limits": {}}),
            "unknown_procedure",
        ),
        (limits(json!({"speed": 1})), "unknown_key"),
        (
            limits(json!({"per_caller_max": 0})),
            "not_a_positive_integer",
        ),
        (
            limits(json!({"per_caller_max": -5})),
            "not_a_positive_integer",
        ),
        (
            limits(json!({"per_caller_max": "9"})),
            "not_a_positive_integer",
        ),
        (
            limits(json!({"per_caller_max": 6_001})),
            "per_caller_above_global",
        ),
        (limits(json!({"window_ms": 20_000})), "envelope_exceeded"),
        (
            limits(json!({"per_caller_max": 1_201})),
            "envelope_exceeded",
        ),
        (
            limits(json!({"max_payload_external_size": 9, "per_caller_max": 99})),
            "envelope_exceeded",
        ),
        (
            limits(json!({"per_caller_max": 100, "envelope": {}})),
            "envelope_operator_only",
        ),
    ] {
        let refused = call(&registry, "set_limits", &payload).await.unwrap_err();
        assert!(
            refused.starts_with(&format!("{name}: ")),
            "{name}: {refused}"
        );
    }
    let request = json!({"procedure": "acme/get_limits"});
    let stats = call(&registry, "get_limits", &request).await.unwrap();
    assert_eq!(stats["limits"]["per_caller_max"], 600);
    assert_eq!(stats["limits"]["max_payload_external_size"], 65_536);
    assert_eq!(stats["audit"], json!([]));
}
