//! What callers may ask of a service: so many calls in a window, so many at once, and who may say how many.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hecate_om::{CallError, Mesh};
use hecate_om_tests::{Answer, Sandbox, Service, json, workspace};
use macula_rust::cbor::Value as Cbor;
use macula_rust::frame::Payload;
use macula_rust::node_key::{NodeKey, PUZZLE_DIFFICULTY, Purpose};
use macula_rust::pool::{Call, Delivery, Opts, Pool, Seed};
use macula_rust::profile::Profile;
use macula_rust::ucan;
use serde_json::{Value, json};

use crate::calls::{client, runtime};
use crate::other_language::python;

/// A bound on waiting for what must come.
const PATIENCE: Duration = Duration::from_secs(90);
/// A window that no test sees the end of.
const ENDLESS: &str = "window_ms=4294967295";

/// The trial service under `limits`.
fn trial(machine: &Sandbox, limits: &str) -> Service {
    Service::start(
        machine
            .service("hecate-trial")
            .env("HECATE_GUARD_LIMITS", limits),
    )
}

async fn count(mesh: &Mesh) -> Result<u64, CallError> {
    let call = mesh.procedure("hecate-trial/trial.count");
    call.timeout(Duration::from_secs(30)).call(&()).await
}

fn limits_of(machine: &Sandbox, procedure: &str) -> Answer {
    let asked = json!({ "procedure": procedure }).to_string();
    machine.cli(&["call", "hecate-trial/get_limits", &asked, "--json"])
}

