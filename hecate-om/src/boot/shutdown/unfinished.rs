//! The work that a drain waits for: calls, facts, scheduled runs and `stop`, all under one limit.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::boot::running::RunningService;
use crate::capability::InFlight;
use crate::handler::HandlerTasks;
use crate::mesh::{Mesh, SubscriptionSupervisor};
use crate::schedule::Scheduler;

/// Maximum number of calls that the log line names.
const MAX_NAMED_CALLS: usize = 16;

/// The calls, facts and scheduled runs in progress, and the service's own `stop`.
#[derive(Debug)]
pub(super) struct UnfinishedWork {
    in_flight: InFlight,
    handlers: HandlerTasks,
    supervisor: SubscriptionSupervisor,
    scheduler: Scheduler,
    mesh: Mesh,
    progress: Mutex<Progress>,
}

/// Progress of a drain.
#[derive(Debug, Default)]
struct Progress {
    /// Step in progress.
    step: &'static str,
    /// Whether `stop` is running.
    is_stopping: bool,
    abandoned: Option<ActiveHandlers>,
    /// Number of stations that did not confirm the last answers and facts.
    unconfirmed: usize,
    is_reported: bool,
}

/// Handlers in progress, by name.
#[derive(Debug, Default, PartialEq, Eq)]
struct ActiveHandlers {
    calls: Vec<String>,
    facts: Vec<String>,
    runs: Vec<String>,
}

impl UnfinishedWork {
    pub(super) fn new<S>(service: &RunningService<S>) -> Self {
        Self {
            in_flight: service.in_flight.clone(),
            handlers: service.handler_tasks.clone(),
            supervisor: service.supervisor.clone(),
            scheduler: service.scheduler.clone(),
            mesh: service.mesh.clone(),
            progress: Mutex::new(Progress {
                step: "withdrawing the capabilities",
                ..Progress::default()
            }),
        }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records the step in progress.
    pub(super) fn set_step(&self, step: &'static str) {
        self.progress().step = step;
    }

    /// Returns whether the service has subscriptions or schedules.
    pub(super) fn has_handler_tasks(&self) -> bool {
        !self.handlers.is_empty()
    }

    /// Stops receiving facts and starting scheduled runs.
    pub(super) fn stop(&self) {
        self.handlers.stop();
    }

    /// Waits until all work has finished.
    pub(super) async fn idle(&self) {
        tokio::join!(self.in_flight.idle(), self.handlers.idle());
    }

    /// Cancels the work that is still in progress, and records its names for the report.
    pub(super) fn abandon(&self) {
        self.progress().abandoned = Some(self.active());
        self.in_flight.cancel_all();
        self.handlers.cancel_all();
    }

    /// Returns whether work was cancelled.
    pub(super) fn is_abandoned(&self) -> bool {
        self.progress().abandoned.is_some()
    }

    /// Records how many stations did not confirm the last answers and facts.
    pub(super) fn set_unconfirmed(&self, stations: usize) {
        self.progress().unconfirmed = stations;
    }

    /// Records whether `stop` is running.
    pub(super) fn set_stopping(&self, stopping: bool) {
        let mut progress = self.progress();
        if stopping {
            progress.step = "running `stop`";
        }
        progress.is_stopping = stopping;
    }

    /// Logs the unfinished work in one line, at the first call only. Returns whether any work was
    /// unfinished.
    pub(super) fn report(&self, limit: Duration) -> bool {
        let (step, is_stopping, abandoned, unconfirmed) = {
            let mut progress = self.progress();
            if std::mem::replace(&mut progress.is_reported, true) {
                return true;
            }
            let abandoned = progress.abandoned.take();
            let Progress {
                step,
                is_stopping,
                unconfirmed,
                ..
            } = *progress;
            (step, is_stopping, abandoned, unconfirmed)
        };
        let unsent = self.mesh.facts().publish_queue.len();
        let handlers = abandoned.unwrap_or_else(|| self.active());
        if handlers == ActiveHandlers::default() && !is_stopping && unsent == 0 && step == FINISHED
        {
            return false;
        }
        let list = |names: Vec<String>| (!names.is_empty()).then(|| names.join(", "));
        tracing::error!(
            calls = list(handlers.calls),
            facts = list(handlers.facts),
            runs = list(handlers.runs),
            stop = is_stopping.then_some("running"),
            unsent_facts = (unsent > 0).then_some(unsent),
            unconfirmed_stations = (unconfirmed > 0).then_some(unconfirmed),
            step = (step != FINISHED).then_some(step),
            limit = ?limit,
            "unfinished work was abandoned after HECATE_DRAIN_MAX"
        );
        true
    }

    fn active(&self) -> ActiveHandlers {
        let calls = self.in_flight.all();
        let more = calls.len().saturating_sub(MAX_NAMED_CALLS);
        let mut calls: Vec<String> = calls
            .into_iter()
            .take(MAX_NAMED_CALLS)
            .map(|call| {
                let (capability, id, caller) = (call.capability, call.id, call.caller);
                format!("{capability} (call_id={id} caller={caller})")
            })
            .collect();
        if more > 0 {
            calls.push(format!("{more} more"));
        }
        ActiveHandlers {
            calls,
            facts: self.supervisor.unfinished(),
            runs: self.scheduler.unfinished(),
        }
    }
}

/// Name of the step in progress after the last step.
pub(super) const FINISHED: &str = "";
