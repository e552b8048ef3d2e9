//! Many capabilities on one node: the time until all are advertised, their memory, and the latency
//! of an unrelated caller meanwhile.

use std::time::{Duration, Instant};

use hecate_om::Mesh;
use hecate_om_benches::{MIN_ROUNDS, Table, Unit, alternating, percentile};
use hecate_om_tests::Worker;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::ours::echo;
use crate::world::{World, client, resident_of};

/// Numbers of capabilities; a quick run leaves out the largest.
const COUNTS: [usize; 3] = [1, 100, 1_000];
/// Duration of measuring the caller without other load.
const QUIET: Duration = Duration::from_secs(3);
/// Pause of the caller after each answer.
const PAUSE: Duration = Duration::from_millis(5);
/// Set to also measure during a round of renewals, half the lifetime of 5 min after the
/// advertisements.
const RENEWALS: &str = "HECATE_BENCH_RENEWALS";
/// Half the lifetime of an advertisement.
const RENEWED_AFTER: Duration = Duration::from_secs(150);

/// Measured values of one process, in seconds and bytes.
struct Advertised {
    ready: f64,
    bytes_of_each: f64,
    /// 99th percentiles of the unrelated caller's latency: before, while the capabilities are
    /// advertised, and while they are renewed.
    quiet: f64,
    advertising: f64,
    renewing: Option<f64>,
}

/// Measures nodes with growing numbers of capabilities.
pub(crate) fn advertised(table: &mut Table, runtime: &Runtime) {
    let counts = COUNTS.len() - usize::from(table.is_quick());
    let (mut times, mut memory) = (Vec::new(), Vec::new());
    for count in COUNTS.into_iter().take(counts) {
        let rounds = alternating(
            MIN_ROUNDS,
            || measure(runtime, count, World::ours),
            || measure(runtime, count, |world| world.bare("bare")),
        );
        let pairs = |value: fn(&Advertised) -> f64| -> Vec<(f64, f64)> {
            rounds.iter().map(|(o, b)| (value(o), value(b))).collect()
        };
        let medians = table
            .row(format!("ready with {count} capabilities (macula-rust)"))
            .pairs(Unit::Time, &pairs(|one| one.ready));
        times.push((count as f64, medians.ours));
        if count > 1 {
            let medians = table
                .row(format!("memory of each of {count} (macula-rust)"))
                .pairs(Unit::Memory, &pairs(|one| one.bytes_of_each));
            memory.push((count as f64, count as f64 * medians.ours));
        }
        let ours = || rounds.iter().map(|(ours, _)| ours);
        let advertising: Vec<_> = ours().map(|one| (one.advertising, one.quiet)).collect();
        table
            .row("p99 of another caller meanwhile (quiet)")
            .goal(0.5)
            .pairs(Unit::Time, &advertising);
        let renewing: Vec<_> = ours()
            .filter_map(|one| Some((one.renewing?, one.quiet)))
            .collect();
        if !renewing.is_empty() {
            table
                .row("p99 of another caller, renewals (quiet)")
                .goal(0.5)
                .pairs(Unit::Time, &renewing);
        }
    }
    table.growth("time until ready, by capabilities", &times, 1.05);
    if memory.len() > 1 {
        table.growth("memory, by capabilities", &memory, 1.05);
    }
}

/// Lets one process advertise `count` capabilities beside an unrelated caller.
fn measure(runtime: &Runtime, count: usize, start: impl Fn(&World) -> Worker) -> Advertised {
    let world = World::start();
    let _echo = world.service("hecate-echo");
    let client = runtime.block_on(client(&world.state()));
    let watch = |work: &mut dyn FnMut()| {
        let caller = runtime.block_on(async { Caller::start(client.mesh()) });
        work();
        percentile(runtime.block_on(caller.end()), 99).as_secs_f64()
    };
    let quiet = watch(&mut || std::thread::sleep(QUIET));

    let mut worker = start(&world);
    // The first capability also opens what a node needs once.
    worker.time("serve 1");
    let before = resident_of(&worker);
    let since = Instant::now();
    let mut ready = Duration::ZERO;
    let advertising = watch(&mut || ready = worker.time(&format!("serve {count}")));
    let bytes_of_each = (resident_of(&worker) - before).max(0.0) / count as f64;
    let renewing = std::env::var_os(RENEWALS).map(|_| {
        let pace = since.elapsed();
        std::thread::sleep(RENEWED_AFTER.saturating_sub(pace + Duration::from_secs(5)));
        watch(&mut || std::thread::sleep(pace + Duration::from_secs(15)))
    });
    runtime.block_on(client.close());
    Advertised {
        ready: ready.as_secs_f64(),
        bytes_of_each,
        quiet,
        advertising,
        renewing,
    }
}

/// Caller of another service, which measures its calls.
struct Caller {
    stop: CancellationToken,
    calls: JoinHandle<Vec<Duration>>,
}

impl Caller {
    fn start(mesh: &Mesh) -> Self {
        let stop = CancellationToken::new();
        let (stopped, mesh) = (stop.clone(), mesh.clone());
        let calls = tokio::spawn(async move {
            let mut latencies = Vec::new();
            while !stopped.is_cancelled() {
                let since = Instant::now();
                echo(&mesh, "").await;
                latencies.push(since.elapsed());
                tokio::time::sleep(PAUSE).await;
            }
            latencies
        });
        Self { stop, calls }
    }

    async fn end(self) -> Vec<Duration> {
        self.stop.cancel();
        self.calls.await.expect("the caller does not panic")
    }
}