#[test]
fn a_caller_over_its_rate_is_told_so_while_another_is_answered() {
    let machine = Sandbox::new();
    let _trial = trial(&machine, &format!("{ENDLESS},per_caller_max=3"));
    let greedy = runtime().block_on(async {
        let (greedy, modest) = (client(&machine).await, client(&machine).await);
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
fn a_caller_of_another_implementation_reads_the_ancestors_words() {
    let Some(python) = python() else {
        return;
    };
    let machine = Sandbox::new();
    let _trial = trial(
        &machine,
        &format!("{ENDLESS},per_caller_max=2,max_bytes=1000"),
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
fn one_call_too_many_is_told_when_to_come_back_and_those_that_wait_are_answered() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    runtime().block_on(async {
        let client = client(&machine).await;
        let mesh = client.mesh();
        let gated = |number: u64| {
            let mesh = mesh.clone();
            async move {
                let call = mesh.procedure("hecate-trial/trial.gated");
                call.timeout(PATIENCE).call::<u64, u64>(&number).await
            }
        };
        let mut calls: tokio::task::JoinSet<_> = (1..=3).map(gated).collect();
        // One is at the gate, one waits for its place: the third has nowhere to wait.
        let refused = calls.join_next().await.unwrap().unwrap().unwrap_err();
        let CallError::Refused(refusal) = &refused else {
            panic!("the handler's place is what is missing: {refused:?}");
        };
        assert_eq!(refusal.code(), "busy");
        assert!(refusal.wait().is_some_and(|wait| !wait.is_zero()));
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
fn limits_are_told_of_one_procedure_or_of_all_and_set_by_nobody_without_a_guardian() {
    let machine = Sandbox::new();
    let mut trial = machine.start("hecate-trial");
    trial.process.has_said("`set_limits` is not served");
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
fn a_guardian_sets_limits_within_the_envelope_and_nobody_else() {
    const CAN: &str = "guard/set_limits";
    let machine = Sandbox::new();
    let mut trial = Service::start(
        machine
            .service("hecate-trial")
            .env("HECATE_GUARDIAN", CAN)
            .env("HECATE_GUARD_LIMITS", ENDLESS)
            .env("HECATE_GUARD_ENVELOPE", "per_caller_max=1..700"),
    );
    let procedure = "hecate-trial/trial.count";
    runtime().block_on(async {
        let node = Node::join(&machine).await;
        let set = async |limits: Value, token: Option<Vec<u8>>| {
            let payload = Cbor::Map(vec![
                (Cbor::text("procedure"), Cbor::text(procedure)),
                (Cbor::text("limits"), to_cbor(&limits)),
            ]);
            node.call("hecate-trial/set_limits", payload, token).await
        };
        let lower = json!({"per_caller_max": 2});
        let unauthorized = set(lower.clone(), None).await.unwrap_err();
        assert!(unauthorized.contains("unauthorized"), "{unauthorized}");
        let other_ability = set(lower.clone(), Some(node.token("guard/other"))).await;
        assert!(other_ability.unwrap_err().contains("unauthorized"));

        let token = || Some(node.token(CAN));
        for (limits, name) in [
            (json!({"per_caller_max": 701}), "envelope_exceeded: "),
            (json!({"window_ms": 5}), "envelope_exceeded: "),
            (json!({"per_caller_max": 0}), "not_a_positive_integer: "),
            (json!({"envelope": {}}), "envelope_operator_only: "),
        ] {
            let refused = set(limits.clone(), token()).await.unwrap_err();
            assert!(refused.contains(name), "{limits}: {refused}");
        }
        let answer = set(lower.clone(), token()).await.unwrap();
        let limits = answer.get("limits").unwrap();
        assert_eq!(limits.get("per_caller_max"), Some(&Cbor::Int(2)));
        assert_eq!(limits.get("global_max"), Some(&Cbor::Int(6_000)));
        set(lower, token()).await.unwrap();

        let client = client(&machine).await;
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
        assert_eq!(audit[0]["caller"], hex(&node.id));
        assert_eq!(audit[0]["before"]["per_caller_max"], 600);
        assert_eq!(audit[0]["after"]["per_caller_max"], 2);
    });
    let line = trial.process.wait_for("limits set");
    assert!(line.contains(procedure), "{line}");
}

#[test]
fn denials_are_told_to_subscribers_once_a_window() {
    let machine = Sandbox::new();
    let trial = trial(&machine, "window_ms=2000,per_caller_max=1");
    runtime().block_on(async {
        let node = Node::join(&machine).await;
        let subscribed = node.pool.subscribe(&node.realm, "denials_observed").await;
        let mut facts = subscribed.unwrap();
        let client = client(&machine).await;
        let caller = client.mesh().node_id().to_string();
        let mut windows = Vec::new();
        for _ in 0..2 {
            while count(client.mesh()).await.is_ok() {}
            let delivery = tokio::time::timeout(PATIENCE, facts.recv()).await;
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
        assert!(windows[0] < windows[1], "one fact a window: {windows:?}");
        client.close().await;
    });
    assert_eq!(json(&trial.health, "/health").1["failed_publishes"], 0);
}

#[test]
fn a_wrong_setting_of_the_guard_refuses_boot_with_every_mistake() {
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

/// A node of the mesh, over bare `macula-rust`: it subscribes, and presents tokens, which the realm's own key signs.
struct Node {
    pool: Pool,
    id: [u8; 32],
    realm: [u8; 32],
    realm_name: String,
    realm_key: PathBuf,
    profile: Profile,
}

impl Node {
    async fn join(machine: &Sandbox) -> Self {
        let file = machine.mesh_file();
        let mesh: Value =
            serde_json::from_slice(&std::fs::read(&file).expect("the mesh runs")).expect("JSON");
        let text = |pointer: &str| {
            let value = mesh.pointer(pointer).and_then(Value::as_str);
            value.unwrap_or_else(|| panic!("no {pointer}")).to_owned()
        };
        let profile = Profile::parse(&text("/profile")).expect("the profile is known");
        let realm = id(&text("/realm/id"));
        let key = NodeKey::generate_identity(profile, PUZZLE_DIFFICULTY).expect("a key");
        let node_id = key.node_id().expect("a key has an id");
        let opts = Opts {
            realm_trust: HashMap::from([(realm, bytes(&text("/realm/key")))]),
            ..Opts::new(Arc::new(key))
        };
        let port = mesh.pointer("/station/port").and_then(Value::as_u64);
        let seed = Seed {
            host: text("/station/host"),
            port: port.and_then(|p| p.try_into().ok()).expect("a port"),
            node_id: id(&text("/station/node_id")),
        };
        let connected = Pool::connect(vec![seed], opts).await;
        Self {
            pool: connected.expect("the station takes it"),
            id: node_id,
            realm,
            realm_name: text("/realm/name"),
            realm_key: file.with_file_name("realm.key"),
            profile,
        }
    }

    /// A token for this node, as the realm would mint it.
    fn token(&self, can: &str) -> Vec<u8> {
        let realm = NodeKey::load(&self.realm_key, Purpose::Identity, self.profile);
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let now = now.expect("it is past 1970").as_secs();
        let capability = ucan::Capability {
            with: format!("mri:realm:{}", self.realm_name),
            can: can.to_owned(),
        };
        let options = ucan::Options {
            exp: i64::try_from(now).expect("a time") + 3_600,
            ..ucan::Options::default()
        };
        let realm = realm.expect("the realm's key is on this machine");
        ucan::create(&realm, &self.id, &[capability], &options).expect("the realm can sign")
    }

    async fn call(
        &self,
        procedure: &str,
        payload: Cbor,
        token: Option<Vec<u8>>,
    ) -> Result<Cbor, String> {
        let call = Call {
            realm: self.realm,
            procedure: procedure.to_owned(),
            payload,
            timeout: Duration::from_secs(30),
            token,
            ..Call::default()
        };
        self.pool.call(call).await.map_err(|e| format!("{e:?}"))
    }
}

fn to_cbor(value: &Value) -> Cbor {
    match value {
        Value::Number(n) => Cbor::Int(n.as_i64().expect("a whole number").into()),
        Value::Object(map) => {
            let pair = |(key, value): (&String, &Value)| (Cbor::text(key), to_cbor(value));
            Cbor::Map(map.iter().map(pair).collect())
        }
        other => panic!("not used here: {other}"),
    }
}

fn bytes(text: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex digits");
    (0..text.len()).step_by(2).map(byte).collect()
}

fn id(text: &str) -> [u8; 32] {
    bytes(text).try_into().expect("64 hex digits")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
