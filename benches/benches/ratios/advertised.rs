//! Many capabilities on one node: time until all are advertised, memory per capability, and the
//! latency of another caller while they are advertised and renewed.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hecate_om::__private::ManyCapabilities;
use hecate_om::Mesh;
use hecate_om_benches::percentile;
use hecate_om_tests::{Process, Sandbox};
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use crate::{TEXT, client, mesh_folder};

/// Folder of the mesh, set in the process that serves many capabilities.
pub(crate) const MANY: &str = "HECATE_BENCH_MANY";
const COUNT: &str = "HECATE_BENCH_COUNT";
/// Set to also measure during a round of renewals, half the lifetime of 5 min after the
/// advertisements.
const RENEWALS: &str = "HECATE_BENCH_RENEWALS";

/// Half the lifetime of an advertisement.
const RENEWED_AFTER: Duration = Duration::from_secs(150);
/// Duration of measuring the caller without other load.
const QUIET: Duration = Duration::from_secs(15);
/// Pause of the caller after each answer.
const PAUSE: Duration = Duration::from_millis(5);

/// Serves the capabilities, prints time and memory, and runs until it is killed.
pub(crate) async fn serve_many(dir: &Path) {
    let count = std::env::var(COUNT).expect("the count is set");
    let count: usize = count.parse().expect("the count is a number");
    let org = format!("many{count}");
    // Start one capability of another org first, so that the memory of a node itself is not
    // measured.
    let first = ManyCapabilities::start(dir, "first", 1).await;
    first.acknowledged().await;
    let before = resident();
    let since = Instant::now();
    let many = ManyCapabilities::start(dir, &org, count).await;
    many.acknowledged().await;
    let took = since.elapsed();
    let bytes = resident().saturating_sub(before);
    println!("acknowledged {} {}", took.as_micros(), bytes / count);
    std::future::pending::<()>().await;
}

/// Returns the resident memory of this process in bytes; 0 if it is unknown.
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|text| text.split_whitespace().nth(1)?.parse::<usize>().ok());
    // The page size on the systems where this runs.
    pages.unwrap_or_default() * 4096
}

/// Measures nodes with 1, 100 and 1,000 capabilities, and a caller of another service.
pub(crate) fn advertised(runtime: &Runtime) {
    for count in [1_usize, 100, 1_000] {
        let machine = Sandbox::new();
        let _mesh = machine.mesh();
        let _echo = machine.start("hecate-echo");
        let client = client(runtime, &machine);
        let quiet = runtime.block_on(async {
            let watch = Watch::start(client.mesh());
            tokio::time::sleep(QUIET).await;
            watch.end().await
        });
        let quiet = percentile(quiet, 99);

        let watch = runtime.block_on(async { Watch::start(client.mesh()) });
        let mut many = Command::new(std::env::current_exe().expect("a program knows its path"));
        many.env(MANY, mesh_folder(&machine))
            .env(COUNT, count.to_string());
        let since = Instant::now();
        let mut many = Process::start(many.stdin(Stdio::null()));
        let line = many.wait_for("acknowledged");
        let numbers: Vec<u64> = line
            .split(' ')
            .filter_map(|word| word.parse().ok())
            .collect();
        let while_advertised = percentile(runtime.block_on(watch.end()), 99);
        println!(
            "{:<44} {:>12?} until all are acknowledged, {} KiB each",
            format!("{count} capabilities"),
            Duration::from_micros(numbers[0]),
            numbers[1] / 1024,
        );
        print_latency(
            "p99 of another caller, while advertised",
            while_advertised,
            quiet,
        );
        if std::env::var_os(RENEWALS).is_some() {
            // The advertisements started after `since`, so this window includes all renewals.
            let pace = since.elapsed();
            std::thread::sleep(RENEWED_AFTER.saturating_sub(pace + Duration::from_secs(5)));
            let renewing = runtime.block_on(async {
                let watch = Watch::start(client.mesh());
                tokio::time::sleep(pace + Duration::from_secs(15)).await;
                watch.end().await
            });
            print_latency(
                "p99 of another caller, while renewed",
                percentile(renewing, 99),
                quiet,
            );
        }
        runtime.block_on(client.close());
    }
}

fn print_latency(what: &str, now: Duration, quiet: Duration) {
    let ratio = now.as_secs_f64() / quiet.as_secs_f64();
    println!("{what:<44} {now:>12?} vs {quiet:>12?} quiet   ratio {ratio:.2}");
}

/// Caller of another service, which measures its calls.
struct Watch {
    stop: Arc<AtomicBool>,
    calls: JoinHandle<Vec<Duration>>,
}

impl Watch {
    fn start(mesh: &Mesh) -> Self {
        let stop = Arc::<AtomicBool>::default();
        let (stopped, mesh) = (Arc::clone(&stop), mesh.clone());
        let calls = tokio::spawn(async move {
            let mut latencies = Vec::new();
            while !stopped.load(Ordering::Relaxed) {
                let since = Instant::now();
                let call = mesh.procedure("hecate-echo/echo.say");
                let answer: String = call
                    .timeout(Duration::from_secs(60))
                    .call(TEXT)
                    .await
                    .expect("the call is answered");
                latencies.push(since.elapsed());
                assert_eq!(answer, TEXT);
                tokio::time::sleep(PAUSE).await;
            }
            latencies
        });
        Self { stop, calls }
    }

    async fn end(self) -> Vec<Duration> {
        self.stop.store(true, Ordering::Relaxed);
        self.calls.await.expect("the caller does not panic")
    }
}
