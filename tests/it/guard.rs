//! Limits for callers: rate, concurrency, and who may change them.

use std::time::{SystemTime, UNIX_EPOCH};

use hecate_om::macula::cbor::Value as Cbor;
use hecate_om::macula::frame::Payload;
use hecate_om::macula::pool::Delivery;
use hecate_om::{Mesh, call::CallError};
use hecate_om_tests::{Answer, Sandbox, Service, WAIT_LIMIT, json, runtime, workspace};
use serde_json::{Value, json};

use crate::other_language::python;

/// Returns the length of a window that does not end during a test. Windows start at multiples of
/// their length, so this is the length, of up to an hour (the maximum), whose current window has
/// the most time left.
fn endless() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.expect("the clock is after 1970").as_millis();
    let lengths = (1_800..=3_600).map(|seconds| seconds * 1_000);
    let length = lengths.max_by_key(|length| length - now % length);
    format!("window_ms={}", length.expect("there are some"))
}

/// Starts the trial service with `limits`.
fn trial(machine: &Sandbox, limits: &str) -> Service {
    Service::start(
        machine
            .service("hecate-trial")
            .env("HECATE_GUARD_LIMITS", limits),
    )
}

async fn count(mesh: &Mesh) -> Result<u64, CallError> {
    let call = mesh.procedure("hecate-trial/trial.count");
    call.timeout(WAIT_LIMIT).call(&()).await
}

fn limits_of(machine: &Sandbox, procedure: &str) -> Answer {
    let request = json!({ "procedure": procedure }).to_string();
    machine.cli(&["call", "hecate-trial/get_limits", &request, "--json"])
}

#[test]
fn a_caller_over_its_rate_is_refused_while_another_is_answered() {
    let machine = Sandbox::new();
    let _trial = trial(&machine, &format!("{},per_caller_max=3", endless()));
    let greedy = runtime().block_on(async {
        let (greedy, modest) = (machine.client().await, machine.client().await);
        for n in 1..=3 {
            assert_eq!(count(greedy.mesh()).await, Ok(n));
        }
        for _ in 0..2 {
            let refused = count(greedy.mesh()).await.unwrap_err();
            assert_eq!(refused.code(), "rate_limited", "{refused:?}");
        }
        assert_eq!(count(modest.mesh()).await, Ok(4), "none was run between");
        let greedy_id = greedy.mesh().node_id().to_string();
        greedy.close().await;
        modest.close().await;
        greedy_id
    });

    let stats = limits_of(&machine, "hecate-trial/trial.count").json()["result"].take();
    assert_eq!(stats["denied_rate"], 2, "{stats}");
    assert_eq!(stats["distinct_callers"], 2);
    assert_eq!(stats["callers_over_limit"], 1);
    assert_eq!(stats["global_count"], 4);
    assert_eq!(
        stats["top_callers"][0],
        json!({"caller": greedy, "count": 5})
    );
    assert_eq!(stats["limits"]["per_caller_max"], 3);
    assert_eq!(stats["envelope"], json!({}));
    assert_eq!(stats["audit"], json!([]));
}

#[test]
fn a_caller_in_python_receives_the_codes_of_hecate_om_erlang() {
    let Some(python) = python() else {
        return;
    };
    let machine = Sandbox::new();
    let _trial = trial(
        &machine,
        &format!("{},per_caller_max=2,max_bytes=1000", endless()),
    );
    let answer = machine.run(
        machine
            .command(python)
            .arg(workspace().join("tests/python/be_limited.py"))
            .arg(machine.mesh_file()),
    );
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(answer.stdout, "denied as expected", "{answer:?}");
}

#[test]
fn a_call_beyond_the_queue_gets_a_retry_time_and_queued_calls_are_answered() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    runtime().block_on(async {
        let client = machine.client().await;
        let mesh = client.mesh();
        let gated = |number: u64| {
            let mesh = mesh.clone();
            async move {
                let call = mesh.procedure("hecate-trial/trial.wait_at_gate");
                call.timeout(WAIT_LIMIT).call::<u64, u64>(&number).await
            }
        };
        let mut calls: tokio::task::JoinSet<_> = (1..=3).map(gated).collect();
        // One call is in the handler, one waits: the queue has no room for a third.
        let refused = calls.join_next().await.unwrap().unwrap().unwrap_err();
        let CallError::Refused(refusal) = &refused else {
            panic!("refused for another reason: {refused:?}");
        };
        assert_eq!(refusal.code(), "busy");
        assert!(refusal.retry_after().is_some_and(|wait| !wait.is_zero()));
        assert!(refused.retryable());
        let open = mesh.procedure("hecate-trial/trial.open_gate");
        let () = open.call(&2).await.unwrap();
        let answered = calls.join_all().await;
        assert_eq!(answered.len(), 2);
        assert!(answered.iter().all(Result::is_ok), "{answered:?}");
        client.close().await;
    });
}

