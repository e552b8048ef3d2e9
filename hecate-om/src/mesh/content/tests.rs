//! Fetching through a real station, with nodes that hang.

use std::future::pending;
use std::time::Duration;

use hecate_om_station::Station;
use macula_rust::frame::StreamMode;
use macula_rust::manifest::Mcid;
use macula_rust::pool::{CONTENT_PROCEDURE, Offer, Served};
use macula_rust::record::{self, ContentAnnouncementOptions};
use macula_rust::station_link::stream_handler;

use super::Content;
use crate::mesh::connection::Uplink;
use crate::mesh::nodes::{Node, node, station};

/// Time limit that suits a busy machine and is shorter than the timeout of a hanging node.
const BEFORE_A_HANG_ENDS: Duration = Duration::from_secs(180);

async fn up(node: &Node) -> Uplink {
    let up = node.mesh.connection().up(Duration::from_secs(30)).await;
    up.expect("the node is linked")
}

/// Node that accepts every request and never answers.
struct HangingNode {
    node: Node,
    _served: Served,
    station: [u8; 32],
}

impl HangingNode {
    async fn start(station: &Station, org: &str) -> Self {
        let node = node(station, org, false, Vec::new()).await;
        let up = up(&node).await;
        let procedure = record::own_procedure(&up.pool.node_id(), CONTENT_PROCEDURE);
        let handler = stream_handler(|_stream| pending::<Result<(), String>>());
        let offer = Offer::stream(up.realm.id, &procedure, StreamMode::ServerStream, handler);
        let served = up.pool.serve(offer).await;
        let served = served.expect("a node may serve under its own name");
        Self {
            node,
            _served: served,
            station: station.node_id(),
        }
    }

    async fn announce(&self, id: &Mcid) {
        let up = up(&self.node).await;
        let node = up.pool.node_id();
        let options = ContentAnnouncementOptions {
            realm_id: up.realm.id,
            serving_station: self.station,
            procedure: record::own_procedure(&node, CONTENT_PROCEDURE),
            size: Some(10),
            ttl_ms: 3_600_000,
            ..ContentAnnouncementOptions::default()
        };
        let record = record::new_content_announcement(&node, id, &options);
        let signed = record.and_then(|record| record::sign(&record, &up.key));
        let wire = signed.and_then(|signed| record::encode(&signed));
        let wire = wire.expect("an announcement can be made");
        let put = up.pool.put_record(&wire).await;
        put.expect("the station takes it");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fetches_from_a_node_that_hangs_do_not_delay_fetches_from_others() {
    let station = station().await;
    let hanging = HangingNode::start(&station, "hanging").await;
    let good = node(&station, "good", false, Vec::new()).await;
    let caller = node(&station, "other", false, Vec::new()).await;
    let shared = good.mesh.share("hello").await.unwrap();
    let mut fetches = Vec::new();
    for n in 0..24_u8 {
        let mut id = [n; 50];
        (id[0], id[1]) = (2, 0x55);
        hanging.announce(&id).await;
        let content = Content::<[u8]>::try_from(id).unwrap();
        let mesh = caller.mesh.clone();
        fetches.push(tokio::spawn(async move { content.fetch(&mesh).await }));
    }
    // All permitted requests are in flight.
    let in_flight = || {
        caller
            .mesh
            .contents
            .peer_limits
            .in_flight(hanging.node.identity.node_id.as_bytes())
    };
    while in_flight() < 12 {
        tokio::task::yield_now().await;
    }
    let fetch = shared.content().fetch(&caller.mesh);
    let fetched = fetch.timeout(BEFORE_A_HANG_ENDS).await;
    assert_eq!(fetched.as_deref(), Ok(b"hello".as_slice()));
    fetches.iter().for_each(|fetch| fetch.abort());
    drop(shared);
    caller.close().await;
    good.close().await;
    hanging.node.close().await;
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_content_is_fetched_from_the_node_that_answers_although_others_hang() {
    let station = station().await;
    let good = node(&station, "good", false, Vec::new()).await;
    let caller = node(&station, "other", false, Vec::new()).await;
    let bytes = vec![7; 900_000];
    let shared = good.mesh.share(bytes.clone()).await.unwrap();
    let mut hanging = Vec::new();
    for org in ["one", "two", "three", "four"] {
        let node = HangingNode::start(&station, org).await;
        node.announce(shared.content().id()).await;
        hanging.push(node);
    }
    let fetch = shared.content().fetch(&caller.mesh);
    let fetched = fetch.timeout(BEFORE_A_HANG_ENDS).await;
    assert!(fetched.as_ref() == Ok(&bytes), "{:?}", fetched.err());
    drop(shared);
    caller.close().await;
    good.close().await;
    for hanging in hanging {
        hanging.node.close().await;
    }
    station.close().await;
}
