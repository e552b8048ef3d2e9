//! Cron patterns, in UTC.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cronexpr::{Crontab, FallbackTimezoneOption, MakeTimestamp, ParseOptions, parse_crontab_with};

/// A pattern that was read.
#[derive(Debug)]
pub(super) struct Pattern(Crontab);

impl Pattern {
    /// Reads a pattern, which the attribute has checked.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut options = ParseOptions::default();
        options.fallback_timezone_option = FallbackTimezoneOption::UTC;
        let pattern = parse_crontab_with(text, options).map_err(|error| error.to_string())?;
        Ok(Self(pattern))
    }

    /// The first time after `time`; `None` where there is none within four years.
    pub(super) fn after(&self, time: SystemTime) -> Option<SystemTime> {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        let second = i64::try_from(since.as_secs()).ok()?;
        let next = MakeTimestamp::from_second(second)
            .and_then(|time| self.0.find_next(time))
            .ok()?;
        let second = u64::try_from(next.timestamp().as_second()).ok()?;
        UNIX_EPOCH.checked_add(Duration::from_secs(second))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(second)
    }

    #[test]
    fn the_next_time_is_the_first_after_the_one_given_in_utc() {
        // 2024-02-28 02:59:30 UTC
        let time = 1_709_089_170;
        for (pattern, next) in [
            ("* * * * *", 1_709_089_200),
            ("0 3 * * *", 1_709_089_200),
            ("59 2 * * *", 1_709_089_140 + 86_400),
            ("0 0 29 2 *", 1_709_164_800),
            ("30 4 * * SUN", 1_709_440_200),
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
}
