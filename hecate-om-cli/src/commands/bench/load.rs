//! Concurrent calls, for a duration or up to a number.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hecate_om::{Mesh, call::CallError};
use hecate_om_gateway::json::Json;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};

use super::PROGRESS;
use super::stats::Stats;
use crate::flags::PreparedCall;
use crate::interrupt::Interrupt;
use crate::output::Failure;

/// Parameters of a measurement.
#[derive(Debug, Clone)]
pub(super) struct Load {
    pub(super) mesh: Mesh,
    pub(super) prepared: PreparedCall,
    pub(super) request: Json,
    pub(super) concurrency: u32,
    /// Maximum number of calls.
    pub(super) calls: Option<u64>,
    /// Time after which no call starts.
    pub(super) duration: Option<Duration>,
    /// Maximum number of calls per second.
    pub(super) rate: Option<u32>,
}

/// Outcome of a measurement.
#[derive(Debug)]
pub(super) struct LoadResult {
    pub(super) stats: Stats,
    /// Time from the first call's start to the last call's end.
    pub(super) elapsed: Duration,
    pub(super) interrupted: bool,
}

impl LoadResult {
    /// Creates the outcome of a measurement that was interrupted before its first call.
    pub(super) fn interrupted_early() -> Result<Self, Failure> {
        Ok(Self {
            stats: Stats::new()?,
            elapsed: Duration::ZERO,
            interrupted: true,
        })
    }
}

/// Latency of a call, and the size of its response as JSON or its error.
type Outcome = (Duration, Result<u64, CallError>);

impl Load {
    /// Runs the calls and reports progress at intervals. On an interrupt, calls in flight are
    /// dropped and not counted.
    pub(super) async fn run(
        &self,
        interrupt: &mut Interrupt,
        mut progress: impl FnMut(&Stats, Duration),
    ) -> Result<LoadResult, Failure> {
        let started = Instant::now();
        let next = Arc::new(AtomicU64::new(0));
        let (sender, mut outcomes) = mpsc::channel(1024);
        let mut callers = JoinSet::new();
        let load = Arc::new(self.clone());
        for _ in 0..self.concurrency {
            let (load, next) = (Arc::clone(&load), Arc::clone(&next));
            let sender = sender.clone();
            callers.spawn(async move { load.run_caller(started, &next, &sender).await });
        }
        drop(sender);
        let mut result = LoadResult {
            stats: Stats::new()?,
            elapsed: Duration::ZERO,
            interrupted: false,
        };
        let mut tick = tokio::time::interval(PROGRESS);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                outcome = outcomes.recv() => match outcome {
                    Some((latency, outcome)) => {
                        result.stats.count(latency, outcome);
                        result.elapsed = started.elapsed();
                    }
                    None => break,
                },
                _ = tick.tick() => progress(&result.stats, started.elapsed()),
                () = interrupt.received() => {
                    result.interrupted = true;
                    break;
                }
            }
        }
        Ok(result)
    }

    /// Runs one caller, which makes calls in sequence until the measurement is over.
    async fn run_caller(
        &self,
        started: Instant,
        next: &AtomicU64,
        outcomes: &mpsc::Sender<Outcome>,
    ) {
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            let due = self.due(started, n);
            let is_over = |at: Instant| self.duration.is_some_and(|most| at >= started + most);
            if self.calls.is_some_and(|calls| n >= calls)
                || is_over(due.unwrap_or_else(Instant::now))
            {
                return;
            }
            if let Some(due) = due {
                tokio::time::sleep_until(due).await;
            }
            let since = due.unwrap_or_else(Instant::now);
            let answer = self
                .prepared
                .outgoing(&self.mesh)
                .call::<Json, Json>(&self.request)
                .await;
            let latency = since.elapsed();
            let outcome = answer.map(|Json(answer)| json_bytes(&answer));
            if outcomes.send((latency, outcome)).await.is_err() {
                return;
            }
        }
    }

    /// Returns the scheduled start of a call; `None` without a rate.
    fn due(&self, started: Instant, n: u64) -> Option<Instant> {
        let after = Duration::try_from_secs_f64(n as f64 / f64::from(self.rate?)).ok()?;
        started.checked_add(after)
    }
}

/// Returns the size of a value as JSON, in bytes.
pub(super) fn json_bytes(value: &Value) -> u64 {
    value.to_string().len() as u64
}
