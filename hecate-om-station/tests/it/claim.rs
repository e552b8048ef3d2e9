//! The development realm: a node serves an org's procedures after its claim.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hecate_om_station::{ClaimDecision, RealmIdentity, RegistrationRefusal, StationConfig};
use macula_rust::cbor::Value;
use macula_rust::pool::{Pool, PoolError};
use macula_rust::station_link::{LinkError, Offer, handler};

use crate::clients::{
    PROFILE, TIMEOUT, call, claim, claim_procedure, client, echo, identity, map, opts, seed, start,
    station,
};

/// Returns the realm's text of a refused claim.
fn refusal(outcome: Result<Value, PoolError>) -> String {
    match outcome {
        Err(PoolError::Link(LinkError::Provider { code, detail, .. })) => {
            assert_eq!(code, "handler_error");
            detail.unwrap()
        }
        other => panic!("not refused: {other:?}"),
    }
}

/// Returns an echo that is served on one link. A pool would serve it again after its end.
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
async fn an_org_is_served_only_after_its_claim() {
    let station = station().await;
    let (provider, caller) = (client(&station).await, client(&station).await);
    let realm = station.realm();
    let refused = not_served(provider.serve(echo(realm.id, "acme/echo")).await);
    let not_found = PoolError::NotServed(vec![LinkError::RecordNotFound]);
    assert_eq!(refused, Some(not_found.clone()));

    let issued = claim(&provider, realm, "acme").await.unwrap();
    assert_eq!(issued.get("status"), Some(&Value::text("issued")));
    let _served = provider.serve(echo(realm.id, "acme/echo")).await.unwrap();
    let response = caller
        .call(call(realm.id, "acme/echo", Value::text("hello")))
        .await;
    assert_eq!(response, Ok(Value::text("hello")));

    // A delegation is valid for one org and one node only.
    claim(&caller, realm, "other").await.unwrap();
    let elsewhere = not_served(provider.serve(echo(realm.id, "other/echo")).await);
    assert_eq!(elsewhere, Some(not_found));
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_is_also_read_from_byte_strings() {
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
async fn a_claim_of_an_invalid_org_is_refused_with_the_reason() {
    let station = station().await;
    let provider = client(&station).await;
    let realm = station.realm();
    let named = refusal(claim(&provider, realm, "Acme Inc").await);
    assert!(named.contains("`Acme Inc` is not an org name"), "{named}");
    let own = refusal(claim(&provider, realm, &realm.name).await);
    assert!(own.contains("is reserved for the realm"), "{own}");
    let none = call(realm.id, &claim_procedure(&realm.name), Value::Null);
    let none = refusal(provider.call(none).await);
    assert!(none.contains("names no org"), "{none}");
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_may_leave_a_claim_pending_or_refuse_it() {
    let mut config = StationConfig::ephemeral(PROFILE);
    config.claim_policy = Arc::new(|org, _| match org {
        "later" => ClaimDecision::Pending,
        "never" => ClaimDecision::Refuse("this org is closed".to_owned()),
        _ => ClaimDecision::Grant,
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
async fn a_provider_is_notified_of_a_revocation_and_serves_again_after_a_new_claim() {
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
    let error = served.done().await;
    assert!(
        matches!(&error, LinkError::RegisterRefused { reason, .. } if reason == "not_authorized"),
        "{error}"
    );
    let again = link.serve(offer(realm, "acme/echo")).await.err();
    assert_eq!(again, Some(LinkError::RecordNotFound));
    assert_eq!(sibling.error(), None, "the admission to another org stays");
    claim(&provider, realm, "acme").await.unwrap();
    let _served = link.serve(offer(realm, "acme/echo")).await.unwrap();
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_may_refuse_one_procedure_and_accept_another() {
    let mut config = StationConfig::ephemeral(PROFILE);
    config.registration_policy = Arc::new(|registration| match registration.name {
        "acme/crowded" => Err(RegistrationRefusal::TooManyProviders),
        _ => Ok(()),
    });
    let station = start(config).await;
    let provider = client(&station).await;
    let realm = station.realm();
    claim(&provider, realm, "acme").await.unwrap();
    let refused = not_served(provider.serve(echo(realm.id, "acme/crowded")).await);
    let Some(PoolError::NotServed(errors)) = refused else {
        panic!("not refused: {refused:?}");
    };
    assert!(
        matches!(&errors[..], [LinkError::RegisterRefused { reason, .. }] if reason == "too_many_providers"),
        "{errors:?}"
    );
    provider.serve(echo(realm.id, "acme/echo")).await.unwrap();
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_served_procedure_ends_with_its_delegation() {
    let mut config = StationConfig::ephemeral(PROFILE);
    config.delegation_life = Duration::from_secs(2);
    // Granted once, never renewed.
    let granted = AtomicBool::new(false);
    config.claim_policy = Arc::new(move |org, _| {
        if org == "acme" && granted.swap(true, Ordering::SeqCst) {
            ClaimDecision::Pending
        } else {
            ClaimDecision::Grant
        }
    });
    let station = start(config).await;
    let provider = client(&station).await;
    let realm = station.realm();
    claim(&provider, realm, "acme").await.unwrap();
    let link = provider.link_to(&station.node_id()).await.unwrap();
    let served = link.serve(offer(realm, "acme/echo")).await.unwrap();
    // An advertisement lives for up to five minutes, but ends with its delegation. The error
    // varies.
    let ended = tokio::time::timeout(TIMEOUT, served.done()).await;
    assert!(
        ended.is_ok(),
        "still served after the end of its delegation"
    );
    let again = link.serve(offer(realm, "acme/echo")).await.err();
    assert_eq!(again, Some(LinkError::RecordNotFound));
    // The realm's own procedures are exempt.
    claim(&provider, realm, "other").await.unwrap();
    station.close().await;
}
