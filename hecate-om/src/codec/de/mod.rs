//! Deserializer of the wire's CBOR.

mod key;
mod variant;

use macula_rust::cbor::Value;
use serde::de::value::SeqDeserializer;
use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Unexpected, Visitor};

use super::mark::{FALSE, PROBE, TRUE, unmarked};
use super::{CodecError, raw};
use key::Key;
use variant::Variant;

/// Deserializer of a value. The wire limits the nesting of values to 64 levels.
pub(super) struct Deserializer(Value);

impl Deserializer {
    pub(super) const fn new(value: Value) -> Self {
        Self(value)
    }

    fn integer<'de, V: Visitor<'de>>(n: i128, visitor: V) -> Result<V::Value, CodecError> {
        match (i64::try_from(n), u64::try_from(n)) {
            (_, Ok(unsigned)) => visitor.visit_u64(unsigned),
            (Ok(signed), _) => visitor.visit_i64(signed),
            _ => match unmarked(n) {
                marked if marked != n => visitor.visit_u64(marked as u64),
                _ => visitor.visit_i128(n),
            },
        }
    }

    /// Reads a number of the type that the reader requests.
    fn number<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        match self.0 {
            Value::Int(n) => Self::integer(n, visitor),
            Value::Float(x) => visitor.visit_f64(x),
            other => de::Deserializer::deserialize_any(Self(other), visitor),
        }
    }

    fn text<'de, V: Visitor<'de>>(value: Value, visitor: V) -> Result<V::Value, CodecError> {
        match value {
            Value::Text(text) => visitor.visit_string(text),
            Value::Bytes(bytes) => match String::from_utf8(bytes) {
                Ok(text) => visitor.visit_string(text),
                Err(error) => Err(CodecError::new(format!(
                    "bytes that are not UTF-8 (from byte {} on), where text is expected",
                    error.utf8_error().valid_up_to()
                ))),
            },
            other => Err(mismatch(&other, &visitor)),
        }
    }
}

/// Returns the error for a value of an unexpected type.
fn mismatch<'de, V: Visitor<'de>>(value: &Value, visitor: &V) -> CodecError {
    let unexpected = match value {
        Value::Int(n) => match i64::try_from(unmarked(*n)) {
            Ok(n) => Unexpected::Signed(n),
            Err(_) => Unexpected::Other("big integer"),
        },
        Value::Bytes(_) => Unexpected::Other("byte string"),
        Value::Text(text) => Unexpected::Str(text),
        Value::List(_) => Unexpected::Other("list"),
        Value::Map(_) => Unexpected::Other("map"),
        Value::Null => Unexpected::Other("null"),
        Value::Float(x) => Unexpected::Float(*x),
    };
    de::Error::invalid_type(unexpected, visitor)
}

