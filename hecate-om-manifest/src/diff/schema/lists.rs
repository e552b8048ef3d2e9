//! Lists and tuples.

use serde_json::Value;

use super::Effect;
use super::arm::Arm;
use super::level::{Level, Mode};
use super::number::Number;
use super::parts::list;
use super::value_path::Step;

impl<'a> Level<'a> {
    pub(super) fn lists(&mut self, old: &Arm<'a>, new: &Arm<'a>) {
        let (before, after) = (tuple(old), tuple(new));
        if before.len() != after.len() {
            let (was, is) = (before.len(), after.len());
            let what = match (was, is) {
                (0, n) => format!("was a list, is a tuple of {n}"),
                (n, 0) => format!("was a tuple of {n}, is a list"),
                (old, new) => format!("was a tuple of {old}, is one of {new}"),
            };
            return self.report(Step::Here, Effect::Replaced, format_args!("{what}"));
        }
        let length = before.len();
        for (at, (before, after)) in before.into_iter().zip(after).enumerate() {
            self.below(Step::Item(at), before, after);
        }
        // The items after a tuple, if any item is allowed there.
        let is_full = |arm: &Arm<'a>| {
            let most = arm.least("maxItems");
            most.is_some_and(|most| most <= Number::Whole(length as i128))
        };
        if !(is_full(old) && is_full(new)) {
            self.below(Step::Items, items(old), items(new));
        }
        self.counts("length", ["minItems", "maxItems"], old, new);
        let unique = |arm: &Arm<'a>| {
            arm.all("uniqueItems")
                .any(|value| *value == Value::Bool(true))
        };
        match (unique(old), unique(new)) {
            (false, true) => self.report(
                Step::Here,
                Effect::Narrowed,
                format_args!("has unique items now"),
            ),
            (true, false) => self.report(
                Step::Here,
                Effect::Widened,
                format_args!("can have duplicate items now"),
            ),
            _ => {}
        }
        self.contained(old, new);
    }

    /// Compares the conditions on some of the items.
    fn contained(&mut self, old: &Arm<'a>, new: &Arm<'a>) {
        let most = "maxContains";
        // A `contains` that allows more items can break `maxContains`.
        let mode = if old.has(most) || new.has(most) {
            Mode::Whole
        } else {
            Mode::Same
        };
        let key = "contains";
        self.condition(key, Step::Items, mode, old.nodes(key), new.nodes(key));
        if old.has(key) && new.has(key) {
            self.counts("number of such items", ["minContains", most], old, new);
        }
    }
}

fn items<'a>(arm: &Arm<'a>) -> Vec<&'a Value> {
    let mut items = arm.nodes("items");
    items.extend(arm.all("unevaluatedItems"));
    items
}

/// Returns the schemas of a tuple's positions.
fn tuple<'a>(arm: &Arm<'a>) -> Vec<Vec<&'a Value>> {
    let mut tuple: Vec<Vec<&'a Value>> = Vec::new();
    for part in arm.parts() {
        for (at, item) in list(part, "prefixItems").enumerate() {
            match tuple.get_mut(at) {
                Some(position) => position.push(item),
                None => tuple.push(vec![item]),
            }
        }
    }
    tuple
}
