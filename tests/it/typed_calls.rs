//! Calls by a capability's type, between services and from a client.

use std::borrow::Cow;
use std::time::Duration;

use hecate_om::schemars::{Schema, SchemaGenerator};
use hecate_om::{JsonSchema, call::CallError, capability};
use hecate_om_station::ClaimDecision;
use hecate_om_tests::{Realm, Sandbox, WAIT_LIMIT, runtime};
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};

const TRIAL: &str = "hecate-trial";

/// `trial.run_count` of the trial service.
#[capability("trial.run_count")]
async fn run_count(_key: String) -> u64 {
    0
}

/// `trial.record_run` as in an older version, without `held`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(crate = "hecate_om::schemars")]
struct OldRun {
    key: String,
}

#[capability("trial.record_run")]
async fn old_record_run(_run: OldRun) -> u64 {
    0
}

/// `trial.count` with another response type.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(crate = "hecate_om::schemars")]
struct Counted {
    count: u64,
}

#[capability("trial.count")]
async fn other_count() -> Counted {
    Counted { count: 0 }
}

/// Response type that differs from that of `trial.remaining`, whose schema has two to the power of
/// thirty alternatives.
#[derive(Debug, Serialize, Deserialize)]
struct Intricate {
    remaining: u64,
}

impl JsonSchema for Intricate {
    fn schema_name() -> Cow<'static, str> {
        "Intricate".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut defs: Map<_, _> = (0..30)
            .map(|n| {
                let next = format!("#/$defs/D{}", n + 1);
                let either = [
                    json!({"$ref": next, "minLength": n + 1}),
                    json!({"$ref": next, "maxLength": 100 + n}),
                ];
                (format!("D{n}"), json!({"anyOf": either}))
            })
            .collect();
        defs.insert("D30".to_owned(), json!({"type": "string"}));
        let schema = json!({"$ref": "#/$defs/D0", "$defs": defs});
        Schema::try_from(schema).expect("an object")
    }
}

#[capability("trial.remaining")]
async fn intricate() -> Intricate {
    Intricate { remaining: 0 }
}

/// `trial.call_remaining`, which calls `trial.remaining` by its type.
#[capability("trial.call_remaining")]
async fn call_remaining() -> u64 {
    0
}

#[test]
fn a_call_by_type_succeeds_and_reports_a_schema_mismatch() {
    let machine = Sandbox::new();
    runtime().block_on(async {
        let mut realm = Realm::start(&machine, ClaimDecision::Grant).await;
        let trial = realm.run(&machine, TRIAL, "trial");
        trial.ready();
        let client = realm.client().await;
        let mesh = client.mesh();

        let key = "nobody's".to_owned();
        let none = mesh.call::<run_count>(&key).await.unwrap_err();
        assert_eq!(none.code(), "no_org", "a client has no org: {none}");
        let run_count = mesh.call::<run_count>(&key).org(TRIAL).timeout(WAIT_LIMIT);
        assert_eq!(run_count.await, Ok(0));

        let old = OldRun { key };
        let call = || {
            mesh.call::<old_record_run>(&old)
                .org(TRIAL)
                .timeout(WAIT_LIMIT)
        };
        // The provider's description is requested once for all waiting calls.
        for outcome in [tokio::join!(call(), call()), tokio::join!(call(), call())] {
            for outcome in [outcome.0, outcome.1] {
                let Err(CallError::SchemaMismatch {
                    procedure,
                    differences,
                }) = outcome
                else {
                    panic!("{outcome:?}");
                };
                assert_eq!(procedure, "hecate-trial/trial.record_run");
                assert_eq!(differences, ["request `held`: is new and required"]);
            }
        }
        let other = mesh.call::<other_count>(&()).org(TRIAL).timeout(WAIT_LIMIT);
        let other = other.await.unwrap_err();
        assert_eq!(other.code(), "schema_mismatch");
        let text = other.to_string();
        assert!(text.contains("response "), "{text}");

        // If the types cannot be compared, the error says so and contains the call's own error.
        let intricate = mesh.call::<intricate>(&()).org(TRIAL).timeout(WAIT_LIMIT);
        let Err(CallError::SchemaMismatch { differences, .. }) = intricate.await else {
            panic!("no schema mismatch was reported");
        };
        let [response, call] = differences.as_slice() else {
            panic!("{differences:?}");
        };
        assert_eq!(response, "response is too complex to compare");
        assert!(call.contains("not of the expected type"), "{call}");

        let unserved = mesh.call::<other_count>(&()).org("nobody");
        let unserved = unserved.await.unwrap_err();
        assert!(
            matches!(unserved, CallError::NoProvider { .. }),
            "{unserved}"
        );
        client.close().await;
        drop(trial);
        realm.close().await;
    });
}

#[test]
fn a_call_made_in_a_handler_ends_with_the_handlers_own_call() {
    let machine = Sandbox::new();
    runtime().block_on(async {
        let mut realm = Realm::start(&machine, ClaimDecision::Grant).await;
        let trial = realm.run(&machine, TRIAL, "trial");
        trial.ready();
        let client = realm.client().await;
        let limit = Duration::from_secs(20);
        let call = client.mesh().call::<call_remaining>(&()).org(TRIAL);
        let remaining = call.timeout(limit).await.expect("the call is answered");
        assert!(Duration::from_millis(remaining) <= limit, "{remaining} ms");
        client.close().await;
        drop(trial);
        realm.close().await;
    });
}
