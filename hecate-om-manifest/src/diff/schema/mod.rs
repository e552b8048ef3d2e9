//! What has changed between two JSON Schemas of the same thing, and for whom.
//!
//! ```
//! use hecate_om_manifest::diff::schema::{Direction, differences};
//! use serde_json::json;
//!
//! let old = json!({"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]});
//! let new = json!({"type": "object", "properties": {"body": {"type": "string"}}, "required": ["body"]});
//! let changes = differences(&old, &new);
//! assert_eq!(changes[0].to_string(), "`body`: is new and required");
//! assert!(changes[0].breaks(Direction::Request), "who sends the old one leaves it out");
//! assert_eq!(changes[1].to_string(), "`text`: is gone");
//! assert!(changes[1].breaks(Direction::Response), "who reads the old one misses it");
//! ```

mod lists;
mod objects;
mod scalars;
mod shape;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt::{self, Display};

use serde_json::Value;

use shape::{Branch, Kind, branches};

/// How many pairs of places are compared at most. Either schema may be a stranger's.
const MAX_PAIRS: usize = 20_000;

/// How deep a place may lie. Past it nothing is compared.
const MAX_DEPTH: usize = 64;

/// Which way a value goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To the provider, which may come to take more, and never less.
    Request,
    /// From the provider, which may come to answer less, and never more.
    Response,
}

/// How the new schema stands to the old one in one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Something of what was allowed is no longer: what is sent by the old one may be refused.
    Narrowed,
    /// Something that was not allowed now is: what is read by the old one may not fit.
    Widened,
    /// Both.
    Replaced,
    /// Neither: a field that readers pass over and writers may leave out has come.
    Added,
    /// Neither: such a field has gone; what is still sent is passed over.
    Dropped,
}

/// One difference between two schemas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaChange {
    /// Where in the value: `chunks[].score`; empty for the value as a whole. `*` is any field of a map,
    /// `<name>` a variant of an enum.
    pub place: String,
    /// What is different there, `is new and required`.
    pub what: String,
    /// How the new schema stands to the old one there.
    pub effect: Effect,
}

impl SchemaChange {
    /// Whether values that follow the old schema are no longer understood when they go this way: requests
    /// written by it, or answers read by it.
    #[must_use]
    pub const fn breaks(&self, direction: Direction) -> bool {
        match (self.effect, direction) {
            (Effect::Replaced, _)
            | (Effect::Narrowed, Direction::Request)
            | (Effect::Widened, Direction::Response) => true,
            (Effect::Narrowed | Effect::Widened | Effect::Added | Effect::Dropped, _) => false,
        }
    }
}

impl Display for SchemaChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            write!(f, "`{}`: ", self.place)?;
        }
        f.write_str(&self.what)
    }
}

/// What is different in `new`, by place; nothing where every value that fits one fits the other, as far
/// as the keywords say that serde's types are described by. Names of types, titles, documentation,
/// defaults and examples are no differences.
///
/// Either schema may be anyone's: what is compared is bounded, and schemas that refer to themselves end.
#[must_use]
pub fn differences(old: &Value, new: &Value) -> Vec<SchemaChange> {
    let mut comparison = Comparison {
        old,
        new,
        seen: BTreeSet::new(),
        changes: Vec::new(),
    };
    comparison.nodes(old, new, &Place::default());
    let mut changes = comparison.changes;
    changes.sort_by(|a, b| (&a.place, &a.what).cmp(&(&b.place, &b.what)));
    changes.dedup();
    changes
}

/// Where in the value.
#[derive(Debug, Clone, Default)]
struct Place {
    path: String,
    depth: usize,
}

impl Place {
    fn field(&self, name: &str) -> Self {
        self.then(&if self.path.is_empty() {
            name.to_owned()
        } else {
            format!(".{name}")
        })
    }

    fn items(&self) -> Self {
        self.then("[]")
    }

    fn item(&self, at: usize) -> Self {
        self.then(&format!("[{at}]"))
    }

    fn variant(&self, name: &str) -> Self {
        self.then(&format!("<{name}>"))
    }

    fn then(&self, part: &str) -> Self {
        Self {
            path: format!("{}{part}", self.path),
            depth: self.depth + 1,
        }
    }
}

/// What a pair of alternatives that has been compared is known by.
type Pair<'a> = ((Vec<usize>, Option<&'a str>), (Vec<usize>, Option<&'a str>));

#[derive(Debug)]
struct Comparison<'a> {
    old: &'a Value,
    new: &'a Value,
    seen: BTreeSet<Pair<'a>>,
    changes: Vec<SchemaChange>,
}

/// The alternatives of one kind, of either side.
type Sides<'a, 'b> = (Vec<&'b Branch<'a>>, Vec<&'b Branch<'a>>);

impl<'a> Comparison<'a> {
    fn say(&mut self, place: &Place, effect: Effect, what: impl Into<String>) {
        self.changes.push(SchemaChange {
            place: place.path.clone(),
            what: what.into(),
            effect,
        });
    }

