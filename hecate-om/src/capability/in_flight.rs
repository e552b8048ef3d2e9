//! The calls that run: counted, named, and waited for at the end.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::{Call, NodeId};

/// The calls that run, for the drain to wait on.
#[derive(Debug, Clone, Default)]
pub(crate) struct InFlight {
    tracker: TaskTracker,
    calls: Arc<Mutex<Calls>>,
    given_up: CancellationToken,
}

#[derive(Debug, Default)]
struct Calls {
    begun: u64,
    answered_bytes: u64,
    running: BTreeMap<u64, InFlightCall>,
}

/// One that runs.
#[derive(Debug, Clone)]
pub(crate) struct InFlightCall {
    /// Its number since the process began: the wire's request id does not reach a handler.
    pub(crate) id: u64,
    pub(crate) capability: &'static str,
    pub(crate) caller: NodeId,
    /// When its caller stops waiting.
    deadline: Instant,
}

impl InFlightCall {
    /// How long its caller still waits; zero once it has stopped.
    pub(crate) fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}

/// How far the calls have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Progress {
    /// How many have ended since the process began.
    pub(crate) ended: u64,
    /// Whether one runs that its caller still waits for.
    pub(crate) awaited: bool,
}

/// Marks a call as running until dropped.
#[derive(Debug)]
pub(crate) struct Running {
    id: u64,
    of: InFlight,
    _token: TaskTrackerToken,
}

impl InFlight {
    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call of `capability` runs.
    pub(crate) fn begin(&self, capability: &'static str, call: &Call) -> Running {
        self.begin_for(capability, call.caller, call.remaining())
    }

    /// What `caller` wants of `capability` runs, at most so long.
    pub(crate) fn begin_for(
        &self,
        capability: &'static str,
        caller: NodeId,
        time: Duration,
    ) -> Running {
        let deadline = Instant::now() + time;
        let mut calls = self.calls();
        calls.begun += 1;
        let id = calls.begun;
        let begun = InFlightCall {
            id,
            capability,
            caller,
            deadline,
        };
        calls.running.insert(id, begun);
        drop(calls);
        Running {
            id,
            of: self.clone(),
            _token: self.tracker.token(),
        }
    }

    /// Fires when the calls that still run are given up, and is cancelled by whoever it is for alone.
    pub(crate) fn given_up(&self) -> CancellationToken {
        self.given_up.child_token()
    }

    /// Tells the work of the calls that still run that nobody waits for it any longer.
    pub(crate) fn give_up(&self) {
        self.given_up.cancel();
    }

    /// Total bytes of all answers of this process so far.
    pub(crate) fn answered_bytes(&self) -> u64 {
        self.calls().answered_bytes
    }

    /// How many calls run now.
    pub(crate) fn len(&self) -> usize {
        self.tracker.len()
    }

    /// The calls that run now, the oldest first.
    pub(crate) fn all(&self) -> Vec<InFlightCall> {
        self.calls().running.values().cloned().collect()
    }

    pub(crate) fn progress(&self) -> Progress {
        let calls = self.calls();
        Progress {
            ended: calls.begun - calls.running.len() as u64,
            awaited: calls.running.values().any(|c| !c.remaining().is_zero()),
        }
    }

    /// Waits until no call runs. Calls that come after are still run.
    pub(crate) async fn idle(&self) {
        self.tracker.close();
        self.tracker.wait().await;
    }
}

impl Running {
    /// The call's number since the process began, by which the log names it.
    pub(crate) const fn id(&self) -> u64 {
        self.id
    }

    /// Adds the bytes of an answer that is not yet signed and sent.
    pub(crate) fn answered(&self, bytes: u64) {
        self.of.calls().answered_bytes += bytes;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.of.calls().running.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_call_is_named_while_it_runs_and_counted_when_it_ends() {
        let in_flight = InFlight::default();
        let first = in_flight.begin("test.run", &Call::for_tests(Duration::from_secs(60)));
        let second = in_flight.begin("test.other", &Call::for_tests(Duration::ZERO));
        let names: Vec<_> = in_flight
            .all()
            .iter()
            .map(|c| (c.id, c.capability))
            .collect();
        assert_eq!(names, [(1, "test.run"), (2, "test.other")]);
        assert!(in_flight.progress().awaited);
        drop(first);
        let progress = in_flight.progress();
        assert_eq!((progress.ended, progress.awaited), (1, false));
        assert_eq!(in_flight.len(), 1);
        drop(second);
        in_flight.idle().await;
        assert!(in_flight.all().is_empty());
    }
}
