//! Serializer to the wire's CBOR.

use std::cmp::Ordering;
use std::fmt;

use macula_rust::cbor::Value;
use serde::ser::{self, Serialize};

use super::CodecError;

/// Serializer with a limit on the nesting.
#[derive(Clone, Copy)]
pub(super) struct Serializer {
    depth_left: usize,
    /// Whether the serializer writes the key of a map. As in JSON, a boolean key is written as
    /// text, and so is a number that cannot be a key on the wire.
    is_key: bool,
}

impl Serializer {
    pub(super) const fn new(depth_left: usize) -> Self {
        Self {
            depth_left,
            is_key: false,
        }
    }

    const fn key(self) -> Self {
        Self {
            is_key: true,
            ..self
        }
    }

    fn integer(self, n: impl TryInto<i64> + fmt::Display + Copy) -> Result<Value, CodecError> {
        match n.try_into() {
            Ok(n) => Ok(Value::Int(n.into())),
            Err(_) if self.is_key => Ok(Value::text(n.to_string())),
            Err(_) => Err(CodecError::new(format!(
                "the integer {n} is outside the wire's -2^63 to 2^63-1; send it as text"
            ))),
        }
    }

    fn nested(self) -> Result<Self, CodecError> {
        let depth_left = self.depth_left.checked_sub(1).ok_or_else(|| {
            CodecError::new("the value nests deeper than the 63 levels of the wire")
        })?;
        Ok(Self::new(depth_left))
    }

    fn list(self, len: Option<usize>) -> Result<ListSerializer, CodecError> {
        Ok(ListSerializer {
            inner: self.nested()?,
            items: Vec::with_capacity(len.unwrap_or(0).min(1024)),
            variant: None,
        })
    }

    fn map(self, len: Option<usize>) -> Result<MapSerializer, CodecError> {
        Ok(MapSerializer {
            inner: self.nested()?,
            pairs: Vec::with_capacity(len.unwrap_or(0).min(1024)),
            key: None,
            variant: None,
        })
    }
}

/// Returns `{variant: value}`, serde's form of a variant with content.
fn tagged(variant: &'static str, value: Value) -> Value {
    Value::Map(vec![(Value::text(variant), value)])
}

fn float(x: f64) -> Result<Value, CodecError> {
    if x.is_finite() {
        return Ok(Value::Float(x));
    }
    Err(CodecError::new(format!(
        "the float {x} is not finite, and the wire has no form for it; send null or leave it out"
    )))
}

impl ser::Serializer for Serializer {
    type Ok = Value;
    type Error = CodecError;
    type SerializeSeq = ListSerializer;
    type SerializeTuple = ListSerializer;
    type SerializeTupleStruct = ListSerializer;
    type SerializeTupleVariant = ListSerializer;
    type SerializeMap = MapSerializer;
    type SerializeStruct = MapSerializer;
    type SerializeStructVariant = MapSerializer;

    fn serialize_bool(self, v: bool) -> Result<Value, CodecError> {
        let key = self.is_key.then(|| Value::text(v.to_string()));
        Ok(key.unwrap_or(Value::Int(v.into())))
    }
    fn serialize_i8(self, v: i8) -> Result<Value, CodecError> {
        Ok(Value::Int(v.into()))
    }
    fn serialize_i16(self, v: i16) -> Result<Value, CodecError> {
        Ok(Value::Int(v.into()))
    }
    fn serialize_i32(self, v: i32) -> Result<Value, CodecError> {
        Ok(Value::Int(v.into()))
    }
    fn serialize_i64(self, v: i64) -> Result<Value, CodecError> {
        Ok(Value::Int(v.into()))
    }
    fn serialize_i128(self, v: i128) -> Result<Value, CodecError> {
        self.integer(v)
    }
    fn serialize_u8(self, v: u8) -> Result<Value, CodecError> {
        Ok(Value::Int(v.into()))
    }
    fn serialize_u16(self, v: u16) -> Result<Value, CodecError> {
        Ok(Value::Int(v.into()))
    }
    fn serialize_u32(self, v: u32) -> Result<Value, CodecError> {
        Ok(Value::Int(v.into()))
    }
    fn serialize_u64(self, v: u64) -> Result<Value, CodecError> {
        self.integer(v)
    }
    fn serialize_u128(self, v: u128) -> Result<Value, CodecError> {
        self.integer(v)
    }
    fn serialize_f32(self, v: f32) -> Result<Value, CodecError> {
        match float(v.into())? {
            Value::Float(_) if self.is_key => Ok(Value::text(format!("{v:?}"))),
            value => Ok(value),
        }
    }
    fn serialize_f64(self, v: f64) -> Result<Value, CodecError> {
        match float(v)? {
            Value::Float(_) if self.is_key => Ok(Value::text(format!("{v:?}"))),
            value => Ok(value),
        }
    }
    fn serialize_char(self, v: char) -> Result<Value, CodecError> {
        Ok(Value::text(v))
    }
    fn serialize_str(self, v: &str) -> Result<Value, CodecError> {
        Ok(Value::text(v))
    }
    fn serialize_bytes(self, v: &[u8]) -> Result<Value, CodecError> {
        Ok(Value::Bytes(v.to_vec()))
    }
    fn serialize_none(self) -> Result<Value, CodecError> {
        Ok(Value::Null)
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, CodecError> {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Result<Value, CodecError> {
        Ok(Value::Null)
    }
    fn serialize_unit_struct(self, _name: &'static str) -> Result<Value, CodecError> {
        Ok(Value::Null)
    }
    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<Value, CodecError> {
        Ok(Value::text(variant))
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<Value, CodecError> {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value, CodecError> {
        let value = value
            .serialize(self.nested()?)
            .map_err(|e| e.under(variant))?;
        Ok(tagged(variant, value))
    }
    fn serialize_seq(self, len: Option<usize>) -> Result<ListSerializer, CodecError> {
        self.list(len)
    }
    fn serialize_tuple(self, len: usize) -> Result<ListSerializer, CodecError> {
        self.list(Some(len))
    }
    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        len: usize,
    ) -> Result<ListSerializer, CodecError> {
        self.list(Some(len))
    }
    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<ListSerializer, CodecError> {
        Ok(ListSerializer {
            variant: Some(variant),
            ..self.nested()?.list(Some(len))?
        })
    }
    fn serialize_map(self, len: Option<usize>) -> Result<MapSerializer, CodecError> {
        self.map(len)
    }
    fn serialize_struct(
        self,
        _name: &'static str,
        len: usize,
    ) -> Result<MapSerializer, CodecError> {
        self.map(Some(len))
    }
    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<MapSerializer, CodecError> {
        Ok(MapSerializer {
            variant: Some(variant),
            ..self.nested()?.map(Some(len))?
        })
    }
    fn is_human_readable(&self) -> bool {
        // Dates and ids are sent as text, for callers in other languages.
        true
    }
}

/// Serializer of a list, or of the content of a tuple variant.
pub(super) struct ListSerializer {
    inner: Serializer,
    items: Vec<Value>,
    variant: Option<&'static str>,
}

impl ListSerializer {
    fn push<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), CodecError> {
        let item = item
            .serialize(self.inner)
            .map_err(|e| e.at(self.items.len()))?;
        self.items.push(item);
        Ok(())
    }

    fn finish(self) -> Value {
        let list = Value::List(self.items);
        match self.variant {
            Some(variant) => tagged(variant, list),
            None => list,
        }
    }
}

macro_rules! list_impl {
    ($($trait:ident::$method:ident),*) => {$(
        impl ser::$trait for ListSerializer {
            type Ok = Value;
            type Error = CodecError;
            fn $method<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), CodecError> {
                self.push(item)
            }
            fn end(self) -> Result<Value, CodecError> {
                Ok(self.finish())
            }
        }
    )*};
}

list_impl!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
);

