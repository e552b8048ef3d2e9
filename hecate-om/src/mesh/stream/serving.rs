//! Flow control of a served stream: how much its handler may send, and how much it has consumed.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::budget::UNUSED;
use super::flow::Flow;
use super::{UNREAD, fits};

/// How long to wait for the first report of a caller, each time that sending more would be unsafe
/// without one.
///
/// A hecate-om caller reports a tenth of a second after the opening, and repeats the report until
/// it succeeds. A caller of another implementation never reports. Silence does not distinguish the
/// two. So after the first wait a silent caller receives what the SDK at its end can hold unread,
/// and only a caller that stays silent for longer than a link survives counts as one that never
/// reports.
const SILENCE: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(10)];

/// Flow control state of a served stream, until it is dropped.
pub(super) struct Flowing {
    flow: Arc<Flow>,
    sent: tokio::sync::Mutex<Sent>,
    end: Box<dyn Fn() + Send + Sync>,
}

#[derive(Debug, Default)]
struct Sent {
    cost: u64,
    /// How many waits of [`SILENCE`] have passed without a report.
    silences: usize,
}

impl Flowing {
    pub(super) fn new(flow: Arc<Flow>, end: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            flow,
            sent: tokio::sync::Mutex::default(),
            end: Box::new(end),
        }
    }

    /// Records that the handler has consumed an item of this cost.
    pub(super) fn took(&self, cost: u64) {
        self.flow.took(cost);
    }

    /// Waits for the caller's next item with `next`. Credit that stays unused meanwhile lapses,
    /// as far as the node's bound allows.
    pub(super) async fn next_item<T>(&self, next: impl Future<Output = T>) -> T {
        tokio::pin!(next);
        loop {
            match tokio::time::timeout(UNUSED, &mut next).await {
                Ok(next) => return next,
                Err(_) => self.flow.lapse(),
            }
        }
    }

    /// Returns what the caller and the handler tell of the stream.
    pub(super) fn flow(&self) -> Arc<Flow> {
        Arc::clone(&self.flow)
    }

    /// Waits until the caller has room for an item of this cost.
    pub(super) async fn room(&self, cost: u64) {
        let mut sent = self.sent.lock().await;
        let mut granted = self.flow.granted.subscribe();
        loop {
            let reported = *granted.borrow_and_update();
            let under_way = sent.cost.saturating_sub(reported.unwrap_or(0));
            let has_room = match (reported, sent.silences) {
                (None, 1) => fits(cost, under_way) || under_way + cost <= UNREAD,
                (None, 2..) => true,
                _ => fits(cost, under_way),
            };
            if has_room {
                sent.cost += cost;
                return;
            }
            let report = granted.changed();
            match SILENCE.get(sent.silences).filter(|_| reported.is_none()) {
                Some(silence) => {
                    if tokio::time::timeout(*silence, report).await.is_err() {
                        sent.silences += 1;
                    }
                }
                // This struct holds the sender, so this does not fail.
                None => _ = report.await,
            }
        }
    }
}

impl Drop for Flowing {
    fn drop(&mut self) {
        (self.end)();
    }
}

impl fmt::Debug for Flowing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flowing")
            .field("flow", &self.flow)
            .field("sent", &self.sent)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{FRAME, STEP, WINDOW};
    use super::*;
    use crate::mesh::stream::Flows;

    const COST: u64 = WINDOW / 4;

    fn flowing() -> (Flowing, impl Fn(u64)) {
        let flowing = Flows::default().begin_as(([1; 32], [2; 16]));
        let flow = Arc::clone(&flowing.flow);
        (flowing, move |taken| {
            flow.granted.send_replace(Some(taken));
        })
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_window_waits_until_the_caller_has_taken_of_it() {
        let (stream, report) = flowing();
        report(0);
        for _ in 0..4 {
            stream.room(COST).await;
        }
        let fifth = stream.room(COST);
        tokio::pin!(fifth);
        assert!(futures_util::poll!(&mut fifth).is_pending());
        report(COST - 1);
        assert!(futures_util::poll!(&mut fifth).is_pending(), "not enough");
        report(COST);
        fifth.await;
    }

    #[tokio::test(start_paused = true)]
    async fn an_item_of_any_size_goes_once_all_but_what_may_be_unreported_is_taken() {
        for small in [FRAME, STEP, WINDOW - FRAME] {
            for large in [WINDOW, 2 * WINDOW, UNREAD - STEP] {
                let (stream, report) = flowing();
                report(0);
                let (mut sent, mut taken) = (0, 0);
                for cost in [small, large, large, small, large] {
                    let room = stream.room(cost);
                    tokio::pin!(room);
                    // The reader has consumed everything, and reports it in steps.
                    while futures_util::poll!(&mut room).is_pending() {
                        assert!(sent - taken >= STEP, "{small} and {large}");
                        taken = sent;
                        report(taken);
                    }
                    sent += cost;
                    if sent - taken >= STEP {
                        taken = sent;
                        report(taken);
                    }
                }
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_largest_item_goes_alone() {
        let (stream, report) = flowing();
        report(0);
        stream.room(FRAME).await;
        let largest = stream.room(UNREAD + 1);
        tokio::pin!(largest);
        assert!(futures_util::poll!(&mut largest).is_pending());
        report(FRAME);
        largest.await;
        let next = stream.room(1);
        tokio::pin!(next);
        assert!(futures_util::poll!(&mut next).is_pending());
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_that_reports_late_is_never_sent_more_than_it_can_hold() {
        let (stream, report) = flowing();
        let began = tokio::time::Instant::now();
        for _ in 0..UNREAD / COST {
            stream.room(COST).await;
        }
        assert_eq!(began.elapsed(), SILENCE[0]);
        let next = stream.room(COST);
        tokio::pin!(next);
        let wait = SILENCE[1] - Duration::from_millis(1);
        assert!(tokio::time::timeout(wait, &mut next).await.is_err());
        report(0);
        let wait = Duration::from_secs(3600);
        assert!(tokio::time::timeout(wait, &mut next).await.is_err());
        report(UNREAD - WINDOW);
        assert!(
            futures_util::poll!(&mut next).is_pending(),
            "the window is full"
        );
        report(UNREAD);
        next.await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_that_never_reports_is_waited_for_twice() {
        let (stream, report) = flowing();
        let began = tokio::time::Instant::now();
        for _ in 0..1_000 {
            stream.room(COST).await;
        }
        assert_eq!(began.elapsed(), SILENCE[0] + SILENCE[1]);
        report(0);
        let next = stream.room(COST);
        tokio::pin!(next);
        assert!(
            futures_util::poll!(&mut next).is_pending(),
            "it reports after all"
        );
    }
}
