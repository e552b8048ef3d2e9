//! `get_limits` and `set_limits`: the guard, read by anyone and set by a guardian, as the ancestor answers them.

use serde_json::{Map, Value};

use super::unencodable;
use crate::capability::guard::{GuardControl, LimitKey};
use crate::capability::{Access, Capability, Invocation, Pending, Refusal, StateNeed};
use crate::mesh::codec::{self, Payload};

/// `get_limits`, which is open, and `set_limits` where a `guardian` is configured: the ability that its callers must
/// hold as members of the realm.
pub(crate) fn guard_builtins(guardian: Option<&'static str>) -> impl Iterator<Item = Capability> {
    let get = Capability {
        access: Some(Access::Open),
        doc: "The limits of one procedure, `{procedure}`, or of all, and the calls of the present window.",
        request: Some("LimitsRequest"),
        response: "Stats",
        needs: const { &[StateNeed::of::<GuardControl>()] },
        ..Capability::new("get_limits", get_limits)
    };
    let set = guardian.map(|can| Capability {
        access: Some(Access::RealmMember { can }),
        doc: "Sets limits of a procedure, `{procedure, limits}`, within the deployment's envelope, until the service \
              ends.",
        request: Some("LimitsChange"),
        response: "Effective",
        needs: const { &[StateNeed::of::<GuardControl>()] },
        ..Capability::new("set_limits", set_limits)
    });
    std::iter::once(get).chain(set)
}

fn get_limits(mut invocation: Invocation) -> Pending {
    Pending::new(async move {
        let payload = take_payload(&mut invocation)?;
        let control = invocation.state::<GuardControl>()?;
        // A caller without arguments sends what it likes (macula's default is an empty map).
        let asked = payload.as_object().and_then(|map| map.get("procedure"));
        let answer = match asked {
            None => codec::encode(&All {
                procedures: control.all(),
            }),
            Some(procedure) => codec::encode(&control.one(procedure_named(procedure)?)?),
        };
        answer.map_err(|error| unencodable(&error))
    })
}

#[derive(serde::Serialize)]
struct All<T> {
    procedures: T,
}

fn set_limits(mut invocation: Invocation) -> Pending {
    Pending::new(async move {
        let payload = take_payload(&mut invocation)?;
        let control = invocation.state::<GuardControl>()?;
        let Change { procedure, limits } = read_change(&payload)?;
        let effective = control.set(procedure, &limits, invocation.call().caller())?;
        codec::encode(&effective).map_err(|error| unencodable(&error))
    })
}

/// The payload, in whatever shape it is.
fn take_payload(invocation: &mut Invocation) -> Result<Value, Refusal> {
    let payload: Payload = std::mem::take(&mut invocation.payload);
    codec::decode(payload).map_err(|error| Refusal::new("bad_payload", error.to_string()))
}

fn procedure_named(value: &Value) -> Result<&str, Refusal> {
    value.as_str().ok_or_else(|| {
        Refusal::new(
            "bad_procedure",
            "`procedure` is not text; write `<org>/<name>`",
        )
    })
}

/// What `set_limits` is asked for.
struct Change<'a> {
    procedure: &'a str,
    limits: Vec<(LimitKey, u64)>,
}

/// Reads `{procedure, limits}`, with every mistake by upstream's name for it.
fn read_change(payload: &Value) -> Result<Change<'_>, Refusal> {
    let payload = payload.as_object().ok_or_else(|| {
        Refusal::new(
            "bad_payload",
            "the payload is not a map; send `procedure` and `limits`",
        )
    })?;
    let procedure = procedure_named(payload.get("procedure").unwrap_or(&Value::Null))?;
    let limits = payload.get("limits").and_then(Value::as_object);
    let limits = limits
        .ok_or_else(|| Refusal::new("bad_limits", "`limits` is not a map of limits to numbers"))?;
    let limits = read_limits(limits)?;
    Ok(Change { procedure, limits })
}

