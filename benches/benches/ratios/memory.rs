//! Resident memory of a process: idle, of each link, and of each open stream.

use hecate_om_benches::{MIN_ROUNDS, Table, Unit, alternating, resident};
use tokio::runtime::Runtime;

use crate::bare::Node;
use crate::bare::node::TIMEOUT;
use crate::streams::open;
use crate::world::{World, client, resident_of};

/// Links of a process.
const LINKS: usize = 20;
/// Streams that are open at once: fewer than the 100 that one link carries.
const STREAMS: usize = 64;

/// Measures memory, compared with processes that use `macula-rust` alone.
pub(crate) fn memory(table: &mut Table, runtime: &Runtime) {
    let rounds = alternating(MIN_ROUNDS, || ours(runtime), || bare(runtime));
    let pairs = |value: fn(&Memory) -> f64| -> Vec<(f64, f64)> {
        rounds.iter().map(|(o, b)| (value(o), value(b))).collect()
    };
    let mut row = |name: &str, value| {
        let row = table.row(format!("memory {name} (macula-rust)"));
        row.pairs(Unit::Memory, &pairs(value));
    };
    row("of an idle service", |memory| memory.idle);
    row("of each link", |memory| memory.link);
    row("of each open stream", |memory| memory.stream);
}

/// Resident memory in bytes.
struct Memory {
    idle: f64,
    link: f64,
    stream: f64,
}

fn ours(runtime: &Runtime) -> Memory {
    let world = World::start();
    let echo = world.service("hecate-echo");
    let idle = resident(echo.process.id()) as f64;

    let mut links = world.ours();
    links.time("link 1");
    let before = resident_of(&links);
    links.time(&format!("link {LINKS}"));
    let link = (resident_of(&links) - before) / LINKS as f64;

    let trial = world.service("hecate-trial");
    let client = runtime.block_on(client(&world.state()));
    let open = |count: usize| {
        let mut streams = Vec::new();
        for _ in 0..count {
            streams.push(runtime.block_on(async {
                let watch = client.mesh().procedure("hecate-trial/trial.watch");
                let watch = watch.timeout(TIMEOUT);
                let opened = watch.server_streaming::<_, u64>("memory").await;
                let mut opened = opened.expect("the stream is opened");
                let first = opened.next().await.expect("one item is sent");
                assert_eq!(first.expect("an item arrives"), 1);
                opened
            }));
        }
        streams
    };
    let _first = open(1);
    let before = resident(trial.process.id());
    let streams = open(STREAMS);
    let after = resident(trial.process.id());
    let stream = after.saturating_sub(before) as f64 / streams.len() as f64;
    Memory { idle, link, stream }
}

fn bare(runtime: &Runtime) -> Memory {
    let world = World::start();
    let mut process = world.bare("bare");
    let idle = resident_of(&process);

    process.time("link 1");
    let before = resident_of(&process);
    process.time(&format!("link {LINKS}"));
    let link = (resident_of(&process) - before) / LINKS as f64;
    drop(process);

    let provider = world.bare("bare");
    let node = runtime.block_on(Node::connect(&world.mesh_folder()));
    let open = |count: usize| {
        let mut streams = Vec::new();
        for _ in 0..count {
            streams.push(runtime.block_on(async {
                // One item, and then nothing.
                let stream = open(&node, -1, 0).await;
                stream.recv().await.expect("one item is sent");
                stream
            }));
        }
        streams
    };
    let _first = open(1);
    let before = resident_of(&provider);
    let streams = open(STREAMS);
    let stream = (resident_of(&provider) - before) / streams.len() as f64;
    Memory { idle, link, stream }
}
