//! A realm that grants, delays, refuses and revokes admissions, and how a service responds.

use std::time::Duration;

use hecate_om::call::CallError;
use hecate_om_station::{ClaimDecision, RegistrationRefusal};
use hecate_om_tests::{Process, Realm, Sandbox, Service, WAIT_LIMIT, get, json, runtime, until};
use serde_json::Value;

const ORG: &str = "hecate-trial";

/// Polls the body of `/health` until `is` holds; returns the body with the status.
fn healthy_until(service: &Service, is: impl Fn(&Value) -> bool) -> (u16, Value) {
    until("as it should be", || {
        match json(&service.health, "/health") {
            answer if is(&answer.1) => Ok(answer),
            other => Err(other),
        }
    })
}

fn list<'a>(body: &'a Value, name: &str) -> &'a Vec<Value> {
    body[name].as_array().expect("a list")
}

/// Stops the service; returns how often its log contains each text.
fn count_in_log<const N: usize>(process: Process, texts: [&str; N]) -> [usize; N] {
    process.signal("TERM");
    let (status, log) = process.end();
    assert_eq!(status.code(), Some(0), "{log}");
    texts.map(|text| log.lines().filter(|line| line.contains(text)).count())
}

/// Makes a call from a new client, which knows nothing of the service yet.
async fn call(realm: &Realm, procedure: &str) -> Result<String, CallError> {
    let client = realm.client().await;
    let procedure = format!("{ORG}/{procedure}");
    let call = client.mesh().procedure(procedure).timeout(WAIT_LIMIT);
    let answer = call.call("hello").await;
    client.close().await;
    answer
}

#[test]
fn a_service_waits_for_the_realm_is_refused_and_serves_once_granted() {
    let machine = Sandbox::new();
    runtime().block_on(async {
        let mut realm = Realm::start(&machine, ClaimDecision::Pending).await;
        let mut trial = realm.run(&machine, ORG, "a");
        let (status, body) = json(&trial.health, "/health");
        assert_eq!(status, 200, "it may still be granted: {body}");
        assert_eq!(body["claim"]["state"], "pending");
        assert_eq!(body["claim"]["org"], ORG);
        assert!(body["claim"]["since_ms"].is_u64(), "{body}");
        assert!(body["claim"].get("reason").is_none(), "{body}");
        let grants = list(&body, "provider_grants");
        for grant in grants {
            assert_eq!(grant["status"], "waiting", "{grant}");
            assert!(grant["since_ms"].is_u64(), "{grant}");
            let reason = grant["reason"].as_str().expect("a reason");
            assert!(reason.starts_with("realm_has_not_published"), "{grant}");
        }
        for liveness in list(&body, "advertise_liveness") {
            assert_eq!(liveness["status"], "never_succeeded", "{liveness}");
            assert_eq!(liveness["last_advertise_ms_ago"], "undefined");
            let failure = &liveness["last_advertise_failure"];
            assert!(failure["ms_ago"].is_u64() && failure["reason"].is_string());
        }
        let procedures = grants.len();
        assert_eq!(get(&trial.health, "/health/ready").expect("open").0, 503);
        let unserved = call(&realm, "trial.text").await;
        assert!(
            matches!(unserved, Err(CallError::NoProvider { .. })),
            "{unserved:?}"
        );

        realm.set_claim_decision(ClaimDecision::Refuse("the org is closed".into()));
        trial.process.wait_for("did not accept the claim");
        let body = json(&trial.health, "/health").1;
        assert_eq!(body["claim"]["state"], "not_delivered");
        let reason = body["claim"]["reason"].as_str().expect("a reason");
        assert!(reason.contains("the org is closed"), "{reason}");

        realm.set_claim_decision(ClaimDecision::Pending);
        trial.process.wait_for("has not admitted");
        realm.set_claim_decision(ClaimDecision::Grant);
        trial.process.wait_for("has admitted this node to the org");
        trial.ready();
        let (status, body) = json(&trial.health, "/health");
        assert_eq!((status, &body["status"]), (200, &"ok".into()), "{body}");
        assert_eq!(body["claim"]["state"], "issued");
        for grant in list(&body, "provider_grants") {
            assert_eq!(grant["status"], "granted");
            assert_eq!(
                grant.as_object().map(serde_json::Map::len),
                Some(2),
                "{grant}"
            );
        }
        for liveness in list(&body, "advertise_liveness") {
            assert_eq!(liveness["status"], "alive");
            assert!(liveness["last_advertise_ms_ago"].is_u64(), "{liveness}");
        }
        assert_eq!(call(&realm, "trial.text").await, Ok("hello".into()));
        let counted = count_in_log(
            trial.process,
            [
                "has not admitted this node yet",
                "did not accept the claim",
                "has admitted this node to the org",
                "realm_has_not_published",
                "served now",
            ],
        );
        assert_eq!(
            counted,
            [2, 1, 1, procedures, procedures],
            "a line a change"
        );
        realm.close().await;
    });
}