    /// Where `lost` was allowed and is not, or `gained` is and was not.
    fn say_either(&mut self, place: &Place, lost: bool, gained: bool, what: impl Into<String>) {
        let effect = match (lost, gained) {
            (true, true) => Effect::Replaced,
            (true, false) => Effect::Narrowed,
            (false, true) => Effect::Widened,
            (false, false) => return,
        };
        self.say(place, effect, what);
    }

    fn nodes(&mut self, old: &'a Value, new: &'a Value, place: &Place) {
        if place.depth > MAX_DEPTH {
            return;
        }
        let old = branches(self.old, old);
        let new = branches(self.new, new);
        if old.is_empty() || new.is_empty() {
            let what = if new.is_empty() {
                "is allowed no value now"
            } else {
                "is allowed values now"
            };
            return self.say_either(place, !old.is_empty(), !new.is_empty(), what);
        }
        let kinds = |branches: &[Branch<'a>]| -> BTreeSet<Kind> {
            branches.iter().map(Branch::kind).collect()
        };
        let (before, after) = (kinds(&old), kinds(&new));
        if before.contains(&Kind::Any) || after.contains(&Kind::Any) {
            let (was, is) = (names(&before), names(&after));
            let lost = !after.contains(&Kind::Any);
            let gained = !before.contains(&Kind::Any);
            return self.say_either(place, lost, gained, format!("was {was}, is {is}"));
        }
        self.kinds(&before, &after, place);
        for kind in before.intersection(&after) {
            let of = |branches: &'_ [Branch<'a>]| -> Vec<Branch<'a>> {
                branches
                    .iter()
                    .filter(|one| one.kind() == *kind)
                    .cloned()
                    .collect()
            };
            let (old, new) = (of(&old), of(&new));
            let sides = (old.iter().collect(), new.iter().collect());
            match kind {
                Kind::Any | Kind::Null => {}
                Kind::Boolean | Kind::Number | Kind::Text => self.scalars(*kind, &sides, place),
                Kind::List | Kind::Object => self.composed(*kind, &sides, place),
            }
        }
    }

    /// The kinds of value that came or went.
    fn kinds(&mut self, before: &BTreeSet<Kind>, after: &BTreeSet<Kind>, place: &Place) {
        if before.is_disjoint(after) {
            let what = format!("was {}, is {}", names(before), names(after));
            return self.say(place, Effect::Replaced, what);
        }
        for kind in before.difference(after) {
            self.say(
                place,
                Effect::Narrowed,
                format!("cannot be {} any more", kind.name()),
            );
        }
        for kind in after.difference(before) {
            self.say(
                place,
                Effect::Widened,
                format!("can be {} now", kind.name()),
            );
        }
    }

    /// Lists and objects: each alternative beside the one that stands for it on the other side.
    fn composed(&mut self, kind: Kind, (old, new): &Sides<'a, '_>, place: &Place) {
        if let ([old], [new]) = (old.as_slice(), new.as_slice()) {
            return self.pair(kind, old, new, place);
        }
        let old = labelled(self.old, old);
        let mut new = labelled(self.new, new);
        for (label, old) in old {
            match new.iter().position(|(other, _)| *other == label) {
                Some(at) => {
                    let (_, new) = new.remove(at);
                    self.pair(kind, old, new, &place.variant(&label));
                }
                None => self.say(
                    place,
                    Effect::Narrowed,
                    format!("the variant `{label}` is gone"),
                ),
            }
        }
        for (label, _) in new {
            self.say(
                place,
                Effect::Widened,
                format!("the variant `{label}` is new"),
            );
        }
    }

    fn pair(&mut self, kind: Kind, old: &Branch<'a>, new: &Branch<'a>, place: &Place) {
        let pair = (old.identity(), new.identity());
        if self.seen.len() >= MAX_PAIRS || !self.seen.insert(pair) {
            return;
        }
        match kind {
            Kind::List => self.lists(old, new, place),
            _ => self.objects(old, new, place),
        }
    }
}

/// The alternatives with what they are known by: serde's names of variants, else their fields.
fn labelled<'a, 'b>(root: &'a Value, branches: &[&'b Branch<'a>]) -> Vec<(String, &'b Branch<'a>)> {
    let mut labelled: Vec<(String, &Branch<'a>)> = Vec::new();
    for branch in branches {
        let label = branch.variant(root).unwrap_or_else(|| match branch.kind() {
            Kind::List => "list".to_owned(),
            _ => branch.required().into_iter().collect::<Vec<_>>().join("+"),
        });
        let same = labelled.iter().filter(|(other, _)| *other == label).count();
        let label = if same == 0 {
            label
        } else {
            format!("{label} #{}", same + 1)
        };
        labelled.push((label, branch));
    }
    labelled
}

fn names(kinds: &BTreeSet<Kind>) -> String {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    names.join(" or ")
}
