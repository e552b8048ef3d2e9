//! Content ids.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use macula_rust::manifest::{self, Mcid};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

/// Tag of SHA-384, the only hash function (decision D24 of macula).
const SHA384: u8 = 2;
/// Codec of a single block of bytes; [`CHUNKED`] is the codec of a manifest of chunks of 256 KiB.
const RAW: u8 = 0x55;
const CHUNKED: u8 = 0x56;
/// Number of hex digits in an id.
const HEX_DIGITS: usize = 2 * size_of::<Mcid>();

/// Content id: a reference to bytes that are too large for a request or a response.
///
/// Any node with the id can fetch the content from a node that shares it. The id verifies the
/// bytes, so neither the sharing node nor any station needs to be trusted.
///
/// `Content` refers to bytes, `Content<T>` to a value of type `T`. Both can be part of a request, a
/// response or a fact. An id serializes as a text of 100 lowercase hex digits, as printed by
/// macula's tools. An id deserializes from that text or from the 50 bytes that Erlang uses:
/// `<<2, codec, SHA-384>>`. The codec is 0x55 for contents up to 256 KiB and 0x56 for larger
/// contents.
///
/// ```
/// use std::time::Duration;
///
/// use hecate_om::{Mesh, Refusal, capability, content::Content};
///
/// /// Numbers the lines of a text of any size. The result is shared for ten minutes.
/// #[capability("text.number", version = 1)]
/// async fn number(mesh: &Mesh, text: Content) -> Result<Content, Refusal> {
///     let text = text.fetch(mesh).max_bytes(64 << 20).await?;
///     let text = String::from_utf8(text).map_err(|_| Refusal::new("not_text", "the content is not UTF-8"))?;
///     let numbered: Vec<String> = text.lines().enumerate().map(|(n, line)| format!("{n} {line}")).collect();
///     let shared = mesh.share(numbered.join("\n")).await?;
///     Ok(shared.keep_for(Duration::from_secs(600)))
/// }
/// # fn main() {}
/// ```
pub struct Content<T: ?Sized = [u8]> {
    id: Mcid,
    of: PhantomData<fn(&T)>,
}

/// Error: text or bytes are not a content id. Pass 100 hex digits, or the 50 bytes that they
/// encode.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a content id: {0}; pass 100 hex digits or the 50 bytes that they encode: `0255` or `0256` and a SHA-384"
)]
pub struct ContentIdError(String);

impl<T: ?Sized> Content<T> {
    pub(super) const fn from_id(id: Mcid) -> Self {
        Self {
            id,
            of: PhantomData,
        }
    }

    /// Returns the bytes of the id: `<<2, codec, SHA-384>>`.
    #[must_use]
    pub const fn id(&self) -> &[u8; 50] {
        &self.id
    }

    /// Returns whether the content is larger than one chunk of 256 KiB.
    pub(super) fn is_chunked(&self) -> bool {
        manifest::mcid_is_chunked(&self.id)
    }

    fn parse(bytes: &[u8]) -> Result<Self, ContentIdError> {
        let mut id: Mcid = [0; 50];
        match bytes.len() {
            HEX_DIGITS => hex::decode_to_slice(bytes, &mut id)
                .map_err(|_| ContentIdError("a character is not a hex digit".into()))?,
            50 => id.copy_from_slice(bytes),
            other => return Err(ContentIdError(format!("it has {other} bytes"))),
        }
        Self::try_from(id)
    }
}

impl<T: ?Sized> TryFrom<[u8; 50]> for Content<T> {
    type Error = ContentIdError;

    fn try_from(id: [u8; 50]) -> Result<Self, ContentIdError> {
        match (id[0], id[1]) {
            (SHA384, RAW | CHUNKED) => Ok(Self::from_id(id)),
            (SHA384, codec) => Err(ContentIdError(format!(
                "it has the unknown codec {codec:#04x}"
            ))),
            (hash, _) => Err(ContentIdError(format!("it has the unknown hash {hash}"))),
        }
    }
}

