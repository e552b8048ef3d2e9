//! Effects of dropped calls, dials and publications at a real station.

use std::net::UdpSocket;
use std::time::Duration;

use macula_rust::cbor::Value;
use macula_rust::frame::Payload as Clear;
use macula_rust::node_key::NodeKey;
use macula_rust::pool::{DEFAULT_MAX_DIRECT_LINKS, Pool};
use macula_rust::profile::Profile;
use macula_rust::record::{self, StationEndpointOptions};
use macula_rust::station_link::{Call, Link, LinkError, Publication};

use super::*;
use crate::mesh::nodes::{linked, station};

/// Timeout of each step, exceeded only by a step that hangs.
const HANGS: Duration = Duration::from_secs(60);

/// Payload size above the window of a station's stream, so that the payload is written in parts.
const LARGE: usize = 6 * 1024 * 1024;

/// Publishes an endpoint of a new station at this port, and returns the station's id.
async fn announce(pool: &Pool, port: u16) -> [u8; 32] {
    let key = NodeKey::generate_identity(Profile::PqPure, 0).expect("a key can be made");
    let options = StationEndpointOptions {
        host_advertised: vec!["127.0.0.1".into()],
        ttl_ms: 240_000,
        ..StationEndpointOptions::default()
    };
    let endpoint = record::new_station_endpoint(port, &options).expect("the record is sound");
    let wire = record::encode(&record::sign(&endpoint, &key).expect("the record can be signed"))
        .expect("the record can be signed");
    pool.put_record(&wire).await.expect("the station takes it");
    key.node_id().expect("the key has an id")
}

fn direct_links(pool: &Pool) -> usize {
    pool.status().iter().filter(|link| link.direct).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dials_whose_callers_are_dropped_release_their_slots_of_direct_links() {
    let station = station().await;
    let node = linked(&[&station], false).await;
    let pool = &node.links.pool;
    // Nothing answers at this port.
    let silent = UdpSocket::bind(("127.0.0.1", 0)).unwrap();
    let port = silent.local_addr().unwrap().port();
    let give_up = async || {
        let (gone, dialed) = (announce(pool, port).await, pool.clone());
        let dial = shielded(async move { dialed.link_to(&gone).await.map(drop) });
        let outcome = tokio::time::timeout(Duration::from_millis(100), dial).await;
        assert!(outcome.is_err(), "it is dialed still: {outcome:?}");
    };
    for _ in 0..DEFAULT_MAX_DIRECT_LINKS {
        give_up().await;
    }
    let freed = async {
        while direct_links(pool) > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let freed = tokio::time::timeout(HANGS, freed).await;
    assert!(freed.is_ok(), "{} are held", direct_links(pool));
    give_up().await;
    pool.close().await;
    station.close().await;
}

/// Calls a procedure that the station does not know. The station answers after it has read the
/// whole call.
async fn call(link: Link, size: usize) -> LinkError {
    let call = Call {
        procedure: "unknown".into(),
        payload: Value::Bytes(vec![7; size]),
        timeout: HANGS,
        ..Call::default()
    };
    link.call(call)
        .await
        .expect_err("the station does not know it")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_call_or_publication_that_is_dropped_leaves_its_link_and_the_calls_on_it_alone() {
    let station = station().await;
    let node = linked(&[&station], false).await;
    let pool = &node.links.pool;
    let link = pool.link_to(&station.node_id()).await.unwrap();
    let other = tokio::spawn(shielded(call(link.clone(), 1)));
    for _ in 0..3 {
        let large = shielded(call(link.clone(), LARGE));
        assert!(futures_util::FutureExt::now_or_never(large).is_none());
        let publishing = pool.clone();
        let publication = Publication {
            realm: [9; 32],
            topic: "topic".into(),
            payload: Clear::Clear(Value::Bytes(vec![7; LARGE])),
            ttl_ms: None,
        };
        let large = shielded(async move { publishing.publish(publication).await });
        assert!(futures_util::FutureExt::now_or_never(large).is_none());
        let small = tokio::time::timeout(HANGS, call(link.clone(), 1)).await;
        assert!(matches!(small, Ok(LinkError::Provider { .. })), "{small:?}");
    }
    let other = other.await.unwrap();
    assert!(matches!(other, LinkError::Provider { .. }), "{other:?}");
    assert_eq!(link.error(), None);
    pool.close().await;
    station.close().await;
}
