//! Objects: structs, maps and the variants of enums.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Effect;
use super::arm::{Arm, schemas_by_name};
use super::level::{Level, Mode};
use super::value_path::{Step, clipped};

impl<'a> Level<'a> {
    pub(super) fn objects(&mut self, old: &Arm<'a>, new: &Arm<'a>) {
        let (before, after) = (old.fields(), new.fields());
        let (needed, needs) = (old.required(), new.required());
        for (&name, field) in &before {
            let step = Step::Field(name);
            match after.get(name) {
                Some(now) => {
                    match (needed.contains(name), needs.contains(name)) {
                        (true, false) => {
                            self.report(
                                step.clone(),
                                Effect::Widened,
                                format_args!("is optional now"),
                            );
                        }
                        (false, true) => {
                            self.report(
                                step.clone(),
                                Effect::Narrowed,
                                format_args!("is required now"),
                            );
                        }
                        _ => {}
                    }
                    self.below(step, field.clone(), now.clone());
                }
                None => {
                    // Readers of a closed object refuse unknown fields.
                    let effect = match (needed.contains(name), new.is_closed()) {
                        (true, true) => Effect::Replaced,
                        (true, false) => Effect::Widened,
                        (false, true) => Effect::Narrowed,
                        (false, false) => Effect::Dropped,
                    };
                    self.report(step.clone(), effect, format_args!("is gone"));
                    self.unnamed_field(step, field.clone(), unnamed(new), false);
                }
            }
        }
        for (&name, field) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
            let step = Step::Field(name);
            let (effect, what) = match (needs.contains(name), old.is_closed()) {
                (true, true) => (Effect::Replaced, "is new and required"),
                (true, false) => (Effect::Narrowed, "is new and required"),
                (false, true) => (Effect::Widened, "is new and optional"),
                (false, false) => (Effect::Added, "is new and optional"),
            };
            self.report(step.clone(), effect, format_args!("{what}"));
            self.unnamed_field(step, field.clone(), unnamed(old), true);
        }
        self.others(old, new);
        self.counts(
            "number of fields",
            ["minProperties", "maxProperties"],
            old,
            new,
        );
        let key = "propertyNames";
        self.condition(key, Step::Name, Mode::Same, old.nodes(key), new.nodes(key));
        self.dependent(old, new);
    }

    /// Compares a field that one side names and that belongs to a map on the other side.
    fn unnamed_field(
        &mut self,
        step: Step<'a>,
        named: Vec<&'a Value>,
        others: Vec<&'a Value>,
        is_new: bool,
    ) {
        if !others.is_empty() {
            if is_new {
                self.below(step, others, named)
            } else {
                self.below(step, named, others)
            }
        }
    }

    /// Compares the unnamed fields, as maps have.
    fn others(&mut self, old: &Arm<'a>, new: &Arm<'a>) {
        let patterns = |arm: &Arm<'a>| schemas_by_name(arm.all("patternProperties"));
        let (before, after) = (patterns(old), patterns(new));
        let (was_closed, is_closed) = (old.is_closed(), new.is_closed());
        for (pattern, field) in &before {
            match after.get(pattern) {
                Some(now) => self.below(Step::AnyField, field.clone(), now.clone()),
                None => self.report_either(
                    Step::Here,
                    is_closed,
                    !is_closed,
                    format_args!("its keys need not follow `{}` any more", clipped(pattern)),
                ),
            }
        }
        for pattern in after
            .keys()
            .filter(|pattern| !before.contains_key(*pattern))
        {
            self.report_either(
                Step::Here,
                !was_closed,
                was_closed,
                format_args!("its keys follow `{}` now", clipped(pattern)),
            );
        }
        match (was_closed, is_closed) {
            (true, true) => {}
            (false, false) => self.maps(old.others(), new.others()),
            // The patterns already report whether the object is closed.
            _ if !before.keys().eq(after.keys()) => {}
            (false, true) => self.report(
                Step::Here,
                Effect::Narrowed,
                format_args!("refuses unknown fields now"),
            ),
            (true, false) => self.report(
                Step::Here,
                Effect::Widened,
                format_args!("can have unnamed fields now"),
            ),
        }
    }

    fn maps(&mut self, old: Vec<&'a Value>, new: Vec<&'a Value>) {
        match (old.is_empty(), new.is_empty()) {
            (true, true) => {}
            (false, true) => self.report(
                Step::AnyField,
                Effect::Widened,
                format_args!("can be anything now"),
            ),
            (true, false) => self.report(
                Step::AnyField,
                Effect::Narrowed,
                format_args!("cannot be anything any more"),
            ),
            (false, false) => self.below(Step::AnyField, old, new),
        }
    }

    /// Compares the conditions that depend on a field's presence.
    fn dependent(&mut self, old: &Arm<'a>, new: &Arm<'a>) {
        let (before, after) = (dependents(old), dependents(new));
        let none = BTreeSet::new();
        for name in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
            let [was, is] = [&before, &after].map(|all| all.get(name).unwrap_or(&none));
            for other in is.difference(was) {
                let other = clipped(other);
                self.report(
                    Step::Field(name),
                    Effect::Narrowed,
                    format_args!("needs `{other}` beside it now"),
                );
            }
            for other in was.difference(is) {
                let other = clipped(other);
                self.report(
                    Step::Field(name),
                    Effect::Widened,
                    format_args!("does not need `{other}` beside it any more"),
                );
            }
        }
        let key = "dependentSchemas";
        let [mut before, mut after] = [old, new].map(|arm| schemas_by_name(arm.all(key)));
        let names: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
        for name in names {
            let [was, is] =
                [&mut before, &mut after].map(|all| all.remove(name).unwrap_or_default());
            self.condition(key, Step::Field(name), Mode::Same, was, is);
        }
    }
}

/// Returns the schemas of unnamed fields, if only these schemas describe such fields.
fn unnamed<'a>(arm: &Arm<'a>) -> Vec<&'a Value> {
    if arm.is_closed() || arm.has("patternProperties") {
        Vec::new()
    } else {
        arm.others()
    }
}

/// Returns the fields that another field's presence requires.
fn dependents<'a>(arm: &Arm<'a>) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let mut all: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let dependents = arm.all("dependentRequired").filter_map(Value::as_object);
    for (name, others) in dependents.flatten() {
        let others = others.as_array().into_iter().flatten();
        let all = all.entry(name).or_default();
        all.extend(others.filter_map(Value::as_str));
    }
    all
}
