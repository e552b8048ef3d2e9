//! Calls over HTTP through a gateway, compared with direct calls on the mesh.

use std::process::Command;

use hecate_om_benches::{Table, Unit};
use hecate_om_tests::{Process, Worker, binary, binary_of_workspace};
use serde_json::Value;

use crate::world::World;

/// Numbers of concurrent callers, with the calls of each.
const CALLERS: [(usize, usize); 2] = [(1, 100), (32, 10)];
/// Size of the payload of a small request.
const SMALL: usize = 64;
const ROUNDS: usize = 5;

/// Compares the rates of calls. The goal is that of 32 callers, where the processor is what limits.
pub(crate) fn gateway(table: &mut Table) {
    let program = binary_of_workspace("benches/peers", "hecate-om-peers");
    let world = World::start();
    let _echo = world.service("hecate-echo");
    let mut command = world.machine.command(binary("hecate-om"));
    command.args([
        "gateway",
        "--listen",
        "127.0.0.1:0",
        "--expose",
        "hecate-echo/*",
        "--json",
    ]);
    let mut gateway = Process::start(&mut command);
    let started: Value =
        serde_json::from_str(&gateway.wait_for("\"ok\":true")).expect("it is JSON");
    let url = started["result"]["url"]
        .as_str()
        .expect("it has an address");
    let mut direct = world.ours();
    let mut over_http = Worker::start(Command::new(program).args(["gateway", url]));
    for (callers, each) in CALLERS {
        let command = format!("calls {callers} {each} {SMALL}");
        let rate =
            |worker: &mut Worker| (callers * each) as f64 / worker.time(&command).as_secs_f64();
        // The first round warms up.
        let pairs: Vec<_> = (0..=ROUNDS)
            .map(|_| (rate(&mut over_http), rate(&mut direct)))
            .skip(1)
            .collect();
        let row = table.row(format!("calls of {callers} callers over HTTP (direct)"));
        let row = if callers == 1 { row } else { row.goal(0.95) };
        row.pairs(Unit::Rate, &pairs);
    }
}
