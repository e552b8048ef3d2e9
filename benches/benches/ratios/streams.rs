//! Streams of items, compared with `macula-rust`, which has no flow control.

use hecate_om::Mesh;
use hecate_om_benches::{Table, timed};
use macula_rust::cbor::Value;
use macula_rust::frame::StreamMode;
use macula_rust::pool::StreamCall;
use macula_rust::station_link::{Stream, StreamEvent};
use serde_json::json;
use tokio::runtime::Runtime;

use crate::bare::Node;
use crate::bare::node::TIMEOUT;
use crate::calls::size;
use crate::world::{World, client};

/// Numbers and sizes of items, each less in total than the amount that macula-rust buffers without
/// limit.
const SHAPES: [(usize, usize); 3] = [(5_000, 20), (400, 32 * 1024), (12, 1024 * 1024)];

/// Reads the same items from two providers, each in its own process.
pub(crate) fn streams(table: &mut Table, runtime: &Runtime) {
    let world = World::start();
    let _trial = world.service("hecate-trial");
    let _provider = world.bare("bare");
    let client = runtime.block_on(client(&world.state()));
    let bare = runtime.block_on(Node::connect(&world.mesh_folder()));
    for (items, bytes) in SHAPES {
        let name = format!("{items} items of {} (macula-rust)", size(bytes));
        table.row(name).goal(0.97).throughput(
            (items * bytes) as u64,
            || timed(|| runtime.block_on(ours(client.mesh(), items, bytes))),
            || timed(|| runtime.block_on(theirs(&bare, items, bytes))),
        );
    }
    runtime.block_on(client.close());
}

async fn ours(mesh: &Mesh, items: usize, bytes: usize) {
    let counting = mesh
        .procedure("hecate-trial/trial.count_to")
        .timeout(TIMEOUT);
    let count = json!({"key": "bench", "to": items, "padding": bytes});
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

async fn theirs(bare: &Node, items: usize, bytes: usize) {
    let stream = open(bare, items as i128, bytes).await;
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

/// Opens a stream of the process in [`crate::bare`].
pub(crate) async fn open(bare: &Node, items: i128, bytes: usize) -> Stream {
    let opened = bare.pool.open_stream(StreamCall {
        realm: bare.realm,
        procedure: "bare/count".into(),
        mode: StreamMode::ServerStream,
        payload: Value::List(vec![Value::Int(items), Value::Int(bytes as i128)]),
        deadline: TIMEOUT,
        ..StreamCall::default()
    });
    opened.await.expect("the stream is opened")
}
