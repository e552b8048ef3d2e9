//! The development realm: UCANs that nodes request.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hecate_om_station::{RealmIdentity, StationConfig, TokenDecision, TokenGrant, TokenRequest};
use macula_rust::cbor::{self, Value};
use macula_rust::node_key::{NodeKey, key_id_of};
use macula_rust::pool::{Call, Offer, Pool, PoolError};
use macula_rust::station_link::LinkError;
use macula_rust::ucan::Policy;

use crate::clients::{PROFILE, call, claim, client, echo, identity, map, opts, seed, start};

fn refusal(outcome: Result<Value, PoolError>) -> String {
    match outcome {
        Err(PoolError::Link(LinkError::Provider { detail, .. })) => detail.unwrap(),
        other => panic!("not refused: {other:?}"),
    }
}

/// Returns a request as a service makes it, signed by `key`. The nonce depends only on the key, so
/// each key can make one request.
fn request(realm: &RealmIdentity, key: &NodeKey, fields: &[(&str, Value)]) -> Call {
    let public = key.public_key();
    let mut request = vec![("public_key", Value::text(STANDARD.encode(&public)))];
    request.extend_from_slice(fields);
    let request = map(&request);
    let nonce: [u8; 16] = key.node_id().unwrap()[..16].try_into().unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = Value::Int(i128::try_from(now.as_millis()).unwrap());
    let message = map(&[
        ("tag", Value::text("macula.realm.device_request")),
        ("v", Value::Int(2)),
        ("public_key", Value::Bytes(public)),
        ("realm", Value::Bytes(realm.id.to_vec())),
        ("procedure", Value::text("macula_realm.membership_ucan")),
        ("timestamp", now.clone()),
        ("nonce", Value::Bytes(nonce.to_vec())),
        ("request", request.clone()),
    ]);
    let signature = key.sign(&cbor::encode(&message).unwrap()).unwrap();
    let proof = map(&[
        ("v", Value::Int(2)),
        ("timestamp", now),
        ("nonce", Value::text(hex::encode(nonce))),
        ("signature", Value::text(hex::encode(signature))),
    ]);
    let Value::Map(mut entries) = request else {
        unreachable!("`map` returns a map")
    };
    entries.push((Value::text("proof"), proof));
    let name = format!(
        "{}/_realm/_realm/identity/issue_membership_ucan_v1",
        realm.name
    );
    call(realm.id, &name, Value::Map(entries))
}

/// Connects a node. Also returns its key.
async fn node(station: &hecate_om_station::Station) -> (Pool, Arc<NodeKey>) {
    let key = identity(PROFILE);
    let opts = opts(station.realm(), Arc::clone(&key));
    let pool = Pool::connect(vec![seed(station)], opts).await.unwrap();
    (pool, key)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_receives_the_requested_permission_and_may_then_call_what_requires_it() {
    let station = start(StationConfig::ephemeral(PROFILE)).await;
    let realm = station.realm();
    let provider = client(&station).await;
    claim(&provider, realm, "acme").await.unwrap();
    let gated = Offer {
        policy: Some(Policy::RealmMemberRequired {
            key_id: key_id_of(&realm.key, PROFILE),
            can: "corpora/write".to_owned(),
        }),
        ..echo(realm.id, "acme/echo")
    };
    let _served = provider.serve(gated).await.unwrap();

    let (caller, key) = node(&station).await;
    let echo = call(realm.id, "acme/echo", Value::text("hello"));
    let without = caller.call(echo.clone()).await.unwrap_err();
    assert!(
        matches!(&without, PoolError::Link(LinkError::Provider { code, .. }) if code == "unauthorized")
    );
    let permissions = Value::List(vec![Value::text("corpora/write")]);
    let requested = request(
        realm,
        &key,
        &[("org", Value::text("acme")), ("actions", permissions)],
    );
    let reply = caller.call(requested.clone()).await.unwrap();
    let did = hex::encode(key.node_id().unwrap());
    assert_eq!(
        reply.get("citizen_did"),
        Some(&Value::Bytes(did.into_bytes()))
    );
    let Some(Value::Text(token)) = reply.get("ucan") else {
        panic!("no token: {reply:?}");
    };
    let with = |token: &str| Call {
        token: Some(token.as_bytes().to_vec()),
        ..echo.clone()
    };
    assert_eq!(caller.call(with(token)).await, Ok(Value::text("hello")));
    // Another node repeats the request.
    let replayed = refusal(client(&station).await.call(requested).await);
    assert!(replayed.starts_with("replayed"), "{replayed}");
    let stolen = client(&station).await.call(with(token)).await;
    assert!(stolen.is_err(), "its audience is another node: {stolen:?}");
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_receives_the_request_and_may_leave_it_pending_or_refuse_it() {
    let seen = Arc::new(Mutex::new(Vec::<TokenRequest>::new()));
    let mut config = StationConfig::ephemeral(PROFILE);
    config.token_policy = {
        let seen = Arc::clone(&seen);
        Arc::new(move |request| {
            seen.lock().unwrap().push(request.clone());
            match request.scope.as_str() {
                "later" => TokenDecision::Pending,
                "never" => TokenDecision::Refuse("this scope is closed".to_owned()),
                _ => TokenDecision::Grant(TokenGrant::all_of(request)),
            }
        })
    };
    let station = start(config).await;
    let realm = station.realm();
    let send = async |scope: &str| {
        let (pool, key) = node(&station).await;
        let fields = [
            ("org", Value::text("acme")),
            ("scope", Value::Bytes(scope.as_bytes().to_vec())),
            ("resources", Value::List(vec![Value::text("corpora/*")])),
            ("ttl_seconds", Value::Int(3600)),
        ];
        (pool.call(request(realm, &key, &fields)).await, key)
    };
    let (later, key) = send("later").await;
    assert_eq!(refusal(later), "not_admitted");
    {
        let seen = seen.lock().unwrap();
        let [seen] = seen.as_slice() else {
            panic!("{seen:?}");
        };
        assert_eq!(seen.node, key.node_id().unwrap());
        assert_eq!((seen.org.as_str(), seen.scope.as_str()), ("acme", "later"));
        assert_eq!(seen.resources, ["corpora/*"]);
        assert_eq!(seen.ttl, Some(Duration::from_secs(3600)));
    }
    assert_eq!(refusal(send("never").await.0), "this scope is closed");
    let granted = send("now").await.0.unwrap();
    assert!(granted.get("ucan").is_some());
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_request_never_reaches_the_policy() {
    let mut config = StationConfig::ephemeral(PROFILE);
    config.token_policy = Arc::new(|request| panic!("{request:?}"));
    let station = start(config).await;
    let realm = station.realm();
    let (pool, key) = node(&station).await;
    let good = request(realm, &key, &[("actions", Value::text("not a list"))]);
    let with = |payload: Value| Call {
        payload,
        ..good.clone()
    };
    let broken = good
        .payload
        .clone()
        .with_field("org", Value::text("changed"));
    for (payload, name) in [
        (Value::Null, "not_a_device_key"),
        (Value::Map(vec![]), "not_a_device_key"),
        (good.payload.without(&["proof"]), "missing_proof"),
        (broken, "bad_proof"),
        (good.payload.clone(), "invalid_request"),
    ] {
        let detail = refusal(pool.call(with(payload)).await);
        assert!(detail.starts_with(name), "{detail}");
    }
    station.close().await;
}
