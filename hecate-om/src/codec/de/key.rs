//! Deserializer of the keys of a map.

use std::borrow::Cow;
use std::str::FromStr;

use macula_rust::cbor::Value;
use serde::de::{self, Visitor};

use super::super::mark::marked_key;
use super::super::{CodecError, digits};
use super::Deserializer;

/// Key of a map. JSON keys are texts, so digits are read as a number if the reader expects a
/// number, and `true` and `false` as booleans.
pub(super) struct Key {
    value: Value,
    /// Whether the map's schema declares the key to be an integer. This applies to readers that do
    /// not request a type.
    is_integer: bool,
}

impl Key {
    pub(super) fn new(key: Value) -> Self {
        match key {
            Value::Int(n) => match marked_key(n) {
                Some(marked) => Self {
                    value: Value::Int(marked),
                    is_integer: true,
                },
                None => Self::plain(key),
            },
            key => Self::plain(key),
        }
    }

    const fn plain(value: Value) -> Self {
        Self {
            value,
            is_integer: false,
        }
    }

    /// Returns the key as shown in the location of an error.
    pub(super) fn name(&self) -> Cow<'_, str> {
        match &self.value {
            Value::Text(text) => Cow::Borrowed(text),
            Value::Bytes(bytes) => String::from_utf8_lossy(bytes),
            Value::Int(n) => Cow::Owned(n.to_string()),
            _ => Cow::Borrowed("?"),
        }
    }

    fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            Value::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    fn read(&self) -> Deserializer {
        Deserializer(self.value.clone())
    }
}

/// Parses a float in any form, because `1` and `1.0` are both common.
fn float<N: FromStr>(text: &str) -> Option<N> {
    text.parse().ok()
}

macro_rules! numeric_keys {
    ($($method:ident: $visit:ident by $read:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
            match self.text().and_then($read) {
                Some(number) => visitor.$visit(number),
                None => self.read().$method(visitor),
            }
        }
    )*};
}

impl<'de> de::Deserializer<'de> for &Key {
    type Error = CodecError;

    numeric_keys! {
        deserialize_i8: visit_i64 by digits
        deserialize_i16: visit_i64 by digits
        deserialize_i32: visit_i64 by digits
        deserialize_i64: visit_i64 by digits
        deserialize_i128: visit_i128 by digits
        deserialize_u8: visit_u64 by digits
        deserialize_u16: visit_u64 by digits
        deserialize_u32: visit_u64 by digits
        deserialize_u64: visit_u64 by digits
        deserialize_u128: visit_u128 by digits
        deserialize_f32: visit_f32 by float
        deserialize_f64: visit_f64 by float
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        match self.text() {
            Some("true" | "1") => visitor.visit_bool(true),
            Some("false" | "0") => visitor.visit_bool(false),
            _ => self.read().deserialize_bool(visitor),
        }
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        self.read().deserialize_any(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        match &self.value {
            // This is not the index of a field, because the map's schema declares integer keys.
            Value::Int(_) if self.is_integer => self.read().number(visitor),
            Value::Text(text) => visitor.visit_str(text),
            _ => self.read().deserialize_identifier(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        // A key is never null, so an option is always present.
        visitor.visit_some(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, CodecError> {
        self.read().deserialize_enum(name, variants, visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, CodecError> {
        visitor.visit_newtype_struct(self)
    }

    fn is_human_readable(&self) -> bool {
        true
    }

    serde::forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct ignored_any
    }
}
