//! Peers without flow control, and peers whose flow control starts late.

use std::sync::Arc;

use macula_rust::frame::StreamMode;
use macula_rust::pool::{Offer, StreamCall};
use macula_rust::station_link::{StreamEvent, handler, stream_handler};
use tokio::sync::watch;

use super::*;
use crate::codec::{self, Payload};
use crate::mesh::connection::Uplink;
use crate::mesh::nodes::Node;
use crate::mesh::stream::flow::message::{FlowRequest, WindowUpdate, procedure};

async fn up(node: &Node) -> Uplink {
    node.mesh
        .connection()
        .up(Duration::from_secs(30))
        .await
        .expect("a station is linked")
}

fn own(node: &Node, name: &str) -> String {
    format!("~{}/{name}", node.identity.node_id)
}

fn text(length: usize) -> macula_rust::cbor::Value {
    codec::encode(&"x".repeat(length))
        .expect("the text fits the wire")
        .0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_without_flow_control_receives_more_than_its_sdk_can_hold() {
    let station = station().await;
    let capabilities = vec![capability(Kind::ServerStreaming, "texts", texts)];
    let provider = node(&station, "acme", false, capabilities).await;
    let caller = node(&station, "other", false, Vec::new()).await;
    let up = up(&caller).await;
    let lengths = vec![1024 * 1024; 20];
    let call = StreamCall {
        realm: up.realm.id,
        procedure: "acme/texts".into(),
        payload: codec::encode(&lengths).unwrap().0,
        ..StreamCall::default()
    };
    let stream = up.pool.open_stream(call).await.unwrap();
    let mut came = 0;
    while let Ok(StreamEvent::Data { .. }) = in_time(stream.recv()).await {
        came += 1;
    }
    assert_eq!(came, lengths.len());
    caller.close().await;
    provider.close().await;
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_without_flow_control_is_sent_everything() {
    let station = station().await;
    let provider = node(&station, "acme", false, Vec::new()).await;
    let caller = node(&station, "other", false, Vec::new()).await;
    let counts = stream_handler(|stream| async move {
        let mut count = 0_u64;
        while let Ok(StreamEvent::Data { .. }) = stream.recv().await {
            count += 1;
        }
        let count = codec::encode(&count).unwrap().0;
        stream.reply(count).await.map_err(|error| error.to_string())
    });
    let served = up(&provider).await;
    let procedure = own(&provider, "counts");
    let offer = Offer::stream(
        served.realm.id,
        &procedure,
        StreamMode::ClientStream,
        counts,
    );
    let _serving = served.pool.serve(offer).await.unwrap();

    let counts = caller.mesh.procedure(procedure);
    let opened = counts.client_streaming::<_, String, u64>(&()).await;
    let mut upload = opened.unwrap();
    for _ in 0..40 {
        in_time(upload.send(&"x".repeat(100 * 1024))).await.unwrap();
    }
    assert_eq!(in_time(upload.finish()).await, Ok(40));
    caller.close().await;
    provider.close().await;
    station.close().await;
}

/// Serves the reports of a provider's callers. The first `failures` reports fail with an error.
/// Returns the reported bytes.
async fn serve_reports(provider: &Node, failures: u64) -> Arc<watch::Sender<u64>> {
    let reported = Arc::new(watch::Sender::new(0));
    let (reports, requests) = (Arc::clone(&reported), Arc::new(AtomicU64::new(0)));
    let flow = handler(move |request| {
        let (reports, requests) = (Arc::clone(&reports), Arc::clone(&requests));
        async move {
            if requests.fetch_add(1, Ordering::Relaxed) < failures {
                return Err("not_now".into());
            }
            let request: FlowRequest =
                codec::decode(Payload(request.payload)).map_err(|e| e.to_string())?;
            reports
                .send_modify(|reported| *reported = request.consumed.unwrap_or(0).max(*reported));
            let update = WindowUpdate {
                consumed: 0,
                limit: None,
            };
            codec::encode(&update)
                .map(|update| update.0)
                .map_err(|e| e.to_string())
        }
    });
    let served = up(provider).await;
    let procedure = procedure(provider.identity.node_id.as_bytes());
    let serving = served
        .pool
        .serve(Offer::unary(served.realm.id, &procedure, flow));
    // Served for the lifetime of the pool.
    std::mem::forget(serving.await.expect("the procedure is served"));
    reported
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_reports_are_repeated_until_one_succeeds() {
    let station = station().await;
    let provider = node(&station, "acme", false, Vec::new()).await;
    let caller = node(&station, "other", false, Vec::new()).await;
    let reported = serve_reports(&provider, 8).await;
    let sends = stream_handler(move |stream| {
        let mut reported = reported.subscribe();
        async move {
            let sent = stream.send_value(text(300 * 1024)).await;
            sent.map_err(|error| error.to_string())?;
            let _ = reported.wait_for(|reported| *reported >= 300 * 1024).await;
            let sent = stream.send_value(text(1)).await;
            sent.map_err(|error| error.to_string())
        }
    });
    let served = up(&provider).await;
    let procedure = own(&provider, "items");
    let offer = Offer::stream(served.realm.id, &procedure, StreamMode::ServerStream, sends);
    let _serving = served.pool.serve(offer).await.unwrap();

    let items = caller.mesh.procedure(procedure);
    let mut items = items.server_streaming::<_, String>(&()).await.unwrap();
    for length in [300 * 1024, 1] {
        let item = in_time(items.next()).await.unwrap().unwrap();
        assert_eq!(item.len(), length);
    }
    assert!(in_time(items.next()).await.is_none());
    caller.close().await;
    provider.close().await;
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_its_handler_aborts_with_a_code_of_the_wire_runs_once() {
    let station = station().await;
    let provider = node(&station, "acme", false, Vec::new()).await;
    let caller = node(&station, "other", false, Vec::new()).await;
    let runs = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&runs);
    let fails = stream_handler(move |stream| {
        counted.fetch_add(1, Ordering::Relaxed);
        async move {
            let request = Payload(stream.request().payload.clone());
            let code: String = codec::decode(request).map_err(|error| error.to_string())?;
            let aborted = stream.abort(&code, "by the handler").await;
            aborted.map_err(|error| error.to_string())
        }
    });
    let up = up(&provider).await;
    let procedure = own(&provider, "fails");
    let offer = Offer::stream(up.realm.id, &procedure, StreamMode::ServerStream, fails);
    let _serving = up.pool.serve(offer).await.unwrap();

    for (run, code) in (1..).zip(["unknown_next_peer", "not_found", "overloaded"]) {
        let opening = caller.mesh.procedure(&procedure);
        let mut items = opening.server_streaming::<_, u64>(code).await.unwrap();
        let error = in_time(items.next()).await.unwrap().unwrap_err();
        assert_eq!(error.code(), code);
        assert_eq!(runs.load(Ordering::Relaxed), run, "{code}");
    }
    caller.close().await;
    provider.close().await;
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_sends_all_its_items_to_a_provider_that_ended_its_own_earlier() {
    let station = station().await;
    let provider = node(&station, "acme", false, Vec::new()).await;
    let caller = node(&station, "other", false, Vec::new()).await;
    let (received, mut ends) = tokio::sync::mpsc::unbounded_channel();
    let receives = stream_handler(move |stream| {
        let received = received.clone();
        async move {
            let closed = stream.close_send().await;
            closed.map_err(|error| error.to_string())?;
            let mut items = 0;
            let end = loop {
                match stream.recv().await {
                    Ok(StreamEvent::Data { .. }) => items += 1,
                    end => break end,
                }
            };
            let whole = matches!(end, Ok(StreamEvent::End { .. }));
            let _ = received.send((items, whole));
            Ok(())
        }
    });
    let up = up(&provider).await;
    let procedure = own(&provider, "receives");
    let offer = Offer::stream(up.realm.id, &procedure, StreamMode::Bidi, receives);
    let _serving = up.pool.serve(offer).await.unwrap();

    let opening = caller.mesh.procedure(&procedure);
    let opened = opening.bidirectional::<_, u64, u64>(&()).await;
    let (mut sender, mut items) = opened.unwrap();
    assert_eq!(in_time(items.next()).await, None);
    drop(items);
    let mut sent = 0;
    while sent < 100 && sender.send(&sent).await.is_ok() {
        sent += 1;
    }
    let finished = in_time(sender.finish()).await;
    let ended = in_time(ends.recv()).await;
    assert_eq!((ended, finished), (Some((100, true)), Ok(())));
    caller.close().await;
    provider.close().await;
    station.close().await;
}
