//! Structs and maps.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{MAX_DEPTH, Normalizer, Place, is_composite};
use crate::commands::client::wire_name::{Case, Scope};

/// The type generator's name for the field with all other fields.
const EXTRA: &str = "extra";

impl Normalizer<'_> {
    pub(super) fn object(
        &mut self,
        own: &Map<String, Value>,
        turned: &mut Map<String, Value>,
        path: &str,
        depth: usize,
        place: &mut Place<'_>,
    ) {
        self.map(own, turned, path, depth);
        let required = own.get("required").and_then(Value::as_array);
        let required: BTreeSet<&str> = required
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let empty = Map::new();
        let fields = own.get("properties").and_then(Value::as_object);
        let mut all: Vec<(&str, &Value)> = fields
            .unwrap_or(&empty)
            .iter()
            .map(|(name, schema)| (name.as_str(), schema))
            .collect();
        // Not every build of serde_json keeps its maps in order.
        all.sort_by_key(|(name, _)| *name);
        if all.is_empty() {
            return;
        }
        let mut scope = Scope::new(Case::Field);
        if turned
            .get("additionalProperties")
            .is_some_and(Value::is_object)
        {
            scope.reserve(EXTRA);
        }
        let is_wrapped = place.variants.is_some()
            && all.len() == 1
            && required.len() == 1
            && constant(all[0].1).is_none();
        let mut properties = Map::new();
        let mut always: Vec<Value> = Vec::new();
        for (wire, schema) in all {
            let scope = match &mut place.variants {
                // The one field of an externally tagged variant is its name.
                Some(variants) if is_wrapped => &mut **variants,
                _ => &mut scope,
            };
            let name = self.names.wire.name(wire, scope);
            if required.contains(wire) {
                always.push(name.clone().into());
            }
            let path = format!("{path}/{wire}");
            let is_tag = constant(schema).is_some();
            let field = if is_tag && let Some(variants) = &mut place.variants {
                let place = Place {
                    variants: Some(&mut **variants),
                };
                self.node(schema, &path, depth + 1, place)
            } else if is_wrapped {
                self.content(schema, &path, depth + 1)
            } else {
                self.value(schema, &path, depth + 1)
            };
            properties.insert(name, untitled(field));
        }
        turned.insert("properties".into(), properties.into());
        if !always.is_empty() {
            turned.insert("required".into(), always.into());
        }
    }

    /// What an externally tagged variant holds: a struct's fields are the variant's.
    fn content(&mut self, schema: &Value, path: &str, depth: usize) -> Value {
        let turned = self.node(schema, path, depth, Place::default());
        let is_struct = turned.get("properties").is_some();
        if is_composite(&turned) && !is_struct {
            self.hoist(turned, path)
        } else {
            turned
        }
    }

    /// The fields that have no names of their own.
    fn map(
        &mut self,
        own: &Map<String, Value>,
        turned: &mut Map<String, Value>,
        path: &str,
        depth: usize,
    ) {
        let path = format!("{path}/value");
        let others = own.get("additionalProperties");
        let patterns = own.get("patternProperties").and_then(Value::as_object);
        let has_fields = own.get("properties").is_some();
        let values = match (patterns.and_then(|all| all.iter().next()), others) {
            (Some((pattern, values)), others) => {
                let is_only = patterns.is_some_and(|all| all.len() == 1)
                    && !has_fields
                    && others.is_none_or(|others| *others == Value::Bool(false));
                // How schemars describes a map whose keys are integers.
                let keys = match pattern.as_str() {
                    r"^\d+$" if is_only => Some("uint64"),
                    r"^-?\d+$" if is_only => Some("int64"),
                    _ => None,
                };
                if let Some(format) = keys {
                    let keys = json!({"type": "integer", "format": format});
                    turned.insert("propertyNames".into(), keys);
                }
                values
            }
            (None, Some(values)) if values.is_object() || (*values == true && !has_fields) => {
                if let Some(keys) = self.keys(own.get("propertyNames")) {
                    turned.insert("propertyNames".into(), keys);
                }
                values
            }
            _ => return,
        };
        let values = self.value(values, &path, depth + 1);
        turned.insert("additionalProperties".into(), values);
    }

    /// The type of a map's keys, where it is not a text. Only types with an order can be keys.
    fn keys(&self, keys: Option<&Value>) -> Option<Value> {
        let mut schema = keys?;
        for _ in 0..MAX_DEPTH {
            match self.reference(schema.as_object()?) {
                Some(name) => schema = self.defs.get(&name)?,
                None => break,
            }
        }
        let is_boolean = schema
            .get("format")
            .is_some_and(|format| format == "boolean");
        match schema.get("type")?.as_str()? {
            "integer" if is_boolean => Some(json!({"type": "boolean"})),
            "boolean" => Some(json!({"type": "boolean"})),
            "integer" => {
                let format = schema.get("format").and_then(Value::as_str);
                let is_unsigned = format.is_some_and(|format| format.starts_with('u'));
                let format = if is_unsigned { "uint64" } else { "int64" };
                Some(json!({"type": "integer", "format": format}))
            }
            _ => None,
        }
    }
}

/// The text that a field always is: the tag of a variant.
pub(super) fn constant(schema: &Value) -> Option<&str> {
    let values = schema.get("enum").and_then(Value::as_array);
    let only = values.filter(|values| values.len() == 1);
    let value = schema.get("const").or_else(|| only?.first())?;
    value.as_str()
}

fn untitled(mut schema: Value) -> Value {
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("title");
    }
    schema
}
