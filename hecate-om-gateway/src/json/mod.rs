//! Payloads as JSON. Bytes are `{"$bytes": "<base64>"}`, and integer keys are strings of digits.

mod schema;
mod text;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Error as _, Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::{Map, Number, Value, json};

pub use schema::{Booleans, restore_booleans};
pub use text::{parse, pretty, without_mark};

/// Key of an object that represents bytes.
const BYTES: &str = "$bytes";

/// Payload of any type.
#[derive(Debug, Clone)]
pub struct Json(pub Value);

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        SerializeJson(&self.0).serialize(serializer)
    }
}

/// Serializes JSON for the wire, with bytes decoded.
struct SerializeJson<'a>(&'a Value);

impl Serialize for SerializeJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Array(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(&SerializeJson(item))?;
                }
                list.end()
            }
            Value::Object(fields) => {
                if let Some(bytes) = bytes(fields) {
                    let bytes = bytes.map_err(S::Error::custom)?;
                    return serializer.serialize_bytes(&bytes);
                }
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (name, value) in fields {
                    map.serialize_entry(name, &SerializeJson(value))?;
                }
                map.end()
            }
            other => other.serialize(serializer),
        }
    }
}

/// Returns the bytes that an object represents, if `$bytes` is its only key.
fn bytes(fields: &Map<String, Value>) -> Option<Result<Vec<u8>, String>> {
    let value = fields.get(BYTES).filter(|_| fields.len() == 1)?;
    let decoded = value
        .as_str()
        .ok_or_else(|| "it is not a string".to_owned());
    let decoded = decoded.and_then(|text| STANDARD.decode(text).map_err(|error| error.to_string()));
    Some(decoded.map_err(|why| {
        format!("`{BYTES}` is not base64: {why}; write it as in `{{\"{BYTES}\": \"AAH/\"}}`")
    }))
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor).map(Self)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value of the wire")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, yes: bool) -> Result<Value, E> {
        Ok(yes.into())
    }

    fn visit_i64<E>(self, n: i64) -> Result<Value, E> {
        Ok(n.into())
    }

    fn visit_u64<E>(self, n: u64) -> Result<Value, E> {
        Ok(n.into())
    }

    fn visit_f64<E>(self, x: f64) -> Result<Value, E> {
        // The wire has no NaN or infinity.
        Ok(Number::from_f64(x).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Value, E> {
        Ok(json!({ BYTES: STANDARD.encode(bytes) }))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Json(item)) = list.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((Json(key), Json(value))) = map.next_entry()? {
            let key = match key {
                Value::String(text) => text,
                other => other.to_string(),
            };
            // The wire's keys `3` and `"3"` are the same key in JSON.
            if object.contains_key(&key) {
                return Err(de::Error::custom(format!("the key `{key}` occurs twice")));
            }
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_base64_under_their_own_key() {
        let of = |value: Value| value.as_object().cloned().and_then(|fields| bytes(&fields));
        assert_eq!(of(json!({"$bytes": "AAH/"})), Some(Ok(vec![0, 1, 255])));
        assert_eq!(of(json!({"$bytes": "AAH/", "other": 1})), None);
        for wrong in [json!({"$bytes": "AAH"}), json!({"$bytes": 1})] {
            let why = of(wrong).expect("it is meant as bytes").unwrap_err();
            assert!(why.starts_with("`$bytes` is not base64"), "{why}");
        }
    }
}