impl<T: ?Sized> FromStr for Content<T> {
    type Err = ContentIdError;

    fn from_str(text: &str) -> Result<Self, ContentIdError> {
        match text.len() {
            HEX_DIGITS => Self::parse(text.as_bytes()),
            other => Err(ContentIdError(format!("it has {other} characters"))),
        }
    }
}

impl<T: ?Sized> Clone for Content<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for Content<T> {}

impl<T: ?Sized> PartialEq for Content<T> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl<T: ?Sized> Eq for Content<T> {}

impl<T: ?Sized> Hash for Content<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl<T: ?Sized> fmt::Display for Content<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.id))
    }
}

impl<T: ?Sized> fmt::Debug for Content<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({self})")
    }
}

impl<T: ?Sized> Serialize for Content<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, T: ?Sized> Deserialize<'de> for Content<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_byte_buf(IdVisitor)
            .map(Self::from_id)
    }
}

/// Deserializes an id from text or bytes.
struct IdVisitor;

impl<'de> Visitor<'de> for IdVisitor {
    type Value = Mcid;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a content id, as 100 hex digits or 50 bytes")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Mcid, E> {
        self.visit_bytes(text.as_bytes())
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Mcid, E> {
        let parsed = Content::<[u8]>::parse(bytes);
        parsed.map(|content| content.id).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Mcid, A::Error> {
        let mut bytes = Vec::with_capacity(50);
        while let Some(byte) = list.next_element()? {
            bytes.push(byte);
            if bytes.len() > HEX_DIGITS {
                break;
            }
        }
        self.visit_bytes(&bytes)
    }
}

impl<T: ?Sized> JsonSchema for Content<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Content".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "macula-content-id",
            "pattern": "^025[56][0-9a-f]{96}$"
        })
    }
}

#[cfg(test)]
mod tests {
    use macula_rust::cbor::Value;

    use super::*;
    use crate::codec::{self, Payload};

    fn content() -> Content {
        Content::from_id(manifest::block_mcid(b"tides"))
    }

    #[test]
    fn an_id_serializes_as_text_and_deserializes_from_text_or_bytes() {
        let text = content().to_string();
        assert_eq!((text.len(), &text[..4]), (100, "0255"));
        assert_eq!(codec::encode(&content()).unwrap().0, Value::text(&text));
        let forms = [
            Value::text(&text),
            Value::text(text.to_uppercase()),
            Value::Bytes(text.into_bytes()),
            Value::Bytes(content().id().to_vec()),
        ];
        for form in forms {
            let read: Content = codec::decode(Payload(form.clone())).unwrap();
            assert_eq!(read, content(), "{form:?}");
        }
    }

    #[test]
    fn an_id_deserializes_from_json_and_in_a_buffered_enum() {
        #[derive(serde::Deserialize, PartialEq, Debug)]
        #[serde(untagged)]
        enum Either {
            Number(u64),
            Content(Content),
        }
        let json = serde_json::to_string(&content()).unwrap();
        assert_eq!(serde_json::from_str::<Content>(&json).unwrap(), content());
        let bytes = Payload(Value::Bytes(content().id().to_vec()));
        let read: Either = codec::decode(bytes).unwrap();
        assert_eq!(read, Either::Content(content()));
    }

    #[test]
    fn an_invalid_id_is_refused_with_the_reason() {
        let text = content().to_string();
        for (wrong, why) in [
            (text[2..].to_owned(), "it has 98 bytes"),
            (
                format!("zz{}", &text[2..]),
                "a character is not a hex digit",
            ),
            (format!("01{}", &text[2..]), "it has the unknown hash 1"),
            (
                format!("0270{}", &text[4..]),
                "it has the unknown codec 0x70",
            ),
        ] {
            let error = codec::decode::<Content>(Payload(Value::text(&wrong))).unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
        }
        let error = codec::decode::<Content>(Payload(Value::Int(7))).unwrap_err();
        assert!(error.to_string().contains("a content id"), "{error}");
        assert!("0255".parse::<Content>().is_err());
    }
}
