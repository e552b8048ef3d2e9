//! Where the wire differs from the JSON that schemars describes.

use schemars::Schema;
use schemars::transform::{Transform, transform_subschemas};
use serde_json::{Map, Value, json};

/// Describes the wire's values: there are no booleans, which cross as 0 and 1, and integers end at ±2^63.
#[derive(Debug, Clone)]
pub(super) struct Wire;

impl Transform for Wire {
    fn transform(&mut self, schema: &mut Schema) {
        if let Some(schema) = schema.as_object_mut() {
            boolean(schema);
            integer(schema);
            for key in ["const", "default", "enum", "examples"] {
                schema.get_mut(key).into_iter().for_each(crossed);
            }
        }
        transform_subschemas(self, schema);
    }
}

/// A boolean is the integer 0 or 1. `format` keeps what the number means, as it does of other numbers
/// (`uint8`), so that a caller's tool can offer a switch.
fn boolean(schema: &mut Map<String, Value>) {
    let Some(types) = schema.get_mut("type") else {
        return;
    };
    let values = match types {
        Value::String(one) if one == "boolean" => {
            *types = json!("integer");
            json!([0, 1])
        }
        Value::Array(several) if several.contains(&json!("boolean")) => {
            several.retain(|one| one != "boolean");
            let others = several.iter().any(|one| one != "null");
            let counted = several
                .iter()
                .any(|one| one == "integer" || one == "number");
            if !counted {
                several.insert(0, json!("integer"));
            }
            if others {
                // Among other types, its two values cannot be told from theirs.
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

/// The wire's integers are those of 64 bits with a sign, whatever the type has room for.
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

/// A value of the author's as it crosses.
fn crossed(value: &mut Value) {
    match value {
        Value::Bool(yes) => *value = u8::from(*yes).into(),
        Value::Array(items) => items.iter_mut().for_each(crossed),
        Value::Object(fields) => fields.values_mut().for_each(crossed),
        Value::Null | Value::Number(_) | Value::String(_) => {}
    }
}