#[test]
fn a_revoked_grant_is_reported_at_once_and_served_again_when_renewed() {
    let machine = Sandbox::new();
    runtime().block_on(async {
        let mut realm = Realm::start(&machine, ClaimDecision::Grant).await;
        let mut trial = realm.run(&machine, ORG, "a");
        trial.ready();
        realm.set_claim_decision(ClaimDecision::Pending);
        realm.revoke(ORG);
        trial.process.wait_for("no longer served at a station");
        trial.process.wait_for("has not admitted");
        let (status, body) = healthy_until(&trial, |body| {
            let grants = list(body, "provider_grants");
            grants.iter().all(|grant| grant["status"] == "not_granted")
        });
        assert_eq!(status, 503);
        assert_eq!(body["status"], "degraded");
        assert_eq!(body["claim"]["state"], "pending");
        let grants = list(&body, "provider_grants");
        for grant in grants {
            let reason = grant["reason"].as_str().expect("a reason");
            assert!(reason.starts_with("operator_must_grant"), "{grant}");
        }
        let procedures = grants.len();
        let reason = body["reason"].as_str().expect("a reason");
        assert!(reason.contains("operator_must_grant"), "{reason}");
        // The service is live: a restart by a probe would not help.
        assert_eq!(get(&trial.health, "/health/live").expect("open").0, 200);
        let gone = call(&realm, "trial.text").await;
        assert!(gone.is_err(), "{gone:?}");

        realm.set_claim_decision(ClaimDecision::Grant);
        trial.process.wait_for("has admitted this node to the org");
        trial.ready();
        assert_eq!(call(&realm, "trial.text").await, Ok("hello".into()));
        let counted = count_in_log(
            trial.process,
            [
                "has admitted this node to the org",
                "has not admitted this node yet",
                "no longer served at a station",
                "operator_must_grant",
                "served now",
            ],
        );
        assert_eq!(
            counted,
            [2, 1, procedures, procedures, procedures],
            "a line a change"
        );
        realm.close().await;
    });
}

#[test]
fn a_lapsed_grant_is_served_again_once_the_realm_renews_it() {
    let machine = Sandbox::new();
    runtime().block_on(async {
        let mut realm = Realm::with(&machine, ClaimDecision::Grant, |config| {
            config.delegation_life = Duration::from_secs(12);
        })
        .await;
        let mut trial = realm.run(&machine, ORG, "a");
        trial.ready();
        realm.set_claim_decision(ClaimDecision::Pending);
        trial.process.wait_for("no longer served at a station");
        // In either order: a refused renewal also makes the service repeat its claim.
        trial.process.ensure_logged("has not admitted");
        realm.set_claim_decision(ClaimDecision::Grant);
        trial.process.wait_for("has admitted this node to the org");
        trial.ready();
        assert_eq!(call(&realm, "trial.text").await, Ok("hello".into()));
        realm.close().await;
    });
}

#[test]
fn a_capability_refused_by_the_station_does_not_affect_the_others_and_is_retried() {
    let machine = Sandbox::new();
    runtime().block_on(async {
        let mut realm = Realm::start(&machine, ClaimDecision::Grant).await;
        let refused = format!("{ORG}/trial.text");
        realm.refuse(&refused, Some(RegistrationRefusal::TooManyProviders));
        let mut trial = realm.run(&machine, ORG, "a");
        let body = json(&trial.health, "/health").1;
        let of = |list: &[Value]| -> Value {
            let entry = list.iter().find(|entry| entry["procedure"] == *refused);
            entry.cloned().expect("the grant is listed")
        };
        let grant = of(list(&body, "provider_grants"));
        assert_eq!(grant["status"], "waiting", "{grant}");
        let liveness = of(list(&body, "advertise_liveness"));
        let why = liveness["last_advertise_failure"]["reason"].as_str();
        assert!(
            why.is_some_and(|why| why.contains("too_many_providers")),
            "{liveness}"
        );
        for grant in list(&body, "provider_grants") {
            assert!(
                grant["procedure"] == *refused || grant["status"] == "granted",
                "{grant}"
            );
        }
        assert_eq!(call(&realm, "trial.text_v2").await, Ok("HELLO".into()));
        let unserved = call(&realm, "trial.text").await;
        assert!(
            matches!(unserved, Err(CallError::NoProvider { .. })),
            "{unserved:?}"
        );

        realm.refuse(&refused, None);
        trial.process.wait_for("served now");
        trial.ready();
        assert_eq!(call(&realm, "trial.text").await, Ok("hello".into()));
        let counted = count_in_log(
            trial.process,
            [
                "not served at a station; retrying",
                "served now",
                "no longer served",
            ],
        );
        assert_eq!(counted, [1, 1, 0], "a line a change, none of its siblings");
        realm.close().await;
    });
}

#[test]
fn a_late_or_restarted_station_is_served_without_a_second_claim() {
    let machine = Sandbox::new();
    runtime().block_on(async {
        let mut realm = Realm::start(&machine, ClaimDecision::Grant).await;
        let mut command = realm.service(&machine, ORG, "a");
        realm.close().await;
        let mut trial = Service::start(&mut command);
        let body = json(&trial.health, "/health").1;
        assert_eq!(body["claim"]["state"], "unsent", "{body}");
        for grant in list(&body, "provider_grants") {
            assert_eq!(grant["status"], "waiting", "{grant}");
        }
        realm.open().await;
        trial.process.wait_for("has admitted this node to the org");
        trial.ready();
        realm.close().await;
        trial.process.wait_for("no link to station");
        realm.open().await;
        trial.process.wait_for("linked to station");
        trial.ready();
        assert_eq!(call(&realm, "trial.text").await, Ok("hello".into()));
        let counted = count_in_log(
            trial.process,
            [
                "has admitted this node to the org",
                "linked to station",
                "no longer served",
            ],
        );
        assert_eq!(counted, [1, 2, 0]);
        realm.close().await;
    });
}
