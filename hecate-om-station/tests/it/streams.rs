//! Streams through the station.

use hecate_om_station::Station;
use macula_rust::cbor::Value;
use macula_rust::frame::{self, RequestSpec, StreamMode, StreamRole};
use macula_rust::pool::{Offer, Pool, StreamCall};
use macula_rust::record::own_procedure;
use macula_rust::station_link::{
    self, LinkError, Seal, Stream, StreamEvent, StreamHandler, stream_handler,
};
use quinn::{ReadError, RecvStream, SendStream, VarInt};

use crate::clients::{TIMEOUT, client, station};
use crate::raw::{self, Raw, now_ms};

const REALM: [u8; 32] = [9; 32];

async fn next(stream: &Stream) -> Result<StreamEvent, LinkError> {
    tokio::time::timeout(TIMEOUT, stream.recv()).await.unwrap()
}

fn body(event: &StreamEvent) -> &Value {
    match event {
        StreamEvent::Data { body, .. } => body,
        other => panic!("not data: {other:?}"),
    }
}

/// Serves `handler` on `provider` and opens a stream to it from `caller`.
async fn open(provider: &Pool, caller: &Pool, mode: StreamMode, handler: StreamHandler) -> Stream {
    let procedure = own_procedure(&provider.node_id(), "stream");
    let offer = Offer::stream(REALM, &procedure, mode, handler);
    // The procedure is served without this handle, until the link ends.
    let _served = provider.serve(offer).await.unwrap();
    let call = StreamCall {
        realm: REALM,
        procedure,
        mode,
        ..Default::default()
    };
    caller.open_stream(call).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_of_a_bidirectional_stream_receive_all_items_and_the_end() {
    let station = station().await;
    let (provider, caller) = (client(&station).await, client(&station).await);
    let echo = stream_handler(|stream: Stream| async move {
        while let Ok(StreamEvent::Data { body, .. }) = stream.recv().await {
            stream.send_value(body).await.map_err(|e| e.to_string())?;
        }
        Ok(())
    });
    let stream = open(&provider, &caller, StreamMode::Bidi, echo).await;
    let large = Value::Bytes(vec![7; 60_000]);
    for _ in 0..20 {
        stream.send_value(large.clone()).await.unwrap();
        assert_eq!(body(&next(&stream).await.unwrap()), &large);
    }
    stream.close_send().await.unwrap();
    let ended = next(&stream).await;
    let both = StreamEvent::End {
        role: StreamRole::Both,
    };
    assert_eq!(ended, Ok(both));
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_stream_delivers_every_item_and_its_end() {
    let station = station().await;
    let (provider, caller) = (client(&station).await, client(&station).await);
    let count = stream_handler(|stream: Stream| async move {
        for n in 0..200 {
            stream
                .send_value(Value::Int(n))
                .await
                .map_err(|e| e.to_string())?;
        }
        Ok(())
    });
    let stream = open(&provider, &caller, StreamMode::ServerStream, count).await;
    for n in 0..200 {
        assert_eq!(body(&next(&stream).await.unwrap()), &Value::Int(n));
    }
    let end = next(&stream).await.unwrap();
    assert!(matches!(end, StreamEvent::End { .. }), "{end:?}");
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_stream_receives_one_reply() {
    let station = station().await;
    let (provider, caller) = (client(&station).await, client(&station).await);
    let sum = stream_handler(|stream: Stream| async move {
        let mut sum = 0;
        while let Ok(StreamEvent::Data { body, .. }) = stream.recv().await {
            if let Value::Int(n) = body {
                sum += n;
            }
        }
        stream
            .reply(Value::Int(sum))
            .await
            .map_err(|e| e.to_string())
    });
    let stream = open(&provider, &caller, StreamMode::ClientStream, sum).await;
    for n in 1..=100 {
        stream.send_value(Value::Int(n)).await.unwrap();
    }
    stream.close_send().await.unwrap();
    let reply = StreamEvent::Reply {
        payload: Value::Int(5050),
    };
    assert_eq!(next(&stream).await, Ok(reply));
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handlers_failure_reaches_the_caller() {
    let station = station().await;
    let (provider, caller) = (client(&station).await, client(&station).await);
    let fail = stream_handler(|_| async move { Err("no more".to_owned()) });
    let stream = open(&provider, &caller, StreamMode::ServerStream, fail).await;
    let failed = LinkError::Stream {
        code: "error".to_owned(),
        message: "no more".to_owned(),
        relay: false,
    };
    assert_eq!(next(&stream).await, Err(failed));
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callers_abort_ends_the_providers_side() {
    let station = station().await;
    let (provider, caller) = (client(&station).await, client(&station).await);
    let (sender, mut ends) = tokio::sync::mpsc::unbounded_channel();
    let wait = stream_handler(move |stream: Stream| {
        let sender = sender.clone();
        async move {
            // The handler is dropped with its stream, so another task waits for the end.
            let stream_end = stream.clone();
            tokio::spawn(async move { sender.send(stream_end.done().await) });
            let hello = stream.send_value(Value::Int(1)).await;
            hello.map_err(|e| e.to_string())?;
            std::future::pending().await
        }
    });
    let stream = open(&provider, &caller, StreamMode::Bidi, wait).await;
    next(&stream).await.unwrap();
    stream.abort("enough", "thank you").await.unwrap();
    let ended = tokio::time::timeout(TIMEOUT, ends.recv()).await.unwrap();
    let aborted = LinkError::Stream {
        code: "enough".to_owned(),
        message: "thank you".to_owned(),
        relay: false,
    };
    assert_eq!(ended, Some(Some(aborted)));
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_to_an_unknown_node_is_refused_by_the_station() {
    let station = station().await;
    let caller = client(&station).await;
    let link = caller.link_to(&station.node_id()).await.unwrap();
    let call = station_link::StreamCall {
        realm: REALM,
        procedure: own_procedure(&[7; 32], "stream"),
        target: [7; 32],
        seal: Some(Seal::Clear),
        ..Default::default()
    };
    let stream = link.open_stream(call).await.unwrap();
    let refused = LinkError::Stream {
        code: "unknown_next_peer".to_owned(),
        message: String::new(),
        relay: true,
    };
    assert_eq!(next(&stream).await, Err(refused));
    station.close().await;
}

/// Opens a stream between two raw clients. Returns the clients, which keep their links, then the
/// stream at the caller and at the provider.
async fn raw_stream(
    station: &Station,
) -> ([Raw; 2], (SendStream, RecvStream), (SendStream, RecvStream)) {
    let (caller, mut provider) = (Raw::link(station).await, Raw::link(station).await);
    let procedure = own_procedure(&provider.node_id(), "stream");
    provider.advertise(station, &REALM, &procedure).await;
    let spec = RequestSpec {
        request_id: [1; 16],
        realm: REALM,
        procedure,
        target: provider.node_id(),
        deadline: u64::try_from(now_ms() + 60_000).unwrap(),
        payload: Value::Null,
        sealed: None,
        mode: Some(StreamMode::Bidi),
        token: None,
        proofs: Vec::new(),
        source_route: None,
        retry_budget: None,
    };
    let open = frame::sign_stream_open(&spec, &caller.key).unwrap();
    let (mut send, recv) = caller.dialed.connection.open_bi().await.unwrap();
    let open = frame::encode(&open).unwrap();
    send.write_all(&open).await.unwrap();
    let relayed = provider.dialed.connection.accept_bi();
    let mut relayed = tokio::time::timeout(TIMEOUT, relayed)
        .await
        .unwrap()
        .unwrap();
    let opened = raw::read(&mut relayed.1).await.unwrap();
    assert_eq!(opened, open[4..], "not relayed unchanged");
    ([caller, provider], (send, recv), relayed)
}

/// Reads a stream to its end. Returns the code of its reset; `None` if it was finished.
async fn end(recv: &mut RecvStream) -> Option<VarInt> {
    let read = async {
        loop {
            match recv.read(&mut [0; 1024]).await {
                Ok(Some(_)) => {}
                Ok(None) => return None,
                Err(ReadError::Reset(code)) => return Some(code),
                Err(other) => panic!("{other}"),
            }
        }
    };
    tokio::time::timeout(TIMEOUT, read).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_of_either_side_is_a_reset_at_the_other_with_its_code() {
    let station = station().await;
    let code = VarInt::from_u32;
    let (_links, mut caller, mut provider) = raw_stream(&station).await;
    caller.0.reset(code(42)).unwrap();
    assert_eq!(end(&mut provider.1).await, Some(code(42)));
    // The other direction still works.
    provider.0.write_all(b"still here").await.unwrap();
    let mut text = [0; 10];
    let read = tokio::time::timeout(TIMEOUT, caller.1.read_exact(&mut text)).await;
    read.unwrap().unwrap();
    assert_eq!(&text, b"still here");
    provider.0.reset(code(43)).unwrap();
    assert_eq!(end(&mut caller.1).await, Some(code(43)));
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_either_direction_is_relayed() {
    let station = station().await;
    let (_links, mut caller, mut provider) = raw_stream(&station).await;
    caller.0.write_all(b"all of it").await.unwrap();
    caller.0.finish().unwrap();
    assert_eq!(provider.1.read_to_end(64).await.unwrap(), b"all of it");
    provider.0.write_all(b"reply").await.unwrap();
    provider.0.finish().unwrap();
    assert_eq!(caller.1.read_to_end(64).await.unwrap(), b"reply");
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_the_stop_of_the_station_cuts_off_does_not_look_whole() {
    let station = station().await;
    let (_links, mut caller, mut provider) = raw_stream(&station).await;
    caller.0.write_all(b"half").await.unwrap();
    provider.0.write_all(b"half").await.unwrap();
    let mut half = [0; 4];
    caller.1.read_exact(&mut half).await.unwrap();
    provider.1.read_exact(&mut half).await.unwrap();
    let (mut more, mut more_there) = ([0], [0]);
    let ((), at_caller, at_provider) = tokio::join!(
        station.close(),
        caller.1.read(&mut more),
        provider.1.read(&mut more_there),
    );
    for ended in [at_caller, at_provider] {
        assert!(ended.is_err(), "{ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_of_a_reader_that_stops_reaches_the_writer() {
    let station = station().await;
    let code = VarInt::from_u32;
    let (_links, mut caller, mut provider) = raw_stream(&station).await;
    provider.1.stop(code(44)).unwrap();
    let stopped = tokio::time::timeout(TIMEOUT, caller.0.stopped()).await;
    assert_eq!(stopped.unwrap(), Ok(Some(code(44))));
    caller.1.stop(code(45)).unwrap();
    let stopped = tokio::time::timeout(TIMEOUT, provider.0.stopped()).await;
    assert_eq!(stopped.unwrap(), Ok(Some(code(45))));
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_of_a_reader_that_stops_reaches_a_blocked_writer() {
    let station = station().await;
    let code = VarInt::from_u32(46);
    let (_links, mut caller, mut provider) = raw_stream(&station).await;
    // The provider does not read, so first the station's write blocks, then the caller's.
    let chunk = vec![7; 64 * 1024];
    let write = async { while caller.0.write_all(&chunk).await.is_ok() {} };
    let blocked = tokio::time::timeout(std::time::Duration::from_millis(500), write).await;
    assert!(blocked.is_err(), "the write was not blocked");
    provider.1.stop(code).unwrap();
    let stopped = tokio::time::timeout(TIMEOUT, caller.0.stopped()).await;
    assert_eq!(stopped.unwrap(), Ok(Some(code)));
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_counted_while_it_is_relayed() {
    let station = station().await;
    assert_eq!(station.counts().streams, 0);
    let (_links, mut caller, mut provider) = raw_stream(&station).await;
    assert_eq!(station.counts().streams, 1);
    caller.0.finish().unwrap();
    assert_eq!(end(&mut provider.1).await, None);
    provider.0.finish().unwrap();
    assert_eq!(end(&mut caller.1).await, None);
    let none = async {
        while station.counts().streams > 0 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(TIMEOUT, none).await.unwrap();
    station.close().await;
}
