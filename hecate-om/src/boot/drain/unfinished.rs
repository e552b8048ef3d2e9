//! What a drain waits for: calls, facts and runs, under one limit.

use std::time::Duration;

use crate::boot::sequence::Running;
use crate::capability::InFlight;
use crate::schedule::Timetable;
use crate::subscription::Listening;

/// How many calls the log names.
const NAMED: usize = 16;

/// The calls, facts and runs under way.
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

    /// Whether the service calls handlers itself, as facts are heard and by the clock.
    pub(super) fn calls_itself(&self) -> bool {
        !(self.listening.is_empty() && self.timetable.is_empty())
    }

    /// Hears no more and begins no more runs.
    pub(super) fn stop(&self) {
        self.listening.stop();
        self.timetable.stop();
    }

    /// Waits until all of it has ended.
    pub(super) async fn idle(&self) {
        tokio::join!(self.in_flight.idle(), self.handlers_idle());
    }

    /// Waits until the handlers of facts and the runs have ended.
    pub(super) async fn handlers_idle(&self) {
        tokio::join!(self.listening.idle(), self.timetable.idle());
    }

    /// Tells what still runs that nobody waits for it any longer.
    pub(super) fn give_up(&self) {
        self.in_flight.give_up();
        self.listening.give_up();
        self.timetable.give_up();
    }

    /// Names what still runs, in one line.
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
            "unfinished work is abandoned after HECATE_DRAIN_MAX ({limit:?})"
        );
    }
}
