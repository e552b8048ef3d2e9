//! How links begin and end.

use std::time::Duration;

use macula_rust::pool::Pool;
use macula_rust::station_link::LinkError;

use crate::clients::{PROFILE, client, hear, identity, next, opts, seed, station};

#[tokio::test(flavor = "multi_thread")]
async fn a_second_link_of_one_node_supersedes_the_first() {
    let station = station().await;
    let key = identity(PROFILE);
    let mut first = opts(station.realm(), key.clone());
    // Both would else take the place of the other in turn.
    first.respawn_delay = Duration::from_secs(3600);
    let mut heard = hear(&mut first);
    let first = Pool::connect(vec![seed(&station)], first).await.unwrap();
    next(&mut heard, |event| event.up).await;

    let second = opts(station.realm(), key);
    let second = Pool::connect(vec![seed(&station)], second).await.unwrap();
    let down = next(&mut heard, |event| !event.up).await;
    assert_eq!(
        down.error,
        Some(LinkError::Goodbye("superseded".to_owned()))
    );
    assert!(second.status().iter().all(|link| link.up));
    // While the first is let go, the second stays the node's link.
    for _ in 0..10 {
        assert!(second.find_records(&[0; 32]).await.is_ok());
        assert_eq!(station.links().len(), 1);
    }
    drop(first);
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closing_station_that_has_passed_on_no_call_says_so_in_its_goodbye() {
    let station = station().await;
    let mut told = opts(station.realm(), identity(PROFILE));
    let mut heard = hear(&mut told);
    let _told = Pool::connect(vec![seed(&station)], told).await.unwrap();
    station.close().await;
    let down = next(&mut heard, |event| !event.up).await;
    assert_eq!(down.error, Some(LinkError::Goodbye("drained".to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_misses_the_puzzle_is_refused() {
    let station = station().await;
    // Its node id's first byte is not zero, as the puzzle has it.
    let key = loop {
        let key = macula_rust::node_key::NodeKey::generate_identity(PROFILE, 0).unwrap();
        if key.node_id().unwrap()[0] != 0 {
            break key;
        }
    };
    let mut unsolved = opts(station.realm(), key.into());
    let mut heard = hear(&mut unsolved);
    let connecting = tokio::spawn(Pool::connect(vec![seed(&station)], unsolved));
    let down = next(&mut heard, |event| !event.up).await;
    connecting.abort();
    let why = down.error.unwrap().to_string();
    assert!(why.contains("puzzle_invalid"), "{why}");
    // The station serves on.
    let client = client(&station).await;
    assert!(client.find_records(&[0; 32]).await.is_ok());
    station.close().await;
}
