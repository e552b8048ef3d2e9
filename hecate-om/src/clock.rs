//! Clock for periodic tasks and for delays of seconds or longer: the system's clock, or a test
//! clock, which can be advanced and set back. Timeouts of calls and QUIC's timers always use the
//! system's clock.

use std::time::{Duration, Instant, SystemTime};

use tokio::sync::watch;

/// Clock of one service. Cheap to clone; all clones share the same clock.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clock(
    /// Offset from the system's clock; `None` for the system's clock itself.
    Option<watch::Receiver<Offset>>,
);

/// Offset of a test clock from the system's clock.
#[derive(Debug, Clone, Copy, Default)]
struct Offset {
    /// Time added to the system's time.
    ahead: Duration,
    /// Amount by which the time of day was set back.
    back: Duration,
}

/// Controller that advances a test clock and sets it back.
#[derive(Debug)]
#[cfg(any(test, feature = "testing"))]
pub(crate) struct ClockController(watch::Sender<Offset>);

impl Clock {
    /// Returns a clock that starts at the system's time, and its controller.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn settable() -> (Self, ClockController) {
        let (sender, offset) = watch::channel(Offset::default());
        (Self(Some(offset)), ClockController(sender))
    }

    /// Returns the time of day, which may be set forward and back.
    pub(crate) fn time(&self) -> SystemTime {
        let Offset { ahead, back } = self.offset();
        let now = SystemTime::now();
        let time = now.checked_add(ahead).and_then(|t| t.checked_sub(back));
        time.unwrap_or(now)
    }

    /// Returns the current instant, which is independent of the time of day.
    pub(crate) fn now(&self) -> tokio::time::Instant {
        tokio::time::Instant::now() + self.offset().ahead
    }

    /// Waits for `duration`, or until the time of day is set. Only a test clock detects that the
    /// time of day was set.
    pub(crate) async fn sleep_unless_set(&self, duration: Duration) {
        let Some(mut offset) = self.0.clone() else {
            return tokio::time::sleep(duration).await;
        };
        offset.mark_unchanged();
        tokio::select! {
            () = self.sleep(duration) => {}
            Ok(()) = offset.changed() => {}
        }
    }

    /// Waits for `duration`.
    pub(crate) async fn sleep(&self, duration: Duration) {
        let Some(mut offset) = self.0.clone() else {
            return tokio::time::sleep(duration).await;
        };
        let (since, started) = (self.offset().ahead, Instant::now());
        loop {
            let advanced = offset.borrow_and_update().ahead.saturating_sub(since);
            let remaining = duration.saturating_sub(started.elapsed() + advanced);
            if remaining.is_zero() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(remaining) => return,
                changed = offset.changed() => if changed.is_err() {
                    // The controller was dropped.
                    return tokio::time::sleep(remaining).await;
                }
            }
        }
    }

    /// Waits for `pause`, to spread load. With a test clock, returns at once.
    pub(crate) async fn spread(&self, pause: Duration) {
        if self.0.is_none() {
            tokio::time::sleep(pause).await;
        }
    }

    fn offset(&self) -> Offset {
        let offset = self.0.as_ref().map(|offset| *offset.borrow());
        offset.unwrap_or_default()
    }
}

#[cfg(any(test, feature = "testing"))]
impl ClockController {
    /// Advances the clock. Each wait that is now due ends.
    pub(crate) fn advance(&self, by: Duration) {
        self.0
            .send_modify(|offset| offset.ahead = offset.ahead.saturating_add(by));
    }

    /// Sets the time of day back, as an operator or a time server might. Does not lengthen any
    /// wait.
    pub(crate) fn set_back(&self, by: Duration) {
        self.0
            .send_modify(|offset| offset.back = offset.back.saturating_add(by));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[tokio::test]
    async fn a_wait_ends_once_the_clock_has_advanced_as_far() {
        let (clock, controller) = Clock::settable();
        let waiting = clock.clone();
        let mut waiting = tokio::spawn(async move { waiting.sleep(2 * HOUR).await });
        tokio::task::yield_now().await;
        controller.advance(HOUR);
        let early = tokio::time::timeout(Duration::from_millis(20), &mut waiting).await;
        assert!(early.is_err(), "half of the wait remains");
        controller.advance(HOUR);
        waiting.await.unwrap();
    }

    #[tokio::test]
    async fn an_earlier_advance_shortens_no_wait() {
        let (clock, controller) = Clock::settable();
        controller.advance(HOUR);
        let waited = tokio::time::timeout(Duration::from_millis(20), clock.sleep(HOUR)).await;
        assert!(waited.is_err());
    }

    #[tokio::test]
    async fn time_advances_without_a_controller() {
        let (clock, controller) = Clock::settable();
        clock.sleep(Duration::from_millis(1)).await;
        Clock::default().sleep(Duration::from_millis(1)).await;
        drop(controller);
        clock.sleep(Duration::from_millis(1)).await;
    }

    #[tokio::test]
    async fn setting_the_time_of_day_back_ends_only_the_waits_that_watch_for_it() {
        let (clock, controller) = Clock::settable();
        let (moment, time) = (clock.now(), clock.time());
        let waiting = clock.clone();
        let waiting = tokio::spawn(async move { waiting.sleep_unless_set(HOUR).await });
        tokio::task::yield_now().await;
        controller.set_back(HOUR);
        waiting.await.unwrap();
        assert!(clock.time() < time && clock.now() >= moment);
        let waited = tokio::time::timeout(Duration::from_millis(20), clock.sleep(HOUR)).await;
        assert!(waited.is_err());
    }

    #[test]
    fn the_time_of_day_advances_too() {
        let (clock, controller) = Clock::settable();
        let before = clock.time();
        controller.advance(HOUR);
        assert!(clock.time() >= before + HOUR);
        assert!(Clock::default().time() < before + HOUR);
    }
}
