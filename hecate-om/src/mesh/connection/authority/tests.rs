use macula_rust::cbor::{self, Value};
use macula_rust::node_key::{NodeKey, verify};
use macula_rust::ucan::Options;
use serde_json::Map;

use super::reply::Expected;
use super::*;
use crate::capability::NodeId;
use crate::config::{Profile, RealmConfig};
use crate::mesh::connection::claims::tests::{in_seconds, key, token};

const RETRY: Duration = Duration::from_secs(60);
const SPEC: IdentitySpec = IdentitySpec {
    scope: "acme",
    permissions: &["publish_summary", "answer_query"],
    resources: &["corpora/*"],
    ttl_days: 1,
};

fn realm(key: &NodeKey) -> RealmConfig {
    RealmConfig {
        id: [3; 32],
        key: key.public_key(),
        name: "hecate.dev".into(),
    }
}

fn until(seconds: i64) -> Options {
    Options {
        exp: in_seconds(seconds),
        ..Options::default()
    }
}

fn reply(token: Vec<u8>) -> Value {
    Value::Map(vec![(Value::text("ucan"), Value::Bytes(token))])
}

/// Verifies a reply as the node `[7; 32]`.
fn verify_reply(realm: &RealmConfig, reply: &Value) -> Result<IssuedToken, String> {
    let expected = Expected {
        node: NodeId::from_bytes([7; 32]),
        realm,
        profile: Profile::PqPure,
        spec: &SPEC,
        now: u64::try_from(in_seconds(0)).unwrap(),
    };
    expected.verify(reply)
}

fn issued(expires: i64, granted: &[&'static str], missing: &[&'static str]) -> IssuedToken {
    IssuedToken {
        ucan: "a.b.c".parse().unwrap(),
        expires: u64::try_from(in_seconds(expires)).unwrap(),
        granted: granted.to_vec(),
        missing: missing.to_vec(),
    }
}

#[test]
fn a_request_is_signed_over_the_payload_without_its_proof() {
    let key = key();
    let request = request::request(&SPEC, "acme", &key);
    let signed = request::signed(request.clone(), &[3; 32], &key, 1_790_000_000_000).unwrap();
    assert_eq!(signed.without(&["proof"]), request);
    assert_eq!(request.get("ttl_seconds"), Some(&Value::Int(3600)));
    let proof = signed.get("proof").unwrap();
    let bytes = |name: &str| match proof.get(name) {
        Some(Value::Text(text)) => hex::decode(text).unwrap(),
        other => panic!("{name}: {other:?}"),
    };
    let entry = |key: &str, value| (Value::text(key), value);
    let message = cbor::encode(&Value::Map(vec![
        entry("public_key", Value::Bytes(key.public_key())),
        entry("request", request),
        entry("nonce", Value::Bytes(bytes("nonce"))),
        entry("tag", Value::text("macula.realm.device_request")),
        entry("timestamp", Value::Int(1_790_000_000_000)),
        entry("realm", Value::Bytes(vec![3; 32])),
        entry("procedure", Value::text("macula_realm.membership_ucan")),
        entry("v", Value::Int(2)),
    ]));
    let signature = bytes("signature");
    assert!(verify(
        &message.unwrap(),
        &signature,
        &key.public_key(),
        key.profile()
    ));
    let again = request::signed(signed.without(&["proof"]), &[3; 32], &key, 0).unwrap();
    assert_ne!(again.get("proof").unwrap().get("nonce"), proof.get("nonce"));
}

#[test]
fn a_token_of_the_realm_is_split_into_granted_and_missing_permissions() {
    let key = key();
    let caps = [
        ("mri:realm:hecate.dev", "publish_summary"),
        // A grant of another realm, and a grant that was not requested.
        ("mri:realm:io.macula", "answer_query"),
        ("mri:realm:hecate.dev", "other"),
    ];
    let reply = reply(token(&key, [7; 32], &caps, &until(60)));
    let held = verify_reply(&realm(&key), &reply).unwrap();
    assert_eq!(held.granted, ["publish_summary"]);
    assert_eq!(held.missing, ["answer_query"]);
    assert!(held.is_valid());
    let narrower = [("mri:org:hecate.dev/acme", "answer_query")];
    let narrower = token(&key, [7; 32], &narrower, &until(60));
    let text = Value::text(String::from_utf8(narrower).unwrap());
    let held = verify_reply(&realm(&key), &Value::Map(vec![(Value::text("ucan"), text)])).unwrap();
    assert_eq!(held.granted, ["answer_query"]);
}

