//! The development realm: what is served is authorized, by the claim.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hecate_om_station::{Admission, RealmIdentity, RegistrationRefusal, StationConfig};
use macula_rust::cbor::Value;
use macula_rust::pool::{Pool, PoolError};
use macula_rust::station_link::{LinkError, Offer, handler};

use crate::clients::{
    PATIENCE, PROFILE, call, claim, claim_procedure, client, echo, identity, map, opts, seed,
    start, station,
};

/// Why a claim was refused, in the realm's words.
fn refusal(outcome: Result<Value, PoolError>) -> String {
    match outcome {
        Err(PoolError::Link(LinkError::Provider { code, detail, .. })) => {
            assert_eq!(code, "handler_error");
            detail.unwrap()
        }
        other => panic!("not refused: {other:?}"),
    }
}

/// An echo to serve on a link, where a pool's own serving would hide what ends it.
fn offer(realm: &RealmIdentity, procedure: &str) -> Offer {
    let echo = handler(|request| async move { Ok(request.payload) });
    Offer {
        realm_key: Some(realm.key.clone()),
        ..Offer::unary(realm.id, procedure, echo)
    }
}

fn not_served(outcome: Result<macula_rust::pool::Served, PoolError>) -> Option<PoolError> {
    outcome.err()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_is_served_after_its_claim_and_not_before() {
    let station = station().await;
    let (provider, caller) = (client(&station).await, client(&station).await);
    let realm = station.realm();
    let refused = not_served(provider.serve(echo(realm.id, "acme/echo")).await);
    let not_found = PoolError::NotServed(vec![LinkError::RecordNotFound]);
    assert_eq!(refused, Some(not_found.clone()));

    let issued = claim(&provider, realm, "acme").await.unwrap();
    assert_eq!(issued.get("status"), Some(&Value::text("issued")));
    let _served = provider.serve(echo(realm.id, "acme/echo")).await.unwrap();
    let said = caller
        .call(call(realm.id, "acme/echo", Value::text("hello")))
        .await;
    assert_eq!(said, Ok(Value::text("hello")));

    // One org's delegation is none of another's, nor one node's another's.
    claim(&caller, realm, "other").await.unwrap();
    let elsewhere = not_served(provider.serve(echo(realm.id, "other/echo")).await);
    assert_eq!(elsewhere, Some(not_found));
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_is_read_from_byte_strings_too() {
    let station = station().await;
    let provider = client(&station).await;
    let realm = station.realm();
    let payload = map(&[("org", Value::Bytes(b"acme".to_vec()))]);
    let claimed = call(realm.id, &claim_procedure(&realm.name), payload);
    provider.call(claimed).await.unwrap();
    provider.serve(echo(realm.id, "acme/echo")).await.unwrap();
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_of_no_org_is_refused_by_what_is_wrong() {
    let station = station().await;
    let provider = client(&station).await;
    let realm = station.realm();
    let named = refusal(claim(&provider, realm, "Acme Inc").await);
    assert!(named.contains("`Acme Inc` is not an org name"), "{named}");
    let own = refusal(claim(&provider, realm, &realm.name).await);
    assert!(own.contains("the realm's own"), "{own}");
    let none = call(realm.id, &claim_procedure(&realm.name), Value::Null);
    let none = refusal(provider.call(none).await);
    assert!(none.contains("names no org"), "{none}");
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_realm_may_let_a_claim_wait_or_refuse_it() {
    let mut config = StationConfig::ephemeral(PROFILE);
    config.admission = Arc::new(|org, _| match org {
        "later" => Admission::Pending,
        "never" => Admission::Refuse("this org is closed".to_owned()),
        _ => Admission::Grant,
    });
    let station = start(config).await;
    let provider: Pool = client(&station).await;
    let realm = station.realm();
    assert_eq!(
        refusal(claim(&provider, realm, "later").await),
        "not_admitted"
    );
    assert_eq!(
        refusal(claim(&provider, realm, "never").await),
        "this org is closed"
    );
    claim(&provider, realm, "now").await.unwrap();
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_is_told_that_its_grant_was_revoked_and_serves_again_once_it_is_renewed() {
    let station = station().await;
    let identity = identity(PROFILE);
    let node = identity.node_id().unwrap();
    let provider = Pool::connect(vec![seed(&station)], opts(station.realm(), identity))
        .await
        .unwrap();
    let realm = station.realm();
    claim(&provider, realm, "acme").await.unwrap();
    claim(&provider, realm, "other").await.unwrap();
    let link = provider.link_to(&station.node_id()).await.unwrap();
    let served = link.serve(offer(realm, "acme/echo")).await.unwrap();
    let sibling = link.serve(offer(realm, "other/echo")).await.unwrap();

    station.revoke("acme", &node);
    let why = served.done().await;
    assert!(
        matches!(&why, LinkError::RegisterRefused { reason, .. } if reason == "not_authorized"),
        "{why}"
    );
    let again = link.serve(offer(realm, "acme/echo")).await.err();
    assert_eq!(again, Some(LinkError::RecordNotFound));
    assert_eq!(sibling.error(), None, "another org's grant stands");
    claim(&provider, realm, "acme").await.unwrap();
    let _served = link.serve(offer(realm, "acme/echo")).await.unwrap();
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_may_refuse_one_procedure_and_take_its_sibling() {
    let mut config = StationConfig::ephemeral(PROFILE);
    config.registration = Arc::new(|asked| match asked.name {
        "acme/crowded" => Err(RegistrationRefusal::TooManyProviders),
        _ => Ok(()),
    });
    let station = start(config).await;
    let provider = client(&station).await;
    let realm = station.realm();
    claim(&provider, realm, "acme").await.unwrap();
    let refused = not_served(provider.serve(echo(realm.id, "acme/crowded")).await);
    let Some(PoolError::NotServed(why)) = refused else {
        panic!("not refused: {refused:?}");
    };
    assert!(
        matches!(&why[..], [LinkError::RegisterRefused { reason, .. }] if reason == "too_many_providers"),
        "{why:?}"
    );
    provider.serve(echo(realm.id, "acme/echo")).await.unwrap();
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_served_lives_no_longer_than_its_delegation() {
    let mut config = StationConfig::ephemeral(PROFILE);
    config.delegation_life = Duration::from_secs(2);
    // Granted once, never signed anew.
    let asked = AtomicBool::new(false);
    config.admission = Arc::new(move |org, _| {
        if org == "acme" && asked.swap(true, Ordering::SeqCst) {
            Admission::Pending
        } else {
            Admission::Grant
        }
    });
    let station = start(config).await;
    let provider = client(&station).await;
    let realm = station.realm();
    claim(&provider, realm, "acme").await.unwrap();
    let link = provider.link_to(&station.node_id()).await.unwrap();
    let served = link.serve(offer(realm, "acme/echo")).await.unwrap();
    // It ends within the delegation's life, though an advertisement may live five minutes; why, it says variously.
    let ended = tokio::time::timeout(PATIENCE, served.done()).await;
    assert!(ended.is_ok(), "it outlives its delegation");
    let again = link.serve(offer(realm, "acme/echo")).await.err();
    assert_eq!(again, Some(LinkError::RecordNotFound));
    // The realm's own service is not subject to it.
    claim(&provider, realm, "other").await.unwrap();
    station.close().await;
}
