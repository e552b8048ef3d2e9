//! Access to the value that a type is decoded from.

use std::fmt;

use macula_rust::cbor::{self, Value};
use serde::de::{self, Deserializer, Error as _};

use super::{CodecError, Payload};

/// The `$comment` in the JSON Schema of a type that is decoded by [`raw`], so that its values are
/// not marked.
pub(crate) const RAW: &str = "decoded from the value as it is on the wire";

/// Name of the newtype for which this crate's deserializer hands over the value itself, encoded.
pub(super) const NAME: &str = "$hecate_om::codec::Raw";

/// Returns the value that a type is decoded from, as it is on the wire.
///
/// # Errors
///
/// If the type is decoded from another format.
pub(crate) fn raw<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Payload, D::Error> {
    deserializer.deserialize_newtype_struct(NAME, Visitor)
}

pub(super) fn encode(value: &Value) -> Result<Vec<u8>, CodecError> {
    cbor::encode(value).map_err(|error| CodecError::new(error.to_string()))
}

struct Visitor;

impl<'de> de::Visitor<'de> for Visitor {
    type Value = Payload;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a payload of the mesh")
    }

    fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Payload, E> {
        cbor::decode(&bytes).map(Payload).map_err(E::custom)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, _: D) -> Result<Payload, D::Error> {
        Err(D::Error::custom(
            "this type can be decoded only from a payload of the mesh",
        ))
    }
}
