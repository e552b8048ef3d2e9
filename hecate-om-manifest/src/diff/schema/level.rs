//! Comparison of two alternatives at their own level, and the locations to compare below.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use super::Effect;
use super::arm::{Arm, ValueKind};
use super::parts::Object;
use super::value_path::{Step, clipped};

/// Locations to compare below.
#[derive(Debug)]
pub(super) struct Below<'a> {
    pub(super) step: Step<'a>,
    pub(super) old: Vec<&'a Value>,
    pub(super) new: Vec<&'a Value>,
}

/// One difference at this level.
#[derive(Debug)]
pub(super) struct Difference<'a> {
    pub(super) step: Step<'a>,
    pub(super) effect: Effect,
    /// Empty if the text is not needed.
    pub(super) what: String,
}

/// Effect of a change in a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// A narrower condition allows less.
    Same,
    /// A narrower condition allows more: `not`.
    Inverted,
    /// Any change may allow less or more.
    Whole,
}

/// The conditions of one keyword that a value must meet; each is a list of schemas.
#[derive(Debug)]
pub(super) struct Conditions<'a> {
    pub(super) keyword: String,
    pub(super) step: Step<'a>,
    pub(super) mode: Mode,
    pub(super) old: Vec<Vec<&'a Value>>,
    pub(super) new: Vec<Vec<&'a Value>>,
}

#[derive(Debug)]
pub(super) struct Level<'a> {
    pub(super) found: Vec<Difference<'a>>,
    pub(super) below: Vec<Below<'a>>,
    pub(super) conditions: Vec<Conditions<'a>>,
    /// Whether the texts of the differences are needed.
    with_texts: bool,
}

impl<'a> Level<'a> {
    pub(super) const fn new(with_texts: bool) -> Self {
        Self {
            found: Vec::new(),
            below: Vec::new(),
            conditions: Vec::new(),
            with_texts,
        }
    }

    /// Compares two alternatives of one kind, apart from their listed values.
    pub(super) fn arms(&mut self, old: &Arm<'a>, new: &Arm<'a>) {
        let kinds = [old.kind, new.kind];
        let is = |kind| kinds.contains(&kind) || kinds == [ValueKind::Any; 2];
        if is(ValueKind::Number) {
            self.numbers(old, new);
        }
        if is(ValueKind::Text) {
            self.texts(old, new);
        }
        if is(ValueKind::List) {
            self.lists(old, new);
        }
        if is(ValueKind::Object) {
            self.objects(old, new);
        }
        self.formats(old, new);
        self.conditional(old, new);
        if old.unknown != new.unknown {
            self.unresolved(&old.unknown, &new.unknown);
        }
    }

    /// Reports references without a target.
    pub(super) fn unresolved(&mut self, was: &BTreeSet<&str>, is: &BTreeSet<&str>) {
        let references = match (was.is_empty(), is.is_empty()) {
            (_, true) => format!("referred to {}", quoted(was)),
            (true, false) => format!("refers to {}", quoted(is)),
            (false, false) => format!("referred to {}, refers to {}", quoted(was), quoted(is)),
        };
        let what =
            format_args!("{references}, which its schema does not resolve: cannot be compared");
        self.report(Step::Here, Effect::Undecided, what);
    }

    pub(super) fn report(&mut self, step: Step<'a>, effect: Effect, what: fmt::Arguments<'_>) {
        let what = if self.with_texts {
            what.to_string()
        } else {
            String::new()
        };
        self.found.push(Difference { step, effect, what });
    }

    /// Reports a difference that loses or gains allowed values.
    pub(super) fn report_either(
        &mut self,
        step: Step<'a>,
        lost: bool,
        gained: bool,
        what: fmt::Arguments<'_>,
    ) {
        let effect = match (lost, gained) {
            (true, true) => Effect::Replaced,
            (true, false) => Effect::Narrowed,
            (false, true) => Effect::Widened,
            (false, false) => return,
        };
        self.report(step, effect, what);
    }

    pub(super) fn below(&mut self, step: Step<'a>, old: Vec<&'a Value>, new: Vec<&'a Value>) {
        if !(old.is_empty() && new.is_empty()) {
            self.below.push(Below { step, old, new });
        }
    }

    /// Adds the conditions of a keyword, each independent of the others.
    pub(super) fn condition(
        &mut self,
        keyword: &str,
        step: Step<'a>,
        mode: Mode,
        old: Vec<&'a Value>,
        new: Vec<&'a Value>,
    ) {
        let each = |all: Vec<&'a Value>| all.into_iter().map(|schema| vec![schema]).collect();
        self.conditions(Conditions {
            keyword: format!("`{keyword}`"),
            step,
            mode,
            old: each(old),
            new: each(new),
        });
    }

    fn conditions(&mut self, conditions: Conditions<'a>) {
        if !(conditions.old.is_empty() && conditions.new.is_empty()) {
            self.conditions.push(conditions);
        }
    }

    fn conditional(&mut self, old: &Arm<'a>, new: &Arm<'a>) {
        let (was, is) = (old.nodes("not"), new.nodes("not"));
        self.condition("not", Step::Here, Mode::Inverted, was, is);
        let [old, new] = [old, new].map(|arm| {
            let of_part = |part: &'a Object| {
                let schema = |key| part.get(key).unwrap_or(&Value::Bool(true));
                Some(vec![part.get("if")?, schema("then"), schema("else")])
            };
            arm.parts().filter_map(of_part).collect()
        });
        self.conditions(Conditions {
            keyword: "`if`, `then` and `else`".to_owned(),
            step: Step::Here,
            mode: Mode::Whole,
            old,
            new,
        });
    }

    /// Compares the formats of texts. The format of a number is its range.
    fn formats(&mut self, old: &Arm<'a>, new: &Arm<'a>) {
        if !matches!(old.kind, ValueKind::Number | ValueKind::Boolean) {
            self.forms("format", old, new);
        }
    }

    /// Compares a keyword's texts, without interpreting them.
    pub(super) fn forms(&mut self, key: &'static str, old: &Arm<'a>, new: &Arm<'a>) {
        let (before, after) = (old.texts(key), new.texts(key));
        let lost = after.difference(&before).next().is_some();
        let gained = before.difference(&after).next().is_some();
        let (was, is) = (quoted(&before), quoted(&after));
        self.report_either(
            Step::Here,
            lost,
            gained,
            format_args!("its {key} was {was}, is {is}"),
        );
    }
}

/// Formats texts for a report.
fn quoted(texts: &BTreeSet<&str>) -> String {
    let quoted: Vec<String> = texts
        .iter()
        .map(|text| format!("`{}`", clipped(text)))
        .collect();
    if quoted.is_empty() {
        "none".to_owned()
    } else {
        quoted.join(" and ")
    }
}
