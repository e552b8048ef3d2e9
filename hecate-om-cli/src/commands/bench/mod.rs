//! `bench`: measures the latency and throughput of a procedure.

mod load;
mod stats;
mod summary;

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use clap::Args;

use super::description::CalledProcedure;
use crate::flags::{CallFlags, Errors, MeshFlags, Request};
use crate::interrupt::Interrupt;
use crate::output::{Failure, Output};
use crate::value_parsers::length;
use load::{Load, LoadResult};
use stats::Stats;
use summary::Summary;

/// Default duration of a measurement.
const DURATION: Duration = Duration::from_secs(10);
/// Progress refresh interval.
const PROGRESS: Duration = Duration::from_millis(500);
/// Refusal code of the guard for a caller over its rate limit.
const RATE_LIMITED: &str = "rate_limited";

#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    #[command(flatten)]
    call: CallFlags,
    /// Number of concurrent calls
    #[arg(long, short, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=4096))]
    concurrency: u32,
    /// Duration of the measurement, at most 24h [default: 10s without --calls]
    #[arg(long, value_parser = length, conflicts_with = "calls")]
    duration: Option<Duration>,
    /// Number of calls
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    calls: Option<u64>,
    /// Number of uncounted calls before the measurement [default: the concurrency]
    #[arg(long, value_name = "N")]
    warm_up: Option<u64>,
    /// Calls per second, evenly spaced. Each call is timed from its scheduled start, so that a slow
    /// response also counts for the calls that it delays
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
}

pub(crate) async fn run(
    bench: &BenchArgs,
    mesh: &MeshFlags,
    output: &Output,
) -> Result<(), Failure> {
    let mut errors = Errors::default();
    let client = mesh.client(&mut errors);
    let prepared = bench.call.prepare(None, &mut errors);
    let request = errors.check(Request::read(bench.call.request.as_deref(), "request"));
    let Request(request) = errors.finish(request)?;
    let client = mesh.connect_with(client).await?;
    let mut interrupt = Interrupt::listen()?;
    let mut load = Load {
        mesh: client.mesh().clone(),
        prepared,
        request,
        concurrency: bench.concurrency,
        calls: Some(bench.warm_up.unwrap_or_else(|| bench.concurrency.into())),
        duration: None,
        rate: bench.rate,
    };
    let warm_up = load.run(&mut interrupt, |_, _| ()).await?;
    if let Err(failure) = warm_up_failed(warm_up.stats) {
        let mut procedure = CalledProcedure::describe(&bench.call, client.mesh());
        let failure = procedure.explain_unary(failure).await;
        return Err(bench.call.explain(failure, client.mesh()).await);
    }
    load.calls = bench.calls;
    load.duration = match bench.calls {
        Some(_) => None,
        None => Some(bench.duration.unwrap_or(DURATION)),
    };
    let mut progress = Progress::new();
    let LoadResult {
        stats,
        elapsed,
        interrupted,
    } = if warm_up.interrupted {
        LoadResult::interrupted_early()?
    } else {
        load.run(&mut interrupt, |stats, elapsed| {
            progress.show(stats, elapsed, &load);
        })
        .await?
    };
    progress.clear();
    client.close().await;
    let summary = Summary::new(&load, &bench.call.procedure, &stats, elapsed, interrupted);
    output.print_response(&summary, || summary.text())?;
    if stats.answered() == 0 && !interrupted {
        Err(Failure::silent())
    } else {
        Ok(())
    }
}

/// Fails if no call of the warm-up was answered, unless the rate limit was the reason.
fn warm_up_failed(mut stats: Stats) -> Result<(), Failure> {
    let limited = stats.errors().any(|(code, _)| code == RATE_LIMITED);
    match stats.first_error.take() {
        Some(error) if stats.answered() == 0 && !limited => Err(error.into()),
        _ => Ok(()),
    }
}

/// Progress line, shown only on a terminal.
#[derive(Debug)]
struct Progress {
    shown: bool,
    terminal: bool,
}

impl Progress {
    fn new() -> Self {
        Self {
            shown: false,
            terminal: io::stderr().is_terminal(),
        }
    }

    fn show(&mut self, stats: &Stats, elapsed: Duration, load: &Load) {
        if self.terminal {
            self.shown = true;
            let line = summary::progress(load, stats, elapsed);
            // If a write fails, the next line replaces this one.
            let _ = write!(io::stderr(), "\r\x1b[K{line}").and_then(|()| io::stderr().flush());
        }
    }

    fn clear(&mut self) {
        if self.shown {
            let _ = write!(io::stderr(), "\r\x1b[K").and_then(|()| io::stderr().flush());
        }
    }
}
