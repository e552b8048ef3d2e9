//! Flow-control state of one served stream, from the reports of both ends.

use std::sync::PoisonError;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::budget::{CallerBudget, MAX_CREDIT};
use super::caller_window::CallerWindow;
use super::message::{WAITS_FOR_END, WindowUpdate};
use crate::mesh::stream::WINDOW;
use crate::sync::{Mutex, MutexGuard};

/// Time after which a request for credit is answered with the credit granted so far. The caller
/// then repeats the request.
pub(super) const REQUEST_WAIT: Duration = Duration::from_secs(10);
/// Time for which a request waits for the budget if part of the requested credit could already be
/// granted.
pub(super) const PARTIAL_WAIT: Duration = Duration::from_millis(250);
/// Poll interval for a caller that has sent everything. Silence is counted in polls, so that a
/// pause of this process does not count as silence of the caller.
pub(super) const POLL: Duration = Duration::from_secs(3);
/// Silent polls after which the caller counts as gone.
pub(super) const POLLS: u32 = 12;
/// Value of [`POLLS`] during a drain, when such a caller is answered once per poll. Lower, because
/// handlers of callers that are gone must not use up the drain's time.
pub(super) const DRAIN_POLLS: u32 = 6;

/// Flow-control state of one served stream.
#[derive(Debug)]
pub(in crate::mesh::stream) struct FlowState {
    /// Bytes that the caller reported as consumed, or `None` before the first report.
    pub(super) reported: watch::Sender<Option<u64>>,
    /// Number of the caller's bytes that the handler has consumed.
    consumed: watch::Sender<u64>,
    window: Mutex<CallerWindow>,
    budget: CallerBudget,
    requests: watch::Sender<RequestCounts>,
    /// Cancelled when a later request replaces the pending request.
    pending: Mutex<CancellationToken>,
    /// Cancelled when the stream has ended.
    ended: CancellationToken,
    draining: CancellationToken,
}

/// Counts of the caller's requests for credit.
#[derive(Debug, Default)]
struct RequestCounts {
    total: u64,
    pending: u32,
    /// Whether the caller has sent everything and only waits for the end; see [`WAITS_FOR_END`].
    waits_for_end: bool,
}

/// Guard that counts a request as pending until dropped.
struct PendingRequest<'a>(&'a watch::Sender<RequestCounts>);

impl Drop for PendingRequest<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|requests| requests.pending -= 1);
    }
}

/// Error: the stream has ended.
#[derive(Debug)]
pub(super) struct StreamEnded;

impl FlowState {
    pub(super) fn new(budget: CallerBudget, draining: CancellationToken) -> Self {
        Self {
            reported: watch::Sender::default(),
            consumed: watch::Sender::default(),
            window: Mutex::default(),
            budget,
            requests: watch::Sender::default(),
            pending: Mutex::default(),
            ended: CancellationToken::new(),
            draining,
        }
    }

    /// Records the end of the stream.
    pub(super) fn end(&self) {
        self.ended.cancel();
    }

    /// Records the caller's report of consumed bytes. Reports may arrive out of order, so the
    /// highest counts.
    pub(super) fn record_report(&self, consumed: u64) {
        self.reported.send_if_modified(|reported| {
            let is_higher = *reported < Some(consumed);
            *reported = (*reported).max(Some(consumed));
            is_higher
        });
    }

    /// Records that the handler has consumed an item of this cost.
    pub(super) fn record_consumed(&self, cost: u64) {
        self.consumed.send_modify(|consumed| *consumed += cost);
        let consumed = *self.consumed.borrow();
        self.window().release_unneeded(consumed);
    }

    fn window(&self) -> MutexGuard<'_, CallerWindow> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the answer to a request of the caller.
    pub(super) fn window_update(&self) -> WindowUpdate {
        let consumed = *self.consumed.borrow();
        WindowUpdate {
            consumed,
            limit: Some(self.window().announce(consumed)),
        }
    }

    /// Lets unused credit lapse, which returns it to the node's budget.
    pub(super) fn lapse_unused(&self) {
        self.window().lapse();
    }

    /// Waits until a request of the caller can be answered: in full, in part, or because another
    /// request of the stream replaces the request.
    ///
    /// # Errors
    ///
    /// Returns [`StreamEnded`] if the stream ends first.
    pub(super) async fn wait_for_credit(
        &self,
        until_consumed: u64,
        limit: u64,
    ) -> Result<(), StreamEnded> {
        let _pending = self.count_request(until_consumed);
        let granted = self.grant(until_consumed, limit);
        let replaced = self.replace_pending();
        tokio::select! {
            biased;
            () = self.ended.cancelled() => return Err(StreamEnded),
            () = granted => {}
            () = replaced.cancelled() => {}
            () = tokio::time::sleep(REQUEST_WAIT) => {}
            () = self.first_drain_poll(), if until_consumed == WAITS_FOR_END => {}
        }
        Ok(())
    }

