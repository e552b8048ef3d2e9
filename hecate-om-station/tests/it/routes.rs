//! Advertised procedures, and their expiry.

use std::time::Duration;

use macula_rust::record::{CLOCK_TOLERANCE_MS, own_procedure};
use macula_rust::station_link::{self, LinkError, Seal};

use crate::clients::{TIMEOUT, client, station};
use crate::raw::{Raw, now_ms};

const REALM: [u8; 32] = [9; 32];

#[tokio::test(flavor = "multi_thread")]
async fn a_procedure_is_routed_until_its_advertisement_expires() {
    let station = station().await;
    let caller = client(&station).await;
    let mut provider = Raw::link(&station).await;
    let node = provider.node_id();
    let procedure = own_procedure(&node, "expires");
    let link = caller.link_to(&station.node_id()).await.unwrap();
    let call = || {
        link.call(station_link::Call {
            realm: REALM,
            procedure: procedure.clone(),
            target: node,
            timeout: TIMEOUT,
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
        answer = call() => panic!("unexpected answer: {answer:?}"),
        _ = provider.next("call") => {}
    }
    // The next advertisement has expired except for the clock tolerance, and a short time more. If
    // this time is over before the frame arrives, as on a busy machine, it is refused.
    let mut remaining = 500;
    let expires = loop {
        let expires = u64::try_from(now_ms()).unwrap() + remaining;
        let mut advertisement = provider.advertisement(&station, &REALM, &procedure);
        advertisement.expires_at = expires - CLOCK_TOLERANCE_MS;
        advertisement.created_at = advertisement.expires_at - 60_000;
        if provider
            .try_advertise_record(&advertisement)
            .await
            .is_some()
        {
            break expires;
        }
        remaining *= 2;
    };
    while u64::try_from(now_ms()).unwrap() <= expires {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let unknown = LinkError::Relay {
        reported_by: station.node_id(),
        code: "unknown_next_peer".to_owned(),
    };
    assert_eq!(call().await, Err(unknown));
    let removed = async {
        while serves() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(TIMEOUT, removed).await.unwrap();
    station.close().await;
}
