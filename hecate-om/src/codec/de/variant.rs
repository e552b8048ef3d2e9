//! Deserializer of enums.

use std::fmt;

use macula_rust::cbor::Value;
use serde::de::{self, DeserializeSeed, EnumAccess, VariantAccess, Visitor};

use super::super::CodecError;
use super::{Deserializer, mismatch};

/// Variant of an enum in serde's form, with name and content.
pub(super) struct Variant {
    pub(super) tag: Value,
    pub(super) content: Option<Value>,
}

impl<'de> EnumAccess<'de> for Variant {
    type Error = CodecError;
    type Variant = Content;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Content), CodecError> {
        let tag = seed.deserialize(Deserializer(self.tag))?;
        Ok((tag, Content(self.content)))
    }
}

pub(super) struct Content(Option<Value>);

impl Content {
    fn required(self) -> Result<Value, CodecError> {
        self.0
            .ok_or_else(|| CodecError::new("the variant has no content"))
    }
}

impl<'de> VariantAccess<'de> for Content {
    type Error = CodecError;

    fn unit_variant(self) -> Result<(), CodecError> {
        match self.0 {
            None | Some(Value::Null) => Ok(()),
            Some(other) => Err(mismatch(&other, &UnitVariant)),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<T::Value, CodecError> {
        seed.deserialize(Deserializer(self.required()?))
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, CodecError> {
        de::Deserializer::deserialize_seq(Deserializer(self.required()?), visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, CodecError> {
        de::Deserializer::deserialize_struct(Deserializer(self.required()?), "", fields, visitor)
    }
}

struct UnitVariant;

impl Visitor<'_> for UnitVariant {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a variant without content")
    }
}
