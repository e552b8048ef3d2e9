//! Procedures that are routed, and no longer.

use std::time::Duration;

use macula_rust::record::{CLOCK_TOLERANCE_MS, own_procedure};
use macula_rust::station_link::{self, LinkError, Seal};

use crate::clients::{PATIENCE, client, station};
use crate::raw::{Raw, now_ms};

const REALM: [u8; 32] = [9; 32];

#[tokio::test(flavor = "multi_thread")]
async fn a_procedure_is_routed_until_its_advertisement_lapses_and_then_forgotten() {
    let station = station().await;
    let caller = client(&station).await;
    let mut provider = Raw::link(&station).await;
    let node = provider.node_id();
    let procedure = own_procedure(&node, "lapses");
    let link = caller.link_to(&station.node_id()).await.unwrap();
    let call = || {
        link.call(station_link::Call {
            realm: REALM,
            procedure: procedure.clone(),
            target: node,
            timeout: PATIENCE,
            seal: Some(Seal::Clear),
            ..Default::default()
        })
    };
    let serves = || {
        let links = station.links();
        links.iter().any(|link| link.serves(&REALM, &procedure))
    };
    provider.advertise(&station, &REALM, &procedure).await;
    assert!(serves());
    tokio::select! {
        answer = call() => panic!("nobody answers it: {answer:?}"),
        _ = provider.next("call") => {}
    }
    // The next advertisement has expired, as far as clocks may differ but for a moment. On a busy
    // machine it may lapse before it arrives, and is refused.
    let mut moment = 500;
    let lapses = loop {
        let lapses = u64::try_from(now_ms()).unwrap() + moment;
        let mut advertisement = provider.advertisement(&station, &REALM, &procedure);
        advertisement.expires_at = lapses - CLOCK_TOLERANCE_MS;
        advertisement.created_at = advertisement.expires_at - 60_000;
        if provider.offer_record(&advertisement).await.is_some() {
            break lapses;
        }
        moment *= 2;
    };
    while u64::try_from(now_ms()).unwrap() <= lapses {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let unknown = LinkError::Relay {
        reported_by: station.node_id(),
        code: "unknown_next_peer".to_owned(),
    };
    assert_eq!(call().await, Err(unknown));
    let forgotten = async {
        while serves() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, forgotten).await.unwrap();
    station.close().await;
}
