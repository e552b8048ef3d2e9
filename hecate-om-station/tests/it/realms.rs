//! Several realms at one station, and several stations of one realm.

use hecate_om_station::{RealmIdentity, Station, StationConfig};
use macula_rust::cbor::Value;
use macula_rust::pool::{Offer, Pool, PoolError};
use macula_rust::station_link::{self, handler};

use crate::clients::{
    PROFILE, call, call_until_answered, claim, client, identity, opts, seed, start, station,
};

/// Returns a procedure that answers `text`.
fn constant(realm: &RealmIdentity, procedure: &str, text: &'static str) -> Offer {
    let answer = handler(move |_| async move { Ok(Value::text(text)) });
    Offer::unary(realm.id, procedure, answer)
}

async fn member(station: &Station, realm: &RealmIdentity) -> Pool {
    let opts = opts(realm, identity(PROFILE));
    Pool::connect(vec![seed(station)], opts).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_realms_of_a_station_have_separate_orgs() {
    let directory = tempfile::tempdir().unwrap();
    let config = || {
        let mut config = StationConfig::new(directory.path(), PROFILE);
        config.more_realms = vec!["partner.example".to_owned()];
        config
    };
    let station = start(config()).await;
    let realms = station.realms().to_vec();
    assert_eq!(realms.len(), 2);
    assert_eq!(station.realm(), &realms[0]);
    assert_ne!(
        (realms[0].id, &realms[0].key),
        (realms[1].id, &realms[1].key)
    );
    let mut members = Vec::new();
    for (realm, text) in realms.iter().zip(["ours", "theirs"]) {
        let provider = member(&station, realm).await;
        claim(&provider, realm, "acme").await.unwrap();
        let served = provider.serve(constant(realm, "acme/say", text)).await;
        members.push((provider, served.unwrap()));
    }
    for (realm, text) in realms.iter().zip(["ours", "theirs"]) {
        let caller = member(&station, realm).await;
        let response = caller.call(call(realm.id, "acme/say", Value::Null)).await;
        assert_eq!(response, Ok(Value::text(text)));
    }
    // An admission by one realm does not count in another.
    let stranger = member(&station, &realms[1]).await;
    claim(&members[0].0, &realms[0], "umbrella").await.unwrap();
    let refused = stranger
        .serve(constant(&realms[1], "umbrella/say", "no"))
        .await;
    assert!(refused.is_err());
    station.close().await;

    let again = start(config()).await;
    assert_eq!(again.realms(), realms, "each with its saved key");
    again.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_and_repeated_realm_names_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let main = StationConfig::new(directory.path(), PROFILE).realm_name;
    for (names, expected) in [
        (vec!["../elsewhere"], "`../elsewhere` is not a realm name"),
        (vec![&*main], "is named more than once"),
        (vec!["twice", "twice"], "`twice` is named more than once"),
    ] {
        let mut config = StationConfig::new(directory.path(), PROFILE);
        config.more_realms = names.into_iter().map(str::to_owned).collect();
        let refused = Station::start(config).await.unwrap_err().to_string();
        assert!(refused.contains(expected), "{refused}");
    }
    assert!(!directory.path().join("realms/elsewhere").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_find_providers_at_another_station_of_the_realm() {
    let first = station().await;
    let mut config = StationConfig::ephemeral(PROFILE);
    config.shared = Some(first.shared());
    let second = start(config).await;
    let realm = first.realm();
    assert_eq!(second.realm(), realm);
    assert_ne!(second.node_id(), first.node_id());

    // The first station answers the claim, though the provider has no configured link to it.
    let provider = client(&second).await;
    claim(&provider, realm, "acme").await.unwrap();
    // Served on one link: the pool would also use the link to the first, which the claim has
    // opened.
    let link = provider.link_to(&second.node_id()).await.unwrap();
    let hello = handler(|_| async move { Ok(Value::text("hello")) });
    let mut offer = station_link::Offer::unary(realm.id, "acme/say", hello);
    offer.realm_key = Some(realm.key.clone());
    let _served = link.serve(offer).await.unwrap();
    let serves = |station: &Station| {
        let links = station.links();
        links.iter().any(|link| link.serves(&realm.id, "acme/say"))
    };
    assert!(serves(&second) && !serves(&first));
    let caller = client(&first).await;
    let say = call(realm.id, "acme/say", Value::Null);
    assert_eq!(
        call_until_answered(&caller, &say).await,
        Value::text("hello")
    );

    second.close().await;
    let gone = caller.call(say).await;
    assert!(gone.is_err(), "{gone:?}");
    // The first station still serves the realm.
    claim(&caller, realm, "umbrella").await.unwrap();
    let alone = call(realm.id, "umbrella/say", Value::Null);
    let missing = caller.call(alone).await;
    assert!(
        matches!(missing, Err(PoolError::NoProvider(_))),
        "{missing:?}"
    );
    first.close().await;
}
