//! Adaptation of schemars' JSON Schemas to the wire.

use schemars::Schema;
use schemars::transform::{Transform, transform_subschemas};
use serde_json::{Map, Value, json};

/// Transform to the values of the wire: booleans are 0 and 1, and integers have 64 bits with a
/// sign.
#[derive(Debug, Clone)]
pub(super) struct Wire;

impl Transform for Wire {
    fn transform(&mut self, schema: &mut Schema) {
        if let Some(schema) = schema.as_object_mut() {
            boolean(schema);
            integer(schema);
            for key in ["const", "default", "enum", "examples"] {
                schema.get_mut(key).into_iter().for_each(to_wire);
            }
        }
        transform_subschemas(self, schema);
    }
}

/// Replaces a boolean by the integers 0 and 1. `format` marks it as a boolean, as other formats
/// mark the kinds of numbers (`uint8`), so that a tool can show a switch.
fn boolean(schema: &mut Map<String, Value>) {
    let Some(types) = schema.get_mut("type") else {
        return;
    };
    let values = match types {
        Value::String(name) if name == "boolean" => {
            *types = json!("integer");
            json!([0, 1])
        }
        Value::Array(names) if names.contains(&json!("boolean")) => {
            names.retain(|name| name != "boolean");
            let others = names.iter().any(|name| name != "null");
            let is_number = names
                .iter()
                .any(|name| name == "integer" || name == "number");
            if !is_number {
                names.insert(0, json!("integer"));
            }
            if others {
                // An `enum` of 0 and 1 would restrict the other types as well.
                return;
            }
            json!([0, 1, null])
        }
        _ => return,
    };
    schema.insert("format".into(), json!("boolean"));
    if !schema.contains_key("const") {
        schema.entry("enum").or_insert(values);
    }
}

/// Limits integers to the wire's range, if the range of the type is wider.
fn integer(schema: &mut Map<String, Value>) {
    let (least, most) = match schema.get("format").and_then(Value::as_str) {
        Some("uint64" | "uint" | "uint128") => (None, Some(i64::MAX)),
        Some("int128") => (Some(i64::MIN), Some(i64::MAX)),
        _ => return,
    };
    for (key, bound) in [("minimum", least), ("maximum", most)] {
        if let Some(bound) = bound {
            schema.entry(key).or_insert(bound.into());
        }
    }
}

/// Converts an example or a default of the author to its form on the wire.
fn to_wire(value: &mut Value) {
    match value {
        Value::Bool(yes) => *value = u8::from(*yes).into(),
        Value::Array(items) => items.iter_mut().for_each(to_wire),
        Value::Object(fields) => fields.values_mut().for_each(to_wire),
        Value::Null | Value::Number(_) | Value::String(_) => {}
    }
}
