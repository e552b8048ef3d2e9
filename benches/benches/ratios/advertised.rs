//! Many capabilities on one node: how long until all are advertised, what each takes, and what a caller of another
//! service notices meanwhile and while they are renewed.

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

/// Set in the process that serves many capabilities: the folder of the mesh.
pub(crate) const MANY: &str = "HECATE_BENCH_MANY";
const COUNT: &str = "HECATE_BENCH_COUNT";
/// Set to wait for a round of renewals, too: they come half an advertisement's life of 5 min after it, at the pace of the
/// advertisements.
const RENEWALS: &str = "HECATE_BENCH_RENEWALS";

/// Half an advertisement's life.
const RENEWED_AFTER: Duration = Duration::from_secs(150);
/// How long a caller is watched while nothing else happens.
const QUIET: Duration = Duration::from_secs(15);
/// How long the caller waits after each answer.
const BETWEEN: Duration = Duration::from_millis(5);

/// Serves, says what that took, and goes on until it is ended.
pub(crate) async fn serve_many(dir: &Path) {
    let count = std::env::var(COUNT).expect("the count is set");
    let count: usize = count.parse().expect("it is a number");
    let org = format!("many{count}");
    // First one of another org, so that what every node takes is there before it is measured.
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

/// The memory of this process that is resident, in bytes; 0 where the system does not say.
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|text| text.split_whitespace().nth(1)?.parse::<usize>().ok());
    // The page size of the systems that have this file and this test; a wrong one would show as a factor.
    pages.unwrap_or_default() * 4096
}

/// A node of 1, of 100 and of 1,000 capabilities beside a caller of another service.
pub(crate) fn advertised(runtime: &Runtime) {
    for count in [1_usize, 100, 1_000] {
        let machine = Sandbox::new();
        let _mesh = machine.mesh();
        let _echo = machine.start("hecate-echo");
        let client = client(runtime, &machine);
        let quiet = runtime.block_on(async {
            let watch = Watch::begin(client.mesh());
            tokio::time::sleep(QUIET).await;
            watch.end().await
        });
        let quiet = percentile(quiet, 99);

        let watch = runtime.block_on(async { Watch::begin(client.mesh()) });
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
        noticed(
            "p99 of another caller, while advertised",
            while_advertised,
            quiet,
        );
        if std::env::var_os(RENEWALS).is_some() {
            // The advertisements began some time after `since`, so the renewals are all in this window.
            let pace = since.elapsed();
            std::thread::sleep(RENEWED_AFTER.saturating_sub(pace + Duration::from_secs(5)));
            let renewing = runtime.block_on(async {
                let watch = Watch::begin(client.mesh());
                tokio::time::sleep(pace + Duration::from_secs(15)).await;
                watch.end().await
            });
            noticed(
                "p99 of another caller, while renewed",
                percentile(renewing, 99),
                quiet,
            );
        }
        runtime.block_on(client.close());
    }
}

fn noticed(what: &str, now: Duration, quiet: Duration) {
    let ratio = now.as_secs_f64() / quiet.as_secs_f64();
    println!("{what:<44} {now:>12?} vs {quiet:>12?} quiet   ratio {ratio:.2}");
}

/// A caller of a service that has nothing to do with the others.
struct Watch {
    over: Arc<AtomicBool>,
    calls: JoinHandle<Vec<Duration>>,
}

impl Watch {
    fn begin(mesh: &Mesh) -> Self {
        let over = Arc::<AtomicBool>::default();
        let (ending, mesh) = (Arc::clone(&over), mesh.clone());
        let calls = tokio::spawn(async move {
            let mut took = Vec::new();
            while !ending.load(Ordering::Relaxed) {
                let since = Instant::now();
                let call = mesh.procedure("hecate-echo/echo.say");
                let answer: String = call
                    .timeout(Duration::from_secs(60))
                    .call(TEXT)
                    .await
                    .expect("the call is answered");
                took.push(since.elapsed());
                assert_eq!(answer, TEXT);
                tokio::time::sleep(BETWEEN).await;
            }
            took
        });
        Self { over, calls }
    }

    async fn end(self) -> Vec<Duration> {
        self.over.store(true, Ordering::Relaxed);
        self.calls.await.expect("the caller does not panic")
    }
}
