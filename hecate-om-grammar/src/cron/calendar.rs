//! The Gregorian calendar.

/// Days after which the calendar repeats, weekdays included: 400 years.
pub(super) const CYCLE: u64 = 146_097;
/// Days from 0000-03-01 to 1970-01-01.
const EPOCH: u64 = 719_468;

/// A date, with the values that patterns can match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Date {
    pub(super) month: u8,
    pub(super) day: u8,
    /// The number of days in the month.
    pub(super) length: u8,
    /// From 1 for Monday to 7 for Sunday.
    pub(super) weekday: u8,
}

impl Date {
    /// Returns the date `days` after 1970-01-01.
    pub(super) fn from_days(days: u64) -> Self {
        // Years from 1 March, so that the leap day is a year's last.
        let day_of_cycle = (days + EPOCH) % CYCLE;
        let leap_days = day_of_cycle / 1_460 + day_of_cycle / 146_096 - day_of_cycle / 36_524;
        let year = (day_of_cycle - leap_days) / 365;
        let day_of_year = day_of_cycle - (365 * year + year / 4 - year / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 {
            from_march + 3
        } else {
            from_march - 9
        };
        // January and February belong to the next year of the calendar.
        let year = if month <= 2 { year + 1 } else { year };
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = match month {
            2 if is_leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        Self {
            month: small(month),
            day: small(day),
            length,
            weekday: small((days + 3) % 7 + 1),
        }
    }
}

/// Converts a month, a day or a weekday.
fn small(value: u64) -> u8 {
    u8::try_from(value).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_follow_the_gregorian_calendar_over_its_whole_cycle() {
        let (mut year, mut month, mut day, mut weekday) = (1970, 1, 1, 4);
        for days in 0..CYCLE {
            let is_leap = year % 4 == 0 && year % 100 != 0 || year % 400 == 0;
            let length = match month {
                2 => 28 + u8::from(is_leap),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            let expected = Date {
                month,
                day,
                length,
                weekday,
            };
            assert_eq!(Date::from_days(days), expected, "{year}-{month}-{day}");
            weekday = weekday % 7 + 1;
            day = day % length + 1;
            if day == 1 {
                month = month % 12 + 1;
                year += i32::from(month == 1);
            }
        }
        assert_eq!((year, month, day, weekday), (2370, 1, 1, 4));
    }
}
