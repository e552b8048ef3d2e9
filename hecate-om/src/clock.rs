//! The clock of work that recurs or is put off for seconds and longer: the system's, or a test's, which can be put
//! forward. What answers within a call, and QUIC's own timers, are not by it: those are always the system's.

use std::time::{Duration, Instant, SystemTime};

use tokio::sync::watch;

/// How long at most until the time of day is looked at again.
const LOOK: Duration = Duration::from_secs(30);

/// The clock of one service. Cheap to clone; every clone is the same clock.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clock(
    /// How far it is ahead of the system's; `None` where it is the system's.
    Option<watch::Receiver<Duration>>,
);

/// What puts a clock forward.
#[derive(Debug)]
#[cfg(any(test, feature = "testing"))]
pub(crate) struct Hand(watch::Sender<Duration>);

impl Clock {
    /// A clock that starts at the system's time, and what puts it forward.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn settable() -> (Self, Hand) {
        let (sender, ahead) = watch::channel(Duration::ZERO);
        (Self(Some(ahead)), Hand(sender))
    }

    /// The time of day.
    pub(crate) fn time(&self) -> SystemTime {
        SystemTime::now() + self.ahead()
    }

    /// The moment now, which no setting of the time of day moves.
    pub(crate) fn now(&self) -> tokio::time::Instant {
        tokio::time::Instant::now() + self.ahead()
    }

    /// Waits until the time of day is `time`. It is looked at again and again: it may be set, and a machine may sleep.
    pub(crate) async fn sleep_until(&self, time: SystemTime) {
        while let Ok(left) = time.duration_since(self.time()) {
            if left.is_zero() {
                return;
            }
            self.sleep(left.min(LOOK)).await;
        }
    }

    /// Waits so long.
    pub(crate) async fn sleep(&self, duration: Duration) {
        let Some(mut ahead) = self.0.clone() else {
            return tokio::time::sleep(duration).await;
        };
        let (since, began) = (self.ahead(), Instant::now());
        loop {
            let put_forward = ahead.borrow_and_update().saturating_sub(since);
            let left = duration.saturating_sub(began.elapsed() + put_forward);
            if left.is_zero() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(left) => return,
                changed = ahead.changed() => if changed.is_err() {
                    // Whoever could put it forward is gone.
                    return tokio::time::sleep(left).await;
                }
            }
        }
    }

    /// Waits so long only to spread what others would else get at once. In a test there are none to spare.
    pub(crate) async fn spread(&self, pause: Duration) {
        if self.0.is_none() {
            tokio::time::sleep(pause).await;
        }
    }

    fn ahead(&self) -> Duration {
        self.0
            .as_ref()
            .map_or(Duration::ZERO, |ahead| *ahead.borrow())
    }
}

#[cfg(any(test, feature = "testing"))]
impl Hand {
    /// Puts the clock forward: what waits for a moment that is over then goes on.
    pub(crate) fn advance(&self, by: Duration) {
        self.0
            .send_modify(|ahead| *ahead = ahead.saturating_add(by));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[tokio::test]
    async fn a_wait_is_over_once_the_clock_was_put_forward_as_far() {
        let (clock, hand) = Clock::settable();
        let waiting = clock.clone();
        let mut waiting = tokio::spawn(async move { waiting.sleep(2 * HOUR).await });
        tokio::task::yield_now().await;
        hand.advance(HOUR);
        let early = tokio::time::timeout(Duration::from_millis(20), &mut waiting).await;
        assert!(early.is_err(), "half of it is left");
        hand.advance(HOUR);
        waiting.await.unwrap();
    }

    #[tokio::test]
    async fn what_the_clock_is_ahead_already_shortens_no_wait() {
        let (clock, hand) = Clock::settable();
        hand.advance(HOUR);
        let waited = tokio::time::timeout(Duration::from_millis(20), clock.sleep(HOUR)).await;
        assert!(waited.is_err());
    }

    #[tokio::test]
    async fn time_passes_by_itself() {
        let (clock, hand) = Clock::settable();
        clock.sleep(Duration::from_millis(1)).await;
        Clock::default().sleep(Duration::from_millis(1)).await;
        drop(hand);
        clock.sleep(Duration::from_millis(1)).await;
    }

    #[tokio::test]
    async fn a_wait_for_a_time_of_day_is_over_once_the_clock_was_put_forward_to_it() {
        let (clock, hand) = Clock::settable();
        let waiting = clock.clone();
        let time = clock.time() + HOUR;
        let waiting = tokio::spawn(async move { waiting.sleep_until(time).await });
        tokio::task::yield_now().await;
        hand.advance(HOUR);
        waiting.await.unwrap();
        clock.sleep_until(time).await;
    }

    #[test]
    fn the_time_of_day_is_put_forward_too() {
        let (clock, hand) = Clock::settable();
        let before = clock.time();
        hand.advance(HOUR);
        assert!(clock.time() >= before + HOUR);
        assert!(Clock::default().time() < before + HOUR);
    }
}
