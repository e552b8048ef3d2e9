//! Selection of the alternative that a value fits.

use std::collections::HashMap;

use macula_rust::cbor::Value;
use serde_json::Value as Json;

use super::super::mark::unmarked;
use super::{Id, Kinds, Member, Node, Shape, key_integer};

/// Degree to which a value fits a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    None,
    /// The tag fits, but another part does not; the decoder reports the error.
    TagOnly,
    /// A required part is missing.
    Partial,
    /// The decoder accepts the value, but would write it in another form.
    Convertible,
    Exact,
}

/// Cache of the fits in one payload. Without the cache, nested alternatives would be tried
/// repeatedly.
pub(super) struct Fits<'s> {
    shape: &'s Shape,
    cached: HashMap<(Id, *const Value), Fit>,
    described: HashMap<(Id, *const Value), bool>,
}

impl<'s> Fits<'s> {
    pub(super) fn new(shape: &'s Shape) -> Self {
        Self {
            shape,
            cached: HashMap::new(),
            described: HashMap::new(),
        }
    }

    /// Returns the alternative that a value is decoded as, with its fit: the first that fits,
    /// because serde tries the alternatives in order. An alternative that would write the value in
    /// another form ranks below one that would not. For example, an integer fits an integer better
    /// than a float.
    pub(super) fn best(&mut self, alternatives: &[Id], value: &Value) -> Option<(Id, Fit)> {
        let mut best = None;
        for &id in alternatives {
            let fit = self.fit(id, value);
            let better = match best {
                None => fit > Fit::None,
                Some((_, Fit::Exact)) => break,
                Some((_, Fit::Convertible)) => fit == Fit::Exact && self.describes(id, value),
                Some((_, before)) => fit > before,
            };
            if better {
                best = Some((id, fit));
            }
        }
        best
    }

    /// Returns whether the node describes every part of a value. Otherwise, a node that accepts
    /// anything would fit every value exactly.
    fn describes(&mut self, id: Id, value: &Value) -> bool {
        let key = (id, std::ptr::from_ref(value));
        if let Some(&found) = self.described.get(&key) {
            return found;
        }
        self.described.insert(key, false);
        let found = self.describes_each_part(id, value);
        self.described.insert(key, found);
        found
    }

    fn describes_each_part(&mut self, id: Id, value: &Value) -> bool {
        let mut nodes = Vec::new();
        self.collect_nodes(id, value, &mut nodes);
        let shape = self.shape;
        let each = |fits: &mut Self, part: &Value, under: &dyn Fn(&Node) -> Option<Id>| {
            let ids: Vec<Id> = nodes
                .iter()
                .filter_map(|&id| under(&shape.nodes[id]))
                .collect();
            ids.into_iter().any(|id| fits.describes(id, part))
        };
        match value {
            Value::Map(pairs) => pairs.iter().all(|(key, value)| {
                each(self, value, &|node| match node.member(key) {
                    Member::Node(id) => Some(id),
                    Member::Unrestricted | Member::Refused => None,
                })
            }),
            Value::List(items) => items
                .iter()
                .enumerate()
                .all(|(index, item)| each(self, item, &|node| node.item(index))),
            _ => nodes.iter().any(|&id| shape.nodes[id].kinds.is_some()),
        }
    }

    /// Collects the nodes that describe a value: the node itself, the nodes that it includes, and
    /// the fitting alternative of each group.
    pub(super) fn collect_nodes(&mut self, id: Id, value: &Value, collected: &mut Vec<Id>) {
        if collected.contains(&id) {
            return;
        }
        collected.push(id);
        let node = &self.shape.nodes[id];
        for &part in &node.all_of {
            self.collect_nodes(part, value, collected);
        }
        for group in &node.any_of {
            if let Some((id, _)) = self.best(group, value) {
                self.collect_nodes(id, value, collected);
            }
        }
    }

    fn fit(&mut self, id: Id, value: &Value) -> Fit {
        let node = &self.shape.nodes[id];
        if node.all_of.is_empty() && node.any_of.is_empty() {
            return self.fit_alone(node, value);
        }
        let key = (id, std::ptr::from_ref(value));
        if let Some(&fit) = self.cached.get(&key) {
            return fit;
        }
        // A node that contains itself through other nodes fits nothing.
        self.cached.insert(key, Fit::None);
        let mut fit = self.fit_alone(node, value);
        for &part in &node.all_of {
            if fit == Fit::None {
                break;
            }
            fit = fit.min(self.fit(part, value));
        }
        for group in &node.any_of {
            if fit == Fit::None {
                break;
            }
            let best = self.best(group, value);
            fit = fit.min(best.map_or(Fit::None, |(_, fit)| fit));
        }
        self.cached.insert(key, fit);
        fit
    }

