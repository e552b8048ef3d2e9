//! Frames with another node's signature.

use macula_rust::cbor::Value;
use macula_rust::frame::{self, advertise_frame, unadvertise_frame};
use macula_rust::handshake;
use macula_rust::record::{self, Reason, TombstoneOptions, new_tombstone, own_procedure};
use macula_rust::statement_issuer::StatementIssuer;

use crate::clients::{PROFILE, identity, station};
use crate::raw::{Raw, count_type};

const REALM: [u8; 32] = [9; 32];

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_is_relayed_once_and_only_from_its_provider() {
    let station = station().await;
    let (mut caller, mut provider, mut stranger) = (
        Raw::link(&station).await,
        Raw::link(&station).await,
        Raw::link(&station).await,
    );
    let node = provider.node_id();
    let procedure = own_procedure(&node, "echo");
    provider.advertise(&station, &REALM, &procedure).await;
    let call = caller.call(REALM, &procedure, node);
    caller.send(&call).await;
    let call = provider.next("call").await;
    let request = frame::verify_request(&call, PROFILE).unwrap();
    let result = frame::sign_result(&request, &Value::Int(7), None, &provider.key).unwrap();
    // The station accepts a reply only on its provider's link.
    stranger.send(&result).await;
    stranger.probe().await;
    assert_eq!(count_type(&caller.probe().await, "result"), 0);
    provider.send(&result).await;
    provider.send(&result).await;
    provider.probe().await;
    assert_eq!(count_type(&caller.probe().await, "result"), 1);
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn records_of_another_node_are_refused() {
    let station = station().await;
    let (mut raw, mut other) = (Raw::link(&station).await, Raw::link(&station).await);
    let procedure = own_procedure(&other.node_id(), "echo");
    let advertised = other.advertise(&station, &REALM, &procedure).await;
    let options = TombstoneOptions::default();
    let tombstone = new_tombstone(&advertised, Reason::Shutdown, &options).unwrap();
    let withdrawn = record::sign(&tombstone, &other.key).unwrap();
    for frame in [
        advertise_frame(&record::encode(&advertised).unwrap()),
        unadvertise_frame(&record::encode(&withdrawn).unwrap()),
    ] {
        raw.send(&frame).await;
        let ack = raw.next("register_ack").await;
        assert_eq!(ack.get("reason"), Some(&Value::text("refused")));
    }
    let links = station.links();
    let serving = |raw: &Raw| {
        let link = links.iter().find(|link| link.node == raw.node_id());
        link.unwrap().serves(&REALM, &procedure)
    };
    assert!(serving(&other) && !serving(&raw));
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_statement_of_another_node_closes_the_link() {
    let station = station().await;
    let mut raw = Raw::link(&station).await;
    let own = handshake::status_frame(&raw.status);
    raw.send_cbor(&own).await;
    raw.probe().await;
    let stranger = identity(PROFILE);
    let issuer = StatementIssuer::with_wall_clock(stranger).unwrap();
    let foreign = issuer.connect_material().unwrap().status;
    raw.send_cbor(&handshake::status_frame(&foreign)).await;
    let closed = raw.closed().await;
    assert!(closed.contains("malformed_frame"), "{closed}");
    station.close().await;
}
