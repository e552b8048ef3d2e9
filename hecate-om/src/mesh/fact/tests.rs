//! Publishing through a real station.

use std::sync::Arc;
use std::time::Duration;

use super::PublishError;
use crate::config::Profile;
use crate::mesh::nodes::{link, linked, node, station};
use crate::mesh::{Authority, Identity, Mesh};
use crate::subscription::Delivery;

const TIMEOUT: Duration = Duration::from_secs(60);

/// Number of facts that a link holds for a subscription that is not read.
const LINK_BUFFER: u32 = 64;

#[tokio::test(flavor = "multi_thread")]
async fn facts_published_before_the_link_is_up_are_sent_in_order_whatever_their_timeouts() {
    let station = station().await;
    let receiver = node(&station, "other", false, Vec::new()).await;
    let mut subscriber = receiver.mesh.subscribe::<u32>("happened").unwrap();
    subscriber.subscribed().await;
    let identity = Identity::ephemeral(Profile::PqPure).unwrap();
    let (mesh, setter) = Mesh::pending(&identity, Arc::new(Authority::none()));

    let (mut waiting, mut timed_out) = (Vec::new(), Vec::new());
    for number in 0..90_u32 {
        // Every third fact times out before there is a link. The other facts stay in order.
        let (timeout, handles) = match number % 3 {
            1 => (Duration::from_millis(10), &mut timed_out),
            wait => (TIMEOUT + Duration::from_secs(wait.into()), &mut waiting),
        };
        let publishing = mesh.topic("happened").timeout(timeout).publish(&number);
        handles.push((number, publishing));
    }
    for (_, publishing) in timed_out {
        let error = publishing.await.unwrap_err();
        assert!(
            matches!(
                error,
                PublishError::TimedOut(_) | PublishError::NotConnected(_)
            ),
            "{error}"
        );
    }
    let pool = link(&station, &identity, &setter).await;
    let mut expected = Vec::new();
    for (number, publishing) in waiting {
        assert_eq!(publishing.await, Ok(()), "{number}");
        expected.push(number);
    }
    let mut received = Vec::new();
    while received.len() < expected.len() {
        match tokio::time::timeout(TIMEOUT, subscriber.next()).await {
            Ok(Some((Delivery::Fact(number), _))) => received.push(number),
            other => panic!("{other:?} after {received:?}"),
        }
    }
    assert_eq!(received, expected);
    pool.close().await;
    receiver.close().await;
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn facts_that_a_link_drops_are_reported_as_a_gap() {
    let station = station().await;
    let publisher = node(&station, "one", false, Vec::new()).await;
    let receiver = linked(&[&station], false).await;
    let mut subscriber = receiver.mesh.subscribe::<u32>("happened").unwrap();
    subscriber.subscribed().await;
    // The link drops what arrives for a subscription that is not read. Its counter does not tell
    // which subscription that was.
    let link = receiver.links.pool.link_to(&station.node_id()).await;
    let unread = link
        .unwrap()
        .subscribe(&station.realm().id, "happened")
        .await;
    let _unread = unread.unwrap();
    for number in 0..LINK_BUFFER + 10 {
        let published = publisher.mesh.topic("happened").publish(&number).await;
        assert_eq!(published, Ok(()), "{number}");
    }
    let mut facts = 0;
    loop {
        match tokio::time::timeout(TIMEOUT, subscriber.next()).await {
            Ok(Some((Delivery::Fact(number), _))) => {
                assert_eq!(number, facts);
                facts += 1;
            }
            Ok(Some((Delivery::Gap { reason, .. }, _))) => {
                assert!(reason.contains("arrived too fast"), "{reason}");
                break;
            }
            other => panic!("{other:?} after {facts} facts"),
        }
    }
    publisher.close().await;
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fact_whose_link_ends_while_it_is_sent_is_sent_on_the_next_link() {
    let station = station().await;
    let publisher = linked(&[&station], false).await;
    let node_id = *publisher.identity.node_id.as_bytes();
    // Above the window of a station's stream, so that the fact is written in parts.
    let large = "x".repeat(6 << 20);
    for attempt in 0..20 {
        let publishing = publisher.mesh.topic("happened").timeout(TIMEOUT);
        let publishing = publishing.publish(&large);
        let ended = async {
            while !station.end_link(&node_id) {
                tokio::task::yield_now().await;
            }
        };
        let (published, ()) = tokio::join!(publishing, ended);
        assert_eq!(published, Ok(()), "attempt {attempt}");
    }
    publisher.links.handle().close().await;
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fact_that_no_station_is_known_to_have_read_is_counted_when_the_links_close() {
    let station = station().await;
    let [read, unread] = [
        linked(&[&station], false).await,
        linked(&[&station], false).await,
    ];
    for publisher in [&read, &unread] {
        assert_eq!(publisher.mesh.topic("happened").publish(&1).await, Ok(()));
    }
    assert!(read.mesh.connection().flush(TIMEOUT).await.is_empty());
    // The station took the bytes, and confirms nothing any more.
    station.close().await;
    for (publisher, expected) in [(read, 0), (unread, 1)] {
        let connection = publisher.mesh.connection();
        assert_eq!(connection.unconfirmed_facts(), 0);
        publisher.links.handle().close().await;
        assert_eq!(connection.unconfirmed_facts(), expected);
    }
}
