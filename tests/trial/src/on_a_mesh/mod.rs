//! The service on a mesh in the test's process, and the faults of such a mesh.

mod drain;
mod providers;
mod stations;
mod tokens;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hecate_om::testing::{RegistrationRefusal, TestMesh, TokenDecision};
use hecate_om::{Refusal, call::CallError, every};
use serde_json::{Value, json};

use crate::run_counts::{Run, record_run};
use crate::{Runs, Trial};

/// Time longer than any wait on the mesh's clock.
const LONG: Duration = Duration::from_secs(24 * 3600);
/// The period of the schedule below.
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);
/// A timeout for calls that must succeed, even on a busy machine.
const WAIT_LIMIT: Duration = Duration::from_secs(60);

/// Runs once a week.
#[every("168h")]
async fn count_by_the_clock(runs: &Runs) {
    runs.0.fetch_add(1, Ordering::Relaxed);
}

fn all(body: &Value, list: &str, status: &str) -> bool {
    let entries = body[list].as_array().expect("a list");
    entries.iter().all(|entry| entry["status"] == status)
}

#[tokio::test]
async fn a_service_waits_is_refused_and_serves_once_granted() {
    let mesh = TestMesh::start().await;
    mesh.realm().wait();
    // Without the test's clock, it would run once a day.
    let trial = mesh
        .service::<Trial>()
        .setting("HECATE_CLAIM_RETRY", "1200m");
    let trial = trial.without_waiting().boot().await;
    let claim =
        |state: &'static str| trial.healthy_until(move |body| body["claim"]["state"] == state);
    let body = claim("pending").await;
    assert!(all(&body, "provider_grants", "waiting"), "{body:#}");
    let unserved = trial.procedure("trial.text").call::<_, String>("a").await;
    assert!(
        matches!(unserved, Err(CallError::NoProvider { .. })),
        "{unserved:?}"
    );

    mesh.realm().refuse("the org is closed");
    mesh.advance(LONG);
    let body = claim("not_delivered").await;
    let why = body["claim"]["reason"].as_str().unwrap();
    assert!(why.contains("the org is closed"), "{why}");

    mesh.realm().grant();
    mesh.advance(LONG);
    claim("issued").await;
    trial.ready().await.unwrap();
    let answer = trial.procedure("trial.text").call("a").await;
    assert_eq!(answer, Ok("a".to_owned()));
}

#[tokio::test]
async fn a_revoked_grant_is_missing_until_the_realm_grants_again() {
    let mesh = TestMesh::start().await;
    let trial = mesh.boot::<Trial>().await;
    mesh.realm().wait();
    mesh.realm().revoke(&trial);
    let body = trial
        .healthy_until(|body| all(body, "provider_grants", "not_granted"))
        .await;
    assert_eq!(body["status"], "degraded");
    mesh.realm().grant();
    mesh.advance(LONG);
    trial.ready().await.unwrap();
    let answer = trial.procedure("trial.text").call("a").await;
    assert_eq!(answer, Ok("a".to_owned()));
}

#[tokio::test]
async fn a_decision_for_one_org_applies_to_that_org_only() {
    let mesh = TestMesh::start().await;
    mesh.realm().org("acme").wait();
    let acme = mesh
        .service::<Trial>()
        .org("acme")
        .without_waiting()
        .boot()
        .await;
    let umbrella = mesh.service::<Trial>().org("umbrella").boot().await;
    acme.healthy_until(|body| body["claim"]["state"] == "pending")
        .await;
    let answer = umbrella.procedure("trial.text").call("a").await;
    assert_eq!(answer, Ok("a".to_owned()));
    assert_ne!(acme.node_id(), umbrella.node_id());
    assert_eq!((acme.org(), umbrella.org()), ("acme", "umbrella"));
}

#[tokio::test]
async fn a_refused_advertisement_does_not_affect_the_others() {
    let mesh = TestMesh::start().await;
    let refused = "hecate-trial/trial.text";
    let reason = RegistrationRefusal::TooManyProviders;
    mesh.realm().refuse_advertisement(refused, Some(reason));
    let trial = mesh.service::<Trial>().without_waiting().boot().await;
    let body = trial
        .healthy_until(|body| {
            let waiting: Vec<_> = body["provider_grants"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|grant| grant["status"] != "granted")
                .map(|grant| grant["procedure"].clone())
                .collect();
            waiting == [refused]
        })
        .await;
    assert!(body.to_string().contains("too_many_providers"), "{body:#}");
    mesh.realm().refuse_advertisement(refused, None);
    mesh.advance(LONG);
    trial.ready().await.unwrap();
}