fn read_limits(limits: &Map<String, Value>) -> Result<Vec<(LimitKey, u64)>, Refusal> {
    if limits.contains_key("envelope") {
        return Err(Refusal::new(
            "envelope_operator_only",
            "the envelope is the deployment's, and is not set here",
        ));
    }
    let read = |(name, value): (&String, &Value)| {
        let key = LimitKey::named(name).ok_or_else(|| {
            let names: Vec<&str> = LimitKey::ALL.into_iter().map(LimitKey::name).collect();
            // The names first: what a caller sends may be long, and the wire cuts a refusal.
            let text = format!("the limits are {}; there is no `{name}`", names.join(", "));
            Refusal::new("unknown_key", text)
        })?;
        match value.as_u64().filter(|n| *n > 0) {
            Some(number) => Ok((key, number)),
            None => Err(Refusal::new(
                "not_a_positive_integer",
                format!("{key} is {value}, not a positive integer"),
            )),
        }
    };
    limits.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    use serde_json::json;

    use super::*;
    use crate::capability::guard::Envelope;
    use crate::capability::{Call, Dispatcher, InFlight, NodeId, Registry, States};

    const CALLER: NodeId = NodeId::from_bytes([7; 32]);

    /// A service that serves nothing but the two, of which `set_limits` may move two limits.
    fn registry(guardian: Option<&'static str>) -> Registry {
        let envelope = Envelope::new([
            (LimitKey::PerCallerMax, 100..=1_200),
            (LimitKey::MaxBytes, 1..=70_000),
        ]);
        let control = Arc::new(GuardControl::new(envelope, guardian));
        let states = Arc::new(States::default().with(Arc::clone(&control)));
        let capabilities = guard_builtins(guardian).collect();
        let registry = Registry::new("acme", capabilities, &states, &InFlight::default()).unwrap();
        control.take(&registry);
        registry
    }

    async fn call(
        registry: &Registry,
        name: &str,
        payload: &impl serde::Serialize,
    ) -> Result<Value, String> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let deadline = now + Duration::from_secs(60);
        let procedure = format!("acme/{name}");
        let deadline = u64::try_from(deadline.as_millis()).unwrap();
        let call = Call::new(CALLER, procedure.clone(), deadline, false);
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
    async fn one_procedure_or_all_are_told_with_upstreams_keys() {
        let registry = registry(None);
        for nothing in [json!(null), json!({}), json!("x"), json!([1])] {
            let all = call(&registry, "get_limits", &nothing).await.unwrap();
            let procedures = all["procedures"].as_object().unwrap();
            assert_eq!(procedures.keys().collect::<Vec<_>>(), ["acme/get_limits"]);
        }
        let asked = json!({"procedure": "acme/get_limits"});
        let one = call(&registry, "get_limits", &asked).await.unwrap();
        let keys: Vec<&str> = one
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
            one["limits"],
            json!({
                "max_payload_external_size": 65_536, "window_ms": 10_000, "per_caller_max": 600,
                "global_max": 6_000, "max_distinct_callers": 1_024,
            })
        );
        assert_eq!(
            one["envelope"],
            json!({
                "max_payload_external_size": {"min": 1, "max": 70_000},
                "per_caller_max": {"min": 100, "max": 1_200},
            })
        );
        assert_eq!(one["top_callers"][0]["caller"], CALLER.to_string());
    }

    #[tokio::test]
    async fn text_as_bytes_is_read_as_erlang_sends_it() {
        #[derive(serde::Serialize)]
        struct Asked<'a> {
            #[serde(serialize_with = "bytes")]
            procedure: &'a str,
        }
        fn bytes<S: serde::Serializer>(text: &&str, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_bytes(text.as_bytes())
        }
        let registry = registry(None);
        let asked = Asked {
            procedure: "acme/get_limits",
        };
        assert!(call(&registry, "get_limits", &asked).await.is_ok());
    }

    #[tokio::test]
    async fn a_procedure_that_is_none_is_refused_by_name() {
        let registry = registry(None);
        let asked = json!({"procedure": 7});
        let refused = call(&registry, "get_limits", &asked).await.unwrap_err();
        assert!(refused.starts_with("bad_procedure: "), "{refused}");
        let asked = json!({"procedure": "get_limits"});
        let refused = call(&registry, "get_limits", &asked).await.unwrap_err();
        assert!(refused.starts_with("unknown_procedure: "), "{refused}");
    }

    #[tokio::test]
    async fn without_a_guardian_limits_are_not_set() {
        assert_eq!(registry(None).procedures(), ["acme/get_limits"]);
        let names = registry(Some("guard/set")).procedures();
        assert_eq!(names, ["acme/get_limits", "acme/set_limits"]);
        let access = guard_builtins(Some("guard/set")).last().unwrap().access;
        assert_eq!(access, Some(Access::RealmMember { can: "guard/set" }));
    }

    #[tokio::test]
    async fn limits_are_set_and_audited_and_the_same_again_is_no_change() {
        let registry = registry(Some("guard/set"));
        let change = json!({"procedure": "acme/get_limits", "limits": {"per_caller_max": 100}});
        for _ in 0..2 {
            let effective = call(&registry, "set_limits", &change).await.unwrap();
            assert_eq!(effective["limits"]["per_caller_max"], 100);
            assert_eq!(effective["envelope"]["per_caller_max"]["max"], 1_200);
        }
        let asked = json!({"procedure": "acme/get_limits"});
        let stats = call(&registry, "get_limits", &asked).await.unwrap();
        assert_eq!(stats["limits"]["per_caller_max"], 100);
        let audit = stats["audit"].as_array().unwrap();
        assert_eq!(audit.len(), 1);
        assert_eq!(audit[0]["tier"], "guard/set");
        assert_eq!(audit[0]["caller"], CALLER.to_string());
        assert_eq!(audit[0]["before"]["per_caller_max"], 600);
        assert_eq!(audit[0]["after"]["per_caller_max"], 100);
    }

    #[tokio::test]
    async fn every_mistake_is_refused_by_upstreams_name_and_changes_nothing() {
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
        let asked = json!({"procedure": "acme/get_limits"});
        let stats = call(&registry, "get_limits", &asked).await.unwrap();
        assert_eq!(stats["limits"]["per_caller_max"], 600);
        assert_eq!(stats["limits"]["max_payload_external_size"], 65_536);
        assert_eq!(stats["audit"], json!([]));
    }
}
