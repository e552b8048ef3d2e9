//! Publications through the station.

use macula_rust::cbor::Value;
use macula_rust::frame::{
    Payload, PublicationSpec, sign_publish, subscribe_frame, unsubscribe_frame,
};
use macula_rust::node_key::NodeKey;
use macula_rust::pool::{Delivery, Subscription};
use macula_rust::station_link::{Event, Publication};

use crate::clients::{PROFILE, TIMEOUT, client, identity, station};
use crate::raw::{Raw, count_type, now_ms};

const REALM: [u8; 32] = [9; 32];

fn publication(topic: &str, n: i128) -> Publication {
    Publication {
        realm: REALM,
        topic: topic.to_owned(),
        payload: Payload::Clear(Value::Int(n)),
        ttl_ms: None,
    }
}

async fn event(subscription: &mut Subscription) -> Event {
    let delivery = tokio::time::timeout(TIMEOUT, subscription.recv()).await;
    match delivery.unwrap().unwrap() {
        Delivery::Event(event) => event,
        other => panic!("not an event: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publication_reaches_every_subscriber_of_its_topic_and_realm() {
    let station = station().await;
    let (publisher, first, second) = (
        client(&station).await,
        client(&station).await,
        client(&station).await,
    );
    let mut of_first = first
        .subscribe(&REALM, "acme/app/happened_v1")
        .await
        .unwrap();
    let mut of_second = second
        .subscribe(&REALM, "acme/app/happened_v1")
        .await
        .unwrap();
    let mut of_publisher = publisher
        .subscribe(&REALM, "acme/app/happened_v1")
        .await
        .unwrap();
    let mut other = first.subscribe(&REALM, "acme/app/other_v1").await.unwrap();
    for n in 0..50 {
        publisher
            .publish(publication("acme/app/happened_v1", n))
            .await
            .unwrap();
    }
    publisher
        .publish(publication("acme/app/other_v1", 99))
        .await
        .unwrap();
    for subscription in [&mut of_first, &mut of_second, &mut of_publisher] {
        for n in 0..50 {
            let event = event(subscription).await;
            assert_eq!(event.payload, Payload::Clear(Value::Int(n)));
            assert_eq!(event.publisher, publisher.node_id());
        }
    }
    assert_eq!(
        event(&mut other).await.payload,
        Payload::Clear(Value::Int(99))
    );
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsubscribed_topic_delivers_nothing() {
    let station = station().await;
    let (publisher, subscriber) = (client(&station).await, client(&station).await);
    let mut left = subscriber.subscribe(&REALM, "left_v1").await.unwrap();
    let mut kept = subscriber.subscribe(&REALM, "kept_v1").await.unwrap();
    left.unsubscribe().await.unwrap();
    publisher.publish(publication("left_v1", 1)).await.unwrap();
    publisher.publish(publication("kept_v1", 2)).await.unwrap();
    assert_eq!(
        event(&mut kept).await.payload,
        Payload::Clear(Value::Int(2))
    );
    assert!(
        left.recv().await.is_none(),
        "an event came after the end of the subscription"
    );
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_sent_once_to_each_subscriber() {
    let station = station().await;
    let mut raw = Raw::link(&station).await;
    // A subscriber of macula-rust drops a second copy silently.
    for topic in [&b"news_v1"[..], b"news_v1", b"other_v1"] {
        let subscribe = subscribe_frame(topic, &REALM, &raw.node_id()).unwrap();
        raw.send(&subscribe).await;
        let ack = raw.next("register_ack").await;
        assert_eq!(ack.get("accepted"), Some(&Value::Int(1)));
    }
    for seq in 1..=3 {
        let publish = news(seq, &raw.key);
        raw.send(&publish).await;
    }
    assert_eq!(count_type(&raw.probe().await, "event"), 3);

    let unsubscribe = unsubscribe_frame(b"news_v1", &REALM, &raw.node_id()).unwrap();
    raw.send(&unsubscribe).await;
    let publish = news(4, &raw.key);
    raw.send(&publish).await;
    assert_eq!(count_type(&raw.probe().await, "event"), 0);
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publication_signed_by_another_node_is_not_relayed() {
    let station = station().await;
    let mut raw = Raw::link(&station).await;
    let subscribe = subscribe_frame(b"news_v1", &REALM, &raw.node_id()).unwrap();
    raw.send(&subscribe).await;
    let stranger = identity(PROFILE);
    raw.send(&news(1, &stranger)).await;
    assert_eq!(count_type(&raw.probe().await, "event"), 0);
    station.close().await;
}

/// Returns a signed PUBLISH.
fn news(seq: u64, key: &NodeKey) -> Value {
    let spec = PublicationSpec {
        realm: REALM,
        topic: "news_v1".to_owned(),
        seq,
        published_at: u64::try_from(now_ms()).unwrap(),
        payload: Payload::Clear(Value::Int(i128::from(seq))),
        ttl_ms: None,
    };
    sign_publish(&spec, key).unwrap()
}
