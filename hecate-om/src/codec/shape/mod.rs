//! The type information of a JSON Schema that is missing on the wire.
//!
//! The wire has no booleans and JSON has no integer keys, so 0 and 1 represent booleans, and digits
//! represent integer keys. A reader that requests a specific type receives that type. But serde
//! buffers values under `#[serde(flatten)]`, `tag` and `untagged` before the type is known, and a
//! buffered integer stays an integer. So the schema of each type is compiled once to a [`Shape`],
//! which marks a payload before it is decoded.

mod ambiguity;
mod compile;
mod fit;
mod known;
mod mark;
mod sample;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use macula_rust::cbor::Value;
use serde_json::Value as Json;

use super::digits;

pub(crate) use ambiguity::Ambiguity;
pub(crate) use known::describe_by;
pub use known::register_schema;
pub(super) use known::{Plan, plan};

/// Compiled schema. Node 0 is the type itself. Nodes refer to each other by index, so that a type
/// may contain itself.
#[derive(Debug)]
pub(crate) struct Shape {
    nodes: Vec<Node>,
}

type Id = usize;

/// Description of one value in the schema.
#[derive(Debug)]
struct Node {
    /// Name of the type, if it has a name.
    name: Option<String>,
    /// Allowed kinds of the value; `None` if the schema does not restrict the kind.
    kinds: Option<Kinds>,
    /// Allowed integers.
    range: RangeInclusive<i128>,
    /// Whether floats have 32 bits.
    is_f32: bool,
    /// Format of texts.
    format: Option<String>,
    /// Allowed values, if the schema lists them.
    allowed_values: Option<Vec<Json>>,
    fields: BTreeMap<String, Id>,
    required: Vec<String>,
    /// Node of the values under integer keys.
    integer_keys: Option<Id>,
    additional_properties: AdditionalProperties,
    /// Nodes of the first items of a list, if each has its own type.
    prefix_items: Vec<Id>,
    /// Node of all other items.
    items: Option<Id>,
    len: RangeInclusive<usize>,
    /// Nodes that must also describe the value (`allOf`).
    all_of: Vec<Id>,
    /// Groups of alternatives, one of which must describe the value (`anyOf`, `oneOf`).
    any_of: Vec<Vec<Id>>,
    /// Whether the value contains anything that must be marked.
    needs_marking: bool,
}

impl Default for Node {
    fn default() -> Self {
        Self {
            name: None,
            kinds: None,
            range: i128::MIN..=i128::MAX,
            is_f32: false,
            format: None,
            allowed_values: None,
            fields: BTreeMap::new(),
            required: Vec::new(),
            integer_keys: None,
            additional_properties: AdditionalProperties::Open,
            prefix_items: Vec::new(),
            items: None,
            len: 0..=usize::MAX,
            all_of: Vec::new(),
            any_of: Vec::new(),
            needs_marking: false,
        }
    }
}

/// Values of a map under keys that are not named fields.
#[derive(Debug, Clone, Copy)]
enum AdditionalProperties {
    Open,
    Refused,
    Schema(Id),
}

/// Value of a map under one key.
enum Member {
    Unrestricted,
    Refused,
    Node(Id),
}

/// Set of kinds of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Kinds(u8);

impl Kinds {
    const NONE: Self = Self(0);
    const ALL: Self = Self(127);
    const NULL: Self = Self(1);
    const BOOLEAN: Self = Self(2);
    const INTEGER: Self = Self(4);
    const NUMBER: Self = Self(8);
    const TEXT: Self = Self(16);
    const LIST: Self = Self(32);
    const MAP: Self = Self(64);

    const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl Node {
    /// Returns whether the schema names this kind explicitly, and not only leaves the kind open.
    fn declares(&self, kind: Kinds) -> bool {
        self.kinds.is_some_and(|kinds| kinds.has(kind))
    }

    fn may_be(&self, kind: Kinds) -> bool {
        self.kinds.is_none_or(|kinds| kinds.has(kind))
    }

    /// Returns whether a 0 or 1 is a boolean in this node. `NUMBER` does not include integers,
    /// because the wire distinguishes floats and integers.
    fn is_boolean(&self) -> bool {
        self.declares(Kinds::BOOLEAN) && !self.declares(Kinds::INTEGER)
    }

    fn member(&self, key: &Value) -> Member {
        if let Some(field) = key_text(key).and_then(|text| self.fields.get(&*text)) {
            return Member::Node(*field);
        }
        match (self.integer_keys, self.additional_properties) {
            (Some(id), _) if key_integer(key).is_some() => Member::Node(id),
            (_, AdditionalProperties::Schema(id)) => Member::Node(id),
            (_, AdditionalProperties::Refused) => Member::Refused,
            (_, AdditionalProperties::Open) => Member::Unrestricted,
        }
    }

    fn item(&self, index: usize) -> Option<Id> {
        self.prefix_items.get(index).copied().or(self.items)
    }
}

impl Shape {
    /// Returns whether a payload must be marked before it is decoded. This does not apply to a type
    /// of which serde buffers nothing.
    fn needs_marking(&self) -> bool {
        self.nodes[0].needs_marking
    }

    /// Returns whether the node is a list of 8-bit integers, which other languages send as bytes.
    fn is_bytes(&self, node: &Node) -> bool {
        let byte = |id: Id| {
            let item = &self.nodes[id];
            item.kinds == Some(Kinds::INTEGER) && item.range == (0..=255)
        };
        node.declares(Kinds::LIST) && node.prefix_items.is_empty() && node.items.is_some_and(byte)
    }
}

/// Returns a key as text, if the key has the form of a text.
fn key_text(key: &Value) -> Option<Cow<'_, str>> {
    match key {
        Value::Text(text) => Some(Cow::Borrowed(text)),
        Value::Bytes(bytes) => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
        Value::Int(n) => Some(Cow::Owned(n.to_string())),
        _ => None,
    }
}

/// Returns a key as an integer, if it is an integer or the digits of one.
fn key_integer(key: &Value) -> Option<i128> {
    let n: i128 = match key {
        Value::Int(n) => *n,
        Value::Text(text) => digits(text)?,
        Value::Bytes(bytes) => digits(std::str::from_utf8(bytes).ok()?)?,
        _ => return None,
    };
    (i128::from(i64::MIN)..=i128::from(u64::MAX))
        .contains(&n)
        .then_some(n)
}

#[cfg(test)]
mod tests;
