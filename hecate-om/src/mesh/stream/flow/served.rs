//! Handler's side of a served stream's flow control.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::budget::LAPSE_AFTER;
use super::state::FlowState;
use crate::mesh::stream::{SDK_BUFFER, fits_window};

/// Time limits of the waits for a caller's first report. Each wait happens when sending more
/// without a report could exceed what the caller's SDK can buffer.
///
/// A hecate-om caller reports 0.1 s after the opening, and repeats the report until it succeeds. A
/// caller of another implementation never reports. A silent caller can be either. After the first
/// wait, a silent caller is therefore sent as much as its SDK can buffer unread. Only a caller that
/// stays silent for longer than a lost link can last counts as a caller that never reports.
const REPORT_WAITS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(10)];

/// Flow control of a served stream. Dropping it removes the stream's registration.
pub(in crate::mesh::stream) struct ServedFlow {
    state: Arc<FlowState>,
    sent: tokio::sync::Mutex<Sent>,
    end: Box<dyn Fn() + Send + Sync>,
}

#[derive(Debug, Default)]
struct Sent {
    cost: u64,
    /// Number of [`REPORT_WAITS`] that have passed without a report.
    silent_waits: usize,
}

impl ServedFlow {
    pub(super) fn new(state: Arc<FlowState>, end: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            state,
            sent: tokio::sync::Mutex::default(),
            end: Box::new(end),
        }
    }

    /// Records that the handler has consumed an item of this cost.
    pub(in crate::mesh::stream) fn record_consumed(&self, cost: u64) {
        self.state.record_consumed(cost);
    }

    /// Waits for the caller's next item with `next`. Credit that stays unused during the wait
    /// lapses, as far as the node's bound allows.
    pub(in crate::mesh::stream) async fn next_item<T>(&self, next: impl Future<Output = T>) -> T {
        tokio::pin!(next);
        loop {
            match tokio::time::timeout(LAPSE_AFTER, &mut next).await {
                Ok(next) => return next,
                Err(_) => self.state.lapse_unused(),
            }
        }
    }

    /// Returns the stream's shared state, which outlives the registration.
    pub(in crate::mesh::stream) fn state(&self) -> Arc<FlowState> {
        Arc::clone(&self.state)
    }

    /// Waits until an item of this cost may be sent to the caller, and counts it as sent.
    pub(in crate::mesh::stream) async fn reserve(&self, cost: u64) {
        let mut sent = self.sent.lock().await;
        let mut reports = self.state.reported.subscribe();
        loop {
            let reported = *reports.borrow_and_update();
            let in_flight = sent.cost.saturating_sub(reported.unwrap_or(0));
            let may_send = match (reported, sent.silent_waits) {
                (None, 1) => fits_window(cost, in_flight) || in_flight + cost <= SDK_BUFFER,
                (None, 2..) => true,
                _ => fits_window(cost, in_flight),
            };
            if may_send {
                sent.cost += cost;
                return;
            }
            let report = reports.changed();
            match REPORT_WAITS
                .get(sent.silent_waits)
                .filter(|_| reported.is_none())
            {
                Some(wait) => {
                    if tokio::time::timeout(*wait, report).await.is_err() {
                        sent.silent_waits += 1;
                    }
                }
                // `self` owns the sender, so the wait cannot fail.
                None => _ = report.await,
            }
        }
    }
}

impl Drop for ServedFlow {
    fn drop(&mut self) {
        (self.end)();
    }
}

