//! A map's keys.

use macula_rust::cbor::Value;
use serde::de::{self, Visitor};

use super::super::CodecError;
use super::Deserializer;

/// A map's key. Where an integer is expected its digits are one, too: JSON has no other form for it.
pub(super) struct Key(pub(super) Value);

macro_rules! integer_keys {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
            let digits = match &self.0 {
                Value::Text(text) => text.parse().ok(),
                Value::Bytes(bytes) => std::str::from_utf8(bytes).ok().and_then(|text| text.parse().ok()),
                _ => None,
            };
            let key = Deserializer(digits.map_or(self.0, Value::Int));
            de::Deserializer::$method(key, visitor)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Key {
    type Error = CodecError;

    integer_keys! {
        deserialize_bool
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        Deserializer(self.0).deserialize_any(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        Deserializer(self.0).deserialize_identifier(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, CodecError> {
        Deserializer(self.0).deserialize_enum(name, variants, visitor)
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
        f32 f64 char str string bytes byte_buf option unit unit_struct seq tuple tuple_struct map struct ignored_any
    }
}
