//! Due times of a schedule, in the time of day.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::pattern::Pattern;

/// Due times that do not depend on the start of the service.
#[derive(Debug)]
pub(super) enum Times {
    Cron(Pattern),
    /// The multiples of a period since the Unix epoch, alike on each instance.
    Aligned(Duration),
}

impl Times {
    /// Returns the first due time after `time`; `None` beyond the range of the clock.
    pub(super) fn after(&self, time: SystemTime) -> Option<SystemTime> {
        match self {
            Self::Cron(pattern) => pattern.after(time),
            Self::Aligned(period) => {
                let next = periods(time, *period).checked_add(1)?;
                let next = period.as_millis().max(1).checked_mul(next)?;
                UNIX_EPOCH.checked_add(Duration::from_millis(u64::try_from(next).ok()?))
            }
        }
    }

    /// Counts the due times after `from`, up to and including `to`.
    pub(super) fn count(&self, from: SystemTime, to: SystemTime) -> u64 {
        match self {
            Self::Cron(pattern) => pattern.count(from, to),
            Self::Aligned(period) => {
                let count = periods(to, *period).saturating_sub(periods(from, *period));
                u64::try_from(count).unwrap_or(u64::MAX)
            }
        }
    }
}

/// Returns the number of whole periods since the Unix epoch.
fn periods(time: SystemTime, period: Duration) -> u128 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_millis() / period.as_millis().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aligned_times_are_multiples_of_the_period_since_the_epoch() {
        let at = |ms| UNIX_EPOCH + Duration::from_millis(ms);
        let hourly = Times::Aligned(Duration::from_secs(3600));
        assert_eq!(hourly.after(at(0)), Some(at(3_600_000)));
        assert_eq!(hourly.after(at(3_599_999)), Some(at(3_600_000)));
        assert_eq!(hourly.after(at(3_600_000)), Some(at(7_200_000)));
        assert_eq!(hourly.count(at(3_600_000), at(7_199_999)), 0);
        assert_eq!(hourly.count(at(3_599_999), at(7_200_000)), 2);
        assert_eq!(hourly.count(at(7_200_000), at(0)), 0);
    }
}
