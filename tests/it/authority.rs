//! What services may do elsewhere: the token that the realm gives them, and what it says to those they call.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hecate_om::{Client, call::CallError};
use hecate_om_station::{Admission, Authority, AuthorityGrant, AuthorityRequest};
use hecate_om_tests::{PATIENCE, Realm, Sandbox, Service};
use serde_json::{Value, json};

use crate::calls::runtime;
use crate::rolling_restart::member;

/// What a realm is told to answer, which may change.
#[derive(Clone)]
enum Word {
    Grant { seconds: u64 },
    Part,
    Pending,
    Refuse,
}

impl Word {
    fn answer(&self, request: &AuthorityRequest) -> Authority {
        let all = AuthorityGrant::all_of(request);
        match self {
            Self::Grant { seconds } => Authority::Grant(AuthorityGrant {
                ttl: Duration::from_secs(*seconds),
                ..all
            }),
            Self::Part => Authority::Grant(AuthorityGrant {
                permissions: vec!["trial/write".into()],
                ..all
            }),
            Self::Pending => Authority::Pending,
            Self::Refuse => Authority::Refuse("this scope is closed".into()),
        }
    }
}

/// A realm, a service `provider` that wants a token, and a service `asker` that calls it.
struct Scene {
    machine: Sandbox,
    realm: Realm,
    word: Arc<Mutex<Word>>,
    _provider: Service,
    asker: Service,
}

impl Scene {
    async fn begin(word: Word) -> Self {
        let machine = Sandbox::new();
        let word = Arc::new(Mutex::new(word));
        let told = Arc::clone(&word);
        let realm = Realm::with(&machine, Admission::Grant, |config| {
            config.authority = Arc::new(move |request| match request.org.as_str() {
                "asker" => told.lock().expect("no test panics with it").answer(request),
                _ => Authority::Pending,
            });
        })
        .await;
        let start = |org| {
            let mut command = realm.service(&machine, "hecate-trial", org);
            let service = Service::start(command.env("HECATE_ORG", org));
            service.ready();
            service
        };
        let (_provider, asker) = (start("provider"), start("asker"));
        Self {
            machine,
            realm,
            word,
            _provider,
            asker,
        }
    }

    fn say(&self, word: Word) {
        *self.word.lock().expect("no test panics with it") = word;
    }
}

/// Has `asker` call `procedure`, under an action where one is named.
async fn relayed(client: &Client, procedure: &str, action: Option<&str>) -> Result<Value, String> {
    let call = json!({"procedure": procedure, "action": action, "timeout_ms": 500});
    let outgoing = client.mesh().procedure("asker/trial.elsewhere");
    match outgoing.timeout(PATIENCE).call(&call).await {
        Ok(answer) => Ok(answer),
        Err(CallError::Refused(refusal)) => Err(format!("{}: {}", refusal.code(), refusal.text())),
        Err(other) => panic!("{other}"),
    }
}

/// Has `asker` call until it comes out so: what it logs of its authority, it logs just before it goes by it.
async fn comes_out(
    client: &Client,
    action: Option<&str>,
    so: impl Fn(&Result<Value, String>) -> bool,
) -> Result<Value, String> {
    let calls = async {
        loop {
            let outcome = relayed(client, "provider/trial.members", action).await;
            if so(&outcome) {
                return outcome;
            }
        }
    };
    let outcome = tokio::time::timeout(PATIENCE, calls).await;
    outcome.expect("it comes out so")
}

#[test]
fn a_service_presents_its_token_to_a_provider_that_asks_and_the_handler_reads_it() {
    let runtime = runtime();
    let scene = runtime.block_on(Scene::begin(Word::Grant { seconds: 600 }));
    let mut asker = scene.asker;
    asker.process.has_said("granted the service its authority");
    runtime.block_on(async {
        let client = member(&scene.realm).await;
        let info: Value = client
            .mesh()
            .procedure("asker/info")
            .call(&())
            .await
            .unwrap();
        for (action, again) in [(None, false), (None, true), (Some("trial/write"), true)] {
            let said = relayed(&client, "provider/trial.claims", action)
                .await
                .unwrap();
            assert_eq!(said["audience"], info["node_id"], "{action:?} {again}");
            assert!(said["issuer"].as_str().unwrap().starts_with("did:key:z"));
            let realm = "mri:realm:hecate.dev";
            let granted = json!([[realm, "trial/members"], [realm, "trial/write"]]);
            assert_eq!(said["capabilities"], granted);
        }
        assert_eq!(
            relayed(&client, "provider/trial.members", None).await,
            Ok(json!(1))
        );
        // Nobody looked at the token, so nobody claims that it says anything.
        let open = relayed(&client, "provider/trial.unclaimed", Some("trial/write")).await;
        assert_eq!(open, Ok(json!(1)));
        // Vouched for by another than the realm, and for what the realm was not asked.
        for other in ["trial.vouched", "trial.unsaid"] {
            let refused = relayed(&client, &format!("provider/{other}"), None).await;
            assert!(
                refused
                    .as_ref()
                    .is_err_and(|e| e.starts_with("unauthorized")),
                "{refused:?}"
            );
        }
        let undeclared = relayed(&client, "provider/trial.members", Some("trial/other")).await;
        let undeclared = undeclared.unwrap_err();
        assert!(undeclared.starts_with("undeclared_action:"), "{undeclared}");
        assert!(undeclared.contains("`trial/other`"), "{undeclared}");
        assert_eq!(
            relayed(&client, "provider/trial.members", None).await,
            Ok(json!(2)),
            "none ran"
        );

        // A token of the service's is of no use to another.
        let direct: Result<u64, _> = client
            .mesh()
            .procedure("provider/trial.members")
            .call(&())
            .await;
        assert_eq!(direct.unwrap_err().code(), "unauthorized");
        client.close().await;
    });
}