    fn count_request(&self, until_consumed: u64) -> PendingRequest<'_> {
        self.requests.send_modify(|requests| {
            requests.total += 1;
            requests.pending += 1;
            if until_consumed == WAITS_FOR_END
                && !std::mem::replace(&mut requests.waits_for_end, true)
            {
                tracing::debug!("caller has sent everything and waits");
            }
        });
        PendingRequest(&self.requests)
    }

    /// Waits until a caller that has sent everything is gone, that is, no longer sends requests.
    ///
    /// The SDK does not read a stream after the caller has finished sending, so the SDK does not
    /// notice when such a caller is gone.
    pub(in crate::mesh::stream) async fn caller_gone(&self) {
        let mut requests = self.requests.subscribe();
        loop {
            // `self` owns the sender, so no wait fails.
            let silent =
                requests.wait_for(|requests| requests.waits_for_end && requests.pending == 0);
            let known = silent.await.map_or(0, |requests| requests.total);
            let polls = async {
                let mut silent_polls = 0;
                while silent_polls < self.polls() {
                    tokio::time::sleep(POLL).await;
                    silent_polls += 1;
                }
                // Once the handler has returned and the answer is being written, requests are
                // refused, so silence does not mean that the caller is gone.
                if self.ended.is_cancelled() {
                    std::future::pending().await
                }
            };
            tokio::select! {
                biased;
                _ = requests.wait_for(|requests| requests.total != known) => {}
                () = polls => return,
            }
        }
    }

    /// Returns the number of silent polls after which the caller counts as gone.
    fn polls(&self) -> u32 {
        if self.draining.is_cancelled() {
            DRAIN_POLLS
        } else {
            POLLS
        }
    }

    /// Waits until the service drains, and then for the duration of one poll.
    async fn first_drain_poll(&self) {
        self.draining.cancelled().await;
        tokio::time::sleep(POLL).await;
    }

    /// Replaces the stream's pending request, which is then answered at once. There is only one
    /// pending request per stream, to bound the memory that a peer can use.
    fn replace_pending(&self) -> CancellationToken {
        let next = CancellationToken::new();
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *pending, next.clone()).cancel();
        next
    }

    /// Waits until `until_consumed` bytes are consumed and the caller may send up to `limit`,
    /// bounded by the limit of one stream.
    async fn grant(&self, until_consumed: u64, limit: u64) {
        let until_consumed = until_consumed.max(limit.saturating_sub(MAX_CREDIT));
        let mut changes = self.consumed.subscribe();
        let partial_wait = tokio::time::sleep(PARTIAL_WAIT);
        tokio::pin!(partial_wait);
        let credit = loop {
            let consumed = *changes.borrow_and_update();
            let is_consumed = consumed >= until_consumed;
            let (missing, missing_of_window, exceeds_announced) = {
                let window = self.window();
                (
                    window.missing(limit, consumed),
                    window.missing(limit.max(consumed + WINDOW), consumed),
                    window.exceeds_announced(consumed),
                )
            };
            if is_consumed && (limit == 0 || missing == 0) {
                self.window().end_wait();
                return;
            }
            if is_consumed && let Some(credit) = self.budget.try_acquire_spare(missing_of_window) {
                break credit;
            }
            let acquired = async {
                let since = self.window().waiting_since();
                self.budget.acquire(missing, since).await
            };
            tokio::select! {
                credit = acquired, if is_consumed => break credit,
                // Consumed bytes may suffice, regardless of the budget. `self` owns the sender, so
                // the wait cannot fail.
                _ = changes.changed() => {}
                // Partial credit lets a stream of small items continue.
                () = &mut partial_wait, if is_consumed && exceeds_announced => return,
            }
        };
        let consumed = *self.consumed.borrow();
        self.window().extend(credit, consumed);
    }
}

#[cfg(all(test, shuttle))]
mod interleavings {
    use std::sync::Arc;

    use shuttle::{future, thread};

    use super::super::budget::CreditBudget;
    use super::*;
    use crate::sync::check;

    /// Starts a served stream whose caller requests credit twice, the second time for more.
    fn stream(handler: fn(&FlowState)) {
        let budget = CreditBudget::default();
        let caller = budget.for_caller([1; 32]);
        let state = Arc::new(FlowState::new(caller, CancellationToken::new()));
        let requests = [WINDOW, 4 * WINDOW].map(|limit| {
            let state = Arc::clone(&state);
            future::spawn(async move {
                let answered = state.wait_for_credit(WINDOW, limit).await;
                answered.map(|()| state.window_update().limit)
            })
        });
        let handling = {
            let state = Arc::clone(&state);
            thread::spawn(move || handler(&state))
        };
        let answers = requests.map(|request| future::block_on(request).unwrap());
        handling.join().unwrap();
        assert_eq!(state.requests.borrow().pending, 0);
        if !state.ended.is_cancelled() {
            assert!(answers.iter().all(Result::is_ok));
            assert!(state.window_update().limit >= Some(WINDOW));
        }
        drop(state);
        assert!(budget.is_unused(), "all credit is returned");
    }

    #[test]
    fn a_later_request_of_a_stream_replaces_the_pending_request() {
        check(|| {
            let caller = CreditBudget::default().for_caller([1; 32]);
            let state = Arc::new(FlowState::new(caller, CancellationToken::new()));
            // No item is consumed, so that only the replacement answers a request.
            let requests = [WINDOW, 4 * WINDOW].map(|limit| {
                let state = Arc::clone(&state);
                future::spawn(async move {
                    let answered = state.wait_for_credit(WINDOW, limit).await;
                    state.end();
                    answered.is_ok()
                })
            });
            let answered = requests.map(|request| future::block_on(request).unwrap());
            assert_ne!(answered[0], answered[1], "one is replaced, the other ends");
        });
    }

    #[test]
    fn each_request_is_answered_once_the_handler_has_consumed_the_items() {
        check(|| {
            stream(|state| {
                state.record_consumed(WINDOW / 2);
                state.record_consumed(WINDOW / 2);
            });
        });
    }

    #[test]
    fn each_request_is_answered_once_the_stream_ends() {
        check(|| {
            stream(|state| {
                state.record_consumed(WINDOW / 2);
                state.lapse_unused();
                state.end();
            });
        });
    }
}
