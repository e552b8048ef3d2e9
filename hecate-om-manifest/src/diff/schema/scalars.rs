//! Comparison of numbers and texts.

use std::fmt::{self, Display};

use super::arm::Arm;
use super::level::{Level, Mode};
use super::number::Number;
use super::value_path::Step;

/// Bound of a range.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bound {
    at: Number,
    /// Whether the bound is exclusive.
    open: bool,
}

/// Side of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Lower,
    Upper,
}

impl<'a> Level<'a> {
    pub(super) fn numbers(&mut self, old: &Arm<'a>, new: &Arm<'a>) {
        match (is_whole(old), is_whole(new)) {
            (true, false) => self.report_either(
                Step::Here,
                false,
                true,
                format_args!("was a whole number, is any number"),
            ),
            (false, true) => self.report_either(
                Step::Here,
                true,
                false,
                format_args!("was any number, is a whole number"),
            ),
            _ => {}
        }
        for (side, what) in [(Side::Lower, "minimum"), (Side::Upper, "maximum")] {
            self.bound(side, what, bound(old, side), bound(new, side));
        }
        self.multiples(old, new);
    }

    fn multiples(&mut self, old: &Arm<'a>, new: &Arm<'a>) {
        let of = |arm: &Arm<'a>| -> Vec<Number> {
            let divisors = divisors(arm);
            divisors
                .chain(arm.is_integer.then_some(Number::Whole(1)))
                .collect()
        };
        let (before, after) = (of(old), of(new));
        // A divisor is implied by any divisor that is a multiple of it.
        let implied =
            |divisor: &Number, by: &[Number]| by.iter().any(|other| other.is_multiple_of(*divisor));
        let lost = after.iter().find(|divisor| !implied(divisor, &before));
        let gained = before.iter().find(|divisor| !implied(divisor, &after));
        if is_whole(old) != is_whole(new)
            && divisors(old).next().is_none()
            && divisors(new).next().is_none()
        {
            return;
        }
        let text = |arm: &Arm<'a>| {
            let all: Vec<String> = divisors(arm).map(|divisor| divisor.to_string()).collect();
            if all.is_empty() {
                "none".to_owned()
            } else {
                all.join(" and ")
            }
        };
        let (was, is) = (text(old), text(new));
        self.report_either(
            Step::Here,
            lost.is_some(),
            gained.is_some(),
            format_args!("its divisor was {was}, is {is}"),
        );
    }

    pub(super) fn texts(&mut self, old: &Arm<'a>, new: &Arm<'a>) {
        self.counts("length", ["minLength", "maxLength"], old, new);
        for key in ["pattern", "contentEncoding", "contentMediaType"] {
            self.forms(key, old, new);
        }
        let key = "contentSchema";
        self.condition(key, Step::Here, Mode::Same, old.nodes(key), new.nodes(key));
    }

    /// Compares the bounds of a count.
    pub(super) fn counts(
        &mut self,
        of: &str,
        [least, most]: [&'static str; 2],
        old: &Arm<'a>,
        new: &Arm<'a>,
    ) {
        let closed = |at| Bound { at, open: false };
        let least = |arm: &Arm<'a>| {
            let least = arm.most(least).filter(|least| *least > Number::Whole(0));
            least.map(closed)
        };
        let most = |arm: &Arm<'a>| arm.least(most).map(closed);
        self.bound(
            Side::Lower,
            &format!("minimum {of}"),
            least(old),
            least(new),
        );
        self.bound(Side::Upper, &format!("maximum {of}"), most(old), most(new));
    }

    fn bound(&mut self, side: Side, what: &str, old: Option<Bound>, new: Option<Bound>) {
        if old == new {
            return;
        }
        let narrowed = match (old, new) {
            (Some(old), Some(new)) => is_tighter(side, new, old),
            (old, _) => old.is_none(),
        };
        let text = |bound: Option<Bound>| DisplayBound(side, bound);
        self.report_either(
            Step::Here,
            narrowed,
            !narrowed,
            format_args!("its {what} was {}, is {}", text(old), text(new)),
        );
    }
}

/// Returns the divisors of its numbers, without zero, which JSON Schema does not allow.
fn divisors<'a>(arm: &Arm<'a>) -> impl Iterator<Item = Number> {
    let divisors = arm.all("multipleOf").filter_map(Number::from_value);
    divisors.filter(|divisor| *divisor > Number::Whole(0))
}

/// Returns whether its numbers are whole, by its type or by a whole divisor.
fn is_whole(arm: &Arm<'_>) -> bool {
    let mut divisors = divisors(arm);
    arm.is_integer || divisors.any(Number::is_whole)
}

