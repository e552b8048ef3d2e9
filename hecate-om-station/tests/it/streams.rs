//! Dedicated streams through the station.

use macula_rust::cbor::Value;
use macula_rust::frame::{StreamMode, StreamRole};
use macula_rust::pool::{Offer, Pool, StreamCall};
use macula_rust::record::own_procedure;
use macula_rust::station_link::{
    self, LinkError, Seal, Stream, StreamEvent, StreamHandler, stream_handler,
};

use crate::clients::{PATIENCE, client, station};

const REALM: [u8; 32] = [9; 32];

async fn next(stream: &Stream) -> Result<StreamEvent, LinkError> {
    tokio::time::timeout(PATIENCE, stream.recv()).await.unwrap()
}

fn body(event: &StreamEvent) -> &Value {
    match event {
        StreamEvent::Data { body, .. } => body,
        other => panic!("no data: {other:?}"),
    }
}

/// Serves `handler` on `provider` and opens a stream to it from `caller`.
async fn open(provider: &Pool, caller: &Pool, mode: StreamMode, handler: StreamHandler) -> Stream {
    let procedure = own_procedure(&provider.node_id(), "stream");
    let offer = Offer::stream(REALM, &procedure, mode, handler);
    // Served until its link ends: the handle is not needed for that.
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
async fn both_sides_of_a_bidi_stream_hear_each_other_to_the_end() {
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
async fn a_server_stream_brings_every_chunk_and_its_end() {
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
async fn a_client_stream_is_answered_with_one_reply() {
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
    let (heard, mut hears) = tokio::sync::mpsc::unbounded_channel();
    let wait = stream_handler(move |stream: Stream| {
        let heard = heard.clone();
        async move {
            // A handler is dropped with its stream, so another task listens.
            let ends = stream.clone();
            tokio::spawn(async move { heard.send(ends.done().await) });
            let hello = stream.send_value(Value::Int(1)).await;
            hello.map_err(|e| e.to_string())?;
            std::future::pending().await
        }
    });
    let stream = open(&provider, &caller, StreamMode::Bidi, wait).await;
    next(&stream).await.unwrap();
    stream.abort("enough", "thank you").await.unwrap();
    let ended = tokio::time::timeout(PATIENCE, hears.recv()).await.unwrap();
    let aborted = LinkError::Stream {
        code: "enough".to_owned(),
        message: "thank you".to_owned(),
        relay: false,
    };
    assert_eq!(ended, Some(Some(aborted)));
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_to_nobody_is_refused_by_the_station() {
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
