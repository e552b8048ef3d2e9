//! The work that a drain waits for: calls, facts and scheduled runs under one limit, and `stop`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::boot::sequence::Running;
use crate::capability::InFlight;
use crate::handler::HandlerTasks;
use crate::mesh::{Listening, Mesh};
use crate::schedule::Timetable;

/// The number of calls that the log names.
const NAMED: usize = 16;

/// The calls, facts and scheduled runs in progress, and the service's own `stop`.
#[derive(Debug)]
pub(super) struct Unfinished {
    in_flight: InFlight,
    handlers: HandlerTasks,
    listening: Listening,
    timetable: Timetable,
    mesh: Mesh,
    stopping: AtomicBool,
    progress: Mutex<Progress>,
}

/// How far the drain has come.
#[derive(Debug, Default)]
struct Progress {
    /// The step in progress.
    step: &'static str,
    abandoned: Option<Handlers>,
    /// Stations that did not confirm the last answers and facts.
    unconfirmed: usize,
    is_reported: bool,
}

/// Handlers in progress, by name.
#[derive(Debug, Default, PartialEq, Eq)]
struct Handlers {
    calls: Vec<String>,
    facts: Vec<String>,
    runs: Vec<String>,
}

impl Unfinished {
    pub(super) fn of<S>(running: &Running<S>) -> Self {
        Self {
            in_flight: running.in_flight.clone(),
            handlers: running.handler_tasks.clone(),
            listening: running.listening.clone(),
            timetable: running.timetable.clone(),
            mesh: running.mesh.clone(),
            stopping: AtomicBool::new(false),
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
    pub(super) fn enter(&self, step: &'static str) {
        self.progress().step = step;
    }

    /// Returns whether the service has subscriptions or schedules.
    pub(super) fn calls_itself(&self) -> bool {
        !self.handlers.is_empty()
    }

    /// Stops receiving facts and starting runs.
    pub(super) fn stop(&self) {
        self.handlers.stop();
    }

    /// Waits until all work has finished.
    pub(super) async fn idle(&self) {
        tokio::join!(self.in_flight.idle(), self.handlers.idle());
    }

    /// Cancels the work that is still running, and keeps its names for the report.
    pub(super) fn give_up(&self) {
        self.progress().abandoned = Some(self.running());
        self.in_flight.give_up();
        self.handlers.give_up();
    }

    /// Returns whether work was cancelled.
    pub(super) fn is_given_up(&self) -> bool {
        self.progress().abandoned.is_some()
    }

    /// Records how many stations did not confirm the last answers and facts.
    pub(super) fn set_unconfirmed(&self, stations: usize) {
        self.progress().unconfirmed = stations;
    }

    /// Records whether `stop` runs.
    pub(super) fn set_stopping(&self, stopping: bool) {
        if stopping {
            self.enter("running `stop`");
        }
        self.stopping.store(stopping, Ordering::Relaxed);
    }

    /// Logs the abandoned work, if there is any, in one line: the first time that it is called.
    /// Returns whether there is any.
    pub(super) fn report(&self, limit: Duration) -> bool {
        let (step, abandoned, unconfirmed) = {
            let mut progress = self.progress();
            if std::mem::replace(&mut progress.is_reported, true) {
                return true;
            }
            let abandoned = progress.abandoned.take();
            (progress.step, abandoned, progress.unconfirmed)
        };
        let is_stopping = self.stopping.load(Ordering::Relaxed);
        let unsent = self.mesh.facts().outbox.len();
        let handlers = abandoned.unwrap_or_else(|| self.running());
        if handlers == Handlers::default() && !is_stopping && unsent == 0 && step == FINISHED {
            return false;
        }
        let listed = |names: Vec<String>| (!names.is_empty()).then(|| names.join(", "));
        tracing::error!(
            calls = listed(handlers.calls),
            facts = listed(handlers.facts),
            runs = listed(handlers.runs),
            stop = is_stopping.then_some("running"),
            unsent_facts = (unsent > 0).then_some(unsent),
            unconfirmed_stations = (unconfirmed > 0).then_some(unconfirmed),
            step = (step != FINISHED).then_some(step),
            "unfinished work is given up after HECATE_DRAIN_MAX ({limit:?})"
        );
        true
    }

    fn running(&self) -> Handlers {
        let calls = self.in_flight.all();
        let more = calls.len().saturating_sub(NAMED);
        let mut calls: Vec<String> = calls
            .into_iter()
            .take(NAMED)
            .map(|call| {
                let (capability, id, caller) = (call.capability, call.id, call.caller);
                format!("{capability} (call_id={id} caller={caller})")
            })
            .collect();
        if more > 0 {
            calls.push(format!("{more} more"));
        }
        Handlers {
            calls,
            facts: self.listening.unfinished(),
            runs: self.timetable.unfinished(),
        }
    }
}

/// The step after which nothing is left to do.
pub(super) const FINISHED: &str = "";
