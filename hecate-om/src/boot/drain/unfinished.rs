//! The work that a drain waits for: calls, facts and scheduled runs, under one limit.

use std::time::Duration;

use crate::boot::sequence::Running;
use crate::capability::InFlight;
use crate::schedule::Timetable;
use crate::subscription::Listening;

/// The number of calls that the log names.
const NAMED: usize = 16;

/// The calls, facts and scheduled runs in progress.
#[derive(Debug)]
pub(super) struct Unfinished {
    in_flight: InFlight,
    listening: Listening,
    timetable: Timetable,
}

impl Unfinished {
    pub(super) fn of<S>(running: &Running<S>) -> Self {
        Self {
            in_flight: running.in_flight.clone(),
            listening: running.listening.clone(),
            timetable: running.timetable.clone(),
        }
    }

    /// Returns whether the service has subscriptions or schedules.
    pub(super) fn calls_itself(&self) -> bool {
        !(self.listening.is_empty() && self.timetable.is_empty())
    }

    /// Stops receiving facts and starting runs.
    pub(super) fn stop(&self) {
        self.listening.stop();
        self.timetable.stop();
    }

    /// Waits until all work has finished.
    pub(super) async fn idle(&self) {
        tokio::join!(self.in_flight.idle(), self.handlers_idle());
    }

    /// Waits until the fact handlers and the scheduled runs have finished.
    pub(super) async fn handlers_idle(&self) {
        tokio::join!(self.listening.idle(), self.timetable.idle());
    }

    /// Cancels the work that is still running.
    pub(super) fn give_up(&self) {
        self.in_flight.give_up();
        self.listening.give_up();
        self.timetable.give_up();
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
            "unfinished work is given up after HECATE_DRAIN_MAX ({limit:?})"
        );
    }
}
