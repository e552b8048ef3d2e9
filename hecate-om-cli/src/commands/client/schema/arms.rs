//! Enums and combined schemas.

use serde_json::{Map, Value, json};

use super::object::constant;
use super::{NodeContext, Normalizer, is_composite, size};
use crate::commands::client::wire_name::{Case, Scope};

/// Keywords with alternatives. Alternatives of untagged enums overlap, and the first match applies.
const ALTERNATIVES: [&str; 2] = ["oneOf", "anyOf"];

/// Maximum number of variants of a combined enum, and of JSON values in them.
const MAX_VARIANTS: usize = 256;
const MAX_COMBINED: usize = 1_000_000;

impl Normalizer<'_> {
    pub(super) fn arms(
        &mut self,
        own: &Map<String, Value>,
        output: &mut Map<String, Value>,
        path: &str,
        depth: usize,
    ) {
        let Some(arms) = ALTERNATIVES
            .iter()
            .find_map(|key| own.get(*key)?.as_array())
        else {
            return;
        };
        let mut variants = Scope::new(Case::Variant);
        let mut all = Vec::new();
        for (n, arm) in arms.iter().enumerate() {
            let at = match label(arm) {
                Some(label) => format!("{path}/{label}"),
                None if is_wrapped(arm) => path.to_owned(),
                None => format!("{path}/{n}"),
            };
            let context = NodeContext {
                variants: Some(&mut variants),
            };
            let output = self.node(arm, &at, depth + 1, context);
            let has = |key: &str| output.get(key).is_some();
            let is_flat = (has("properties") || has("enum")) && !has("oneOf");
            all.push(if is_composite(&output) && !is_flat {
                self.move_to_definitions(output, &at)
            } else {
                output
            });
        }
        output.insert("oneOf".into(), all.into());
    }

    /// Combines the alternatives of all schemas in `allOf`, which describe flattened fields. `None`
    /// if there is nothing to combine, or too much.
    pub(super) fn combined(&self, own: &Map<String, Value>) -> Option<Map<String, Value>> {
        let parts = own.get("allOf").and_then(Value::as_array);
        let lists = ALTERNATIVES
            .iter()
            .filter(|key| own.contains_key(**key))
            .count();
        if parts.is_none() && (lists == 0 || (lists == 1 && !own.contains_key("properties"))) {
            return None;
        }
        let mut base = own.clone();
        let mut together: Vec<Vec<Value>> = Vec::new();
        for part in parts.into_iter().flatten() {
            together.push(self.alternatives(part));
        }
        base.remove("allOf");
        for key in ALTERNATIVES {
            if let Some(Value::Array(arms)) = base.remove(key) {
                together.push(arms);
            }
        }
        let about: Vec<(&str, Value)> = ["title", "description"]
            .into_iter()
            .filter_map(|key| Some((key, base.remove(key)?)))
            .collect();
        let size = own.values().map(size).sum::<usize>();
        let mut all = vec![base];
        for alternatives in together {
            let count = all.len().saturating_mul(alternatives.len());
            if count > MAX_VARIANTS || count.saturating_mul(size) > MAX_COMBINED {
                return Some(Map::new());
            }
            let pairs = all
                .iter()
                .flat_map(|own| alternatives.iter().map(move |other| (own, other)));
            all = pairs.map(|(own, other)| self.both(own, other)).collect();
        }
        let mut combined = match all.as_mut_slice() {
            [own] => std::mem::take(own),
            _ => Map::from_iter([("oneOf".to_owned(), json!(all))]),
        };
        for (key, text) in about {
            combined.insert(key.into(), text);
        }
        Some(combined)
    }

    /// Returns the alternatives of a part, or of the definition that it refers to.
    fn alternatives(&self, part: &Value) -> Vec<Value> {
        let mut resolved = part.as_object().cloned().unwrap_or_default();
        let only = resolved.len() == 1;
        if let Some(name) = self.reference(&resolved).filter(|_| only) {
            resolved.clear();
            self.merge(&name, &mut resolved);
        }
        let lists = ["properties", "allOf", "oneOf", "anyOf"];
        let mut has = lists.iter().filter(|key| resolved.contains_key(**key));
        match (has.next(), has.next()) {
            (Some(key @ (&"oneOf" | &"anyOf")), None) => {
                let arms = resolved.get(*key).and_then(Value::as_array);
                arms.cloned().unwrap_or_default()
            }
            _ => vec![Value::Object(resolved)],
        }
    }

    fn both(&self, own: &Map<String, Value>, other: &Value) -> Map<String, Value> {
        let mut both = own.clone();
        let mut other = other.as_object().cloned().unwrap_or_default();
        if let Some(name) = self.reference(&other) {
            other.remove("$ref");
            self.merge(&name, &mut other);
        }
        add(&other, &mut both);
        both
    }
}

/// Adds the keywords of one schema to another.
pub(super) fn add(other: &Map<String, Value>, own: &mut Map<String, Value>) {
    for (key, value) in other {
        match (own.get_mut(key), value) {
            (None, value) => {
                own.insert(key.clone(), value.clone());
            }
            (Some(Value::Object(own)), Value::Object(others)) => {
                for (name, field) in others {
                    own.entry(name.clone()).or_insert_with(|| field.clone());
                }
            }
            (Some(Value::Array(own)), Value::Array(others)) if key == "required" => {
                let new: Vec<Value> = others
                    .iter()
                    .filter(|name| !own.contains(name))
                    .cloned()
                    .collect();
                own.extend(new);
            }
            (Some(_), Value::Array(_)) if ALTERNATIVES.contains(&key.as_str()) => {
                let part = json!({ key.as_str(): value });
                match own.entry("allOf").or_insert_with(|| json!([])) {
                    Value::Array(parts) => parts.push(part),
                    other => *other = json!([part]),
                }
            }
            (Some(Value::Array(own)), Value::Array(others)) if key == "allOf" => {
                own.extend(others.iter().cloned());
            }
            (Some(_), _) => {}
        }
    }
}

/// Returns the name of an alternative: its title or its tag.
fn label(arm: &Value) -> Option<&str> {
    let title = arm.get("title").and_then(Value::as_str);
    let fields = || arm.get("properties").and_then(Value::as_object);
    title.or_else(|| fields()?.values().find_map(constant))
}

/// Returns whether an alternative is an object with one field: an externally tagged variant.
fn is_wrapped(arm: &Value) -> bool {
    let fields = arm.get("properties").and_then(Value::as_object);
    fields.is_some_and(|fields| fields.len() == 1)
}
