//! Links: how they start and end.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use hecate_om_station::{ClaimDecision, StationConfig};
use hecate_om_test_support::ChallengedLink;
use macula_rust::handshake::{HandshakeError, RefusalCode};
use macula_rust::pool::Pool;
use macula_rust::station_link::LinkError;
use tokio::sync::mpsc;

use crate::clients::{
    PROFILE, claim, client, identity, link_events, next, opts, seed, start, station,
};
use crate::raw::target;

#[tokio::test(flavor = "multi_thread")]
async fn a_second_link_of_one_node_supersedes_the_first() {
    let station = station().await;
    let key = identity(PROFILE);
    let mut first = opts(station.realm(), key.clone());
    // Otherwise each would supersede the other in turn.
    first.respawn_delay = Duration::from_secs(3600);
    let mut events = link_events(&mut first);
    let first = Pool::connect(vec![seed(&station)], first).await.unwrap();
    next(&mut events, |event| event.up).await;

    let second = opts(station.realm(), key);
    let second = Pool::connect(vec![seed(&station)], second).await.unwrap();
    let down = next(&mut events, |event| !event.up).await;
    assert_eq!(
        down.error,
        Some(LinkError::Goodbye("superseded".to_owned()))
    );
    assert!(second.status().iter().all(|link| link.up));
    // The second stays the node's link while the first is closed.
    for _ in 0..10 {
        assert!(second.find_records(&[0; 32]).await.is_ok());
        assert_eq!(station.links().len(), 1);
    }
    drop(first);
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closing_station_without_pending_calls_of_a_client_sends_drained() {
    let station = station().await;
    let mut options = opts(station.realm(), identity(PROFILE));
    let mut events = link_events(&mut options);
    let _client = Pool::connect(vec![seed(&station)], options).await.unwrap();
    station.close().await;
    let down = next(&mut events, |event| !event.up).await;
    assert_eq!(down.error, Some(LinkError::Goodbye("drained".to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closing_station_answers_requests_to_itself_before_it_sends_drained() {
    let (entered, mut has_entered) = mpsc::unbounded_channel();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let released = Mutex::new(released);
    let mut config = StationConfig::ephemeral(PROFILE);
    config.claim_policy = Arc::new(move |_, _| {
        entered.send(()).unwrap();
        let _ = released.lock().unwrap().recv();
        ClaimDecision::Grant
    });
    let station = start(config).await;
    let realm = station.realm().clone();
    let mut options = opts(&realm, identity(PROFILE));
    let mut events = link_events(&mut options);
    let client = Pool::connect(vec![seed(&station)], options).await.unwrap();
    let claimant = client.clone();
    let claiming = tokio::spawn(async move { claim(&claimant, &realm, "acme").await });
    has_entered.recv().await.unwrap();
    let closing = station.close();
    tokio::pin!(closing);
    // Polled until it waits for the answer, or for longer if it does not wait.
    let closed = tokio::time::timeout(Duration::from_millis(300), &mut closing).await;
    assert!(closed.is_err(), "it waits for the answer");
    release.send(()).unwrap();
    closing.await;
    assert!(claiming.await.unwrap().is_ok());
    let down = next(&mut events, |event| !event.up).await;
    assert_eq!(down.error, Some(LinkError::Goodbye("drained".to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_without_a_solved_puzzle_is_refused() {
    let station = station().await;
    // The puzzle requires the first byte of the node id to be zero.
    let key = loop {
        let key = macula_rust::node_key::NodeKey::generate_identity(PROFILE, 0).unwrap();
        if key.node_id().unwrap()[0] != 0 {
            break key;
        }
    };
    let mut unsolved = opts(station.realm(), key.into());
    let mut events = link_events(&mut unsolved);
    let connecting = tokio::spawn(Pool::connect(vec![seed(&station)], unsolved));
    let down = next(&mut events, |event| !event.up).await;
    connecting.abort();
    let error = down.error.unwrap().to_string();
    assert!(error.contains("puzzle_invalid"), "{error}");
    // The station still serves others.
    let client = client(&station).await;
    assert!(client.find_records(&[0; 32]).await.is_ok());
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_with_another_key_is_not_linked() {
    let station = station().await;
    let mut pinned = seed(&station);
    let expected = identity(PROFILE).node_id().unwrap();
    pinned.node_id = expected;
    let mut options = opts(station.realm(), identity(PROFILE));
    let mut events = link_events(&mut options);
    let connecting = tokio::spawn(Pool::connect(vec![pinned], options));
    let event = next(&mut events, |_| true).await;
    let mismatch = HandshakeError::PeerIdentityMismatch {
        expected,
        derived: station.node_id(),
    };
    assert_eq!(event.error, Some(LinkError::Handshake(mismatch)));
    assert!(station.links().is_empty());
    connecting.abort();
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nodes_proof_links_no_connection_of_another() {
    let station = station().await;
    let key = identity(PROFILE);
    let target = target(&station);
    let mut own = ChallengedLink::dial(&target).await.unwrap();
    let mut other = ChallengedLink::dial(&target).await.unwrap();
    // Somebody passes the challenge of its connection to the node, and the answer back.
    let connect = own.answer(&key, &other.challenge).unwrap();
    let refused = HandshakeError::Refused {
        code: RefusalCode::NotAccepted,
        station_ranges: None,
    };
    let error = other.connect(&connect).await.unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&refused));
    let connect = own.answer(&key, &own.challenge).unwrap();
    own.connect(&connect).await.unwrap();
    station.close().await;
}