impl fmt::Debug for ServedFlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServedFlow")
            .field("state", &self.state)
            .field("sent", &self.sent)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mesh::stream::FlowTable;
    use crate::mesh::stream::{FRAME_OVERHEAD, REPORT_STEP, RESPONSE_WINDOW};

    const COST: u64 = RESPONSE_WINDOW / 4;

    /// Returns a stream, and a function that reports bytes as consumed by the stream's caller.
    fn stream() -> (ServedFlow, impl Fn(u64)) {
        let stream = FlowTable::default().register_as(([1; 32], [2; 16]));
        let state = stream.state();
        (stream, move |consumed| {
            state.reported.send_replace(Some(consumed));
        })
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_window_waits_until_the_caller_reports_consumed_bytes() {
        let (stream, report) = stream();
        report(0);
        for _ in 0..4 {
            stream.reserve(COST).await;
        }
        let fifth = stream.reserve(COST);
        tokio::pin!(fifth);
        assert!(futures_util::poll!(&mut fifth).is_pending());
        report(COST - 1);
        assert!(futures_util::poll!(&mut fifth).is_pending(), "not enough");
        report(COST);
        fifth.await;
    }

    #[tokio::test(start_paused = true)]
    async fn an_item_of_any_size_is_sent_once_everything_but_the_unreported_step_is_consumed() {
        for small in [
            FRAME_OVERHEAD,
            REPORT_STEP,
            RESPONSE_WINDOW - FRAME_OVERHEAD,
        ] {
            for large in [
                RESPONSE_WINDOW,
                2 * RESPONSE_WINDOW,
                SDK_BUFFER - REPORT_STEP,
            ] {
                let (stream, report) = stream();
                report(0);
                let (mut sent, mut consumed) = (0, 0);
                for cost in [small, large, large, small, large] {
                    let reserved = stream.reserve(cost);
                    tokio::pin!(reserved);
                    // The reader has consumed everything, and reports it in steps.
                    while futures_util::poll!(&mut reserved).is_pending() {
                        assert!(sent - consumed >= REPORT_STEP, "{small} and {large}");
                        consumed = sent;
                        report(consumed);
                    }
                    sent += cost;
                    if sent - consumed >= REPORT_STEP {
                        consumed = sent;
                        report(consumed);
                    }
                }
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_largest_item_is_sent_alone() {
        let (stream, report) = stream();
        report(0);
        stream.reserve(FRAME_OVERHEAD).await;
        let largest = stream.reserve(SDK_BUFFER + 1);
        tokio::pin!(largest);
        assert!(futures_util::poll!(&mut largest).is_pending());
        report(FRAME_OVERHEAD);
        largest.await;
        let next = stream.reserve(1);
        tokio::pin!(next);
        assert!(futures_util::poll!(&mut next).is_pending());
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_that_reports_late_is_never_sent_more_than_it_can_hold() {
        let (stream, report) = stream();
        let started = tokio::time::Instant::now();
        for _ in 0..SDK_BUFFER / COST {
            stream.reserve(COST).await;
        }
        assert_eq!(started.elapsed(), REPORT_WAITS[0]);
        let next = stream.reserve(COST);
        tokio::pin!(next);
        let wait = REPORT_WAITS[1] - Duration::from_millis(1);
        assert!(tokio::time::timeout(wait, &mut next).await.is_err());
        report(0);
        let wait = Duration::from_secs(3600);
        assert!(tokio::time::timeout(wait, &mut next).await.is_err());
        report(SDK_BUFFER - RESPONSE_WINDOW);
        assert!(
            futures_util::poll!(&mut next).is_pending(),
            "the window is full"
        );
        report(SDK_BUFFER);
        next.await;
    }

    #[tokio::test(start_paused = true)]
    async fn two_waits_pass_before_a_caller_counts_as_one_that_never_reports() {
        let (stream, report) = stream();
        let started = tokio::time::Instant::now();
        for _ in 0..1_000 {
            stream.reserve(COST).await;
        }
        assert_eq!(started.elapsed(), REPORT_WAITS[0] + REPORT_WAITS[1]);
        report(0);
        let next = stream.reserve(COST);
        tokio::pin!(next);
        assert!(
            futures_util::poll!(&mut next).is_pending(),
            "it has reported after all"
        );
    }
}
