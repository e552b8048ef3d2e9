//! Fields of a cron pattern.

use super::calendar::Date;

/// One of the five fields.
pub(super) struct Field {
    noun: &'static str,
    min: u8,
    max: u8,
    /// The names of the values from `first_name` on.
    names: &'static [&'static str],
    first_name: u8,
}

pub(super) const FIELDS: [Field; 5] = [
    field("minute", 0, 59, &[], 0),
    field("hour", 0, 23, &[], 0),
    field("day of the month", 1, 31, &[], 0),
    field("month", 1, 12, MONTHS, 1),
    field("day of the week", 0, 7, WEEKDAYS, 0),
];
const MONTHS: &[&str] = &[
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const WEEKDAYS: &[&str] = &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const SUNDAY: u8 = 7;

const fn field(
    noun: &'static str,
    min: u8,
    max: u8,
    names: &'static [&'static str],
    first_name: u8,
) -> Field {
    Field {
        noun,
        min,
        max,
        names,
        first_name,
    }
}

/// The values of a field, as sets of bits.
#[derive(Debug, Clone, Default)]
pub(super) struct FieldValues {
    /// Whether the field starts with `*`. Then a day must match both the day of the month and the
    /// day of the week, otherwise one of them.
    pub(super) starred: bool,
    pub(super) literal: u64,
    /// `L` as a day of the month.
    last_day: bool,
    /// `15W`: the weekday nearest to a day of the month.
    nearest: u64,
    /// `5L`: the last such day of the week in the month.
    last_weekday: u64,
    /// `5#2`: the second such day of the week in the month.
    nth: [u64; 6],
}

impl Field {
    pub(super) fn read(&self, written: &str) -> Result<FieldValues, String> {
        let mut values = FieldValues {
            starred: written.starts_with('*'),
            ..FieldValues::default()
        };
        for item in written.split(',') {
            self.item(item, &mut values)
                .map_err(|why| format!("invalid cron pattern: {why}"))?;
        }
        Ok(values)
    }

    fn item(&self, item: &str, values: &mut FieldValues) -> Result<(), String> {
        let malformed = || {
            let special = if self.is_day_of_month() {
                ", `L` for the last day, `15W` for the weekday nearest to the 15th"
            } else if self.is_weekday() {
                ", `5L` for the last Friday, `5#2` for the second"
            } else {
                ""
            };
            format!(
                "`{item}` is not a {}: write `*`, a number from {} to {}, a range such as `{1}-{2}`{special}, or a list \
                 of those separated by `,`",
                self.noun, self.min, self.max
            )
        };
        if let Some(rest) = item.strip_prefix('*') {
            values.literal |= self.steps(self.min, self.max, rest, &malformed)?;
            return Ok(());
        }
        if self.is_day_of_month() && item == "L" {
            values.last_day = true;
            return Ok(());
        }
        let (low, rest) = self.value(item)?.ok_or_else(malformed)?;
        if rest.is_empty() {
            values.literal |= self.bit(low);
        } else if let Some(rest) = rest.strip_prefix('-') {
            let (high, rest) = self.value(rest)?.ok_or_else(malformed)?;
            if low > high {
                let remedy = if self.is_weekday() && high == 0 {
                    "; write `7` for the Sunday at its end"
                } else {
                    ""
                };
                return Err(format!("the range `{item}` ends before it starts{remedy}"));
            }
            values.literal |= self.steps(low, high, rest, &malformed)?;
        } else if rest.starts_with('/') {
            values.literal |= self.steps(low, self.max, rest, &malformed)?;
        } else if self.is_day_of_month() && rest == "W" {
            values.nearest |= self.bit(low);
        } else if self.is_weekday() && rest == "L" {
            values.last_weekday |= self.bit(low);
        } else if self.is_weekday()
            && let Some(nth) = rest.strip_prefix('#')
        {
            let (nth, rest) = decimal(nth).ok_or_else(malformed)?;
            let week = usize::try_from(nth)
                .ok()
                .filter(|nth| (1..=5).contains(nth));
            let week = week.ok_or_else(|| {
                format!("`{item}` is a day of the week that no month has: write 1 to 5 after `#`")
            })?;
            if !rest.is_empty() {
                return Err(malformed());
            }
            values.nth[week] |= self.bit(low);
        } else {
            return Err(malformed());
        }
        Ok(())
    }

    /// Returns the values from `low` to `high`, with the step of `rest` if it has one.
    fn steps(
        &self,
        low: u8,
        high: u8,
        rest: &str,
        malformed: &impl Fn() -> String,
    ) -> Result<u64, String> {
        let step = match rest.strip_prefix('/') {
            Some(written) => {
                let (step, rest) = decimal(written).ok_or_else(malformed)?;
                let least = self.min.max(1);
                let step = u8::try_from(step).ok();
                let step = step.filter(|step| (least..=self.max).contains(step));
                let step = step.ok_or_else(|| {
                    let (noun, max) = (self.noun, self.max);
                    format!("the step `{written}` of the {noun} is out of range: {least} to {max}")
                })?;
                if !rest.is_empty() {
                    return Err(malformed());
                }
                step
            }
            None if rest.is_empty() => 1,
            None => return Err(malformed()),
        };
        let values = (low..=high).step_by(usize::from(step));
        Ok(values.fold(0, |all, value| all | self.bit(value)))
    }

    /// Splits off the value that `text` starts with; `None` if it starts with no value.
    fn value<'t>(&self, text: &'t str) -> Result<Option<(u8, &'t str)>, String> {
        for (value, name) in (self.first_name..).zip(self.names) {
            if text
                .get(..name.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(name))
            {
                return Ok(Some((value, &text[name.len()..])));
            }
        }
        let Some((value, rest)) = decimal(text) else {
            return Ok(None);
        };
        let inside = u8::try_from(value).ok();
        let inside = inside.filter(|value| (self.min..=self.max).contains(value));
        match inside {
            Some(value) => Ok(Some((value, rest))),
            None => Err(format!(
                "the {} {value} is out of range: {} to {}",
                self.noun, self.min, self.max
            )),
        }
    }

    /// Returns the bit of a value. Sunday is 0 and 7.
    fn bit(&self, value: u8) -> u64 {
        match value {
            0 if self.is_weekday() => 1 << SUNDAY,
            value => 1 << value,
        }
    }

    fn is_day_of_month(&self) -> bool {
        self.max == 31
    }

    fn is_weekday(&self) -> bool {
        self.max == SUNDAY
    }
}

/// Splits off the number that `text` starts with.
fn decimal(text: &str) -> Option<(u64, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

impl FieldValues {
    pub(super) fn has_day(&self, date: Date) -> bool {
        let Date {
            day,
            length,
            weekday,
            ..
        } = date;
        let nearest = |day: u8| day > 0 && has(self.nearest, day);
        let near = match weekday {
            6 | 7 => false,
            1 => nearest(day) || nearest(day - 1) || day == 3 && nearest(1),
            5 => {
                nearest(day)
                    || day < length && nearest(day + 1)
                    || day + 2 == length && nearest(length)
            }
            _ => nearest(day),
        };
        has(self.literal, day) || self.last_day && day == length || near
    }

    pub(super) fn has_weekday(&self, date: Date) -> bool {
        let Date {
            day,
            length,
            weekday,
            ..
        } = date;
        let is_last = day + 7 > length;
        has(self.literal, weekday)
            || is_last && has(self.last_weekday, weekday)
            || has(self.nth[usize::from((day - 1) / 7 + 1)], weekday)
    }
}

pub(super) const fn has(values: u64, value: u8) -> bool {
    values >> value & 1 == 1
}
