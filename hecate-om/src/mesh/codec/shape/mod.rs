//! What a type's JSON Schema says and its form on the wire does not.
//!
//! The wire has no booleans and JSON no integer keys, so 0 and 1 stand for the former and digits for the latter. A
//! reader that asks for its own type gets what it asks for. Serde, though, buffers what stands under
//! `#[serde(flatten)]`, `tag` and `untagged` before it knows the type, and an integer that is buffered stays one. So a
//! type's schema is compiled, once, to a [`Shape`], by which a payload is marked before it is read.

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

pub(crate) use ambiguity::Ambiguity;
pub use known::describe;
pub(crate) use known::describe_by;
pub(super) use known::{Plan, plan};

/// A schema, compiled. Node 0 is the type itself; a node refers to others by their places, so that a type may hold itself.
#[derive(Debug)]
pub(crate) struct Shape {
    nodes: Vec<Node>,
}

type Id = usize;

/// What a schema says of one value.
#[derive(Debug)]
struct Node {
    /// The type's name, where it has one.
    name: Option<String>,
    /// The kinds of value that it may be; any where the schema does not say.
    kinds: Option<Kinds>,
    /// The integers that it may be.
    range: RangeInclusive<i128>,
    /// Whether its floats have 32 bits.
    single: bool,
    /// The format of its texts.
    format: Option<String>,
    /// The values that it is one of, where they are listed.
    only: Option<Vec<Json>>,
    fields: BTreeMap<String, Id>,
    required: Vec<String>,
    /// The values under keys that are integers.
    integer_keys: Option<Id>,
    other_keys: OtherKeys,
    /// The first items of a list, each of a type of its own.
    places: Vec<Id>,
    /// The others.
    items: Option<Id>,
    len: RangeInclusive<usize>,
    /// It is all of these, too.
    all: Vec<Id>,
    /// It is one of each of these groups, too.
    any: Vec<Vec<Id>>,
    /// Whether anything in it is marked.
    matters: bool,
}

impl Default for Node {
    fn default() -> Self {
        Self {
            name: None,
            kinds: None,
            range: i128::MIN..=i128::MAX,
            single: false,
            format: None,
            only: None,
            fields: BTreeMap::new(),
            required: Vec::new(),
            integer_keys: None,
            other_keys: OtherKeys::Open,
            places: Vec::new(),
            items: None,
            len: 0..=usize::MAX,
            all: Vec::new(),
            any: Vec::new(),
            matters: false,
        }
    }
}

/// What a map may hold under a key that is no field of its own.
#[derive(Debug, Clone, Copy)]
enum OtherKeys {
    Open,
    Refused,
    Each(Id),
}

/// What a map holds under one key.
enum Under {
    Anything,
    Nothing,
    Node(Id),
}

/// Kinds of values, as a set.
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
    /// Whether the schema says that it may be of this kind, as against leaving it open.
    fn says(&self, kind: Kinds) -> bool {
        self.kinds.is_some_and(|kinds| kinds.has(kind))
    }

    fn may_be(&self, kind: Kinds) -> bool {
        self.kinds.is_none_or(|kinds| kinds.has(kind))
    }

    /// Whether a 0 or 1 is a boolean here. A number is no integer: the wire keeps floats and integers apart.
    fn is_boolean(&self) -> bool {
        self.says(Kinds::BOOLEAN) && !self.says(Kinds::INTEGER)
    }

    fn under(&self, key: &Value) -> Under {
        if let Some(field) = key_text(key).and_then(|text| self.fields.get(&*text)) {
            return Under::Node(*field);
        }
        match (self.integer_keys, self.other_keys) {
            (Some(id), _) if key_integer(key).is_some() => Under::Node(id),
            (_, OtherKeys::Each(id)) => Under::Node(id),
            (_, OtherKeys::Refused) => Under::Nothing,
            (_, OtherKeys::Open) => Under::Anything,
        }
    }

    fn item(&self, index: usize) -> Option<Id> {
        self.places.get(index).copied().or(self.items)
    }
}

impl Shape {
    /// Whether a payload has to be marked before the type is read from it, unless it buffers nothing.
    fn matters(&self) -> bool {
        self.nodes[0].matters
    }

    /// Whether the node is a list of integers of 8 bits, which other languages send as bytes.
    fn is_bytes(&self, node: &Node) -> bool {
        let byte = |id: Id| {
            let item = &self.nodes[id];
            item.kinds == Some(Kinds::INTEGER) && item.range == (0..=255)
        };
        node.says(Kinds::LIST) && node.places.is_empty() && node.items.is_some_and(byte)
    }
}

/// A key as a text, where it has one.
fn key_text(key: &Value) -> Option<Cow<'_, str>> {
    match key {
        Value::Text(text) => Some(Cow::Borrowed(text)),
        Value::Bytes(bytes) => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
        Value::Int(n) => Some(Cow::Owned(n.to_string())),
        _ => None,
    }
}

/// A key as an integer, where it is one or its digits.
fn key_integer(key: &Value) -> Option<i128> {
    let n: i128 = match key {
        Value::Int(n) => *n,
        Value::Text(text) => text.parse().ok()?,
        Value::Bytes(bytes) => std::str::from_utf8(bytes).ok()?.parse().ok()?,
        _ => return None,
    };
    (i128::from(i64::MIN)..=i128::from(u64::MAX))
        .contains(&n)
        .then_some(n)
}

#[cfg(test)]
mod tests;
