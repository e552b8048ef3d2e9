//! Enums and combined schemas.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::object::constant;
use super::{NodeContext, Normalizer, is_composite};
use crate::commands::client::type_name::child;
use crate::commands::client::wire_name::{Case, Scope};

/// Keywords with alternatives. Alternatives of untagged enums overlap, and the first match applies.
const ALTERNATIVES: [&str; 2] = ["oneOf", "anyOf"];

/// Maximum number of variants of a combined enum.
const MAX_VARIANTS: usize = 256;

/// Maximum weight of the schemas that are copied to combine them, in a document. Each field beside
/// alternatives is copied into each of them, so this could otherwise grow with the square of the
/// document.
const MAX_COMBINED: usize = 200_000;

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
                Some(label) => child(path, label),
                None if is_wrapped(arm) => path.to_owned(),
                None => child(path, &n.to_string()),
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
    /// if there is nothing to combine. If there is too much, the type is any value.
    pub(super) fn combined(&mut self, own: &Map<String, Value>) -> Option<Map<String, Value>> {
        let lists = ALTERNATIVES
            .iter()
            .filter(|key| own.contains_key(**key))
            .count();
        let has = |key: &str| own.contains_key(key);
        let is_array = own.get("allOf").is_some_and(Value::is_array);
        if is_array || lists == 2 || (lists == 1 && has("properties")) {
            Some(self.product(own).unwrap_or_default())
        } else {
            None
        }
    }

    /// Returns the schema with all alternatives combined; `None` if this is too much.
    fn product(&mut self, own: &Map<String, Value>) -> Option<Map<String, Value>> {
        let parts = own.get("allOf").and_then(Value::as_array);
        let mut base = own.clone();
        let mut together: Vec<Vec<Map<String, Value>>> = Vec::new();
        for part in parts.into_iter().flatten() {
            together.push(self.alternatives(part)?);
        }
        base.remove("allOf");
        for key in ALTERNATIVES {
            if let Some(Value::Array(arms)) = base.remove(key) {
                together.push(self.resolved(&arms)?);
            }
        }
        let about: Vec<(&str, Value)> = ["title", "description"]
            .into_iter()
            .filter_map(|key| Some((key, base.remove(key)?)))
            .collect();
        let mut all = vec![base];
        for alternatives in together {
            if all.len().saturating_mul(alternatives.len()) > MAX_VARIANTS {
                return None;
            }
            if let [only] = alternatives.as_slice() {
                all.iter_mut().for_each(|own| add(only, own));
                continue;
            }
            self.charge(all.iter().map(weight).sum::<usize>() * alternatives.len())?;
            let pairs = all
                .iter()
                .flat_map(|own| alternatives.iter().map(move |other| (own, other)));
            all = pairs.map(|(own, other)| both(own, other)).collect();
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
    fn alternatives(&mut self, part: &Value) -> Option<Vec<Map<String, Value>>> {
        let mut resolved = part.as_object().cloned().unwrap_or_default();
        let only = resolved.len() == 1;
        if let Some(name) = self.reference(&resolved).filter(|_| only) {
            resolved.clear();
            self.merge(&name, &mut resolved);
        }
        self.charge(weight(&resolved))?;
        let lists = ["properties", "allOf", "oneOf", "anyOf"];
        let mut has = lists.iter().filter(|key| resolved.contains_key(**key));
        match (has.next(), has.next()) {
            (Some(key @ (&"oneOf" | &"anyOf")), None) => {
                let arms = resolved.get(*key).and_then(Value::as_array);
                self.resolved(arms.map_or(&[], Vec::as_slice))
            }
            _ => self.resolved(&[Value::Object(resolved)]),
        }
    }

    /// Returns alternatives with the definitions that they refer to.
    fn resolved(&mut self, alternatives: &[Value]) -> Option<Vec<Map<String, Value>>> {
        let resolved = |alternative: &Value| {
            let mut resolved = alternative.as_object().cloned().unwrap_or_default();
            if let Some(name) = self.reference(&resolved) {
                resolved.remove("$ref");
                self.merge(&name, &mut resolved);
            }
            self.charge(weight(&resolved))?;
            Some(resolved)
        };
        alternatives.iter().map(resolved).collect()
    }

    /// Counts the weight of a copy; `None` if the document has no more.
    fn charge(&mut self, weight: usize) -> Option<()> {
        self.combined = self.combined.saturating_add(weight);
        (self.combined <= MAX_COMBINED).then_some(())
    }
}

/// Returns the number of JSON values in an object, and one for each 16 bytes of text.
fn weight(object: &Map<String, Value>) -> usize {
    fn of(value: &Value) -> usize {
        match value {
            Value::Object(fields) => 1 + weight(fields),
            Value::Array(items) => 1 + items.iter().map(of).sum::<usize>(),
            Value::String(text) => 1 + text.len() / 16,
            _ => 1,
        }
    }
    let fields = object.iter();
    fields.map(|(key, value)| key.len() / 16 + of(value)).sum()
}

fn both(own: &Map<String, Value>, other: &Map<String, Value>) -> Map<String, Value> {
    let mut both = own.clone();
    add(other, &mut both);
    both
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
                let known: BTreeSet<&str> = own.iter().filter_map(Value::as_str).collect();
                let is_new =
                    |name: &&Value| name.as_str().is_some_and(|name| !known.contains(name));
                let new: Vec<Value> = others.iter().filter(is_new).cloned().collect();
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
