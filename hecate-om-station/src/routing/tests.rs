//! The tables, with links of real clients.

use std::sync::atomic::Ordering;

use bytes::Bytes;

use super::pending_calls::{GRACE_MS, MAX_PER_CALLER, MAX_WAIT_MS};
use super::*;
use crate::clock::CLOCK_TOLERANCE_MS;
use crate::link::AdvertisedProcedure;
use crate::name::QualifiedName;
use crate::policy::RegistrationRefusal;
use crate::station::tests::{all_links, client, links, station};

const REALM: [u8; 32] = [9; 32];
const PROVIDER: [u8; 32] = [7; 32];

fn hash(n: usize) -> [u8; 48] {
    let mut hash = [0; 48];
    hash[..8].copy_from_slice(&n.to_be_bytes());
    hash
}

fn name(text: &str) -> QualifiedName {
    QualifiedName::new(REALM, text)
}

fn advertised(version: u8) -> AdvertisedProcedure {
    AdvertisedProcedure {
        version: [version; 16],
        expires_at: 1_000,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_has_a_limited_number_of_pending_calls_until_they_are_answered() {
    let station = station().await;
    let pool = client(&station).await;
    let caller = links(&station, &[&pool]).await.remove(0);
    let pending = PendingCalls::default();
    let register = |n| pending.register(hash(n), &caller, PROVIDER, 60_000, 0);
    for n in 0..MAX_PER_CALLER {
        assert_eq!(register(n), Ok(()));
    }
    assert_eq!(register(MAX_PER_CALLER), Err(ForwardError::Overloaded));
    let answer = |n, provider| pending.complete(&hash(n), provider, Bytes::new());
    assert!(!answer(0, &[8; 32]), "another node's answer is not relayed");
    assert!(answer(0, &PROVIDER));
    assert!(!answer(0, &PROVIDER), "a second answer is not relayed");
    pending.remove(&hash(1));
    let waiting = caller.pending_calls.load(Ordering::Relaxed);
    assert_eq!(waiting, MAX_PER_CALLER - 2);
    assert_eq!(register(0), Ok(()));
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pending_call_is_forgotten_after_its_deadline_or_the_longest_wait() {
    let station = station().await;
    let pool = client(&station).await;
    let caller = links(&station, &[&pool]).await.remove(0);
    let count = || caller.pending_calls.load(Ordering::Relaxed);
    let pending = PendingCalls::default();
    let now = 50_000;
    for (deadline, expires_at) in [
        (60_000, 60_000 + GRACE_MS),
        (u64::MAX, now + MAX_WAIT_MS + GRACE_MS),
    ] {
        let registered = pending.register(hash(0), &caller, PROVIDER, deadline, now);
        assert_eq!(registered, Ok(()));
        pending.sweep(expires_at - 1);
        assert_eq!(count(), 1);
        pending.sweep(expires_at);
        assert_eq!(count(), 0);
    }
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_awaited_while_its_caller_and_its_provider_are_linked() {
    let station = station().await;
    let (pool, other) = (client(&station).await, client(&station).await);
    let both = links(&station, &[&pool, &other]).await;
    let (caller, provider) = (&both[0], &both[1]);
    let all = all_links(&station);
    let pending = PendingCalls::default();
    let register = |provider| pending.register(hash(0), caller, provider, 60_000, 0);
    assert!(!pending.any_awaited(0, all));
    register(PROVIDER).unwrap();
    assert!(!pending.any_awaited(0, all), "its provider is not linked");
    register(provider.node).unwrap();
    assert!(pending.any_awaited(60_000 + GRACE_MS - 1, all));
    assert!(!pending.any_awaited(60_000 + GRACE_MS, all), "it expired");
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closing_station_forwards_the_calls_of_busy_providers_until_it_stops() {
    let station = station().await;
    let (pool, other) = (client(&station).await, client(&station).await);
    let both = links(&station, &[&pool, &other]).await;
    let (busy, idle) = (&both[0], &both[1]);
    let pending = PendingCalls::default();
    let register = |n, caller, provider| pending.register(hash(n), caller, provider, 60_000, 0);
    register(0, idle, busy.node).unwrap();
    assert!(!pending.is_closing() && !pending.has_stopped());
    pending.close();
    assert!(pending.is_closing() && !pending.has_stopped());
    assert_eq!(register(1, busy, PROVIDER), Ok(()));
    let closing = Err(ForwardError::Closing);
    assert_eq!(
        register(2, idle, PROVIDER),
        closing,
        "it has no call to answer"
    );
    pending.stop();
    assert!(pending.is_closing() && pending.has_stopped());
    assert_eq!(register(3, busy, PROVIDER), closing);
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_follows_the_latest_version_of_its_advertisement() {
    let station = station().await;
    let pool = client(&station).await;
    let link = links(&station, &[&pool]).await.remove(0);
    let routes = Routes::default();
    let echo = name("acme/echo");
    let version = || Some(link.procedures().get(&echo)?.version[0]);
    for (advertises, expected) in [(2, 2), (1, 2), (3, 3)] {
        routes
            .insert(&link, echo.clone(), advertised(advertises))
            .unwrap();
        assert_eq!((version(), routes.total()), (Some(expected), 1));
    }
    routes.withdraw(&link, &echo, [2; 16]);
    assert_eq!(
        (version(), routes.total()),
        (Some(3), 1),
        "of an earlier version"
    );
    routes.withdraw(&link, &echo, [3; 16]);
    assert_eq!((version(), routes.total()), (None, 0));
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_routes_of_an_org_and_those_that_expired_are_removed() {
    let station = station().await;
    let pool = client(&station).await;
    let link = links(&station, &[&pool]).await.remove(0);
    let routes = Routes::default();
    for text in ["acme/one", "acme/two", "other/one"] {
        routes.insert(&link, name(text), advertised(1)).unwrap();
    }
    let mut removed = routes.remove_org(&link, "acme");
    removed.sort_by(|(a, _), (b, _)| a.cmp(b));
    let removed: Vec<_> = removed.into_iter().map(|(name, _)| name.text).collect();
    assert_eq!(removed, ["acme/one", "acme/two"]);
    assert_eq!(routes.total(), 1);
    let longer = AdvertisedProcedure {
        expires_at: 2_000,
        ..advertised(1)
    };
    routes.insert(&link, name("other/two"), longer).unwrap();
    routes.sweep(&link, 1_000 + CLOCK_TOLERANCE_MS - 1);
    assert_eq!(routes.total(), 2);
    routes.sweep(&link, 1_000 + CLOCK_TOLERANCE_MS);
    assert_eq!(routes.total(), 1);
    assert!(link.procedures().contains_key(&name("other/two")));
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_has_a_limited_number_of_procedures_and_of_topics() {
    let station = station().await;
    let pool = client(&station).await;
    let link = links(&station, &[&pool]).await.remove(0);
    let routes = Routes::default();
    let insert = |n: usize| routes.insert(&link, name(&format!("acme/p{n}")), advertised(1));
    for n in 0..routes::MAX_PER_LINK {
        assert_eq!(insert(n), Ok(()));
    }
    let refused = insert(routes::MAX_PER_LINK);
    assert_eq!(refused, Err(RegistrationRefusal::AdvertiserQuota));
    assert_eq!(insert(0), Ok(()), "a renewal needs no room");

    let topics = Subscriptions::default();
    let subscribe = |n: usize| topics.insert(&link, &name(&format!("topic_{n}")));
    for n in 0..subscriptions::MAX_PER_LINK {
        assert_eq!(subscribe(n), Ok(()));
    }
    let refused = subscribe(subscriptions::MAX_PER_LINK);
    assert_eq!(refused, Err(RegistrationRefusal::Refused));
    assert_eq!(
        subscribe(0),
        Ok(()),
        "a repeated subscription needs no room"
    );
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_has_each_subscribed_link_once() {
    let station = station().await;
    let (pool, other) = (client(&station).await, client(&station).await);
    let both = links(&station, &[&pool, &other]).await;
    let topics = Subscriptions::default();
    let topic = name("happened_v1");
    for link in both.iter().chain(&both) {
        topics.insert(link, &topic).unwrap();
    }
    let nodes = || {
        topics
            .subscribers(&topic)
            .iter()
            .map(|link| link.node)
            .collect::<Vec<_>>()
    };
    assert_eq!(nodes(), [both[0].node, both[1].node]);
    assert_eq!(topics.total(), 2);
    topics.remove(&both[0], &topic);
    topics.remove(&both[0], &topic);
    assert_eq!((nodes(), topics.total()), (vec![both[1].node], 1));
    topics.remove_link(&both[1]);
    assert_eq!((nodes(), topics.total()), (vec![], 0));
    station.close().await;
}
