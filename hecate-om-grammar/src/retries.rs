//! Retries of failed handlers of facts and schedules.

use std::fmt;
use std::time::Duration;

/// Retries of a failed handler: the number, and the bounds of the delays between them.
///
/// The longest delay before retry `n` (from 1) is the first bound, doubled `n - 1` times, but at
/// most the second bound. The delay itself is random, from nothing to that ("full jitter").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retries {
    /// Maximum number of retries, after the first attempt.
    pub max: u32,
    /// Bound of the first delay.
    pub first: Duration,
    /// Bound of every delay.
    pub longest: Duration,
}

impl Retries {
    /// The largest `max`.
    pub const MAX: u32 = 100;

    /// Default of `first`.
    pub const DEFAULT_FIRST: Duration = Duration::from_secs(1);

    /// Default of `longest`.
    pub const DEFAULT_LONGEST: Duration = Duration::from_secs(60);

    /// Returns the longest delay before a retry, of which the first has the number 1.
    #[must_use]
    pub fn longest_delay(&self, retry: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(retry.saturating_sub(1));
        self.first.saturating_mul(doubled).min(self.longest)
    }

    /// Returns the longest time from the first failure to the last attempt, without the time that
    /// the attempts take.
    #[must_use]
    pub fn window(&self) -> Duration {
        (1..=self.max).map(|retry| self.longest_delay(retry)).sum()
    }
}

/// A duration as the attributes write it: `500ms`, `31s`, `2m`, `1h`.
#[derive(Debug, Clone, Copy)]
pub struct Written(pub Duration);

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0.as_millis();
        let units = [(3_600_000, "h"), (60_000, "m"), (1_000, "s")];
        let unit = units
            .iter()
            .find(|(unit, _)| ms > 0 && ms.is_multiple_of(*unit));
        let (unit, name) = unit.unwrap_or(&(1, "ms"));
        write!(f, "{}{name}", ms / unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_delays_double_up_to_the_longest() {
        let retries = Retries {
            max: 5,
            first: SECOND,
            longest: 10 * SECOND,
        };
        let delays = [1, 2, 3, 4, 5, 100].map(|retry| retries.longest_delay(retry).as_secs());
        assert_eq!(delays, [1, 2, 4, 8, 10, 10]);
        assert_eq!(retries.window(), 25 * SECOND);
        assert_eq!(Retries { max: 0, ..retries }.window(), Duration::ZERO);
    }

    #[test]
    fn a_duration_is_written_in_its_largest_whole_unit() {
        let written = [0, 1, 1_500, 31_000, 120_000, 90_000, 3_600_000]
            .map(|ms| Written(Duration::from_millis(ms)).to_string());
        let expected = ["0ms", "1ms", "1500ms", "31s", "2m", "90s", "1h"];
        assert_eq!(written, expected);
    }
}