macro_rules! numbers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
            self.number(visitor)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Deserializer {
    type Error = CodecError;

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f64
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Int(TRUE) => visitor.visit_bool(true),
            Value::Int(FALSE) => visitor.visit_bool(false),
            Value::Int(PROBE) => Err(CodecError::buffered()),
            Value::Int(n) => Self::integer(n, visitor),
            Value::Float(x) => visitor.visit_f64(x),
            Value::Text(text) => visitor.visit_string(text),
            // Erlang sends text as bytes, but a reader of any type, such as JSON, expects text.
            Value::Bytes(bytes) => match String::from_utf8(bytes) {
                Ok(text) => visitor.visit_string(text),
                Err(error) => visitor.visit_byte_buf(error.into_bytes()),
            },
            Value::List(items) => read_list(items, visitor),
            Value::Map(pairs) => read_map(pairs, visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        match self.0 {
            Value::Int(0 | FALSE) => visitor.visit_bool(false),
            Value::Int(1 | TRUE | PROBE) => visitor.visit_bool(true),
            Value::Int(n) => Err(CodecError::new(format!(
                "the integer {n}, where a boolean is expected: 0 or 1, as the wire has no booleans"
            ))),
            other => Err(mismatch(&other, &visitor)),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        match self.0 {
            // Serde would convert this value to infinity.
            Value::Float(x) if (x as f32).is_infinite() => Err(CodecError::beyond_32_bits(x)),
            other => Self(other).number(visitor),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        Self::text(self.0, visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        Self::text(self.0, visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        Self::text(self.0, visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        match self.0 {
            // Fields and variants have names, not numbers, so an integer must match none of them.
            Value::Int(PROBE) => Err(CodecError::buffered()),
            Value::Int(n) => visitor.visit_string(unmarked(n).to_string()),
            other => Self::text(other, visitor),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        self.deserialize_byte_buf(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        match self.0 {
            Value::Bytes(bytes) => visitor.visit_byte_buf(bytes),
            Value::Text(text) => visitor.visit_byte_buf(text.into_bytes()),
            Value::List(items) => read_list(items, visitor),
            other => Err(mismatch(&other, &visitor)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            other => visitor.visit_some(Self(other)),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            // A caller without arguments sends an empty map, which is macula-rust's default
            // payload.
            Value::Map(pairs) if pairs.is_empty() => visitor.visit_unit(),
            other => Err(mismatch(&other, &visitor)),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, CodecError> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, CodecError> {
        if name == raw::NAME {
            return visitor.visit_byte_buf(raw::encode(&self.0)?);
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        match self.0 {
            Value::List(items) => read_list(items, visitor),
            // Serde reads a `Vec<u8>` as a sequence, but other languages send bytes.
            Value::Bytes(bytes) => {
                let mut bytes = SeqDeserializer::new(bytes.into_iter());
                let value = visitor.visit_seq(&mut bytes)?;
                bytes.end()?;
                Ok(value)
            }
            other => Err(mismatch(&other, &visitor)),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, CodecError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, CodecError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        match self.0 {
            Value::Map(pairs) => read_map(pairs, visitor),
            other => Err(mismatch(&other, &visitor)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, CodecError> {
        match self.0 {
            Value::Map(mut pairs) => {
                // The tag of an adjacently tagged enum must come before its content, because serde
                // would otherwise buffer the content. The wire sorts keys by length.
                if let ([_, content], [(Value::Text(first), _), _]) = (fields, &*pairs)
                    && first == content
                {
                    pairs.reverse();
                }
                read_map(pairs, visitor)
            }
            Value::List(items) => read_list(items, visitor),
            other => Err(mismatch(&other, &visitor)),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, CodecError> {
        match self.0 {
            tag @ (Value::Text(_) | Value::Bytes(_)) => {
                visitor.visit_enum(Variant { tag, content: None })
            }
            Value::Map(mut pairs) if pairs.len() == 1 => match pairs.pop() {
                Some((tag, content)) => visitor.visit_enum(Variant {
                    tag,
                    content: Some(content),
                }),
                None => Err(CodecError::new("an enum without its variant")),
            },
            Value::Map(pairs) => Err(CodecError::new(format!(
                "a map of {} entries, where an enum is expected: its variant as text, or a map of that one key",
                pairs.len()
            ))),
            other => Err(mismatch(&other, &visitor)),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CodecError> {
        visitor.visit_unit()
    }

    fn is_human_readable(&self) -> bool {
        true
    }
}

fn read_list<'de, V: Visitor<'de>>(items: Vec<Value>, visitor: V) -> Result<V::Value, CodecError> {
    let len = items.len();
    let mut list = List {
        items: items.into_iter(),
        next: 0,
    };
    let value = visitor.visit_seq(&mut list)?;
    if list.items.len() == 0 {
        return Ok(value);
    }
    Err(CodecError::new(format!(
        "a list of {len} items, where {} are expected",
        list.next
    )))
}

fn read_map<'de, V: Visitor<'de>>(
    pairs: Vec<(Value, Value)>,
    visitor: V,
) -> Result<V::Value, CodecError> {
    visitor.visit_map(Map {
        pairs: pairs.into_iter(),
        value: None,
    })
}

struct List {
    items: std::vec::IntoIter<Value>,
    next: usize,
}

impl<'de> SeqAccess<'de> for &mut List {
    type Error = CodecError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, CodecError> {
        let Some(item) = self.items.next() else {
            return Ok(None);
        };
        let index = self.next;
        self.next += 1;
        seed.deserialize(Deserializer(item))
            .map(Some)
            .map_err(|e| e.at(index))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

struct Map {
    pairs: std::vec::IntoIter<(Value, Value)>,
    value: Option<(Key, Value)>,
}

impl<'de> MapAccess<'de> for Map {
    type Error = CodecError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, CodecError> {
        let Some((key, value)) = self.pairs.next() else {
            return Ok(None);
        };
        let (key, _) = self.value.insert((Key::new(key), value));
        seed.deserialize(&*key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, CodecError> {
        let Some((key, value)) = self.value.take() else {
            return Err(CodecError::new(
                "a map's value was requested before its key",
            ));
        };
        seed.deserialize(Deserializer(value))
            .map_err(|e| e.under(key.name()))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.pairs.len())
    }
}