#[test]
fn an_unexpected_token_is_refused_by_name() {
    let (key, other) = (key(), key());
    let realm = realm(&key);
    let caps = [("mri:realm:hecate.dev", "publish_summary")];
    let why = |token| verify_reply(&realm, &reply(token)).unwrap_err();
    assert_eq!(
        why(token(&other, [7; 32], &caps, &until(60))),
        "not_the_issuer"
    );
    assert_eq!(
        why(token(&key, [8; 32], &caps, &until(60))),
        "not_the_audience"
    );
    assert_eq!(why(token(&key, [7; 32], &caps, &until(-1))), "expired");
    let early = Options {
        nbf: Some(in_seconds(30)),
        ..until(60)
    };
    assert_eq!(why(token(&key, [7; 32], &caps, &early)), "not_yet_valid");
    let long = why(token(&key, [7; 32], &caps, &until(90_000)));
    assert!(long.contains("over the `ttl_days = 1`"), "{long}");
    let delegated = Options {
        prf: Some(vec!["00".repeat(48)]),
        ..until(60)
    };
    assert_eq!(
        why(token(&key, [7; 32], &caps, &delegated)),
        "missing_proof"
    );
    let mut damaged = token(&key, [7; 32], &caps, &until(60));
    let last = damaged.len() - 4;
    // Changes one base64 digit of the signature.
    damaged[last] = if damaged[last] == b'A' { b'B' } else { b'A' };
    assert_eq!(why(damaged), "signature_invalid");
    for junk in [&b""[..], b"a.b.c", b"....", &[0xff; 4096]] {
        assert_eq!(why(junk.to_vec()), "malformed");
    }
    for reply in [Value::Null, Value::Map(vec![]), Value::text("token")] {
        assert_eq!(
            verify_reply(&realm, &reply).unwrap_err(),
            "the reply has no `ucan`"
        );
    }
    let facts = Options {
        fct: Some(Map::new()),
        ..until(60)
    };
    assert!(verify_reply(&realm, &reply(token(&key, [7; 32], &caps, &facts))).is_ok());
}

#[test]
fn a_service_without_permissions_needs_no_token() {
    let none = Authority::none();
    assert_eq!(none.status().state, AuthorityState::NotNeeded);
    assert_eq!(none.status().state.name(), "not_needed");
    assert_eq!(none.token(), None);
}

#[test]
fn a_valid_token_stays_in_use_after_a_later_refusal() {
    let authority = Authority::new(SPEC);
    assert_eq!(authority.status().missing, SPEC.permissions);
    authority.store(issued(3600, SPEC.permissions, &[]), RETRY);
    authority.record_failure(&AuthorityState::Refused("closed".into()), RETRY);
    let status = authority.status();
    assert_eq!(status.state, AuthorityState::Refused("closed".into()));
    assert!(
        status
            .expires_in
            .is_some_and(|left| left > Duration::from_secs(600))
    );
    assert!(status.missing.is_empty());
    assert!(authority.token().is_some());
    authority.expire();
    assert!(authority.token().is_some(), "it has not expired");

    authority.store(issued(-1, SPEC.permissions, &[]), RETRY);
    assert_eq!(authority.token(), None);
    assert_eq!(
        authority.status().to_string(),
        "the realm's token has expired"
    );
    authority.expire();
    assert_eq!(authority.current.borrow().token, None);
}

#[tokio::test]
async fn a_call_waits_for_a_token_until_the_realm_has_answered() {
    let authority = Arc::new(Authority::new(SPEC));
    let soon = Duration::from_millis(1);
    let undeclared = authority.token_for("delete_all", soon).await;
    assert_eq!(undeclared, Err(NoToken::Undeclared));
    let Err(NoToken::NotGranted(status)) = authority.token_for("answer_query", soon).await else {
        panic!("there is no token");
    };
    assert_eq!(status.state, AuthorityState::NotRequested);

    let waiting = Arc::clone(&authority);
    let waiting = tokio::spawn(async move {
        waiting
            .token_for("answer_query", Duration::from_secs(600))
            .await
    });
    tokio::task::yield_now().await;
    authority.record_failure(&AuthorityState::Pending, RETRY);
    authority.store(issued(3600, &["answer_query"], &["publish_summary"]), RETRY);
    assert!(waiting.await.unwrap().is_ok());

    // The realm has answered, so the call does not wait.
    let missing = authority
        .token_for("publish_summary", Duration::from_secs(600))
        .await;
    let Err(NoToken::NotGranted(status)) = missing else {
        panic!("{missing:?}");
    };
    assert_eq!(
        status.to_string(),
        "the realm did not grant publish_summary"
    );
}

#[test]
fn the_number_of_remembered_procedures_is_bounded() {
    let authority = Authority::none();
    assert!(!authority.is_required_by("acme/x"));
    authority.record_required_by("acme/x");
    assert!(authority.is_required_by("acme/x") && !authority.is_required_by("acme/y"));
    for n in 0..2 * MAX_REQUIRING {
        authority.record_required_by(&format!("acme/{n}"));
        assert!(authority.requiring().len() <= MAX_REQUIRING);
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_waits_for_the_first_answer_of_the_realm_until_its_timeout() {
    let authority = Authority::new(SPEC);
    let timeout = Duration::from_secs(3);
    let since = tokio::time::Instant::now();
    let token = authority.token_for("answer_query", timeout).await;
    assert!(matches!(token, Err(NoToken::NotGranted(_))), "{token:?}");
    assert_eq!(since.elapsed(), timeout);

    let refusal = async {
        authority.current.send_replace(Current {
            state: AuthorityState::Refused("no".into()),
            token: None,
        });
    };
    let (token, ()) = tokio::join!(authority.token_for("answer_query", timeout), refusal);
    assert!(matches!(token, Err(NoToken::NotGranted(_))), "{token:?}");
    let undeclared = authority.token_for("delete_all", timeout).await;
    assert_eq!(undeclared, Err(NoToken::Undeclared));
    assert_eq!(since.elapsed(), timeout, "neither waits");
}
