//! Conversion between serde values and the wire's CBOR (WIRE_1_0.md), without JSON in between.
//!
//! The wire has null, integers, floats, text, bytes, lists and maps. It has no booleans, so they
//! are sent as 0 and 1. A boolean key of a map is sent as the text `true` or `false`, as JSON
//! Schema describes such maps. Text is written as text, but read from text or bytes, because Erlang
//! sends binaries as bytes. A value that the wire cannot carry is an error with the location in the
//! value, before anything is sent.
//!
//! If serde buffers a value before its type is known (`#[serde(untagged)]`, `#[serde(flatten)]`,
//! internally and adjacently tagged enums), the JSON Schema of the type decides whether a 0 or 1 is
//! a boolean: see [`shape`]. A value of a type without a known schema, as in an untyped call, is
//! then refused, and not misread.

mod de;
mod error;
mod mark;
mod raw;
mod request_key;
mod ser;
mod shape;

pub(crate) use error::CodecError;
pub(crate) use raw::{RAW, raw};
pub(crate) use request_key::{take_key, with_key, without_key};
pub use shape::register_schema;
pub(crate) use shape::{Shape, describe_by};

use std::fmt;
use std::str::FromStr;

use macula_rust::cbor::Value;
use macula_rust::frame::{MAX_FRAME_BYTES, MAX_PAYLOAD_ELEMENTS, MAX_PAYLOAD_NESTING};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use shape::Plan;

/// Maximum size of a value: the size of a frame, without the signature, the key and the names
/// around the value.
const MAX_BYTES: u64 = MAX_FRAME_BYTES as u64 - 16 * 1024;

/// A value in the CBOR of the wire.
#[derive(Clone, PartialEq)]
pub struct Payload(pub(crate) Value);

impl Default for Payload {
    fn default() -> Self {
        Self(Value::Null)
    }
}

impl Payload {
    /// Adds an entry with a text to a map. Returns whether the payload is a map without the key.
    pub(crate) fn insert_text(&mut self, key: &str, text: String) -> bool {
        if self.0.get(key).is_some() {
            return false;
        }
        let Value::Map(entries) = &mut self.0 else {
            return false;
        };
        entries.push((Value::Text(key.to_owned()), Value::Text(text)));
        true
    }

