//! Calls and their payloads, compared with `macula-rust`. Callers and providers are processes of
//! their own.

use hecate_om_benches::Table;

use crate::world::{World, this_path};

/// Numbers of concurrent callers, with the calls of each.
const CALLERS: [(usize, usize); 4] = [(1, 50), (8, 8), (32, 3), (128, 1)];
/// Sizes of a payload, with the calls of a round.
const PAYLOADS: [(usize, usize); 5] = [
    (64, 50),
    (4 * 1024, 50),
    (64 * 1024, 20),
    (1024 * 1024, 5),
    (8 * 1024 * 1024, 2),
];
/// Size of the payload of a small request.
const SMALL: usize = 64;

/// Measures calls in a row, and by concurrent callers.
pub(crate) fn calls(table: &mut Table) {
    let mut points = Vec::new();
    for (callers, each) in CALLERS {
        // A provider remembers each request for minutes, so each row has its own.
        let world = World::start();
        let _echo = world.service("hecate-echo");
        let (mut ours, mut bare) = (world.ours(), world.bare_pair(&this_path(), "bare"));
        let command = format!("calls {callers} {each} {SMALL}");
        let name = match callers {
            1 => "calls in a row".to_owned(),
            _ => format!("calls of {callers} callers"),
        };
        let medians = table.row(format!("{name} (macula-rust)")).goal(0.97).rate(
            callers * each,
            || ours.time(&command),
            || bare.caller.time(&command),
        );
        points.push((callers as f64, callers as f64 / medians.ours));
    }
    table.growth("time of a call of each caller, by callers", &points, 1.05);
}

/// Measures calls of growing payloads.
pub(crate) fn payloads(table: &mut Table) {
    let world = World::start();
    let _echo = world.service("hecate-echo");
    let (mut ours, mut bare) = (world.ours(), world.bare_pair(&this_path(), "bare"));
    let mut points = Vec::new();
    for (bytes, calls) in PAYLOADS {
        let command = format!("calls 1 {calls} {bytes}");
        let name = format!("echo of {} (macula-rust)", size(bytes));
        let medians = table.row(name).throughput(
            (2 * bytes * calls) as u64,
            || ours.time(&command),
            || bare.caller.time(&command),
        );
        points.push((bytes as f64, bytes as f64 / medians.ours));
    }
    table.growth("time of an echo, by size", &points, 1.05);
}

/// Returns a size with its unit.
pub(crate) fn size(bytes: usize) -> String {
    match bytes {
        b if b >= 1024 * 1024 => format!("{} MiB", b / (1024 * 1024)),
        b if b >= 1024 => format!("{} KiB", b / 1024),
        b => format!("{b} B"),
    }
}
