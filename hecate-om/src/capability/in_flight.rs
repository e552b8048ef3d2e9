//! Calls and streams in flight, which a drain waits for.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::NodeId;
use crate::sync::{Mutex, MutexGuard};

/// All calls of a service that are in flight.
#[derive(Debug, Clone, Default)]
pub(crate) struct InFlight {
    tracker: TaskTracker,
    calls: Arc<Mutex<Calls>>,
    cancellation: CancellationToken,
}

#[derive(Debug, Default)]
struct Calls {
    started: u64,
    answered_bytes: u64,
    running: BTreeMap<u64, InFlightCall>,
}

/// One call in flight.
#[derive(Debug, Clone)]
pub(crate) struct InFlightCall {
    /// Number of the call since the process started. Handlers do not receive the request id of the
    /// wire.
    pub(crate) id: u64,
    pub(crate) capability: &'static str,
    pub(crate) caller: NodeId,
    /// Time at which the caller times out.
    deadline: Instant,
}

impl InFlightCall {
    /// Returns the time until the caller times out; zero if the caller has timed out.
    pub(crate) fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}

/// Progress of the calls, which shows whether handlers are stuck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Number of calls that have ended since the process started.
    pub(crate) ended: u64,
    /// Whether a call is in flight whose caller has not timed out.
    pub(crate) awaited: bool,
}

/// Registration of a call as in flight, which ends when dropped.
#[derive(Debug)]
pub(crate) struct InFlightGuard {
    id: u64,
    answered_bytes: u64,
    calls: Arc<Mutex<Calls>>,
    _token: TaskTrackerToken,
}

fn lock(calls: &Mutex<Calls>) -> MutexGuard<'_, Calls> {
    calls.lock().unwrap_or_else(PoisonError::into_inner)
}

impl InFlight {
    fn calls(&self) -> MutexGuard<'_, Calls> {
        lock(&self.calls)
    }

    /// Registers a call to `capability` by `caller`, who times out at `deadline`.
    pub(crate) fn start(
        &self,
        capability: &'static str,
        caller: NodeId,
        deadline: Instant,
    ) -> InFlightGuard {
        let mut calls = self.calls();
        calls.started += 1;
        let id = calls.started;
        let call = InFlightCall {
            id,
            capability,
            caller,
            deadline,
        };
        calls.running.insert(id, call);
        drop(calls);
        InFlightGuard {
            id,
            answered_bytes: 0,
            calls: Arc::clone(&self.calls),
            _token: self.tracker.token(),
        }
    }

    /// Returns a token for one call, which [`InFlight::cancel_all`] also cancels.
    pub(crate) fn cancellation(&self) -> CancellationToken {
        self.cancellation.child_token()
    }

    /// Cancels all calls in flight, current and later ones.
    pub(crate) fn cancel_all(&self) {
        self.cancellation.cancel();
    }

    /// Returns the total size of all responses since the process started, in bytes.
    pub(crate) fn answered_bytes(&self) -> u64 {
        self.calls().answered_bytes
    }

    /// Returns the number of calls in flight.
    pub(crate) fn len(&self) -> usize {
        self.tracker.len()
    }

    /// Returns the calls in flight, oldest first.
    pub(crate) fn all(&self) -> Vec<InFlightCall> {
        self.calls().running.values().cloned().collect()
    }

    pub(crate) fn progress(&self) -> Progress {
        let calls = self.calls();
        Progress {
            ended: calls.started - calls.running.len() as u64,
            awaited: calls.running.values().any(|c| !c.remaining().is_zero()),
        }
    }

    /// Waits until no call is in flight. New calls can still start.
    pub(crate) async fn idle(&self) {
        self.tracker.close();
        self.tracker.wait().await;
    }
}

impl InFlightGuard {
    /// Returns the number of the call since the process started, which is `call_id` in the log.
    pub(crate) const fn id(&self) -> u64 {
        self.id
    }

    /// Ends the registration with the bytes of the response, before the response is signed and
    /// sent.
    pub(crate) fn answered(mut self, bytes: u64) {
        self.answered_bytes = bytes;
    }
}

impl Drop for InFlightGuard {
    fn drop(&mut self) {
        let mut calls = lock(&self.calls);
        calls.running.remove(&self.id);
        calls.answered_bytes += self.answered_bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(in_flight: &InFlight, capability: &'static str, timeout: Duration) -> InFlightGuard {
        let caller = NodeId::from_bytes([7; 32]);
        in_flight.start(capability, caller, Instant::now() + timeout)
    }

    #[tokio::test]
    async fn a_call_is_listed_while_it_runs_and_counted_when_it_ends() {
        let in_flight = InFlight::default();
        let first = start(&in_flight, "test.run", Duration::from_secs(60));
        let second = start(&in_flight, "test.other", Duration::ZERO);
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

    #[tokio::test]
    async fn a_drain_waits_for_the_calls_in_flight_and_can_cancel_them() {
        let in_flight = InFlight::default();
        let start = || start(&in_flight, "test.run", Duration::from_secs(60));
        let (first, second) = (start(), start());
        assert_eq!((first.id(), second.id(), in_flight.len()), (1, 2, 2));
        start().answered(3);
        start().answered(4);
        assert_eq!((in_flight.answered_bytes(), in_flight.len()), (7, 2));
        let call = in_flight.cancellation();
        assert!(!call.is_cancelled());
        in_flight.cancel_all();
        assert!(call.is_cancelled());
        assert!(in_flight.cancellation().is_cancelled(), "a later call, too");
        let mut idle = Box::pin(in_flight.idle());
        assert!(futures_util::poll!(&mut idle).is_pending());
        drop((first, second));
        idle.await;
    }
}

#[cfg(all(test, shuttle))]
mod interleavings {
    use shuttle::{future, thread};

    use super::*;
    use crate::sync::check;

    #[test]
    fn a_drain_that_found_no_call_in_flight_lists_none() {
        check(|| {
            let in_flight = InFlight::default();
            let calls = [1, 2].map(|bytes| {
                let caller = NodeId::from_bytes([7; 32]);
                let deadline = Instant::now() + Duration::from_secs(60);
                let call = in_flight.start("test.run", caller, deadline);
                thread::spawn(move || call.answered(bytes))
            });
            future::block_on(in_flight.idle());
            assert_eq!((in_flight.all().len(), in_flight.answered_bytes()), (0, 3));
            assert_eq!(in_flight.progress().ended, 2);
            for call in calls {
                call.join().unwrap();
            }
        });
    }
}
