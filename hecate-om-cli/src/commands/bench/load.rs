//! The calls: so many at once, for so long or until so many were made.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hecate_om::{Mesh, call::CallError};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};

use super::PROGRESS;
use super::stats::Stats;
use crate::flags::Prepared;
use crate::interrupt::Interrupt;
use crate::json::Json;
use crate::output::Failure;

/// What is called, and how much.
#[derive(Debug, Clone)]
pub(super) struct Load {
    pub(super) mesh: Mesh,
    pub(super) prepared: Prepared,
    pub(super) request: Json,
    pub(super) concurrency: u32,
    /// Ends after so many calls.
    pub(super) calls: Option<u64>,
    /// Begins no call after so long.
    pub(super) duration: Option<Duration>,
    /// Begins at most so many a second.
    pub(super) rate: Option<u32>,
}

/// What it came to.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) stats: Stats,
    /// From the first call's begin to the last one's end.
    pub(super) elapsed: Duration,
    pub(super) interrupted: bool,
}

impl Ended {
    /// Interrupted before the first call.
    pub(super) fn nothing() -> Result<Self, Failure> {
        Ok(Self {
            stats: Stats::new()?,
            elapsed: Duration::ZERO,
            interrupted: true,
        })
    }
}

/// How one call ended: how long it took, and how many bytes the answer has as JSON.
type Outcome = (Duration, Result<u64, CallError>);

impl Load {
    /// Makes the calls, saying now and then what they have come to. Those under way when it is interrupted are given
    /// up and not counted.
    pub(super) async fn run(
        &self,
        interrupt: &mut Interrupt,
        mut progress: impl FnMut(&Stats, Duration),
    ) -> Result<Ended, Failure> {
        let begun = Instant::now();
        let next = Arc::new(AtomicU64::new(0));
        let (sender, mut outcomes) = mpsc::channel(1024);
        let mut callers = JoinSet::new();
        let load = Arc::new(self.clone());
        for _ in 0..self.concurrency {
            let (load, next) = (Arc::clone(&load), Arc::clone(&next));
            let sender = sender.clone();
            callers.spawn(async move { load.call_on(begun, &next, &sender).await });
        }
        drop(sender);
        let mut ended = Ended {
            stats: Stats::new()?,
            elapsed: Duration::ZERO,
            interrupted: false,
        };
        let mut tick = tokio::time::interval(PROGRESS);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                outcome = outcomes.recv() => match outcome {
                    Some((took, outcome)) => {
                        ended.stats.count(took, outcome);
                        ended.elapsed = begun.elapsed();
                    }
                    None => break,
                },
                _ = tick.tick() => progress(&ended.stats, begun.elapsed()),
                () = interrupt.received() => {
                    ended.interrupted = true;
                    break;
                }
            }
        }
        Ok(ended)
    }

    /// One caller: call after call, until there is none left to make.
    async fn call_on(&self, begun: Instant, next: &AtomicU64, outcomes: &mpsc::Sender<Outcome>) {
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            let due = self.due(begun, n);
            let late = |at: Instant| self.duration.is_some_and(|most| at >= begun + most);
            if self.calls.is_some_and(|calls| n >= calls) || late(due.unwrap_or_else(Instant::now))
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
            let took = since.elapsed();
            let outcome = answer.map(|Json(answer)| json_bytes(&answer));
            if outcomes.send((took, outcome)).await.is_err() {
                return;
            }
        }
    }

    /// When the call of that number is to begin; `None` as soon as a caller is free.
    fn due(&self, begun: Instant, n: u64) -> Option<Instant> {
        let after = Duration::try_from_secs_f64(n as f64 / f64::from(self.rate?)).ok()?;
        begun.checked_add(after)
    }
}

/// How many bytes a value has as JSON.
pub(super) fn json_bytes(value: &Value) -> u64 {
    value.to_string().len() as u64
}
