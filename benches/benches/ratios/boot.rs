//! Boot of a service: the time until it is live and until it is ready.

use std::time::Instant;

use hecate_om_benches::{MIN_ROUNDS, Table, Unit, alternating};
use hecate_om_tests::Service;

use crate::world::World;

/// Measures the smallest service, compared with a process that uses `macula-rust` alone. Both
/// generate a node key, link, and advertise.
pub(crate) fn boot(table: &mut Table) {
    let rounds = alternating(MIN_ROUNDS, ours, || {
        let world = World::start();
        let since = Instant::now();
        let _process = world.bare("bare");
        let ready = since.elapsed().as_secs_f64();
        (ready, ready)
    });
    let pairs = |value: fn(&(f64, f64)) -> f64| -> Vec<(f64, f64)> {
        rounds.iter().map(|(o, b)| (value(o), value(b))).collect()
    };
    table
        .row("boot until live (macula-rust, serving)")
        .pairs(Unit::Time, &pairs(|boot| boot.0));
    table
        .row("boot until ready (macula-rust, serving)")
        .pairs(Unit::Time, &pairs(|boot| boot.1));
}

/// Returns the times until the service logs that it is live, and until its probe reports that it is
/// ready.
fn ours() -> (f64, f64) {
    let world = World::start();
    let mut command = world.machine.service("hecate-echo");
    let since = Instant::now();
    let service = Service::start(&mut command);
    let live = since.elapsed().as_secs_f64();
    service.ready();
    (live, since.elapsed().as_secs_f64())
}
