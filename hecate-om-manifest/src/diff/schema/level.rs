//! What comparing two alternatives finds at their own level, and which places are to be compared below.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use super::Effect;
use super::arm::{Arm, Kind};
use super::place::Step;

/// Places that are to be compared.
#[derive(Debug)]
pub(super) struct Below<'a> {
    pub(super) step: Step<'a>,
    pub(super) old: Vec<&'a Value>,
    pub(super) new: Vec<&'a Value>,
}

/// One difference of this level.
#[derive(Debug)]
pub(super) struct Found<'a> {
    pub(super) step: Step<'a>,
    pub(super) effect: Effect,
    /// Empty where nobody reads it.
    pub(super) what: String,
}

/// How conditions compare of which either side may have several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// What narrows the condition narrows what is allowed.
    Same,
    /// What narrows the condition widens what is allowed: `not`.
    Inverted,
    /// Any change of it is either.
    Whole,
}

/// Conditions that a value meets beside the others, of a keyword; each is some schemas.
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
    pub(super) found: Vec<Found<'a>>,
    pub(super) below: Vec<Below<'a>>,
    pub(super) conditions: Vec<Conditions<'a>>,
    /// Whether the differences are to be read.
    telling: bool,
}

impl<'a> Level<'a> {
    pub(super) const fn new(telling: bool) -> Self {
        Self {
            found: Vec::new(),
            below: Vec::new(),
            conditions: Vec::new(),
            telling,
        }
    }

    /// The differences of two alternatives of one kind, but for the values that they are confined to.
    pub(super) fn arms(&mut self, old: &Arm<'a>, new: &Arm<'a>) {
        let kinds = [old.kind, new.kind];
        let is = |kind| kinds.contains(&kind) || kinds == [Kind::Any; 2];
        if is(Kind::Number) {
            self.numbers(old, new);
        }
        if is(Kind::Text) {
            self.texts(old, new);
        }
        if is(Kind::List) {
            self.lists(old, new);
        }
        if is(Kind::Object) {
            self.objects(old, new);
        }
        self.formats(old, new);
        self.conditional(old, new);
        if old.unknown != new.unknown {
            let (was, is) = (quoted(&old.unknown), quoted(&new.unknown));
            self.say(
                Step::Here,
                Effect::Undecided,
                format_args!("referred to {was}, refers to {is}, which the schema does not hold: not compared"),
            );
        }
    }

    pub(super) fn say(&mut self, step: Step<'a>, effect: Effect, what: fmt::Arguments<'_>) {
        let what = if self.telling {
            what.to_string()
        } else {
            String::new()
        };
        self.found.push(Found { step, effect, what });
    }

    /// Where `lost` was allowed and is not, or `gained` is and was not.
    pub(super) fn say_either(
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
        self.say(step, effect, what);
    }

    pub(super) fn below(&mut self, step: Step<'a>, old: Vec<&'a Value>, new: Vec<&'a Value>) {
        if !(old.is_empty() && new.is_empty()) {
            self.below.push(Below { step, old, new });
        }
    }

    /// Conditions of a keyword that each stands for itself.
    pub(super) fn condition(
        &mut self,
        keyword: &str,
        step: Step<'a>,
        mode: Mode,
        old: Vec<&'a Value>,
        new: Vec<&'a Value>,
    ) {
        let each = |all: Vec<&'a Value>| all.into_iter().map(|one| vec![one]).collect();
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
            let of_part = |part: &'a super::document::Object| {
                let said = |key| part.get(key).unwrap_or(&Value::Bool(true));
                Some(vec![part.get("if")?, said("then"), said("else")])
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

    /// The named forms of texts. A format of numbers is their range.
    fn formats(&mut self, old: &Arm<'a>, new: &Arm<'a>) {
        if !matches!(old.kind, Kind::Number | Kind::Boolean) {
            self.forms("format", old, new);
        }
    }

    /// What a value must be like by a keyword's text, which is not looked into.
    pub(super) fn forms(&mut self, key: &'static str, old: &Arm<'a>, new: &Arm<'a>) {
        let (before, after) = (old.texts(key), new.texts(key));
        let lost = after.difference(&before).next().is_some();
        let gained = before.difference(&after).next().is_some();
        let (was, is) = (quoted(&before), quoted(&after));
        self.say_either(
            Step::Here,
            lost,
            gained,
            format_args!("its {key} was {was}, is {is}"),
        );
    }
}

/// Texts as they are told.
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

/// The beginning of a text that may be of any length.
pub(super) fn clipped(text: &str) -> String {
    const MOST: usize = 200;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
