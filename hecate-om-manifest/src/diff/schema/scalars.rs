//! Booleans, numbers and texts.

use std::collections::BTreeSet;

use serde_json::Value;

use super::shape::{Branch, Kind};
use super::{Comparison, Effect, Place, Sides};

impl<'a> Comparison<'a> {
    pub(super) fn scalars(&mut self, kind: Kind, (old, new): &Sides<'a, '_>, place: &Place) {
        let (before, after) = (values(old), values(new));
        match (&before, &after) {
            (Some(before), Some(after)) => {
                for value in before.difference(after) {
                    self.say(
                        place,
                        Effect::Narrowed,
                        format!("the value `{value}` is gone"),
                    );
                }
                for value in after.difference(before) {
                    self.say(
                        place,
                        Effect::Widened,
                        format!("the value `{value}` is new"),
                    );
                }
                return;
            }
            (Some(_), None) => {
                return self.say(
                    place,
                    Effect::Widened,
                    "was one of a list of values, can be any now",
                );
            }
            (None, Some(after)) => {
                let values: Vec<String> = after.iter().map(|value| format!("`{value}`")).collect();
                let what = format!("is one of {} now", values.join(", "));
                return self.say(place, Effect::Narrowed, what);
            }
            (None, None) => {}
        }
        match kind {
            Kind::Number => self.numbers(old, new, place),
            Kind::Text => self.texts(old, new, place),
            _ => {}
        }
    }

    fn numbers(&mut self, old: &[&Branch<'a>], new: &[&Branch<'a>], place: &Place) {
        let whole = |branches: &[&Branch<'a>]| branches.iter().all(|one| one.is_integer());
        match (whole(old), whole(new)) {
            (true, false) => self.say(place, Effect::Widened, "was a whole number, is any number"),
            (false, true) => self.say(place, Effect::Narrowed, "was any number, is a whole number"),
            _ => {}
        }
        let least = |branches: &[&Branch<'a>]| bound(branches, least, f64::min);
        let most = |branches: &[&Branch<'a>]| bound(branches, most, f64::max);
        self.bounds(place, "minimum", (least(old), least(new)));
        self.bounds(place, "maximum", (most(old), most(new)));
    }

    fn texts(&mut self, old: &[&Branch<'a>], new: &[&Branch<'a>], place: &Place) {
        let length = |key: &'static str| move |branch: &Branch<'a>| branch.get(key)?.as_f64();
        let least =
            |all: &[&Branch<'a>]| bound(all, length("minLength"), f64::min).filter(|&n| n > 0.0);
        let most = |all: &[&Branch<'a>]| bound(all, length("maxLength"), f64::max);
        self.bounds(place, "minimum length", (least(old), least(new)));
        self.bounds(place, "maximum length", (most(old), most(new)));
        for key in ["pattern", "format"] {
            let said = |branches: &[&Branch<'a>]| -> BTreeSet<&'a str> {
                branches.iter().filter_map(|one| one.text(key)).collect()
            };
            let (before, after) = (said(old), said(new));
            if before != after {
                let told = |said: &BTreeSet<&str>| match said.first() {
                    Some(text) => format!("`{text}`"),
                    None => "none".to_owned(),
                };
                let what = format!("its {key} was {}, is {}", told(&before), told(&after));
                self.say_either(place, !after.is_empty(), !before.is_empty(), what);
            }
        }
    }

    /// A bound, where it stands on either side; `what` is `minimum…` or `maximum…`.
    pub(super) fn bounds(
        &mut self,
        place: &Place,
        what: &str,
        (old, new): (Option<f64>, Option<f64>),
    ) {
        if old == new {
            return;
        }
        let sign = if what.starts_with("minimum") {
            1.0
        } else {
            -1.0
        };
        let tightness = |bound: Option<f64>| bound.map_or(f64::NEG_INFINITY, |bound| bound * sign);
        let narrowed = tightness(new) > tightness(old);
        let told = |bound: Option<f64>| {
            bound.map_or_else(|| "unbounded".to_owned(), |bound| bound.to_string())
        };
        let what = format!("its {what} was {}, is {}", told(old), told(new));
        self.say_either(place, narrowed, !narrowed, what);
    }
}

/// The values that the alternatives are confined to together, as JSON.
fn values(branches: &[&Branch<'_>]) -> Option<BTreeSet<String>> {
    let mut all = BTreeSet::new();
    for branch in branches {
        all.extend(branch.values()?.into_iter().map(Value::to_string));
    }
    Some(all)
}

/// The loosest bound of the alternatives; none where one of them has none.
fn bound<'a>(
    branches: &[&Branch<'a>],
    of: impl Fn(&Branch<'a>) -> Option<f64>,
    loosest: fn(f64, f64) -> f64,
) -> Option<f64> {
    let bounds: Option<Vec<f64>> = branches.iter().map(|one| of(one)).collect();
    bounds?.into_iter().reduce(loosest)
}

/// The least number of a branch: as it says, else as the type does that it names.
fn least(branch: &Branch<'_>) -> Option<f64> {
    let said = branch
        .get("minimum")
        .or_else(|| branch.get("exclusiveMinimum"));
    let least = said
        .and_then(Value::as_f64)
        .or_else(|| of_format(branch)?.0);
    least.filter(|&least| least > WIRE_LEAST)
}

fn most(branch: &Branch<'_>) -> Option<f64> {
    let said = branch
        .get("maximum")
        .or_else(|| branch.get("exclusiveMaximum"));
    let most = said
        .and_then(Value::as_f64)
        .or_else(|| of_format(branch)?.1);
    most.filter(|&most| most < WIRE_MOST)
}

/// Where the wire's own integers end, those of 64 bits with a sign: no bound of a type.
const WIRE_LEAST: f64 = i64::MIN as f64;
const WIRE_MOST: f64 = i64::MAX as f64;

/// The range of a type of integers.
fn of_format(branch: &Branch<'_>) -> Option<(Option<f64>, Option<f64>)> {
    let range = |least: f64, most: f64| (Some(least), Some(most));
    Some(match branch.text("format")? {
        "int8" => range(i8::MIN.into(), i8::MAX.into()),
        "int16" => range(i16::MIN.into(), i16::MAX.into()),
        "int32" => range(i32::MIN.into(), i32::MAX.into()),
        "uint8" => range(0.0, u8::MAX.into()),
        "uint16" => range(0.0, u16::MAX.into()),
        "uint32" => range(0.0, u32::MAX.into()),
        "uint" | "uint64" | "uint128" => (Some(0.0), None),
        _ => return None,
    })
}