    /// Returns the fit of the node alone, without the nodes that it includes and without its
    /// groups.
    fn fit_alone(&mut self, node: &'s Node, value: &Value) -> Fit {
        let exact_if = |fits: bool| if fits { Fit::Exact } else { Fit::None };
        match value {
            Value::Null => exact_if(node.may_be(Kinds::NULL)),
            Value::Int(n) => integer(node, unmarked(*n)),
            Value::Float(x) => {
                let too_large = node.is_f32 && (*x as f32).is_infinite();
                exact_if(node.may_be(Kinds::NUMBER) && !too_large)
            }
            Value::Text(text) => exact_if(node.may_be(Kinds::TEXT) && is_listed(node, text)),
            Value::Bytes(bytes) => self.bytes(node, bytes),
            Value::List(items) if node.may_be(Kinds::LIST) => {
                if !node.len.contains(&items.len()) {
                    return Fit::None;
                }
                let mut fit = Fit::Exact;
                for (index, item) in items.iter().enumerate() {
                    let Some(id) = node.item(index) else { break };
                    fit = fit.min(self.fit(id, item));
                    if fit == Fit::None {
                        break;
                    }
                }
                fit
            }
            Value::Map(pairs) if node.may_be(Kinds::MAP) => self.map(node, pairs),
            Value::List(_) | Value::Map(_) => Fit::None,
        }
    }

    fn bytes(&self, node: &Node, bytes: &[u8]) -> Fit {
        let text = std::str::from_utf8(bytes);
        match (node.kinds, text) {
            (None, _) => Fit::Exact,
            (Some(kinds), Ok(text)) if kinds.has(Kinds::TEXT) && is_listed(node, text) => {
                Fit::Convertible
            }
            _ if self.shape.is_bytes(node) && node.len.contains(&bytes.len()) => Fit::Convertible,
            _ => Fit::None,
        }
    }

    fn map(&mut self, node: &'s Node, pairs: &[(Value, Value)]) -> Fit {
        let (mut fit, mut by_tag, mut misfit) = (Fit::Exact, false, false);
        for (key, value) in pairs {
            let id = match node.member(key) {
                Member::Unrestricted => continue,
                Member::Refused => return Fit::None,
                Member::Node(id) => id,
            };
            fit = fit.min(key_fit(node, key));
            match self.fit(id, value).min(fit) {
                Fit::None => misfit = true,
                found => {
                    by_tag |= self.shape.nodes[id].allowed_values.is_some();
                    fit = found;
                }
            }
        }
        for name in &node.required {
            if pairs.iter().any(|(key, _)| is_text(key, name)) {
                continue;
            }
            let tag = node.fields.get(name);
            if tag.is_some_and(|&id| self.shape.nodes[id].allowed_values.is_some()) {
                return Fit::None;
            }
            fit = fit.min(Fit::Partial);
        }
        match (misfit, by_tag) {
            (false, _) => fit,
            (true, true) => Fit::TagOnly,
            (true, false) => Fit::None,
        }
    }
}

/// Returns the fit of a key. An integer key among text keys, or digits among integer keys, is
/// accepted but would be written in another form.
fn key_fit(node: &Node, key: &Value) -> Fit {
    let text = super::key_text(key);
    if text.is_some_and(|text| node.fields.contains_key(&*text)) {
        return Fit::Exact;
    }
    match (key, node.integer_keys) {
        (Value::Int(_), Some(_)) => Fit::Exact,
        // A boolean key as other callers write it; this library writes text.
        (Value::Int(0 | 1), None) => Fit::Convertible,
        (Value::Int(_), None) => Fit::None,
        (_, Some(_)) if key_integer(key).is_some() => Fit::Convertible,
        _ => Fit::Exact,
    }
}

fn integer(node: &Node, n: i128) -> Fit {
    let boolean = node.may_be(Kinds::BOOLEAN) && (n == 0 || n == 1);
    let integer = node.may_be(Kinds::INTEGER) && node.range.contains(&n);
    let listed = node.allowed_values.as_ref().is_none_or(|allowed| {
        allowed.iter().any(|value| match value {
            Json::Bool(yes) => n == i128::from(*yes),
            Json::Number(number) => {
                number.as_i64().map(i128::from) == Some(n)
                    || number.as_u64().map(i128::from) == Some(n)
            }
            _ => false,
        })
    });
    match (boolean || integer, node.may_be(Kinds::NUMBER)) {
        (true, _) if listed => Fit::Exact,
        (_, true) if listed => Fit::Convertible,
        _ => Fit::None,
    }
}

fn is_listed(node: &Node, text: &str) -> bool {
    let allowed = node.allowed_values.as_ref();
    allowed.is_none_or(|allowed| allowed.iter().any(|value| value.as_str() == Some(text)))
}

fn is_text(key: &Value, text: &str) -> bool {
    match key {
        Value::Text(key) => key == text,
        Value::Bytes(key) => key == text.as_bytes(),
        _ => false,
    }
}