#[test]
fn a_realm_may_keep_a_service_waiting_refuse_it_and_change_its_mind() {
    let runtime = runtime();
    let mut scene = runtime.block_on(Scene::begin(Word::Pending));
    let machine = scene.machine.path().to_owned();
    scene
        .asker
        .process
        .has_said("has not admitted this node to the service's authority");
    runtime.block_on(async {
        let client = member(&scene.realm).await;
        let why = async |action| {
            let outcome = relayed(&client, "provider/trial.members", action).await;
            outcome.unwrap_err()
        };
        let waiting = why(Some("trial/members")).await;
        assert!(waiting.starts_with("no_authority:"), "{waiting}");
        assert!(
            waiting.contains("`trial/members`") && waiting.contains("not admitted"),
            "{waiting}"
        );
        assert!(why(None).await.starts_with("unauthorized"));

        scene.say(Word::Refuse);
        let said = scene
            .asker
            .process
            .wait_for("refused the service its authority");
        assert!(said.contains("this scope is closed"), "{said}");
        let says = |text: &'static str| {
            move |outcome: &Result<_, String>| outcome.as_ref().is_err_and(|e| e.contains(text))
        };
        let refused = says("the realm refused: this scope is closed");
        let refused = comes_out(&client, Some("trial/members"), refused).await;
        assert!(refused.is_err_and(|e| e.starts_with("no_authority:")));

        scene.say(Word::Part);
        let said = scene.asker.process.wait_for("not all of its `actions`");
        assert!(said.contains("missing=\"trial/members\""), "{said}");
        let part = says("did not grant trial/members");
        let part = comes_out(&client, Some("trial/members"), part).await;
        assert!(part.is_err_and(|e| e.starts_with("no_authority:")));
        assert!(
            why(None).await.starts_with("unauthorized"),
            "it does not allow that"
        );
        let open = relayed(&client, "provider/trial.unclaimed", Some("trial/write")).await;
        assert_eq!(open, Ok(json!(1)));

        scene.say(Word::Grant { seconds: 600 });
        scene
            .asker
            .process
            .wait_for("granted the service its authority");
        let granted = comes_out(&client, Some("trial/members"), Result::is_ok).await;
        assert_eq!(granted, Ok(json!(1)), "none ran before");
        client.close().await;
    });
    for folder in ["asker", "provider"] {
        let kept: BTreeSet<_> = std::fs::read_dir(machine.join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        // The notes are the trial's own.
        assert_eq!(kept, ["identity.key", "notes"].map(Into::into).into());
    }
}

#[test]
fn a_token_is_rotated_while_calls_go_on_and_runs_out_when_the_realm_gives_no_other() {
    let runtime = runtime();
    let mut scene = runtime.block_on(Scene::begin(Word::Grant { seconds: 4 }));
    scene
        .asker
        .process
        .has_said("granted the service its authority");
    runtime.block_on(async {
        let client = member(&scene.realm).await;
        let mut ends = BTreeSet::new();
        let mut calls = 0;
        while ends.len() < 3 {
            let said = relayed(&client, "provider/trial.claims", None).await;
            let said = said.unwrap_or_else(|error| panic!("after {calls} calls: {error}"));
            ends.insert(said["expires_at"].as_u64());
            calls += 1;
        }
        scene.say(Word::Pending);
        // What is held is good until its end, whatever the realm says.
        scene
            .asker
            .process
            .wait_for("has not admitted this node to the service's authority");
        let held = relayed(&client, "provider/trial.claims", Some("trial/members")).await;
        assert!(held.is_ok(), "{held:?}");
        scene.asker.process.wait_for("has run out");
        let over = relayed(&client, "provider/trial.claims", None)
            .await
            .unwrap_err();
        assert!(over.starts_with("unauthorized"), "{over}");
        client.close().await;
    });
}

#[test]
fn whether_callers_can_seal_is_enabled_or_disabled() {
    let machine = Sandbox::new();
    let refused = machine.run(
        machine
            .service("hecate-trial")
            .env("HECATE_KEM_ADVERTISE", "on"),
    );
    assert_eq!(refused.code, 1, "{refused:?}");
    let why = "HECATE_KEM_ADVERTISE (environment): `on` is none of `enabled`, `disabled`";
    assert!(refused.stderr.contains(why), "{refused:?}");
}
