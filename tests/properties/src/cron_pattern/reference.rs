//! Simple reference of cron patterns: sets of numbers, and a look at each day.

use std::collections::BTreeSet;

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// Days of 400 years, after which the calendar repeats.
const CYCLE: u64 = 400 * 365 + 97;

/// A pattern.
pub(super) struct Reference {
    minutes: BTreeSet<u64>,
    hours: BTreeSet<u64>,
    days: Vec<Day>,
    months: BTreeSet<u64>,
    weekdays: Vec<Day>,
    /// Whether a day must match both the day of the month and the day of the week.
    both: bool,
}

/// An item of the day of the month or of the day of the week.
enum Day {
    Numbers(BTreeSet<u64>),
    /// `L`.
    LastOfMonth,
    /// `15W`.
    NearestWeekday(u64),
    /// `5L`.
    LastWeekday(u64),
    /// `5#2`.
    Nth(u64, u64),
}

/// A day, with Sunday as 0.
#[derive(Clone, Copy)]
struct Date {
    month: u64,
    day: u64,
    length: u64,
    weekday: u64,
}

impl Reference {
    /// Parses a pattern; `None` if it is invalid or matches no day.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.split_ascii_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields.try_into().ok()?;
        let plain = |text: &str, min, max, names: &[&str]| -> Option<BTreeSet<u64>> {
            let items = text
                .split(',')
                .map(|item| numbers(item, min, max, names, min));
            items
                .collect::<Option<Vec<_>>>()
                .map(|all| all.into_iter().flatten().collect())
        };
        let reference = Self {
            minutes: plain(minutes, 0, 59, &[])?,
            hours: plain(hours, 0, 23, &[])?,
            days: days.split(',').map(day_of_month).collect::<Option<_>>()?,
            months: plain(months, 1, 12, &MONTHS)?,
            weekdays: weekdays.split(',').map(weekday).collect::<Option<_>>()?,
            both: days.starts_with('*') || weekdays.starts_with('*'),
        };
        let mut dates = Dates::from(0);
        (0..CYCLE)
            .any(|_| reference.matches(dates.next_date()))
            .then_some(reference)
    }

    /// Returns the first time after `second`.
    pub(super) fn after(&self, second: u64) -> u64 {
        let mut minute = second / 60 + 1;
        let mut dates = Dates::from(minute / 1440);
        loop {
            let day_ends = (minute / 1440 + 1) * 1440;
            if self.matches(dates.next_date()) {
                let found = (minute..day_ends).find(|minute| {
                    self.hours.contains(&(minute % 1440 / 60))
                        && self.minutes.contains(&(minute % 60))
                });
                if let Some(found) = found {
                    return found * 60;
                }
            }
            minute = day_ends;
        }
    }

    fn matches(&self, date: Date) -> bool {
        let day = self.days.iter().any(|item| item.has_day(date));
        let weekday = self.weekdays.iter().any(|item| item.has_weekday(date));
        let matches = if self.both {
            day && weekday
        } else {
            day || weekday
        };
        self.months.contains(&date.month) && matches
    }
}

impl Day {
    fn has_day(&self, date: Date) -> bool {
        match self {
            Self::Numbers(days) => days.contains(&date.day),
            Self::LastOfMonth => date.day == date.length,
            Self::NearestWeekday(wanted) => nearest_weekday(*wanted, date) == Some(date.day),
            Self::LastWeekday(_) | Self::Nth(..) => false,
        }
    }

    fn has_weekday(&self, date: Date) -> bool {
        match self {
            Self::Numbers(weekdays) => weekdays.iter().any(|day| day % 7 == date.weekday),
            Self::LastWeekday(weekday) => weekday % 7 == date.weekday && date.day + 7 > date.length,
            Self::Nth(weekday, nth) => {
                weekday % 7 == date.weekday && (7 * nth - 6..=7 * nth).contains(&date.day)
            }
            Self::LastOfMonth | Self::NearestWeekday(_) => false,
        }
    }
}

