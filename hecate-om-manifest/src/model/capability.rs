//! One capability in a manifest.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

use hecate_om_grammar::{Access, Confidential, Deprecated, Kind, Limits};
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// Something a service can be asked.
///
/// In a manifest it may also stand as its bare name, as the ancestor often wrote it: version 1 and
/// nothing else known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Capability {
    /// The name within the organisation, `rag.embed`.
    pub name: String,
    /// The version, from 1.
    #[serde(default = "first")]
    pub version: u32,
    /// What callers call, `<org>/<name>`; the organisation is the service's name, its default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub procedure: Option<String>,
    /// How it answers.
    #[serde(default)]
    pub kind: Kind,
    /// Who may call; absent where nobody has said, which the runtime treats as open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access: Option<Access>,
    /// Bounds the author set; absent ones are the runtime's defaults.
    #[serde(default, skip_serializing_if = "Limits::is_empty")]
    pub limits: Limits,
    /// Whether requests come sealed end to end; absent where the author has not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidential: Option<Confidential>,
    /// Whether running a call twice does no more than running it once.
    #[serde(default, skip_serializing_if = "is_false")]
    pub idempotent: bool,
    /// Since when it goes away; absent where it stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<Deprecated>,
    /// The handler's documentation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
    /// The type of the payload as the author wrote it; absent when the handler takes none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// The type of the answer, or of each item of a stream, as the author wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<String>,
    /// The type of the items that the handler takes while it runs; absent when it takes none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inbound: Option<String>,
    /// The JSON Schema of the payload as the wire carries it; only in the complete descriptor that
    /// the binary prints, because it needs compiled types.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_schema: Option<Value>,
    /// The JSON Schema of the answer, or of each item of a stream, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_schema: Option<Value>,
    /// The JSON Schema of the items that the handler takes, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inbound_schema: Option<Value>,
    /// The package that holds the handler (`crate` in the file).
    #[serde(rename = "crate", skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// The name of that package's library, where it does not follow from the package's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub library: Option<String>,
    /// The ancestor's remark on what is not there yet, `planned`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Everything else the file holds, as it was.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

impl Capability {
    /// A capability of which only name and version are known.
    #[must_use]
    pub fn new(name: impl Into<String>, version: u32) -> Self {
        Self {
            name: name.into(),
            version,
            procedure: None,
            kind: Kind::default(),
            access: None,
            limits: Limits::default(),
            confidential: None,
            idempotent: false,
            deprecated: None,
            doc: None,
            request: None,
            response: None,
            inbound: None,
            request_schema: None,
            response_schema: None,
            inbound_schema: None,
            package: None,
            library: None,
            status: None,
            other: BTreeMap::new(),
        }
    }

    /// The order capabilities are rendered in.
    #[must_use]
    pub fn by_name_and_version(&self, other: &Self) -> Ordering {
        (&self.name, self.version).cmp(&(&other.name, other.version))
    }
}

fn first() -> u32 {
    1
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde gives it a reference"
)]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// Reads the list of a manifest, where a bare name may stand for an object.
pub(super) fn list<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<Capability>, D::Error> {
    let entries = Vec::<Entry>::deserialize(deserializer)?;
    Ok(entries.into_iter().map(|entry| entry.0).collect())
}

/// Not an untagged enum, which would answer any mistake in an object with the same sentence.
struct Entry(Capability);

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameOrObject;

        impl<'de> Visitor<'de> for NameOrObject {
            type Value = Entry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a capability: its name, or an object with `name`")
            }

            fn visit_str<E>(self, name: &str) -> Result<Entry, E> {
                Ok(Entry(Capability::new(name, first())))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Entry, A::Error> {
                Capability::deserialize(MapAccessDeserializer::new(map)).map(Entry)
            }
        }

        deserializer.deserialize_any(NameOrObject)
    }
}
