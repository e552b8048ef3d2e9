//! Cron patterns: minute, hour, day of the month, month and day of the week, in UTC.
//!
//! The attribute and the runtime share this parser, so a pattern that compiles runs.

mod calendar;
mod field;

use calendar::{CYCLE, Date};
use field::{FIELDS, FieldValues, has};

const SECONDS_A_MINUTE: u64 = 60;
const MINUTES_A_DAY: u64 = 24 * 60;

/// A cron pattern that matches at least one time.
#[derive(Debug, Clone)]
pub struct Pattern {
    minutes: u64,
    hours: u64,
    days: FieldValues,
    months: u64,
    weekdays: FieldValues,
}

/// Returns the number of fields of a pattern.
#[must_use]
pub fn fields(text: &str) -> usize {
    text.split_ascii_whitespace().count()
}

impl Pattern {
    /// Parses a pattern of five fields.
    ///
    /// # Errors
    ///
    /// The rule that the pattern breaks, and what to write.
    pub fn parse(text: &str) -> Result<Self, String> {
        let count = fields(text);
        if count != FIELDS.len() {
            return Err(format!("a cron pattern has five fields, not {count}"));
        }
        let mut read = [const { None }; FIELDS.len()];
        for ((field, written), read) in FIELDS
            .iter()
            .zip(text.split_ascii_whitespace())
            .zip(&mut read)
        {
            *read = Some(field.read(written)?);
        }
        let [minutes, hours, days, months, weekdays] = read.map(Option::unwrap_or_default);
        let pattern = Self {
            minutes: minutes.literal,
            hours: hours.literal,
            days,
            months: months.literal,
            weekdays,
        };
        if (0..CYCLE).any(|days| pattern.matches(Date::from_days(days))) {
            return Ok(pattern);
        }
        Err(format!(
            "the pattern `{text}` matches no day: change the day of the month or the month"
        ))
    }

    /// Returns the first matching time after `second`, both in seconds since the Unix epoch; `None`
    /// if it exceeds a `u64`.
    #[must_use]
    pub fn after(&self, second: u64) -> Option<u64> {
        let start = second / SECONDS_A_MINUTE + 1;
        let first_day = start / MINUTES_A_DAY;
        (first_day..=first_day + CYCLE).find_map(|day| {
            let from = if day == first_day {
                start % MINUTES_A_DAY
            } else {
                0
            };
            let minute = Some(Date::from_days(day))
                .filter(|date| self.matches(*date))
                .and_then(|_| self.minute_of_day(from))?;
            (day * MINUTES_A_DAY + minute).checked_mul(SECONDS_A_MINUTE)
        })
    }

    fn matches(&self, date: Date) -> bool {
        let day = self.days.has_day(date);
        let weekday = self.weekdays.has_weekday(date);
        has(self.months, date.month)
            && if self.days.starred || self.weekdays.starred {
                day && weekday
            } else {
                day || weekday
            }
    }

    /// Returns the first matching minute of a day from `minute` on.
    fn minute_of_day(&self, minute: u64) -> Option<u64> {
        (minute..MINUTES_A_DAY).find(|minute| {
            self.hours >> (minute / 60) & 1 == 1 && self.minutes >> (minute % 60) & 1 == 1
        })
    }
}
