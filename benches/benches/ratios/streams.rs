//! Streams of items, compared with `macula-rust`.

use std::time::Duration;

use hecate_om::Mesh;
use hecate_om_benches::{compare, timed};
use hecate_om_tests::Sandbox;
use macula_rust::cbor::Value;
use macula_rust::frame::StreamMode;
use macula_rust::pool::StreamCall;
use macula_rust::station_link::StreamEvent;
use serde_json::json;
use tokio::runtime::Runtime;

use crate::bare::{Bare, STREAM, bare_provider};
use crate::{client, mesh_folder};

/// Many small items and few large ones, each less in total than the amount that macula-rust buffers
/// without limit.
const SHAPES: [(&str, u64, usize); 2] = [
    ("5,000 items of 20 bytes in one stream", 5_000, 20),
    ("12.5 MiB in items of 32 KiB in one stream", 400, 32 * 1024),
];

/// Streams the same items from two providers, each in its own process.
pub(crate) fn streams(runtime: &Runtime) {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let _trial = machine.start("hecate-trial");
    let dir = mesh_folder(&machine);
    let _provider = bare_provider(&dir);
    let client = client(runtime, &machine);
    let bare = runtime.block_on(Bare::connect(&dir));
    for (name, items, padding) in SHAPES {
        compare(
            name,
            9,
            || timed(|| runtime.block_on(ours(client.mesh(), items, padding))),
            || timed(|| runtime.block_on(theirs(&bare, items, padding))),
        );
    }
    runtime.block_on(client.close());
}

async fn ours(mesh: &Mesh, items: u64, padding: usize) {
    let counting = mesh
        .procedure("hecate-trial/trial.count_to")
        .timeout(Duration::from_secs(60));
    let count = json!({"key": "bench", "to": items, "padding": padding});
    let opened = counting
        .server_streaming::<_, serde_json::Value>(&count)
        .await;
    let mut counted = opened.expect("the stream is opened");
    let mut read = 0;
    while let Some(item) = counted.next().await {
        let item = item.expect("an item arrives");
        assert_eq!(item["number"], read);
        read += 1;
    }
    assert_eq!(read, items);
}

async fn theirs(bare: &Bare, items: u64, padding: usize) {
    let number = |n: u64| Value::Int(n.into());
    let padding = u64::try_from(padding).expect("a small size");
    let opened = bare.pool.open_stream(StreamCall {
        realm: bare.realm,
        procedure: STREAM.into(),
        mode: StreamMode::ServerStream,
        payload: Value::List(vec![number(items), number(padding)]),
        deadline: Duration::from_secs(60),
        ..StreamCall::default()
    });
    let stream = opened.await.expect("the stream is opened");
    let mut read = 0;
    loop {
        match stream.recv().await.expect("an item arrives") {
            StreamEvent::Data { .. } => read += 1,
            StreamEvent::End { .. } => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(read, items);
}
