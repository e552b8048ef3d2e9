//! The DHT with its clients.

use macula_rust::cbor::Value;
use macula_rust::pool::PoolError;
use macula_rust::record::{
    self, NodeRecordOptions, RecordType, envelope, new_node_record, station_endpoint_key,
};
use macula_rust::station_link::{self, LinkError};

use crate::clients::{PROFILE, client, identity, map, station};

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_put_and_found_by_slot_and_type() {
    let station = station().await;
    let client = client(&station).await;
    let key = identity(PROFILE);
    let payload = map(&[("text", Value::text("hello"))]);
    let unsigned = envelope(0x20, payload, Some(b"subject".to_vec()), 60_000).unwrap();
    let signed = record::sign(&unsigned, &key).unwrap();
    let slot = record::storage_key(&signed).unwrap();
    let missing = PoolError::Link(LinkError::RecordNotFound);
    assert_eq!(client.find_record(&slot).await.err(), Some(missing));

    client
        .put_record(&record::encode(&signed).unwrap())
        .await
        .unwrap();
    let found = client.find_record(&slot).await.unwrap();
    assert_eq!(found.record(), &signed);
    let (in_slot, dropped) = client.find_records(&slot).await.unwrap();
    assert_eq!((in_slot.len(), dropped), (1, 0));
    let (of_type, dropped) = client.find_records_by_type(RecordType(0x20)).await.unwrap();
    assert_eq!((of_type.len(), dropped), (1, 0));
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tampered_record_is_refused_by_name() {
    let station = station().await;
    let client = client(&station).await;
    let key = identity(PROFILE);
    let node = key.node_id().unwrap();
    let unsigned = new_node_record(&node, &[], 0, &NodeRecordOptions::default()).unwrap();
    let mut wire = record::encode(&record::sign(&unsigned, &key).unwrap()).unwrap();
    let at = wire.len() / 2;
    wire[at] ^= 1;
    let refused = client.put_record(&wire).await;
    let expected = PoolError::Link(LinkError::RecordRefused("signature_invalid".to_owned()));
    assert_eq!(refused, Err(expected));
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn arguments_of_another_version_are_malformed() {
    let station = station().await;
    let client = client(&station).await;
    let link = client.link_to(&station.node_id()).await.unwrap();
    let call = station_link::Call {
        procedure: "_dht.find_record".to_owned(),
        payload: map(&[("v", Value::Int(2)), ("key", Value::Bytes(vec![7; 32]))]),
        ..Default::default()
    };
    let refused = LinkError::Provider {
        responded_by: station.node_id(),
        code: "malformed_args".to_owned(),
        detail: None,
    };
    assert_eq!(link.call(call).await, Err(refused));
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_station_publishes_its_endpoint() {
    let station = station().await;
    let client = client(&station).await;
    let found = client
        .find_record(&station_endpoint_key(&station.node_id()))
        .await
        .unwrap();
    let endpoint = record::read_station_endpoint(found.record()).unwrap();
    assert_eq!(endpoint.quic_port, station.addr().port());
    assert_eq!(endpoint.host_advertised, ["127.0.0.1"]);
    let target = client.station_target(&station.node_id()).await.unwrap();
    assert_eq!(target.expected_node_id, station.node_id());
    station.close().await;
}