#[tokio::test]
async fn the_realm_issues_the_token_that_the_test_sets() {
    let mesh = TestMesh::start().await;
    mesh.realm().set_token_policy(|request| {
        assert_eq!(request.permissions, ["trial/members", "trial/write"]);
        TokenDecision::Refuse("not you".into())
    });
    let trial = mesh.boot::<Trial>().await;
    let call = json!({
        "procedure": "hecate-trial/trial.members", "permission": "trial/members", "timeout_ms": 20_000,
    });
    let call = || {
        trial
            .procedure("trial.call_with_permission")
            .timeout(WAIT_LIMIT)
            .call::<_, Value>(&call)
    };
    // A service on a test mesh repeats its claim within a second.
    let reaches = async |state: &str| {
        let now = format!("hecate_authority{{state=\"{state}\"}} 1.0");
        let reached = async {
            while !trial.metrics().contains(&now) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let reached = tokio::time::timeout(WAIT_LIMIT, reached).await;
        assert!(reached.is_ok(), "not {state}: {}", trial.metrics());
    };
    reaches("refused").await;
    let refused = call().await.unwrap_err().to_string();
    assert!(refused.contains("not you"), "{refused}");
    mesh.realm().set_token_policy(|request| {
        TokenDecision::Grant(hecate_om::testing::TokenGrant::all_of(request))
    });
    reaches("issued").await;
    assert_eq!(call().await, Ok(json!(1)));
}

#[tokio::test]
async fn a_mock_replaces_a_provider_and_records_its_requests() {
    let mesh = TestMesh::start().await;
    let trial = mesh.boot::<Trial>().await;
    let mock = mesh
        .mock::<record_run>()
        .org("elsewhere")
        .answering(|run: Run| async move {
            if run.held {
                Err(Refusal::new("held", "not now"))
            } else {
                Ok(42)
            }
        });
    let mock = mock.await;
    let call = |held: bool| {
        let request = json!({
            "org": "elsewhere", "run": {"key": "a", "held": held}, "idempotent": false,
            "timeout_ms": 20_000,
        });
        let call = trial.procedure("trial.call_record_run").timeout(WAIT_LIMIT);
        async move { call.call::<_, u64>(&request).await }
    };
    assert_eq!(call(false).await, Ok(42));
    assert_eq!(call(true).await.unwrap_err().code(), "upstream_held");
    let received: Vec<_> = mock
        .calls()
        .into_iter()
        .map(|run| (run.key, run.held))
        .collect();
    assert_eq!(received, [("a".to_owned(), false), ("a".to_owned(), true)]);
    mock.stop().await;
    assert_eq!(
        call(false).await.unwrap_err().code(),
        "upstream_no_provider"
    );
}

#[tokio::test]
async fn a_mock_by_name_has_the_types_of_its_closure() {
    let mesh = TestMesh::start().await;
    let trial = mesh.boot::<Trial>().await;
    let greeter = mesh.mock_procedure("acme/greeter.greet_v2");
    let greeter = greeter
        .answering(|name: String| async move { Ok(format!("hello {name}")) })
        .await;
    let call = trial.procedure("trial.call").timeout(WAIT_LIMIT);
    let answer = call.call(&("acme/greeter.greet_v2", "Ada")).await;
    assert_eq!(answer, Ok("hello Ada".to_owned()));
    let wrong = mesh
        .procedure("acme/greeter.greet_v2")
        .call::<_, String>(&7)
        .await;
    assert_eq!(wrong.unwrap_err().code(), "invalid_request");
    assert_eq!(greeter.calls(), ["Ada"], "what did not fit was not asked");
}

#[tokio::test]
async fn a_caller_without_a_token_is_unauthorized_and_the_handler_never_runs() {
    let mesh = TestMesh::start().await;
    let trial = mesh.boot::<Trial>().await;
    // The last capability has no `access`, so that of the service applies.
    for name in ["trial.members", "trial.issuer_only", "trial.default_access"] {
        let error = trial.procedure(name).call::<_, u64>(&()).await.unwrap_err();
        assert_eq!(error.code(), "unauthorized", "{name}: {error:?}");
        assert!(!error.retryable(), "{name}: {error:?}");
    }
    let count = trial.procedure("trial.count").call(&()).await;
    assert_eq!(count, Ok(1), "none was run before");
}

#[tokio::test]
async fn versions_live_side_by_side() {
    let mesh = TestMesh::start().await;
    let trial = mesh.boot::<Trial>().await;
    let call = |name| trial.procedure(name).call("grüße");
    assert_eq!(call("trial.text").await, Ok("grüße".to_owned()));
    assert_eq!(call("trial.text_v2").await, Ok("GRÜSSE".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_calls_another_and_is_identified_by_its_key() {
    let mesh = TestMesh::start().await;
    let acme = mesh.service::<Trial>().org("acme").boot().await;
    let trial = mesh.boot::<Trial>().await;
    let call = trial.procedure("trial.call").timeout(WAIT_LIMIT);
    let seen = call.call(&("acme/trial.caller", ())).await;
    assert_eq!(seen, Ok(trial.node_id().to_string()));
    let seen = acme.procedure("trial.caller").call(&()).await;
    assert_eq!(seen, Ok(mesh.caller().node_id().to_string()));
    let another = mesh.another_caller().await;
    let seen = another.procedure("acme/trial.caller").call(&()).await;
    assert_eq!(seen, Ok(another.node_id().to_string()));
    assert_ne!(another.node_id(), mesh.caller().node_id());
}

#[tokio::test]
async fn a_cut_path_carries_nothing_until_it_is_restored() {
    let mesh = TestMesh::start().await;
    let trial = mesh.boot::<Trial>().await;
    let call = || trial.procedure("trial.count");
    assert_eq!(call().timeout(WAIT_LIMIT).call(&()).await, Ok(1));
    trial.path().cut();
    let lost = call()
        .timeout(Duration::from_millis(200))
        .call::<_, u64>(&())
        .await;
    assert_eq!(lost.unwrap_err().code(), "timeout");
    trial.path().heal();
    trial.path().duplicate(1.0);
    trial.path().lose(0.05);
    trial.path().delay(Duration::from_millis(5));
    // The lost request arrives late and does not run, since its caller no longer waits.
    assert_eq!(call().timeout(WAIT_LIMIT).call(&()).await, Ok(2));
}

#[tokio::test]
async fn a_restarted_station_keeps_its_identity_and_is_served_again() {
    let mesh = TestMesh::start().await;
    let trial = mesh.boot::<Trial>().await;
    mesh.stop_station().await;
    let served = |body: &Value| body["provider_grants"].to_string();
    let before = served(&trial.health());
    mesh.start_station().await;
    trial.ready().await.unwrap();
    assert_eq!(served(&trial.health()), before);
    let answer = trial
        .procedure("trial.text")
        .timeout(WAIT_LIMIT)
        .call("a")
        .await;
    assert_eq!(answer, Ok("a".to_owned()));
}

#[tokio::test]
async fn a_replica_booted_again_is_the_same_node() {
    let mesh = TestMesh::start().await;
    let replica = |name: &str| mesh.service::<Trial>().replica(name);
    let first = replica("a").boot().await;
    let id = first.node_id();
    let in_use = replica("a").try_boot().await.unwrap_err();
    assert_eq!(
        (in_use.step(), in_use.reasons()),
        ("identity", vec!["identity_key_in_use"])
    );
    assert!(in_use.to_string().contains("another process"), "{in_use}");
    first.stop().await;
    assert_eq!(replica("a").boot().await.node_id(), id);
    assert_ne!(replica("b").boot().await.node_id(), id);
}

#[tokio::test]
async fn a_stop_finishes_the_calls_in_flight() {
    let mesh = TestMesh::start().await;
    let trial = mesh.boot::<Trial>().await;
    let asleep = trial.procedure("trial.sleep").timeout(WAIT_LIMIT);
    let caller = mesh.another_caller().await;
    let running = || {
        caller
            .procedure("hecate-trial/trial.running")
            .timeout(WAIT_LIMIT)
            .call(&900)
    };
    let draining = async {
        while running().await != Ok(1) {}
        trial.service().sleeps.total()
    };
    let (slept, ever) = tokio::join!(asleep.call(&900), draining);
    assert_eq!((slept, ever), (Ok(900), 1));
    trial.stop().await;
    let gone = running().await;
    assert!(
        matches!(gone, Err(CallError::NoProvider { .. })),
        "{gone:?}"
    );
}

#[tokio::test]
async fn a_value_provided_by_the_test_replaces_that_of_start() {
    let mesh = TestMesh::start().await;
    let runs = Runs::default();
    runs.0.store(41, Ordering::Relaxed);
    let trial = mesh.service::<Trial>().provide(runs).boot().await;
    assert_eq!(trial.procedure("trial.count").call(&()).await, Ok(42));
}

#[tokio::test]
async fn scheduled_work_runs_once_the_clock_is_advanced() {
    let mesh = TestMesh::start().await;
    let runs = Arc::new(Runs::default());
    let trial = mesh.service::<Trial>().provide_shared(Arc::clone(&runs));
    let _trial = trial.boot().await;
    mesh.advance(WEEK);
    let done = async {
        while runs.0.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
    };
    let done = tokio::time::timeout(WAIT_LIMIT, done).await;
    assert!(done.is_ok(), "it is not done");
}

#[tokio::test]
async fn a_setting_that_is_none_or_has_no_form_refuses_boot_by_name() {
    let mesh = TestMesh::start().await;
    let with =
        |variable: &str, value: &str| mesh.service::<Trial>().setting(variable, value).try_boot();
    let unknown = with("HECATE_DRAIN_MX", "1s").await.unwrap_err();
    assert_eq!(unknown.reasons(), ["setting_unknown"]);
    assert!(
        unknown.to_string().contains("HECATE_DRAIN_MAX"),
        "{unknown}"
    );
    let undeclared = with("CARRIER_URL", "http://carrier.example").await;
    assert_eq!(undeclared.unwrap_err().reasons(), ["setting_unknown"]);
    let malformed = with("HECATE_DRAIN_MAX", "soon").await.unwrap_err();
    assert_eq!(
        (malformed.step(), malformed.reasons()),
        ("config", vec!["setting_malformed"])
    );
}
