//! Detection by samples of whether serde buffers values of a type that the type's shape marks.
//!
//! A schema does not show which values are under `#[serde(flatten)]`. So this module decodes
//! samples of the type, in which a probe replaces each value to mark. Only a reader that requests
//! the exact type of the value accepts a probe. If samples of the whole schema decode, serde
//! buffers none of these values, and payloads of the type need no marks. If any sample fails for
//! any reason, payloads are marked, which is always correct.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use macula_rust::cbor::Value;
use serde::de::DeserializeOwned;

use super::super::de::Deserializer;
use super::super::mark::PROBE;
use super::{AdditionalProperties, Id, Kinds, Node, Shape};

/// Maximum number of samples that are decoded, and of values in one sample.
const MAX_SAMPLES: usize = 64;
const MAX_VALUES: usize = 4096;
/// Maximum number of levels at which a type contains itself in a sample.
const MAX_WITHIN_ITSELF: usize = 3;

/// Returns whether a `T` decodes every value that its shape would mark by requesting the value's
/// exact type.
pub(super) fn buffers_nothing<T: DeserializeOwned>(shape: &Shape) -> bool {
    let mut sampler = Sampler {
        shape,
        used: HashMap::new(),
        within: Vec::new(),
        values: 0,
    };
    for _ in 0..MAX_SAMPLES {
        sampler.values = 0;
        let Some(sample) = sampler.value(0) else {
            return false;
        };
        // The author's code decodes the sample and may panic on unexpected values.
        let read = catch_unwind(AssertUnwindSafe(|| {
            T::deserialize(Deserializer::new(sample)).is_ok()
        }));
        if !read.unwrap_or(false) {
            return false;
        }
        if sampler.has_used_all() {
            return true;
        }
    }
    false
}

struct Sampler<'s> {
    shape: &'s Shape,
    /// Number of times that each alternative was used.
    used: HashMap<Id, usize>,
    within: Vec<Id>,
    values: usize,
}

impl<'s> Sampler<'s> {
    /// Returns a value that the node describes; `None` if none is found.
    fn value(&mut self, id: Id) -> Option<Value> {
        self.values += 1;
        let times = self.within.iter().filter(|&&within| within == id).count();
        if times >= MAX_WITHIN_ITSELF || self.values > MAX_VALUES {
            return None;
        }
        self.within.push(id);
        let node = &self.shape.nodes[id];
        let value = match (&node.kinds, node.all_of.as_slice(), node.any_of.as_slice()) {
            (_, [], []) => self.value_of(node),
            (None, [part], []) if node.fields.is_empty() => self.value(*part),
            (None, [], [group]) if node.fields.is_empty() => self.alternative(group),
            // Serde buffers a value that several nodes describe.
            _ => None,
        };
        self.within.pop();
        value
    }

    /// Returns a value of the least used alternative.
    fn alternative(&mut self, group: &[Id]) -> Option<Value> {
        let mut group = group.to_vec();
        group.sort_by_key(|id| self.used.get(id).copied().unwrap_or(0));
        group.into_iter().find_map(|id| {
            let value = self.value(id)?;
            *self.used.entry(id).or_insert(0) += 1;
            Some(value)
        })
    }

    fn has_used_all(&self) -> bool {
        let mut reached = vec![0];
        let mut next = 0;
        while let Some(&id) = reached.get(next) {
            next += 1;
            for part in self.shape.nodes[id].parts() {
                if !reached.contains(&part) {
                    reached.push(part);
                }
            }
        }
        let groups = reached.iter().flat_map(|&id| &self.shape.nodes[id].any_of);
        groups.flatten().all(|id| self.used.contains_key(id))
    }

    fn value_of(&mut self, node: &'s Node) -> Option<Value> {
        let Some(kinds) = node.kinds else {
            return Some(Value::Null);
        };
        if node.is_boolean() {
            return Some(Value::Int(PROBE));
        }
        if kinds.has(Kinds::MAP) {
            return self.map(node).or_else(|| null(kinds));
        }
        if kinds.has(Kinds::LIST) {
            return self.list(node).or_else(|| null(kinds));
        }
        if let Some(allowed) = &node.allowed_values {
            return allowed.iter().find_map(|value| {
                let text = || value.as_str().map(Value::text);
                value.as_i64().map(|n| Value::Int(n.into())).or_else(text)
            });
        }
        if kinds.has(Kinds::TEXT) {
            return Some(Value::text(text(node.format.as_deref())));
        }
        if kinds.has(Kinds::NUMBER) {
            return Some(if node.is_f32 {
                Value::Int(PROBE)
            } else {
                Value::Float(0.5)
            });
        }
        if kinds.has(Kinds::INTEGER) {
            let has_one = node.range.contains(&1);
            return Some(Value::Int(if has_one { 1 } else { *node.range.start() }));
        }
        null(kinds)
    }

    fn list(&mut self, node: &'s Node) -> Option<Value> {
        if self.shape.is_bytes(node) {
            let len = (*node.len.start()).clamp(1, MAX_VALUES);
            return Some(Value::List(vec![Value::Int(PROBE); len]));
        }
        let mut items = Vec::new();
        for &id in &node.prefix_items {
            items.push(self.value(id)?);
        }
        if let Some(id) = node.items {
            let least = (*node.len.start()).max(1).min(*node.len.end());
            for _ in items.len()..least.min(MAX_VALUES) {
                match self.value(id) {
                    Some(item) => items.push(item),
                    None if node.len.contains(&items.len()) => break,
                    None => return None,
                }
            }
        }
        Some(Value::List(items))
    }

    fn map(&mut self, node: &'s Node) -> Option<Value> {
        let mut pairs = Vec::new();
        for (name, &id) in &node.fields {
            match self.value(id) {
                Some(value) => pairs.push((Value::text(name), value)),
                None if node.required.contains(name) => return None,
                None => {}
            }
        }
        if let Some(value) = node.integer_keys.and_then(|id| self.value(id)) {
            pairs.push((Value::Int(PROBE), value));
        }
        if let AdditionalProperties::Schema(id) = node.additional_properties
            && let Some(value) = self.value(id)
        {
            pairs.push((Value::text("a"), value));
        }
        Some(Value::Map(pairs))
    }
}

fn null(kinds: Kinds) -> Option<Value> {
    kinds.has(Kinds::NULL).then_some(Value::Null)
}

/// Returns a text of the given format.
fn text(format: Option<&str>) -> String {
    match format {
        Some("date-time" | "partial-date-time") => "2000-01-01T00:00:00Z".into(),
        Some("date") => "2000-01-01".into(),
        Some("time" | "partial-time") => "00:00:00".into(),
        Some("uuid") => "00000000-0000-0000-0000-000000000000".into(),
        Some("ip" | "ipv4") => "127.0.0.1".into(),
        Some("ipv6") => "::1".into(),
        Some("uri") => "http://localhost/".into(),
        Some("macula-content-id") => format!("0255{}", "00".repeat(48)),
        _ => "a".into(),
    }
}