/// Serializer of a map, or of the content of a struct variant.
pub(super) struct MapSerializer {
    inner: Serializer,
    pairs: Vec<(Value, Value)>,
    key: Option<Value>,
    variant: Option<&'static str>,
}

impl MapSerializer {
    fn push<T: Serialize + ?Sized>(&mut self, key: Value, value: &T) -> Result<(), CodecError> {
        let value = value
            .serialize(self.inner)
            .map_err(|e| e.under(key_text(&key)))?;
        self.pairs.push((key, value));
        Ok(())
    }

    fn finish(self) -> Value {
        let map = Value::Map(self.pairs);
        match self.variant {
            Some(variant) => tagged(variant, map),
            None => map,
        }
    }
}

fn key_text(key: &Value) -> String {
    match key {
        Value::Text(text) => text.clone(),
        Value::Int(n) => n.to_string(),
        other => format!("{other:?}"),
    }
}

impl ser::SerializeMap for MapSerializer {
    type Ok = Value;
    type Error = CodecError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), CodecError> {
        let key = key.serialize(self.inner.key())?;
        match key {
            Value::Text(_) | Value::Int(_) => {
                self.key = Some(key);
                Ok(())
            }
            _ => Err(CodecError::new(
                "a map's key must be text or an integer on the wire",
            )),
        }
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CodecError> {
        match self.key.take() {
            Some(key) => self.push(key, value),
            None => Err(CodecError::new("a map's value came without its key")),
        }
    }

    fn end(mut self) -> Result<Value, CodecError> {
        // The fields of a struct have different names, but different keys of a map may be equal
        // after encoding. In the order of the wire, which macula-rust expects, equal keys are
        // adjacent.
        let order = |a: &(Value, Value), b: &(Value, Value)| key_order(&a.0, &b.0);
        self.pairs.sort_unstable_by(order);
        let twice = self
            .pairs
            .windows(2)
            .find(|pair| order(&pair[0], &pair[1]).is_eq());
        if let Some([(key, _), _]) = twice {
            let key = key_text(key);
            return Err(CodecError::new(format!("a map has the key `{key}` twice")));
        }
        Ok(self.finish())
    }
}

/// Compares the encodings of two keys byte by byte (RFC 8949, section 4.2.1): integers from 0
/// upwards, then integers from -1 downwards, then texts, shorter texts first.
fn key_order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
        (Value::Int(a), Value::Int(b)) => {
            let encoded = |n: &i128| (*n < 0, n.unsigned_abs());
            encoded(a).cmp(&encoded(b))
        }
        (Value::Int(_), _) => Ordering::Less,
        (_, Value::Int(_)) => Ordering::Greater,
        _ => Ordering::Equal,
    }
}

macro_rules! struct_impl {
    ($($trait:ident),*) => {$(
        impl ser::$trait for MapSerializer {
            type Ok = Value;
            type Error = CodecError;
            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                key: &'static str,
                value: &T,
            ) -> Result<(), CodecError> {
                self.push(Value::text(key), value)
            }
            fn end(self) -> Result<Value, CodecError> {
                Ok(self.finish())
            }
        }
    )*};
}

struct_impl!(SerializeStruct, SerializeStructVariant);