#[test]
fn limits_are_readable_and_without_an_administrator_permission_not_settable() {
    let machine = Sandbox::new();
    let mut trial = machine.start("hecate-trial");
    trial.process.ensure_logged("`set_limits` is not served");
    let all = machine.cli(&["call", "hecate-trial/get_limits", "--json"]);
    let procedures = all.json()["result"]["procedures"].take();
    let listed: Vec<Value> = {
        let info = machine.cli(&["call", "hecate-trial/info", "--json"]).json();
        info["result"]["capabilities"].as_array().unwrap().clone()
    };
    assert!(listed.contains(&"hecate-trial/get_limits".into()));
    assert!(!listed.contains(&"hecate-trial/set_limits".into()));
    let procedures = procedures.as_object().unwrap();
    assert_eq!(procedures.len(), listed.len());
    for name in &listed {
        assert!(procedures.contains_key(name.as_str().unwrap()), "{name}");
    }
    assert_eq!(
        procedures["hecate-trial/trial.small"]["limits"]["max_payload_external_size"],
        64
    );

    let unknown = limits_of(&machine, "hecate-trial/trial.nothing");
    assert_eq!(unknown.json()["error"]["code"], "unknown_procedure");
    let set = machine.cli(&["call", "hecate-trial/set_limits", "{}", "--json"]);
    assert_eq!(set.json()["error"]["code"], "no_provider", "{set:?}");
}

#[test]
fn only_a_limits_administrator_sets_limits_within_the_allowed_range() {
    const CAN: &str = "guard/set_limits";
    let machine = Sandbox::new();
    let mut trial = Service::start(
        machine
            .service("hecate-trial")
            .env("HECATE_GUARDIAN", CAN)
            .env("HECATE_GUARD_LIMITS", endless())
            .env("HECATE_GUARD_ENVELOPE", "per_caller_max=1..700"),
    );
    let procedure = "hecate-trial/trial.count";
    runtime().block_on(async {
        let administrator = machine.client().await;
        let id = administrator.mesh().node_id();
        let set = async |limits: &Value, can: Option<&str>| {
            let call = administrator.mesh().procedure("hecate-trial/set_limits");
            let call = match can {
                Some(can) => call.ucan(machine.token(id, can)),
                None => call,
            };
            let request = json!({"procedure": procedure, "limits": limits});
            call.timeout(WAIT_LIMIT).call::<_, Value>(&request).await
        };
        let lower = json!({"per_caller_max": 2});
        for can in [None, Some("guard/other")] {
            let unauthorized = set(&lower, can).await.unwrap_err();
            assert_eq!(unauthorized.code(), "unauthorized", "{can:?}");
        }
        let elsewhere = machine.token_on(id, "mri:org:hecate.dev/elsewhere", CAN);
        let call = administrator.mesh().procedure("hecate-trial/set_limits");
        let call = call.ucan(elsewhere.parse().expect("a valid token"));
        let request = json!({"procedure": procedure, "limits": lower});
        let call = call.timeout(WAIT_LIMIT).call::<_, Value>(&request);
        let unauthorized = call.await.unwrap_err();
        assert_eq!(
            unauthorized.code(),
            "unauthorized",
            "a grant for another org"
        );

        for (limits, code) in [
            (json!({"per_caller_max": 701}), "envelope_exceeded"),
            (json!({"window_ms": 5}), "envelope_exceeded"),
            (json!({"per_caller_max": 0}), "not_a_positive_integer"),
            (json!({"envelope": {}}), "envelope_operator_only"),
        ] {
            let refused = set(&limits, Some(CAN)).await.unwrap_err();
            assert_eq!(refused.code(), code, "{limits}: {refused}");
        }
        let answer = set(&lower, Some(CAN)).await.unwrap();
        assert_eq!(answer["limits"]["per_caller_max"], 2);
        assert_eq!(answer["limits"]["global_max"], 6_000);
        set(&lower, Some(CAN)).await.unwrap();

        let client = machine.client().await;
        for n in 1..=2 {
            assert_eq!(count(client.mesh()).await, Ok(n));
        }
        let refused = count(client.mesh()).await.unwrap_err();
        assert_eq!(refused.code(), "rate_limited");
        client.close().await;

        let stats = limits_of(&machine, procedure).json()["result"].take();
        assert_eq!(
            stats["envelope"],
            json!({"per_caller_max": {"min": 1, "max": 700}})
        );
        let audit = stats["audit"].as_array().unwrap();
        assert_eq!(audit.len(), 1, "the same again is no change: {audit:?}");
        assert_eq!(audit[0]["tier"], CAN);
        assert_eq!(audit[0]["caller"], id.to_string());
        assert_eq!(audit[0]["before"]["per_caller_max"], 600);
        assert_eq!(audit[0]["after"]["per_caller_max"], 2);
        administrator.close().await;
    });
    let line = trial.process.wait_for("limits set");
    assert!(line.contains(procedure), "{line}");
}

