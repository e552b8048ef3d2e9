//! Strings, numbers and booleans, and their defaults.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::commands::client::wire_name::is_private;

/// Types of JSON Schema.
const KINDS: [&str; 7] = [
    "null", "boolean", "integer", "number", "string", "array", "object",
];

/// Restores a boolean, which is 0 or 1 on the wire.
pub(super) fn boolean(own: &mut Map<String, Value>) {
    if own.get("format").and_then(Value::as_str) != Some("boolean") {
        return;
    }
    own.remove("format");
    match own.get_mut("type") {
        Some(Value::Array(kinds)) => {
            let integers = kinds.iter_mut().filter(|value| *value == "integer");
            integers.for_each(|value| *value = json!("boolean"));
        }
        Some(value) => *value = json!("boolean"),
        None => {}
    }
    own.remove("enum");
    own.remove("const");
    if let Some(default) = own.get_mut("default")
        && let Some(number) = default.as_u64()
    {
        *default = Value::Bool(number != 0);
    }
}

/// Returns the distinct values of an enum of strings.
pub(super) fn texts(own: &Map<String, Value>) -> Option<Vec<String>> {
    let is_text = |kind: &Value| kind == "string";
    if !own.get("type").is_none_or(is_text) {
        return None;
    }
    let values = match (own.get("const"), own.get("enum")) {
        (Some(value), _) => std::slice::from_ref(value),
        (None, Some(Value::Array(values))) => values,
        _ => return None,
    };
    let mut seen = BTreeSet::new();
    let mut texts: Vec<String> = Vec::new();
    for value in values {
        let text = value.as_str()?;
        if seen.insert(text) {
            texts.push(text.to_owned());
        }
    }
    Some(texts).filter(|texts| !texts.is_empty())
}

/// Sets the type of a value, and the format of a number. The format of a string is ignored.
pub(super) fn kind(own: &Map<String, Value>, output: &mut Map<String, Value>) {
    let known = |kind: &&Value| kind.as_str().is_some_and(|kind| KINDS.contains(&kind));
    let kinds: Vec<Value> = match own.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().filter(known).cloned().collect(),
        Some(value) => std::iter::once(value).filter(known).cloned().collect(),
        None => inferred(own).into_iter().collect(),
    };
    let format = own.get("format").and_then(Value::as_str);
    let has = |kind: &str| kinds.iter().any(|value| value == kind);
    if let Some(format) = number(format.unwrap_or_default(), has("integer"), has("number")) {
        output.insert("format".into(), format.into());
    }
    match kinds.as_slice() {
        [] => {}
        [value] => {
            output.insert("type".into(), value.clone());
        }
        several => {
            output.insert("type".into(), several.into());
        }
    }
}

/// Infers the type from the other keywords.
fn inferred(own: &Map<String, Value>) -> Option<Value> {
    let has = |key: &str| own.contains_key(key);
    if has("properties") || has("additionalProperties") || has("patternProperties") {
        return Some(json!("object"));
    }
    if has("items") || has("prefixItems") {
        return Some(json!("array"));
    }
    let single = own.get("const").map(std::slice::from_ref);
    let values = single.or_else(|| Some(own.get("enum")?.as_array()?.as_slice()))?;
    let all = |is: fn(&Value) -> bool| !values.is_empty() && values.iter().all(is);
    if all(|value| value.is_i64() || value.is_u64()) {
        Some(json!("integer"))
    } else if all(Value::is_number) {
        Some(json!("number"))
    } else if all(Value::is_boolean) {
        Some(json!("boolean"))
    } else if all(Value::is_null) {
        Some(json!("null"))
    } else {
        None
    }
}

/// Returns the format that selects the Rust type of a number.
fn number(format: &str, is_integer: bool, is_number: bool) -> Option<&str> {
    match format {
        "int8" | "int16" | "int32" | "int64" | "uint8" | "uint16" | "uint32" | "uint64"
            if is_integer =>
        {
            Some(format)
        }
        "uint" | "uint128" if is_integer => Some("uint64"),
        "float" if is_number && !is_integer => Some("float"),
        _ if is_integer => Some("int64"),
        _ if is_number => Some("double"),
        _ => None,
    }
}

/// Keeps a simple default that fits the type. Without a default, the field is optional, and the
/// provider applies its own default.
pub(super) fn default(own: &Map<String, Value>, output: &mut Map<String, Value>) {
    let Some(value) = own.get("default") else {
        return;
    };
    let kind = output.get("type").and_then(Value::as_str);
    let format = output.get("format").and_then(Value::as_str);
    let is_struct = ["properties", "oneOf", "allOf", "enum"];
    let fits = match (kind.unwrap_or_default(), value) {
        ("boolean", Value::Bool(_)) | ("number", Value::Number(_)) => true,
        ("integer", Value::Number(number)) => is_within(number, format.unwrap_or_default()),
        ("string", Value::String(text)) => !is_private(text),
        ("array", Value::Array(items)) => items.is_empty() && !output["items"].is_array(),
        ("object", Value::Object(fields)) => fields.is_empty(),
        _ => false,
    };
    if fits && !is_struct.iter().any(|key| output.contains_key(*key)) {
        output.insert("default".into(), value.clone());
    }
}

fn is_within(number: &serde_json::Number, format: &str) -> bool {
    let bits = format.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let Ok(bits) = bits.parse::<u32>() else {
        return false;
    };
    match (format.starts_with('u'), number.as_u64(), number.as_i64()) {
        (true, Some(n), _) => bits >= 64 || n >> bits == 0,
        (false, _, Some(n)) => bits >= 64 || (n >> (bits - 1) == 0 || n >> (bits - 1) == -1),
        _ => false,
    }
}
