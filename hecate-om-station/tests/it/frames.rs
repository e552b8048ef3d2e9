//! Invalid frames, and clients that are too slow.

use std::time::Duration;

use macula_rust::cbor::{self, Value};
use macula_rust::frame::{self, Payload, RequestSpec, advertise_frame, unadvertise_frame};
use macula_rust::pool::Pool;
use macula_rust::record::{
    self, ProcedureAdvertisementOptions, Reason, TombstoneOptions, new_procedure_advertisement,
    new_tombstone, own_procedure,
};
use macula_rust::station_link::{self, LinkError, Publication, Seal};

use crate::clients::{
    PROFILE, TIMEOUT, client, echo, identity, link_events, next, opts, seed, station,
};
use crate::raw::{Raw, count_type, now_ms};

const REALM: [u8; 32] = [9; 32];

fn entry(key: &str, value: Value) -> (Value, Value) {
    (Value::text(key), value)
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_frame_types_and_extensions_are_skipped() {
    let station = station().await;
    let mut raw = Raw::link(&station).await;
    let base = || {
        vec![
            entry("version", Value::Int(5)),
            entry("frame_type", Value::text("from_the_future")),
        ]
    };
    raw.send(&Value::Map(base())).await;
    raw.probe().await;
    let mut critical = base();
    let extension = Value::Map(vec![
        entry("critical", Value::Int(1)),
        entry("value", Value::Null),
    ]);
    critical.push(entry("ext", Value::Map(vec![entry("unknown", extension)])));
    raw.send(&Value::Map(critical)).await;
    raw.probe().await;
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_frame_closes_its_link_and_no_other() {
    let station = station().await;
    let client = client(&station).await;
    let not_cbor = [0xff, 0x00].to_vec();
    let old_version = Value::Map(vec![
        entry("version", Value::Int(4)),
        entry("frame_type", Value::text("goodbye")),
    ]);
    let extra_field = frame::goodbye_frame("bye", None)
        .unwrap()
        .with_field("colour", Value::Int(1));
    let frames = [
        not_cbor,
        cbor::encode(&old_version).unwrap(),
        cbor::encode(&extra_field).unwrap(),
    ];
    for frame in frames {
        let mut raw = Raw::link(&station).await;
        raw.send_cbor(&frame).await;
        let goodbye = raw.next("goodbye").await;
        assert_eq!(goodbye.get("reason"), Some(&Value::text("malformed_frame")));
        let closed = raw.closed().await;
        assert!(closed.contains("malformed_frame"), "{closed}");
    }
    assert!(client.find_records(&[0; 32]).await.is_ok());
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_does_not_verify_is_dropped_and_the_link_stays() {
    let station = station().await;
    let mut raw = Raw::link(&station).await;
    let spec = RequestSpec {
        request_id: [1; 16],
        realm: [0; 32],
        procedure: "_dht.find_record".to_owned(),
        target: station.node_id(),
        deadline: u64::try_from(now_ms() + 5_000).unwrap(),
        payload: Value::Null,
        sealed: None,
        mode: None,
        token: None,
        proofs: Vec::new(),
        source_route: None,
        retry_budget: None,
    };
    // Signed by a node other than the linked one.
    let stranger = identity(PROFILE);
    raw.send(&frame::sign_call(&spec, &stranger).unwrap()).await;
    let signed = cbor::encode(&frame::sign_call(&spec, &raw.key).unwrap()).unwrap();
    let at = signed.windows(16).position(|w| w == [1; 16]).unwrap();
    let mut tampered = signed.clone();
    tampered[at] ^= 1;
    raw.send_cbor(&tampered).await;
    assert_eq!(count_type(&raw.probe().await, "error"), 0);
    raw.send_cbor(&signed).await;
    let answer = raw.next("error").await;
    let (request_id, _) = frame::claimed_reply_ids(&answer).unwrap();
    assert_eq!(request_id, [1; 16], "the answer is for another call");
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_withdrawal_does_not_remove_a_renewed_route() {
    let station = station().await;
    let caller = client(&station).await;
    let mut raw = Raw::link(&station).await;
    let (node, procedure) = (raw.node_id(), own_procedure(&raw.node_id(), "echo"));
    let advertisement = || {
        let options = ProcedureAdvertisementOptions::default();
        let stations = [station.node_id()];
        let unsigned =
            new_procedure_advertisement(&node, &REALM, &procedure, &stations, &options).unwrap();
        record::sign(&unsigned, &raw.key).unwrap()
    };
    let mut old = advertisement();
    // Versions of the same millisecond have a random order.
    old.version[..6].fill(0);
    let old = record::sign(&old, &raw.key).unwrap();
    let renewed = advertisement();
    let tombstone = new_tombstone(&old, Reason::Shutdown, &TombstoneOptions::default()).unwrap();
    let withdrawal = record::encode(&record::sign(&tombstone, &raw.key).unwrap()).unwrap();
    // The old one again, late: it does not replace the newer one.
    for advertisement in [&old, &renewed, &old] {
        let wire = record::encode(advertisement).unwrap();
        raw.send(&advertise_frame(&wire)).await;
        let ack = raw.next("register_ack").await;
        assert_eq!(ack.get("accepted"), Some(&Value::Int(1)));
    }
    raw.send(&unadvertise_frame(&withdrawal)).await;
    let ack = raw.next("register_ack").await;
    assert_eq!(ack.get("kind"), Some(&Value::text("unadvertise")));
    assert_eq!(
        ack.get("record_version"),
        Some(&Value::Bytes(old.version.to_vec()))
    );
    let link = caller.link_to(&station.node_id()).await.unwrap();
    let called = station_link::Call {
        realm: REALM,
        procedure,
        target: node,
        seal: Some(Seal::Clear),
        ..Default::default()
    };
    let calling = tokio::spawn(async move { link.call(called).await });
    let call = raw.next("call").await;
    let request = frame::verify_request(&call, PROFILE).unwrap();
    let result = frame::sign_result(&request, &Value::Int(7), None, &raw.key).unwrap();
    raw.send(&result).await;
    assert_eq!(calling.await.unwrap(), Ok(Value::Int(7)));
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unauthorized_advertisement_is_refused_with_the_reason() {
    let station = station().await;
    let mut raw = Raw::link(&station).await;
    let node = raw.node_id();
    let options = ProcedureAdvertisementOptions::default();
    let cases = [
        (
            own_procedure(&[7; 32], "echo"),
            station.node_id(),
            "not_authorized",
        ),
        ("acme/echo".to_owned(), station.node_id(), "not_authorized"),
        ("bare".to_owned(), station.node_id(), "not_authorized"),
        (own_procedure(&node, "echo"), [7; 32], "refused"),
        (
            own_procedure(&node, &"x".repeat(512)),
            station.node_id(),
            "name_too_long",
        ),
    ];
    for (procedure, serving, reason) in cases {
        let unsigned =
            new_procedure_advertisement(&node, &REALM, &procedure, &[serving], &options).unwrap();
        let wire = record::encode(&record::sign(&unsigned, &raw.key).unwrap()).unwrap();
        raw.send(&advertise_frame(&wire)).await;
        let ack = raw.next("register_ack").await;
        assert_eq!(ack.get("accepted"), Some(&Value::Int(0)), "{procedure}");
        assert_eq!(ack.get("reason"), Some(&Value::text(reason)), "{procedure}");
        frame::read_register_ack(&ack).unwrap();
    }
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscriber_that_does_not_read_loses_its_link() {
    let station = station().await;
    let publisher = client(&station).await;
    let mut raw = Raw::link(&station).await;
    let subscribe = frame::subscribe_frame(b"loud_v1", &REALM, &raw.node_id()).unwrap();
    raw.send(&subscribe).await;
    raw.next("register_ack").await;
    // Nothing is read from here on, and all buffers together are too small for what is published.
    for _ in 0..40 {
        let loud = Publication {
            realm: REALM,
            topic: "loud_v1".to_owned(),
            payload: Payload::Clear(Value::Bytes(vec![7; 4 * 1024 * 1024])),
            ttl_ms: None,
        };
        publisher.publish(loud).await.unwrap();
    }
    let closed = raw.closed().await;
    assert!(closed.contains("slow_consumer"), "{closed}");
    assert!(publisher.find_records(&[0; 32]).await.is_ok());
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_to_a_provider_that_does_not_read_are_refused_overloaded() {
    let station = station().await;
    let caller = client(&station).await;
    let mut raw = Raw::link(&station).await;
    let (node, procedure) = (raw.node_id(), own_procedure(&raw.node_id(), "echo"));
    raw.advertise(&station, &REALM, &procedure).await;
    let link = caller.link_to(&station.node_id()).await.unwrap();
    let mut calling = tokio::task::JoinSet::new();
    let large = || station_link::Call {
        realm: REALM,
        procedure: procedure.clone(),
        target: node,
        payload: Value::Bytes(vec![7; 4 * 1024 * 1024]),
        timeout: TIMEOUT,
        seal: Some(Seal::Clear),
        ..Default::default()
    };
    for _ in 0..30 {
        let (link, large) = (link.clone(), large());
        calling.spawn(async move { link.call(large).await });
    }
    // The calls that fit wait for their answer, so the first to complete is one that did not.
    let first = tokio::time::timeout(TIMEOUT, calling.join_next()).await;
    let overloaded = LinkError::Relay {
        reported_by: station.node_id(),
        code: "overloaded".to_owned(),
    };
    assert_eq!(first.unwrap().unwrap().unwrap(), Err(overloaded.clone()));
    // A refused call is not pending, so its caller receives `drained`.
    let mut other = opts(station.realm(), identity(PROFILE));
    let mut events = link_events(&mut other);
    let other = Pool::connect(vec![seed(&station)], other).await.unwrap();
    let link = other.link_to(&station.node_id()).await.unwrap();
    assert_eq!(link.call(large()).await, Err(overloaded));
    calling.abort_all();
    // No node can answer the pending calls from here on.
    drop(raw);
    station.close().await;
    let down = next(&mut events, |event| !event.up).await;
    assert_eq!(down.error, Some(LinkError::Goodbye("drained".to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_starts_with_an_unknown_frame_type_is_reset_with_its_code() {
    let station = station().await;
    let raw = Raw::link(&station).await;
    let (mut send, mut recv) = raw.dialed.connection.open_bi().await.unwrap();
    let unknown = frame::encode(&Value::Map(vec![
        entry("version", Value::Int(5)),
        entry("frame_type", Value::text("from_the_future")),
    ]));
    send.write_all(&unknown.unwrap()).await.unwrap();
    let code = quinn::VarInt::from_u32(frame::QUIC_CODE_UNKNOWN_FRAME_TYPE);
    assert_eq!(send.stopped().await, Ok(Some(code)));
    let read = recv.read(&mut [0; 1]).await;
    assert_eq!(read, Err(quinn::ReadError::Reset(code)));
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_to_a_provider_that_left_are_refused_unknown_next_peer() {
    let station = station().await;
    let caller = client(&station).await;
    let provider = client(&station).await;
    let procedure = own_procedure(&provider.node_id(), "echo");
    let _served = provider.serve(echo(REALM, &procedure)).await.unwrap();
    let node = provider.node_id();
    provider.close().await;
    let link = caller.link_to(&station.node_id()).await.unwrap();
    let call = || station_link::Call {
        realm: REALM,
        procedure: procedure.clone(),
        target: node,
        timeout: Duration::from_secs(30),
        seal: Some(Seal::Clear),
        ..Default::default()
    };
    // Calls succeed until the station has handled the GOODBYE.
    let gone = async {
        while link.call(call()).await.is_ok() {}
        link.call(call()).await
    };
    let gone = tokio::time::timeout(TIMEOUT, gone).await.unwrap();
    let unknown = LinkError::Relay {
        reported_by: station.node_id(),
        code: "unknown_next_peer".to_owned(),
    };
    assert_eq!(gone, Err(unknown));
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_unlinked_by_its_goodbye() {
    let station = station().await;
    let mut raw = Raw::link(&station).await;
    assert_eq!(station.links().len(), 1);
    raw.send(&frame::goodbye_frame("done", None).unwrap()).await;
    let closed = raw.closed().await;
    assert!(closed.contains("goodbye"), "{closed}");
    let gone = async {
        while !station.links().is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(TIMEOUT, gone).await.unwrap();
    station.close().await;
}