    /// Returns the text of an entry of a map.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        match self.0.get(key)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Removes an entry of a map.
    pub(crate) fn remove(&mut self, key: &str) {
        if let Value::Map(entries) = &mut self.0 {
            entries.retain(|(name, _)| !matches!(name, Value::Text(name) if name == key));
        }
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Converts a value to a payload. This checks types, ranges, keys, nesting and size, and returns
/// errors with their location. macula-rust checks them again when it signs the payload.
pub(crate) fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Payload, CodecError> {
    let payload = Payload(value.serialize(ser::Serializer::new(MAX_PAYLOAD_NESTING))?);
    let Size { bytes, items } = size(&payload.0);
    if bytes > MAX_BYTES {
        return Err(CodecError::new(format!(
            "the value takes {bytes} bytes, but a wire frame holds {MAX_BYTES}; send it in parts or as content"
        )));
    }
    if items > MAX_PAYLOAD_ELEMENTS {
        return Err(CodecError::new(format!(
            "the value holds {items} items, over the wire's {MAX_PAYLOAD_ELEMENTS}; send it in parts, or as content"
        )));
    }
    Ok(payload)
}

/// Encodes a value of any size, for content, which is not sent in a single frame.
pub(crate) fn to_bytes<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CodecError> {
    let value = value.serialize(ser::Serializer::new(MAX_PAYLOAD_NESTING))?;
    macula_rust::cbor::encode(&value).map_err(|error| CodecError::new(error.to_string()))
}

/// Returns a payload as encoded on the wire.
pub(crate) fn wire_bytes(payload: &Payload) -> Result<Vec<u8>, CodecError> {
    macula_rust::cbor::encode(&payload.0).map_err(|error| CodecError::new(error.to_string()))
}

/// Returns the payload with this encoding on the wire.
pub(crate) fn from_wire_bytes(bytes: &[u8]) -> Result<Payload, CodecError> {
    let value = macula_rust::cbor::decode(bytes);
    value
        .map(Payload)
        .map_err(|error| CodecError::new(error.to_string()))
}

/// Refuses a request that has the key `caller`, because providers replace its value by the verified
/// caller.
pub(crate) fn without_caller(payload: Payload) -> Result<Payload, CodecError> {
    match payload.0.get("caller") {
        None => Ok(payload),
        Some(_) => Err(CodecError::new(
            "the key `caller` is reserved for the verified caller; rename it",
        )),
    }
}

/// Decodes a `T`, using the type's schema if it is registered.
pub(crate) fn decode<T: DeserializeOwned>(payload: Payload) -> Result<T, CodecError> {
    read(shape::plan::<T>(), payload)
}

/// Decodes a `T`, using the type's schema.
pub(crate) fn decode_described<T: DeserializeOwned + JsonSchema>(
    payload: Payload,
) -> Result<T, CodecError> {
    let mut plan = shape::plan::<T>();
    if matches!(plan, Plan::Unknown) {
        register_schema::<T>();
        plan = shape::plan::<T>();
    }
    read(plan, payload)
}

fn read<T: DeserializeOwned>(plan: Plan, payload: Payload) -> Result<T, CodecError> {
    let mut value = payload.0;
    match plan {
        Plan::Unmarked => {}
        Plan::Marked(shape) => shape.mark(&mut value)?,
        Plan::Ambiguous(ambiguity) => return Err(CodecError::new(ambiguity.to_string())),
        Plan::Unknown => {
            let read = || T::deserialize(de::Deserializer::new(value));
            let (result, boolean_wanted) = error::detect_booleans(read);
            if boolean_wanted {
                return Err(CodecError::new(UNDESCRIBED));
            }
            return result;
        }
    }
    T::deserialize(de::Deserializer::new(value))
}

/// Error for a buffered boolean of a type without a known schema. Without this error, an untagged
/// enum would be decoded as another variant.
const UNDESCRIBED: &str = "a boolean under serde's `flatten`, `tag` or `untagged` needs the type's JSON Schema; \
    register it with `hecate_om::call::register_schema::<T>()`, or make a typed call";

/// Returns the size of a payload on the wire. The size is computed without encoding the payload,
/// because the guard checks it for each call.
pub(crate) fn encoded_len(payload: &Payload) -> u64 {
    size(&payload.0).bytes
}

/// Parses a number in its canonical form, for the keys of maps. Other forms (`03`, `+3`) would be
/// different keys for the same number, and the map would keep the value of only one of them.
fn digits<N: FromStr + ToString>(text: &str) -> Option<N> {
    let number: N = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// Size of a value on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Size {
    bytes: u64,
    /// Number of lists, maps, keys and values.
    items: usize,
}

impl std::ops::Add for Size {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            bytes: self.bytes + other.bytes,
            items: self.items + other.items,
        }
    }
}

fn size(value: &Value) -> Size {
    let scalar = |bytes: u64| Size { bytes, items: 1 };
    let text = |len: usize| scalar(head_len(len as u64) + len as u64);
    match value {
        Value::Null => scalar(1),
        Value::Float(_) => scalar(9),
        Value::Int(n) => scalar(head_len(u64::try_from(*n).unwrap_or_else(|_| {
            // A negative integer n is encoded as -1 - n.
            u64::try_from(-1 - *n).unwrap_or(u64::MAX)
        }))),
        Value::Bytes(bytes) => text(bytes.len()),
        Value::Text(string) => text(string.len()),
        Value::List(items) => items
            .iter()
            .map(size)
            .fold(scalar(head_len(items.len() as u64)), |sum, item| sum + item),
        Value::Map(pairs) => pairs
            .iter()
            .map(|(key, value)| size(key) + size(value))
            .fold(scalar(head_len(pairs.len() as u64)), |sum, pair| sum + pair),
    }
}

/// Returns the length of a CBOR head with this argument (RFC 8949, section 3).
const fn head_len(argument: u64) -> u64 {
    match argument {
        0..=23 => 1,
        24..=0xff => 2,
        0x100..=0xffff => 3,
        0x1_0000..=0xffff_ffff => 5,
        _ => 9,
    }
}

#[cfg(test)]
mod tests;
