//! Facts of nodes with direct links, which calls to providers at another station have opened.

use std::time::Duration;

use hecate_om_station::Station;
use macula_rust::station_link::Link;
use tokio::time::Instant;

use super::Subscriber;
use crate::Refusal;
use crate::capability::{Capability, HandlerFuture, Invocation, reply};
use crate::mesh::Mesh;
use crate::mesh::nodes::{Linked, Node, beside, linked, node, station};
use crate::subscription::Delivery;

/// Timeout that no step reaches, on a machine of any speed.
const LONG: Duration = Duration::from_secs(100);
const TOPIC: &str = "happened";
/// Facts that are published at once: fewer than a link holds for a subscription.
const BURST: u32 = 40;
const BURSTS: u32 = 80;

/// Two stations of one realm, and a provider at the second one.
struct Stations {
    first: Station,
    second: Station,
    provider: Node,
}

fn answers(_: Invocation) -> HandlerFuture {
    HandlerFuture::new(async { reply::<bool, Refusal>(Ok(true)) })
}

impl Stations {
    async fn start() -> Self {
        let first = station().await;
        let second = beside(&first).await;
        let read = vec![Capability::new("read", answers)];
        let provider = node(&second, "acme", false, read).await;
        Self {
            first,
            second,
            provider,
        }
    }

    /// Returns a node of the first station, and its direct link to the second.
    async fn node_with_a_direct_link(&self) -> (Linked, Link) {
        let node = linked(&[&self.first], false).await;
        let call = node.mesh.procedure("acme/read").timeout(LONG);
        assert_eq!(call.call::<_, bool>(&()).await, Ok(true));
        let deadline = Instant::now() + LONG;
        let link = node.links.router.link_to(self.second.node_id(), deadline);
        let link = link.await.expect("the call has opened a link");
        (node, link)
    }

    async fn close(self) {
        self.provider.close().await;
        self.second.close().await;
        self.first.close().await;
    }
}

async fn subscribe(mesh: &Mesh) -> Subscriber<u32> {
    let mut subscriber = mesh.subscribe(TOPIC).expect("the topic is valid");
    let subscribed = tokio::time::timeout(LONG, subscriber.subscribed()).await;
    subscribed.expect("a station accepts the subscription");
    subscriber
}

/// Waits until `station` has accepted the subscription of the node.
async fn until_subscribed(station: &Station, of: &Linked) {
    let realm = station.realm().id;
    let node = *of.identity.node_id.as_bytes();
    let is_subscribed = || {
        let links = station.links();
        links
            .iter()
            .any(|link| link.node == node && link.subscribes(&realm, TOPIC))
    };
    let subscribed = tokio::time::timeout(LONG, async {
        while !is_subscribed() {
            tokio::task::yield_now().await;
        }
    });
    subscribed.await.expect("the station accepts it");
}

async fn next(subscriber: &mut Subscriber<u32>) -> Delivery<u32> {
    let next = tokio::time::timeout(LONG, subscriber.next()).await;
    let (delivery, _) = next
        .expect("something is delivered")
        .expect("the mesh is up");
    delivery
}

async fn publish(mesh: &Mesh, number: u32) {
    let publishing = mesh.topic(TOPIC).timeout(LONG).publish(&number);
    assert_eq!(publishing.await, Ok(()), "{number}");
}

#[tokio::test(flavor = "multi_thread")]
async fn facts_stay_in_order_though_their_publisher_and_subscribers_have_direct_links() {
    let stations = Stations::start().await;
    let (publisher, _) = stations.node_with_a_direct_link().await;
    let (of_one, _) = stations.node_with_a_direct_link().await;
    let of_both = linked(&[&stations.first, &stations.second], false).await;
    let mut subscribers = [
        subscribe(&of_one.mesh).await,
        subscribe(&of_both.mesh).await,
    ];
    until_subscribed(&stations.first, &of_both).await;
    until_subscribed(&stations.second, &of_both).await;

    let mut received = [Vec::new(), Vec::new()];
    for burst in 0..BURSTS {
        let numbers = burst * BURST..(burst + 1) * BURST;
        for number in numbers.clone() {
            publisher.mesh.topic(TOPIC).publish(&number);
        }
        for (subscriber, received) in subscribers.iter_mut().zip(&mut received) {
            for _ in numbers.clone() {
                match next(subscriber).await {
                    Delivery::Fact(number) => received.push(number),
                    other => panic!("{other:?} after {received:?}"),
                }
            }
        }
    }
    for received in &received {
        let late: Vec<_> = received
            .windows(2)
            .filter(|pair| pair[0] > pair[1])
            .collect();
        assert!(
            late.is_empty(),
            "{} of {} facts arrived behind a later one: {late:?}",
            late.len(),
            received.len()
        );
    }
    stations.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn facts_are_published_and_received_at_own_stations_only() {
    let stations = Stations::start().await;
    let (node, _) = stations.node_with_a_direct_link().await;
    let of_second = linked(&[&stations.second], false).await;
    let mut at_second = subscribe(&of_second.mesh).await;
    let mut at_first = subscribe(&node.mesh).await;
    publish(&node.mesh, 1).await;
    assert_eq!(next(&mut at_first).await, Delivery::Fact(1));
    // The direct link is flushed by a call over it, before the second station's own facts.
    let call = node.mesh.procedure("acme/read").timeout(LONG);
    assert_eq!(call.call::<_, bool>(&()).await, Ok(true));
    publish(&stations.provider.mesh, 2).await;
    assert_eq!(next(&mut at_second).await, Delivery::Fact(2));
    publish(&node.mesh, 3).await;
    assert_eq!(next(&mut at_first).await, Delivery::Fact(3));
    stations.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_loss_of_the_only_own_station_is_an_interruption_and_that_of_a_direct_link_is_none() {
    let stations = Stations::start().await;
    let (receiver, direct) = stations.node_with_a_direct_link().await;
    let node_id = *receiver.identity.node_id.as_bytes();
    let mut subscriber = subscribe(&receiver.mesh).await;
    publish(&receiver.mesh, 1).await;
    assert_eq!(next(&mut subscriber).await, Delivery::Fact(1));

    assert!(stations.first.end_link(&node_id));
    let interrupted = next(&mut subscriber).await;
    assert!(
        matches!(interrupted, Delivery::Interrupted { .. }),
        "{interrupted:?}"
    );
    let gap = next(&mut subscriber).await;
    assert!(matches!(gap, Delivery::Gap { .. }), "{gap:?}");
    publish(&receiver.mesh, 2).await;
    assert_eq!(next(&mut subscriber).await, Delivery::Fact(2));

    assert!(stations.second.end_link(&node_id));
    direct.done().await;
    publish(&receiver.mesh, 3).await;
    assert_eq!(next(&mut subscriber).await, Delivery::Fact(3));
    stations.close().await;
}