struct DisplayBound(Side, Option<Bound>);

impl Display for DisplayBound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.1, self.0) {
            (None, _) => f.write_str("unbounded"),
            (Some(Bound { at, open: false }), _) => at.fmt(f),
            (Some(Bound { at, open: true }), Side::Lower) => write!(f, "above {at}"),
            (Some(Bound { at, open: true }), Side::Upper) => write!(f, "below {at}"),
        }
    }
}

fn is_tighter(side: Side, this: Bound, other: Bound) -> bool {
    if this.at == other.at {
        return this.open && !other.open;
    }
    match side {
        Side::Lower => this.at > other.at,
        Side::Upper => this.at < other.at,
    }
}

/// Least integer of the wire, which has signed 64-bit integers; not a bound of a type.
const WIRE_LEAST: Number = Number::Whole(i64::MIN as i128);
const WIRE_MOST: Number = Number::Whole(i64::MAX as i128);

/// Returns the bound of an alternative's range: the explicit bound, or that of the integer format.
fn bound(arm: &Arm<'_>, side: Side) -> Option<Bound> {
    let (closed, open, step) = match side {
        Side::Lower => (arm.most("minimum"), arm.most("exclusiveMinimum"), 1),
        Side::Upper => (arm.least("maximum"), arm.least("exclusiveMaximum"), -1),
    };
    let closed = closed.map(|at| Bound { at, open: false });
    let open = open.map(|at| Bound { at, open: true });
    let named = || {
        let formats = arm.texts("format").into_iter();
        let ranges = formats.filter_map(|format| of_format(format, side));
        ranges
            .map(|at| Bound {
                at: Number::Whole(at),
                open: false,
            })
            .reduce(|a, b| if is_tighter(side, b, a) { b } else { a })
    };
    let bound = match (closed, open) {
        (Some(closed), Some(open)) if is_tighter(side, open, closed) => Some(open),
        (Some(closed), _) => Some(closed),
        (None, open) => open,
    };
    let mut bound = bound.or_else(named)?;
    if arm.is_integer {
        let at = if bound.open {
            bound.at.next_whole(step)
        } else {
            bound.at.rounded(step)
        };
        bound = Bound { at, open: false };
    }
    let is_bound = match side {
        Side::Lower => bound.at > WIRE_LEAST,
        Side::Upper => bound.at < WIRE_MOST,
    };
    is_bound.then_some(bound)
}

/// Returns the bound of the range of an integer format.
fn of_format(format: &str, side: Side) -> Option<i128> {
    let (least, most): (i128, Option<i128>) = match format {
        "int8" => (i8::MIN.into(), Some(i8::MAX.into())),
        "int16" => (i16::MIN.into(), Some(i16::MAX.into())),
        "int32" => (i32::MIN.into(), Some(i32::MAX.into())),
        "uint8" => (0, Some(u8::MAX.into())),
        "uint16" => (0, Some(u16::MAX.into())),
        "uint32" => (0, Some(u32::MAX.into())),
        "uint" | "uint64" | "uint128" => (0, None),
        _ => return None,
    };
    match side {
        Side::Lower => Some(least),
        Side::Upper => most,
    }
}

impl Arm<'_> {
    /// Returns whether it allows a value of its kind, without matching patterns.
    pub(super) fn allows(&self, value: &serde_json::Value) -> bool {
        const UNSEEN: [&str; 9] = [
            "pattern",
            "format",
            "not",
            "if",
            "contentEncoding",
            "contentMediaType",
            "contentSchema",
            "$ref",
            "$dynamicRef",
        ];
        if self.values.is_some() || !self.unknown.is_empty() {
            return false;
        }
        match value {
            serde_json::Value::Number(_) => {
                let Some(number) = Number::from_value(value) else {
                    return false;
                };
                let at = Bound {
                    at: number,
                    open: false,
                };
                let inside = |side| {
                    bound(self, side).is_none_or(|bound| at == bound || is_tighter(side, at, bound))
                };
                let mut divisors = divisors(self);
                (!self.is_integer || number.is_whole())
                    && [Side::Lower, Side::Upper].into_iter().all(inside)
                    && divisors.all(|divisor| number.is_multiple_of(divisor))
                    && !self.has("not")
                    && !self.has("if")
            }
            serde_json::Value::String(text) => {
                let length = Number::Whole(text.chars().count() as i128);
                self.most("minLength").is_none_or(|least| length >= least)
                    && self.least("maxLength").is_none_or(|most| length <= most)
                    && !UNSEEN[..7].iter().any(|key| self.has(key))
            }
            _ => self.is_unconfined(),
        }
    }
}
