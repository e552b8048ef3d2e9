//! Permissions at other services: the token that the realm issues, and the claims that handlers
//! read.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hecate_om::identity::{Asserted, Ucan};
use hecate_om::{Client, call::CallError};
use hecate_om_station::{ClaimDecision, TokenDecision, TokenGrant, TokenRequest};
use hecate_om_tests::{Realm, Sandbox, Service, WAIT_LIMIT, runtime};
use serde_json::{Value, json};

/// The realm's decision, which a test can change.
#[derive(Clone)]
enum Decision {
    Grant { seconds: u64 },
    Part,
    Pending,
    Refuse,
}

impl Decision {
    fn answer(&self, request: &TokenRequest) -> TokenDecision {
        let all = TokenGrant::all_of(request);
        match self {
            Self::Grant { seconds } => TokenDecision::Grant(TokenGrant {
                ttl: Duration::from_secs(*seconds),
                ..all
            }),
            Self::Part => TokenDecision::Grant(TokenGrant {
                permissions: vec!["trial/write".into()],
                ..all
            }),
            Self::Pending => TokenDecision::Pending,
            Self::Refuse => TokenDecision::Refuse("this scope is closed".into()),
        }
    }
}

/// A realm, a service `provider` that requires a token, and a service `caller` that calls it.
struct Setup {
    machine: Sandbox,
    realm: Realm,
    decision: Arc<Mutex<Decision>>,
    _provider: Service,
    caller: Service,
}

impl Setup {
    async fn start(decision: Decision) -> Self {
        let machine = Sandbox::new();
        let decision = Arc::new(Mutex::new(decision));
        let shared_decision = Arc::clone(&decision);
        let realm = Realm::with(&machine, ClaimDecision::Grant, |config| {
            config.token_policy = Arc::new(move |request| match request.org.as_str() {
                "caller" => shared_decision
                    .lock()
                    .expect("the lock is not poisoned")
                    .answer(request),
                _ => TokenDecision::Pending,
            });
        })
        .await;
        let start = |org| {
            let mut command = realm.service(&machine, "hecate-trial", org);
            let service = Service::start(command.env("HECATE_ORG", org));
            service.ready();
            service
        };
        let (_provider, caller) = (start("provider"), start("caller"));
        Self {
            machine,
            realm,
            decision,
            _provider,
            caller,
        }
    }

    fn decide(&self, decision: Decision) {
        *self.decision.lock().expect("the lock is not poisoned") = decision;
    }
}

/// Makes `caller` call `procedure`, with the permission `permission` if it is set.
async fn call_through_service(
    client: &Client,
    procedure: &str,
    permission: Option<&str>,
) -> Result<Value, String> {
    let call = json!({"procedure": procedure, "permission": permission, "timeout_ms": 500});
    let outgoing = client.mesh().procedure("caller/trial.call_with_permission");
    match outgoing.timeout(WAIT_LIMIT).call(&call).await {
        Ok(answer) => Ok(answer),
        Err(CallError::Refused(refusal)) => Err(format!("{}: {}", refusal.code(), refusal.text())),
        Err(other) => panic!("{other}"),
    }
}

/// Makes `caller` call until the result is as expected. `caller` logs a change of its token just
/// before it uses the new one.
async fn until_result(
    client: &Client,
    permission: Option<&str>,
    so: impl Fn(&Result<Value, String>) -> bool,
) -> Result<Value, String> {
    let calls = async {
        loop {
            let outcome = call_through_service(client, "provider/trial.members", permission).await;
            if so(&outcome) {
                return outcome;
            }
        }
    };
    let outcome = tokio::time::timeout(WAIT_LIMIT, calls).await;
    outcome.expect("the expected result arrives in time")
}

