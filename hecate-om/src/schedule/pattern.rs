//! Cron patterns, in UTC.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hecate_om_manifest::cron;

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Maximum number of days that are checked to count the times of a pattern; later days are
/// extrapolated.
const COUNTED_DAYS: usize = 4 * 366;

/// A parsed cron pattern.
#[derive(Debug)]
pub(super) struct Pattern(cron::Pattern);

impl Pattern {
    /// Parses a pattern, which the attribute has already checked.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        cron::Pattern::parse(text).map(Self)
    }

    /// Returns the first time of the pattern after `time`; `None` beyond the range of the clock.
    pub(super) fn after(&self, time: SystemTime) -> Option<SystemTime> {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        let next = self.0.after(since.as_secs())?;
        UNIX_EPOCH.checked_add(Duration::from_secs(next))
    }

    /// Counts the times of the pattern after `from`, up to and including `to`. Every matching day
    /// has the same times, so this computes the times of two days and checks each other day, for at
    /// most four years.
    pub(super) fn count(&self, from: SystemTime, to: SystemTime) -> u64 {
        let (mut at, mut count, mut times_a_day) = (from, 0, None);
        for _ in 0..COUNTED_DAYS {
            let Some(first) = self.after(at).filter(|first| *first <= to) else {
                return count;
            };
            let since = first.duration_since(UNIX_EPOCH).unwrap_or_default();
            let midnight = Duration::from_secs(since.as_secs() / DAY.as_secs() * DAY.as_secs());
            let last = UNIX_EPOCH + midnight + DAY - SECOND;
            let is_whole = at < UNIX_EPOCH + midnight && last <= to;
            let times = match times_a_day.filter(|_| is_whole) {
                Some(times) => times,
                None => self.times(first, last.min(to)),
            };
            if is_whole {
                times_a_day = Some(times);
            }
            count += times;
            at = last;
        }
        let span = |until: SystemTime| until.duration_since(from).unwrap_or_default();
        (count as f64 * span(to).div_duration_f64(span(at))) as u64
    }

    /// Counts the times of the pattern one by one from `first`, which is one of them, up to `last`.
    fn times(&self, first: SystemTime, last: SystemTime) -> u64 {
        let next = |time: &SystemTime| self.after(*time).filter(|next| *next <= last);
        std::iter::successors(Some(first), next).count() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(second)
    }

    #[test]
    fn the_next_time_is_the_first_after_the_given_one_in_utc() {
        // 2024-02-28 02:59:30 UTC
        let time = 1_709_089_170;
        for (pattern, next) in [
            ("* * * * *", 1_709_089_200),
            ("0 3 * * *", 1_709_089_200),
            ("59 2 * * *", 1_709_089_140 + 86_400),
            ("0 0 29 2 *", 1_709_164_800),
            ("30 4 * * SUN", 1_709_440_200),
            ("0 0 L 12 *", 1_735_603_200),
        ] {
            let read = Pattern::read(pattern).unwrap();
            assert_eq!(read.after(at(time)), Some(at(next)), "{pattern}");
        }
        let daily = Pattern::read("0 3 * * *").unwrap();
        assert_eq!(
            daily.after(at(1_709_089_200)),
            Some(at(1_709_089_200 + 86_400))
        );
    }

    #[test]
    fn times_are_counted_exactly_over_years() {
        // 2024-02-28 02:59:30 UTC
        let from = at(1_709_089_170);
        let days = |n: u64| from + Duration::from_secs(n * 86_400);
        for (pattern, until, times) in [
            ("* * * * *", from + Duration::from_secs(29), 0),
            ("* * * * *", from + Duration::from_secs(30), 1),
            ("* * * * *", days(1), 1_440),
            ("* * * * *", days(366), 366 * 1_440),
            ("*/7 3 * * *", days(3), 27),
            ("0 3 * * *", days(1_000), 1_000),
            ("0 3 * * MON", days(70), 10),
            ("0 0 29 2 *", days(1_400), 1),
            // Of ten years, the days after the first four years are extrapolated.
            ("0 3 * * *", days(3_650), 3_650),
        ] {
            let read = Pattern::read(pattern).unwrap();
            let counted = read.count(from, until);
            assert!(
                counted.abs_diff(times) <= times / 3_000,
                "{pattern}: {counted}"
            );
        }
        let read = Pattern::read("* * * * *").unwrap();
        assert_eq!(read.count(days(1), from), 0);
    }
}
