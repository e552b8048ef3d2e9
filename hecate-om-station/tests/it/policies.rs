//! The policies of a station, and its view of links.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use hecate_om_station::{
    LinkView, Registration, RegistrationKind, RegistrationRefusal, Station, StationConfig,
};
use macula_rust::cbor::Value;
use macula_rust::frame::{Payload, subscribe_frame, unadvertise_frame, unsubscribe_frame};
use macula_rust::pool::Pool;
use macula_rust::record::{self, Reason, TombstoneOptions, new_tombstone, own_procedure};
use macula_rust::station_link::{LinkError, Publication};

use crate::clients::{
    PROFILE, TIMEOUT, client, echo, identity, link_events, next, opts, seed, start, station,
};
use crate::raw::Raw;

const REALM: [u8; 32] = [9; 32];

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_not_admitted_is_refused_until_it_is_admitted() {
    let key = identity(PROFILE);
    let (node, admitted) = (key.node_id().unwrap(), Arc::new(AtomicBool::new(false)));
    let mut config = StationConfig::ephemeral(PROFILE);
    let policy = admitted.clone();
    config.link_policy = Arc::new(move |id| *id != node || policy.load(Ordering::SeqCst));
    let station = start(config).await;
    let mut refused = opts(station.realm(), key);
    let mut events = link_events(&mut refused);
    let connecting = tokio::spawn(Pool::connect(vec![seed(&station)], refused));
    let down = next(&mut events, |event| !event.up).await;
    let error = down.error.unwrap().to_string();
    assert!(error.contains("not_accepted"), "{error}");
    assert!(station.links().is_empty());
    let other = client(&station).await;
    assert!(other.find_records(&[0; 32]).await.is_ok());

    admitted.store(true, Ordering::SeqCst);
    next(&mut events, |event| event.up).await;
    connecting.abort();
    station.close().await;
}

/// Starts a station that refuses registrations of the returned kind, if it is set.
async fn refusing_station() -> (Station, Arc<Mutex<Option<RegistrationKind>>>) {
    let refused = Arc::<Mutex<Option<RegistrationKind>>>::default();
    let mut config = StationConfig::ephemeral(PROFILE);
    let policy = refused.clone();
    config.registration_policy = Arc::new(move |registration: &Registration<'_>| {
        assert_eq!(*registration.realm, REALM);
        if *policy.lock().unwrap() == Some(registration.kind) {
            Err(RegistrationRefusal::Refused)
        } else {
            Ok(())
        }
    });
    (start(config).await, refused)
}

/// Sends `frame`, and returns the reason if its acknowledgement is a refusal.
async fn refusal(raw: &mut Raw, frame: &Value) -> Option<String> {
    raw.send(frame).await;
    let ack = raw.next("register_ack").await;
    match ack.get("reason") {
        Some(Value::Text(reason)) => Some(reason.clone()),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_subscription_or_unsubscription_changes_nothing() {
    let (station, refused) = refusing_station().await;
    let mut raw = Raw::link(&station).await;
    let node = raw.node_id();
    let subscribe = subscribe_frame(b"news_v1", &REALM, &node).unwrap();
    let unsubscribe = unsubscribe_frame(b"news_v1", &REALM, &node).unwrap();
    let only = |station: &Station| -> LinkView {
        let links = station.links();
        assert_eq!(links.len(), 1);
        links[0].clone()
    };
    let refuse = |kind| *refused.lock().unwrap() = kind;
    let refused_by_the_policy = Some("refused".to_owned());

    refuse(Some(RegistrationKind::Subscribe));
    assert_eq!(refusal(&mut raw, &subscribe).await, refused_by_the_policy);
    assert!(!only(&station).subscribes(&REALM, "news_v1"));
    refuse(None);
    assert_eq!(refusal(&mut raw, &subscribe).await, None);
    assert!(only(&station).subscribes(&REALM, "news_v1"));
    assert!(!only(&station).subscribes(&[8; 32], "news_v1"));

    refuse(Some(RegistrationKind::Unsubscribe));
    assert_eq!(refusal(&mut raw, &unsubscribe).await, refused_by_the_policy);
    assert!(only(&station).subscribes(&REALM, "news_v1"));
    refuse(None);
    assert_eq!(refusal(&mut raw, &unsubscribe).await, None);
    assert!(only(&station).topics.is_empty());
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_withdrawal_keeps_the_route() {
    let (station, refused) = refusing_station().await;
    let mut raw = Raw::link(&station).await;
    let procedure = own_procedure(&raw.node_id(), "echo");
    let advertised = raw.advertise(&station, &REALM, &procedure).await;
    let options = TombstoneOptions::default();
    let tombstone = new_tombstone(&advertised, Reason::Shutdown, &options).unwrap();
    let tombstone = record::sign(&tombstone, &raw.key).unwrap();
    let withdrawal = unadvertise_frame(&record::encode(&tombstone).unwrap());
    let serves = || station.links()[0].serves(&REALM, &procedure);
    assert!(serves());
    *refused.lock().unwrap() = Some(RegistrationKind::Unadvertise);
    let reason = refusal(&mut raw, &withdrawal).await;
    assert_eq!(reason.as_deref(), Some("refused"));
    assert!(serves());
    *refused.lock().unwrap() = None;
    assert_eq!(refusal(&mut raw, &withdrawal).await, None);
    assert!(!serves());
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_the_station_closes_is_restored_with_its_registrations() {
    let station = station().await;
    let mut provider = opts(station.realm(), identity(PROFILE));
    let mut events = link_events(&mut provider);
    let provider = Pool::connect(vec![seed(&station)], provider).await.unwrap();
    next(&mut events, |event| event.up).await;
    let node = provider.node_id();
    let procedure = own_procedure(&node, "echo");
    let _served = provider.serve(echo(REALM, &procedure)).await.unwrap();
    let mut subscribed = provider.subscribe(&REALM, "news_v1").await.unwrap();
    let links = station.links();
    assert_eq!(links.len(), 1);
    assert_eq!(links[0].node, node);
    assert!(links[0].serves(&REALM, &procedure) && links[0].subscribes(&REALM, "news_v1"));

    assert!(station.end_link(&node));
    let down = next(&mut events, |event| !event.up).await;
    assert_eq!(down.error, Some(LinkError::Goodbye("closed".to_owned())));
    next(&mut events, |event| event.up).await;
    let restored = async {
        let has_all =
            |link: &LinkView| link.serves(&REALM, &procedure) && link.subscribes(&REALM, "news_v1");
        while !station.links().iter().any(has_all) {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(TIMEOUT, restored).await.unwrap();
    let news = Publication {
        realm: REALM,
        topic: "news_v1".to_owned(),
        payload: Payload::Clear(Value::Int(1)),
        ttl_ms: None,
    };
    provider.publish(news).await.unwrap();
    let event = tokio::time::timeout(TIMEOUT, subscribed.recv()).await;
    assert!(event.unwrap().is_some());
    assert!(!station.end_link(&[7; 32]), "an unknown node was linked");
    station.close().await;
}