#[test]
fn a_service_presents_its_token_and_the_handler_reads_the_claims() {
    let runtime = runtime();
    let setup = runtime.block_on(Setup::start(Decision::Grant { seconds: 600 }));
    let mut caller = setup.caller;
    caller
        .process
        .ensure_logged("granted the service's permissions");
    runtime.block_on(async {
        let client = setup.realm.client().await;
        let info: Value = client
            .mesh()
            .procedure("caller/info")
            .call(&())
            .await
            .unwrap();
        for (permission, again) in [(None, false), (None, true), (Some("trial/write"), true)] {
            let response = call_through_service(&client, "provider/trial.claims", permission)
                .await
                .unwrap();
            assert_eq!(
                response["audience"], info["node_id"],
                "{permission:?} {again}"
            );
            assert!(
                response["issuer"]
                    .as_str()
                    .unwrap()
                    .starts_with("did:key:z")
            );
            let realm = "mri:realm:hecate.dev";
            let granted = json!([[realm, "trial/members"], [realm, "trial/write"]]);
            assert_eq!(response["capabilities"], granted);
        }
        assert_eq!(
            call_through_service(&client, "provider/trial.members", None).await,
            Ok(json!(1))
        );
        // The provider did not verify a token, so the call has no claims.
        let open =
            call_through_service(&client, "provider/trial.unclaimed", Some("trial/write")).await;
        assert_eq!(open, Ok(json!(1)));
        // Tokens of another issuer, and permissions that were not requested from the realm.
        for other in ["trial.issuer_only", "trial.default_access"] {
            let refused = call_through_service(&client, &format!("provider/{other}"), None).await;
            assert!(
                refused
                    .as_ref()
                    .is_err_and(|e| e.starts_with("unauthorized")),
                "{refused:?}"
            );
        }
        let undeclared =
            call_through_service(&client, "provider/trial.members", Some("trial/other")).await;
        let undeclared = undeclared.unwrap_err();
        assert!(undeclared.starts_with("undeclared_action:"), "{undeclared}");
        assert!(undeclared.contains("`trial/other`"), "{undeclared}");
        assert_eq!(
            call_through_service(&client, "provider/trial.members", None).await,
            Ok(json!(2)),
            "none ran"
        );

        // Another node cannot use the service's token.
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
fn a_realm_may_delay_refuse_and_later_grant_a_token() {
    let runtime = runtime();
    let mut setup = runtime.block_on(Setup::start(Decision::Pending));
    let machine = setup.machine.path().to_owned();
    setup
        .caller
        .process
        .ensure_logged("has not decided on the service's permissions");
    runtime.block_on(async {
        let client = setup.realm.client().await;
        let why = async |permission| {
            let outcome = call_through_service(&client, "provider/trial.members", permission).await;
            outcome.unwrap_err()
        };
        let waiting = why(Some("trial/members")).await;
        assert!(waiting.starts_with("no_authority:"), "{waiting}");
        assert!(
            waiting.contains("`trial/members`") && waiting.contains("not admitted"),
            "{waiting}"
        );
        assert!(why(None).await.starts_with("unauthorized"));

        setup.decide(Decision::Refuse);
        let line = setup
            .caller
            .process
            .wait_for("refused the service's permissions");
        assert!(line.contains("this scope is closed"), "{line}");
        let says = |text: &'static str| {
            move |outcome: &Result<_, String>| outcome.as_ref().is_err_and(|e| e.contains(text))
        };
        let refused = says("the realm refused: this scope is closed");
        let refused = until_result(&client, Some("trial/members"), refused).await;
        assert!(refused.is_err_and(|e| e.starts_with("no_authority:")));

        setup.decide(Decision::Part);
        let line = setup
            .caller
            .process
            .wait_for("only some of the service's `permissions`");
        assert!(line.contains("missing=\"trial/members\""), "{line}");
        let part = says("did not grant trial/members");
        let part = until_result(&client, Some("trial/members"), part).await;
        assert!(part.is_err_and(|e| e.starts_with("no_authority:")));
        assert!(
            why(None).await.starts_with("unauthorized"),
            "it does not allow that"
        );
        let open =
            call_through_service(&client, "provider/trial.unclaimed", Some("trial/write")).await;
        assert_eq!(open, Ok(json!(1)));

        setup.decide(Decision::Grant { seconds: 600 });
        setup
            .caller
            .process
            .wait_for("granted the service's permissions");
        let granted = until_result(&client, Some("trial/members"), Result::is_ok).await;
        assert_eq!(granted, Ok(json!(1)), "none ran before");
        client.close().await;
    });
    for folder in ["caller", "provider"] {
        let kept: BTreeSet<_> = std::fs::read_dir(machine.join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        // The trial itself writes the notes.
        assert_eq!(kept, ["identity.key", "notes"].map(Into::into).into());
    }
}

#[test]
fn a_token_is_rotated_during_calls_and_expires_without_a_new_one() {
    let runtime = runtime();
    let mut setup = runtime.block_on(Setup::start(Decision::Grant { seconds: 4 }));
    setup
        .caller
        .process
        .ensure_logged("granted the service's permissions");
    runtime.block_on(async {
        let client = setup.realm.client().await;
        let mut ends = BTreeSet::new();
        let mut calls = 0;
        while ends.len() < 3 {
            let response = call_through_service(&client, "provider/trial.claims", None).await;
            let response = response.unwrap_or_else(|error| panic!("after {calls} calls: {error}"));
            ends.insert(response["expires_at"].as_u64());
            calls += 1;
        }
        setup.decide(Decision::Pending);
        // The token is valid until it expires, whatever the realm decides.
        setup
            .caller
            .process
            .wait_for("has not decided on the service's permissions");
        let held =
            call_through_service(&client, "provider/trial.claims", Some("trial/members")).await;
        assert!(held.is_ok(), "{held:?}");
        setup.caller.process.wait_for("token has expired");
        let over = call_through_service(&client, "provider/trial.claims", None)
            .await
            .unwrap_err();
        assert!(over.starts_with("unauthorized"), "{over}");
        client.close().await;
    });
}

#[test]
fn callers_seal_only_if_it_is_enabled() {
    let machine = Sandbox::new();
    let refused = machine.run(
        machine
            .service("hecate-trial")
            .env("HECATE_KEM_ADVERTISE", "on"),
    );
    assert_eq!(refused.code, 1, "{refused:?}");
    let why = "HECATE_KEM_ADVERTISE (environment): `on` is not a valid value; set one of `enabled`, `disabled`";
    assert!(refused.stderr.contains(why), "{refused:?}");
}

#[test]
fn a_service_delegates_a_permission_to_its_caller_only() {
    let runtime = runtime();
    let setup = runtime.block_on(Setup::start(Decision::Grant { seconds: 600 }));
    let mut caller = setup.caller;
    caller
        .process
        .ensure_logged("granted the service's permissions");
    runtime.block_on(async {
        let (client, other) = (setup.realm.client().await, setup.realm.client().await);
        let delegate = async |permission: &str| {
            let call = client.mesh().procedure("caller/trial.delegate");
            call.call::<_, String>(permission).await
        };
        let token: Ucan = delegate("trial/members").await.unwrap().parse().unwrap();
        let use_token = async |client: &Client| {
            let call = client.mesh().procedure("provider/trial.members");
            call.ucan(token.clone()).call::<_, u64>(&()).await
        };
        assert_eq!(use_token(&client).await.unwrap(), 1);
        let stolen = use_token(&other).await.unwrap_err();
        assert_eq!(stolen.code(), "unauthorized", "{stolen}");
        let refused = delegate("trial/run").await.unwrap_err();
        assert!(
            refused.to_string().contains("no permission `trial/run`"),
            "{refused}"
        );
    });
}

#[test]
fn a_forwarded_request_is_accepted_once_in_the_name_of_the_node_that_made_it() {
    let runtime = runtime();
    let setup = runtime.block_on(Setup::start(Decision::Pending));
    runtime.block_on(async {
        let (author, courier) = (setup.realm.client().await, setup.realm.client().await);
        // The realm is known once a station has answered.
        let _: Value = author
            .mesh()
            .procedure("provider/info")
            .call(&())
            .await
            .unwrap();
        let sign = |text: &str| {
            let note = json!({"text": text});
            author
                .mesh()
                .assert_ownership("provider/trial.author", note)
                .unwrap()
        };
        let send = async |procedure: &str, note: &Asserted<Value>| {
            let sent = courier.mesh().procedure(procedure).call(note).await;
            sent.map_err(|error: CallError| error.code().to_owned())
        };
        let first = sign("first");
        let sent = send("provider/trial.author", &first).await;
        assert_eq!(sent, Ok(author.mesh().node_id()));
        let again = send("provider/trial.author", &first).await;
        assert_eq!(again, Err("replayed".to_owned()));
        let second = sign("second");
        let elsewhere = send("caller/trial.author", &second).await;
        assert_eq!(elsewhere, Err("bad_signature".to_owned()));
        let sent = send("provider/trial.author", &second).await;
        assert_eq!(sent, Ok(author.mesh().node_id()));
        let bare = json!({"text": "bare"});
        let unsigned = courier.mesh().procedure("provider/trial.author");
        let unsigned = unsigned.call::<_, Value>(&bare).await.unwrap_err();
        assert_eq!(unsigned.code(), "missing_proof");
    });
}
