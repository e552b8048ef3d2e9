//! Structs and maps.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{MAX_DEPTH, NodeContext, Normalizer, is_composite};
use crate::commands::client::type_name::child;
use crate::commands::client::wire_name::{Case, Scope};

/// The type generator's name for the field with all other fields.
const EXTRA: &str = "extra";

impl Normalizer<'_> {
    pub(super) fn object(
        &mut self,
        own: &Map<String, Value>,
        output: &mut Map<String, Value>,
        path: &str,
        depth: usize,
        context: &mut NodeContext<'_>,
    ) {
        self.map(own, output, path, depth);
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
        // The order of serde_json's maps depends on its features.
        all.sort_by_key(|(name, _)| *name);
        if all.is_empty() {
            return;
        }
        let mut scope = Scope::new(Case::Field);
        if output
            .get("additionalProperties")
            .is_some_and(Value::is_object)
        {
            scope.reserve(EXTRA);
        }
        let is_wrapped = context.variants.is_some()
            && all.len() == 1
            && required.len() == 1
            && constant(all[0].1).is_none();
        let mut properties = Map::new();
        let mut always: Vec<Value> = Vec::new();
        for (wire, schema) in all {
            let scope = match &mut context.variants {
                // The only field of an externally tagged variant is the variant's name.
                Some(variants) if is_wrapped => &mut **variants,
                _ => &mut scope,
            };
            let name = self.names.wire.name(wire, scope);
            if required.contains(wire) {
                always.push(name.clone().into());
            }
            let path = child(path, wire);
            let is_tag = constant(schema).is_some();
            let field = if is_tag && let Some(variants) = &mut context.variants {
                let context = NodeContext {
                    variants: Some(&mut **variants),
                };
                self.node(schema, &path, depth + 1, context)
            } else if is_wrapped {
                self.content(schema, &path, depth + 1)
            } else {
                self.value(schema, &path, depth + 1)
            };
            properties.insert(name, untitled(field));
        }
        output.insert("properties".into(), properties.into());
        if !always.is_empty() {
            output.insert("required".into(), always.into());
        }
    }

    /// Normalizes the content of an externally tagged variant: a struct's fields become the
    /// variant's.
    fn content(&mut self, schema: &Value, path: &str, depth: usize) -> Value {
        let output = self.node(schema, path, depth, NodeContext::default());
        let is_struct = output.get("properties").is_some();
        if is_composite(&output) && !is_struct {
            self.move_to_definitions(output, path)
        } else {
            output
        }
    }

    /// Normalizes a map, or the additional fields of a struct.
    fn map(
        &mut self,
        own: &Map<String, Value>,
        output: &mut Map<String, Value>,
        path: &str,
        depth: usize,
    ) {
        let path = child(path, "value");
        let others = own.get("additionalProperties");
        let patterns = own.get("patternProperties").and_then(Value::as_object);
        let has_fields = own.get("properties").is_some();
        let values = match (patterns.and_then(|all| all.iter().next()), others) {
            (Some((pattern, values)), others) => {
                let is_only = patterns.is_some_and(|all| all.len() == 1)
                    && !has_fields
                    && others.is_none_or(|others| *others == Value::Bool(false));
                // The patterns with which schemars describes a map with integer keys.
                let keys = match pattern.as_str() {
                    r"^\d+$" if is_only => Some("uint64"),
                    r"^-?\d+$" if is_only => Some("int64"),
                    _ => None,
                };
                if let Some(format) = keys {
                    let keys = json!({"type": "integer", "format": format});
                    output.insert("propertyNames".into(), keys);
                }
                values
            }
            (None, Some(values)) if values.is_object() || (*values == true && !has_fields) => {
                if let Some(keys) = self.keys(own.get("propertyNames")) {
                    output.insert("propertyNames".into(), keys);
                }
                values
            }
            _ => return,
        };
        let values = self.value(values, &path, depth + 1);
        output.insert("additionalProperties".into(), values);
    }

    /// Returns the type of a map's keys, if it is not a string. Keys need an order.
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

/// Returns the constant value of a field: the tag of a variant.
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
