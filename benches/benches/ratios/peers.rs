//! Calls by the protocols that a service could use instead, compared with those of hecate-om.

use std::process::Command;

use hecate_om_benches::{Table, Unit};
use hecate_om_tests::{Worker, binary_of_workspace};

use crate::world::World;

/// Protocols, by the argument of the program.
const PEERS: [(&str, &str); 3] = [
    ("https", "JSON over HTTPS, axum"),
    ("grpc", "gRPC over TLS, tonic"),
    ("nats", "NATS micro, no TLS"),
];
/// Numbers of concurrent callers, with the calls of each of ours and of each of a peer's.
const CALLERS: [(usize, usize, usize); 2] = [(1, 100, 1_000), (32, 10, 300)];
/// Size of the payload of a small request.
const SMALL: usize = 64;
const ROUNDS: usize = 5;

/// Compares the rates of calls. There is no goal: a call on the mesh is signed and verified at each
/// end and at the station, and a call by the others is not.
pub(crate) fn peers(table: &mut Table) {
    let program = binary_of_workspace("benches/peers", "hecate-om-peers");
    let world = World::start();
    let _echo = world.service("hecate-echo");
    let mut ours = world.ours();
    for (peer, name) in PEERS {
        if peer == "nats" && Command::new("nats-server").arg("-v").output().is_err() {
            println!("{name}: not measured, as `nats-server` is not installed");
            continue;
        }
        let mut other = Worker::start(Command::new(&program).arg(peer));
        for (callers, each, each_of_other) in CALLERS {
            let rate = |worker: &mut Worker, each: usize| {
                let time = worker.time(&format!("calls {callers} {each} {SMALL}"));
                (callers * each) as f64 / time.as_secs_f64()
            };
            // The first round warms up.
            let pairs: Vec<_> = (0..=ROUNDS)
                .map(|_| (rate(&mut ours, each), rate(&mut other, each_of_other)))
                .skip(1)
                .collect();
            let row = table.row(format!("calls of {callers} callers ({name})"));
            row.pairs(Unit::Rate, &pairs);
        }
    }
}