#[test]
fn denials_are_published_once_per_window() {
    let machine = Sandbox::new();
    let trial = trial(&machine, "window_ms=2000,per_caller_max=1");
    runtime().block_on(async {
        let client = machine.client().await;
        let linked = client.mesh().advertised(WAIT_LIMIT).await;
        assert!(linked.is_ok(), "{linked:?}");
        let mesh = client.mesh().handles().expect("the client is linked");
        let realm = mesh.realm_id();
        let mut facts = mesh
            .pool()
            .subscribe(&realm, "denials_observed")
            .await
            .unwrap();
        let caller = client.mesh().node_id().to_string();
        let mut windows = Vec::new();
        for _ in 0..2 {
            while count(client.mesh()).await.is_ok() {}
            let delivery = tokio::time::timeout(WAIT_LIMIT, facts.recv()).await;
            let Ok(Some(Delivery::Event(event))) = delivery else {
                panic!("no fact came: {delivery:?}");
            };
            let Payload::Clear(fact) = event.payload else {
                panic!("the fact is sealed");
            };
            let number = |key: &str| match fact.get(key) {
                Some(Cbor::Int(n)) => *n,
                other => panic!("{key}: {other:?}"),
            };
            assert_eq!(
                fact.get("procedure"),
                Some(&Cbor::text("hecate-trial/trial.count"))
            );
            assert_eq!(number("per_caller_max"), 1);
            assert_eq!(number("global_max"), 6_000);
            assert_eq!(number("global_count"), 1);
            assert_eq!(number("denied_rate"), 1);
            assert_eq!(number("denied_size"), 0);
            assert_eq!(number("callers_over_limit"), 1);
            assert_eq!(number("distinct_callers"), 1);
            let Some(Cbor::List(top)) = fact.get("top_callers") else {
                panic!("{fact:?}");
            };
            assert_eq!(top[0].get("caller"), Some(&Cbor::text(&caller)));
            windows.push(number("window_start_ms"));
        }
        assert!(windows[0] < windows[1], "one fact per window: {windows:?}");
        client.close().await;
    });
    assert_eq!(json(&trial.health, "/health").1["failed_publishes"], 0);
}

#[test]
fn wrong_limits_refuse_boot_with_every_mistake() {
    let machine = Sandbox::new();
    let answer = machine.run(
        machine
            .service("hecate-trial")
            .env("HECATE_GUARD_LIMITS", "speed=9,per_caller_max=7000")
            .env("HECATE_GUARD_ENVELOPE", "window_ms=9..1"),
    );
    assert_eq!(answer.code, 1, "{answer:?}");
    for text in [
        "HECATE_GUARD_LIMITS (environment): `speed` is not a limit",
        "per_caller_max 7000 is above global_max 6000",
        "HECATE_GUARD_ENVELOPE (environment): `window_ms=9..1`",
    ] {
        assert!(answer.stderr.contains(text), "`{text}`: {answer:?}");
    }
}