/// Returns the weekday of the month of `date` that is nearest to a day; `None` if the month does
/// not have the day.
fn nearest_weekday(day: u64, date: Date) -> Option<u64> {
    // Weekday of a day of this month.
    let weekday = |day: u64| (date.weekday + 35 + day - date.day) % 7;
    let is_weekend = |day| matches!(weekday(day), 0 | 6);
    if !(1..=date.length).contains(&day) {
        return None;
    }
    let days = 1..=date.length;
    days.filter(|other| !is_weekend(*other))
        .min_by_key(|other| other.abs_diff(day))
}

/// Returns the numbers of an item: `*`, `5`, `1-5`, each with or without a step.
fn numbers(
    item: &str,
    min: u64,
    max: u64,
    names: &[&str],
    first_name: u64,
) -> Option<BTreeSet<u64>> {
    let (range, step) = match item.split_once('/') {
        Some((range, step)) => (range, Some(decimal(step)?)),
        None => (item, None),
    };
    let number = |text: &str| -> Option<u64> {
        let named = names
            .iter()
            .position(|name| text.eq_ignore_ascii_case(name));
        let number = match named {
            Some(at) => first_name + at as u64,
            None => decimal(text)?,
        };
        (min..=max).contains(&number).then_some(number)
    };
    let (low, high) = match range.split_once('-') {
        _ if range == "*" => (min, max),
        Some((low, high)) => (number(low)?, number(high)?),
        None if step.is_some() => (number(range)?, max),
        None => (number(range)?, number(range)?),
    };
    let step = step.unwrap_or(1);
    if low > high || !(min.max(1)..=max).contains(&step) && item.contains('/') {
        return None;
    }
    Some((low..=high).step_by(usize::try_from(step).ok()?).collect())
}

fn day_of_month(item: &str) -> Option<Day> {
    if item == "L" {
        return Some(Day::LastOfMonth);
    }
    if let Some(day) = item.strip_suffix('W') {
        let day = decimal(day).filter(|day| (1..=31).contains(day))?;
        return Some(Day::NearestWeekday(day));
    }
    numbers(item, 1, 31, &[], 0).map(Day::Numbers)
}

fn weekday(item: &str) -> Option<Day> {
    let single = |text: &str| {
        let all = numbers(text, 0, 7, &WEEKDAYS, 0)?;
        let is_single = !text.contains(['*', '-', '/']);
        all.first().copied().filter(|_| is_single)
    };
    if let Some(day) = item.strip_suffix('L') {
        return single(day).map(Day::LastWeekday);
    }
    if let Some((day, nth)) = item.split_once('#') {
        let nth = decimal(nth).filter(|nth| (1..=5).contains(nth))?;
        return single(day).map(|day| Day::Nth(day, nth));
    }
    numbers(item, 0, 7, &WEEKDAYS, 0).map(Day::Numbers)
}

/// Parses digits. `parse` alone would accept a sign.
fn decimal(text: &str) -> Option<u64> {
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_digits.then(|| text.parse().ok()).flatten()
}

/// Consecutive dates.
struct Dates {
    year: u64,
    next: Date,
}

impl Dates {
    /// Returns the dates from `days` after 1970-01-01 on.
    fn from(days: u64) -> Self {
        let (mut year, mut month, mut left) = (1970, 1, days);
        while left >= 365 + u64::from(is_leap(year)) {
            left -= 365 + u64::from(is_leap(year));
            year += 1;
        }
        while left >= length(year, month) {
            left -= length(year, month);
            month += 1;
        }
        Self {
            year,
            next: Date {
                month,
                day: left + 1,
                length: length(year, month),
                // 1970-01-01 was a Thursday.
                weekday: (4 + days) % 7,
            },
        }
    }

    fn next_date(&mut self) -> Date {
        let date = self.next;
        let mut next = Date {
            day: date.day + 1,
            weekday: (date.weekday + 1) % 7,
            ..date
        };
        if next.day > next.length {
            next.day = 1;
            next.month = date.month % 12 + 1;
            self.year += u64::from(next.month == 1);
            next.length = length(self.year, next.month);
        }
        self.next = next;
        date
    }
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400)
}

fn length(year: u64, month: u64) -> u64 {
    match month {
        2 => 28 + u64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
