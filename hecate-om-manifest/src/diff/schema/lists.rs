//! Lists and tuples.

use serde_json::Value;

use super::shape::Branch;
use super::{Comparison, Effect, Place};

/// What stands for the items of a list that says nothing of them.
static ANYTHING: Value = Value::Bool(true);

impl<'a> Comparison<'a> {
    pub(super) fn lists(&mut self, old: &Branch<'a>, new: &Branch<'a>, place: &Place) {
        let (before, after) = (tuple(old), tuple(new));
        if before.len() != after.len() {
            let what = match (before.len(), after.len()) {
                (0, n) => format!("was a list, is a tuple of {n}"),
                (n, 0) => format!("was a tuple of {n}, is a list"),
                (old, new) => format!("was a tuple of {old}, is one of {new}"),
            };
            return self.say(place, Effect::Replaced, what);
        }
        for (at, (before, after)) in before.iter().zip(after).enumerate() {
            self.nodes(before, after, &place.item(at));
        }
        let items = |branch: &Branch<'a>| branch.get("items").unwrap_or(&ANYTHING);
        if before.is_empty() {
            self.nodes(items(old), items(new), &place.items());
        }
        let count = |branch: &Branch<'a>, key: &str| branch.get(key)?.as_f64();
        let least = |branch| count(branch, "minItems").filter(|&n| n > 0.0);
        let most = |branch| count(branch, "maxItems");
        self.bounds(place, "minimum length", (least(old), least(new)));
        self.bounds(place, "maximum length", (most(old), most(new)));
        let unique = |branch: &Branch<'a>| branch.get("uniqueItems") == Some(&Value::Bool(true));
        match (unique(old), unique(new)) {
            (false, true) => self.say(place, Effect::Narrowed, "holds each item once now"),
            (true, false) => self.say(place, Effect::Widened, "can hold an item twice now"),
            _ => {}
        }
    }
}

fn tuple<'a>(branch: &Branch<'a>) -> &'a [Value] {
    let items = branch.get("prefixItems").and_then(Value::as_array);
    items.map_or(&[], Vec::as_slice)
}
