//! Comparison of two JSON Schemas.
//!
//! ```
//! use hecate_om_manifest::diff::schema::{Direction, differences};
//! use serde_json::json;
//!
//! let old = json!({"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]});
//! let new = json!({"type": "object", "properties": {"body": {"type": "string"}}, "required": ["body"]});
//! let changes = differences(&old, &new);
//! assert_eq!(changes[0].to_string(), "`body`: is new and required");
//! assert!(changes[0].breaks(Direction::Request), "old requests lack it");
//! assert_eq!(changes[1].to_string(), "`text`: is gone");
//! assert!(changes[1].breaks(Direction::Response), "old readers expect it");
//! ```

mod alike;
mod arm;
mod compare;
mod document;
mod keywords;
mod label;
mod level;
mod lists;
mod locations;
mod number;
mod objects;
mod parts;
mod scalars;
#[cfg(test)]
mod tests;
mod value_path;
mod values;
mod verdict;
mod work;

use std::fmt::{self, Display};

use serde_json::Value;

pub use alike::canonical;
use compare::Comparison;
use document::Document;

/// Direction of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To the provider, which may start to accept more, but not less.
    Request,
    /// From the provider, which may start to return less, but not more.
    Response,
    /// Both, for a fact: its publishers and its subscribers are upgraded independently, so each
    /// side reads values of the other's old and new schema.
    Both,
}

/// Effect of a difference on the allowed values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Some values are no longer allowed: a request by the old schema may be refused.
    Narrowed,
    /// Some values are newly allowed: a reader by the old schema may fail.
    Widened,
    /// Both.
    Replaced,
    /// Neither: an optional field was added, which readers by the old schema ignore.
    Added,
    /// Neither: such a field was removed, and is ignored if it is still sent.
    Dropped,
    /// Unknown: this part is too complex to compare, or has a reference that its schema does not
    /// resolve.
    Undecided,
}

/// One difference between two schemas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaChange {
    /// The path in the value: `chunks[].score`; empty for the whole value. `*` is any field of a
    /// map, `<name>` a variant of an enum.
    pub path: String,
    /// The difference, `is new and required`.
    pub what: String,
    /// Effect of the difference.
    pub effect: Effect,
}

impl SchemaChange {
    /// Returns whether the difference breaks values of the old schema in this direction: requests
    /// written by it, or responses read by it. `false` for an [undecided](Effect::Undecided)
    /// difference.
    #[must_use]
    pub const fn breaks(&self, direction: Direction) -> bool {
        match (self.effect, direction) {
            (Effect::Replaced, _)
            | (Effect::Narrowed, Direction::Request | Direction::Both)
            | (Effect::Widened, Direction::Response | Direction::Both) => true,
            (
                Effect::Narrowed
                | Effect::Widened
                | Effect::Added
                | Effect::Dropped
                | Effect::Undecided,
                _,
            ) => false,
        }
    }
}

impl Display for SchemaChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "`{}`: ", self.path)?;
        }
        f.write_str(&self.what)
    }
}

/// Returns the differences of `new`, by path; empty if both allow the same values, by the
/// keywords of JSON Schema 2020-12. Type names, titles, documentation, defaults,
/// examples and the order of alternatives do not count as differences.
///
/// Either schema may be untrusted, so the work and the report are bounded. A reached bound is
/// reported as a separate difference, which is [undecided](Effect::Undecided) and breaks nothing.
#[must_use]
pub fn differences(old: &Value, new: &Value) -> Vec<SchemaChange> {
    if alike::are_alike(old, new) {
        return Vec::new();
    }
    let mut changes = match (Document::read(old), Document::read(new)) {
        (Some(before), Some(after)) => Comparison::new(before, after).changes(old, new),
        _ => Err(work::Exhausted),
    }
    .unwrap_or_else(|_| {
        vec![SchemaChange {
            path: String::new(),
            what: "is too complex to compare".to_owned(),
            effect: Effect::Undecided,
        }]
    });
    changes.sort_by(|a, b| (&a.path, &a.what).cmp(&(&b.path, &b.what)));
    changes.dedup();
    changes
}

/// Returns why no types can be generated from a schema: generation would not terminate, or would
/// exhaust memory.
///
/// The check has the same bounds as [`differences`].
#[must_use]
pub fn problem(schema: &Value) -> Option<&'static str> {
    let document = Document::read(schema);
    match document.map(|mut document| document.is_finite(&mut work::WorkBudget::new())) {
        Some(Ok(true)) => None,
        Some(Ok(false)) => Some("a part of its schema contains itself without end"),
        None | Some(Err(work::Exhausted)) => Some("its schema is too complex"),
    }
}

/// Returns the name of the definition that a reference targets: `Page<Item>` for
/// `#/$defs/Page%3CItem%3E`.
#[must_use]
pub fn definition(reference: &str) -> Option<String> {
    let name = document::fragment(reference.strip_prefix("#/$defs/")?)?;
    Some(name.replace("~1", "/").replace("~0", "~"))
}
