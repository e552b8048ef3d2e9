//! The work that a drain waits for: calls, facts and scheduled runs under one limit, and `stop`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::boot::sequence::Running;
use crate::capability::InFlight;
use crate::handler::HandlerTasks;
use crate::mesh::Listening;
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
    stopping: AtomicBool,
}

impl Unfinished {
    pub(super) fn of<S>(running: &Running<S>) -> Self {
        Self {
            in_flight: running.in_flight.clone(),
            handlers: running.handler_tasks.clone(),
            listening: running.listening.clone(),
            timetable: running.timetable.clone(),
            stopping: AtomicBool::new(false),
        }
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
        tokio::join!(self.in_flight.idle(), self.handlers_idle());
    }

    /// Waits until the fact handlers and the scheduled runs have finished.
    pub(super) async fn handlers_idle(&self) {
        self.handlers.idle().await;
    }

    /// Cancels the work that is still running.
    pub(super) fn give_up(&self) {
        self.in_flight.give_up();
        self.handlers.give_up();
    }

    /// Records whether `stop` runs.
    pub(super) fn set_stopping(&self, stopping: bool) {
        self.stopping.store(stopping, Ordering::Relaxed);
    }

    /// Logs the work that is still running, in one line.
    pub(super) fn report(&self, limit: Duration) {
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
        let listed = |names: Vec<String>| (!names.is_empty()).then(|| names.join(", "));
        tracing::error!(
            calls = listed(calls),
            facts = listed(self.listening.unfinished()),
            runs = listed(self.timetable.unfinished()),
            stop = self.stopping.load(Ordering::Relaxed).then_some("running"),
            "unfinished work is given up after HECATE_DRAIN_MAX ({limit:?})"
        );
    }
}
