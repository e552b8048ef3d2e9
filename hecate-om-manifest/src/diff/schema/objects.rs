//! Objects: structs, maps and the variants of enums.

use serde_json::Value;

use super::shape::Branch;
use super::{Comparison, Effect, Place};

impl<'a> Comparison<'a> {
    pub(super) fn objects(&mut self, old: &Branch<'a>, new: &Branch<'a>, place: &Place) {
        let (before, after) = (old.fields(), new.fields());
        let (needed, needs) = (old.required(), new.required());
        for (name, field) in &before {
            let at = place.field(name);
            match after.get(name) {
                Some(now) => {
                    match (needed.contains(name), needs.contains(name)) {
                        (true, false) => self.say(&at, Effect::Widened, "is optional now"),
                        (false, true) => self.say(&at, Effect::Narrowed, "is required now"),
                        _ => {}
                    }
                    self.nodes(field, now, &at);
                }
                None => {
                    // What readers of a closed object do not know, they refuse.
                    let effect = match (needed.contains(name), is_closed(new)) {
                        (true, true) => Effect::Replaced,
                        (true, false) => Effect::Widened,
                        (false, true) => Effect::Narrowed,
                        (false, false) => Effect::Dropped,
                    };
                    self.say(&at, effect, "is gone");
                }
            }
        }
        for name in after.keys().filter(|name| !before.contains_key(*name)) {
            let (effect, what) = match (needs.contains(name), is_closed(old)) {
                (true, true) => (Effect::Replaced, "is new and required"),
                (true, false) => (Effect::Narrowed, "is new and required"),
                (false, true) => (Effect::Widened, "is new and optional"),
                (false, false) => (Effect::Added, "is new and optional"),
            };
            self.say(&place.field(name), effect, what);
        }
        self.unnamed(old, new, place);
    }

    /// The fields that no struct has: those of maps.
    fn unnamed(&mut self, old: &Branch<'a>, new: &Branch<'a>, place: &Place) {
        let (before, after) = (old.patterns(), new.patterns());
        for (pattern, field) in &before {
            match after.get(pattern) {
                Some(now) => self.nodes(field, now, &place.field("*")),
                None => self.say(
                    place,
                    Effect::Replaced,
                    format!("its keys need not follow `{pattern}` any more"),
                ),
            }
        }
        for pattern in after
            .keys()
            .filter(|pattern| !before.contains_key(*pattern))
        {
            self.say(
                place,
                Effect::Replaced,
                format!("its keys follow `{pattern}` now"),
            );
        }
        if before != after && !before.keys().eq(after.keys()) {
            return;
        }
        match (old.others(), new.others()) {
            (Some(old @ Value::Object(_)), Some(new @ Value::Object(_))) => {
                self.nodes(old, new, &place.field("*"));
            }
            (Some(Value::Object(_)), None | Some(Value::Bool(true))) => {
                self.say(&place.field("*"), Effect::Widened, "can be anything now");
            }
            (None | Some(Value::Bool(true)), Some(Value::Object(_))) => {
                self.say(
                    &place.field("*"),
                    Effect::Narrowed,
                    "cannot be anything any more",
                );
            }
            _ => match (is_closed(old), is_closed(new)) {
                (false, true) => self.say(
                    place,
                    Effect::Narrowed,
                    "refuses fields it does not know now",
                ),
                (true, false) => self.say(
                    place,
                    Effect::Widened,
                    "can hold fields it does not name now",
                ),
                _ => {}
            },
        }
    }
}

fn is_closed(branch: &Branch<'_>) -> bool {
    branch.others() == Some(&Value::Bool(false))
}
