//! Capabilities in a manifest.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

use hecate_om_grammar::{Access, Confidential, Dedupe, Deprecated, Kind, Limits};
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// A capability of a service.
///
/// Manifests of hecate-om (Erlang) may contain only its name, which means version 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Capability {
    /// The name within the organisation, `rag.embed`.
    pub name: String,
    /// The version, from 1.
    #[serde(default = "first")]
    pub version: u32,
    /// The procedure for callers, `<org>/<name>`, with the default organisation, the service's
    /// name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub procedure: Option<String>,
    /// The kind.
    #[serde(default)]
    pub kind: Kind,
    /// Access policy; `None` if not set, which the runtime treats as open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access: Option<Access>,
    /// The limits that the author set.
    #[serde(default, skip_serializing_if = "Limits::is_empty")]
    pub limits: Limits,
    /// Whether requests are encrypted end to end; `None` if not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidential: Option<Confidential>,
    /// Whether running a call twice has the same effect as running it once.
    #[serde(default, skip_serializing_if = "is_false")]
    pub idempotent: bool,
    /// How long, and where, answers to requests with a key are kept; `None` if they are not kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dedupe: Option<Dedupe>,
    /// Deprecation notice, if the capability is deprecated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<Deprecated>,
    /// The layers around the handler, the outermost first, inside of those of the service.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<String>,
    /// The handler's documentation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
    /// The type of the payload, as in the source; `None` if the handler takes none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// The type of the response, or of each item of a stream, as in the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<String>,
    /// The type of the items that callers stream, as in the source; `None` if the handler takes
    /// none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inbound: Option<String>,
    /// The JSON Schema of the payload on the wire. Only `<service> manifest` has schemas, because
    /// they require the compiled types.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_schema: Option<Value>,
    /// The JSON Schema of the response, or of each item of a stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_schema: Option<Value>,
    /// The JSON Schema of the items that callers stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inbound_schema: Option<Value>,
    /// The handler's package (`crate` in the file).
    #[serde(rename = "crate", skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// The name of that package's library, if it does not follow from the package's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub library: Option<String>,
    /// Set in the file by hand: `planned` for a capability without a handler, as in manifests of
    /// hecate-om (Erlang).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Other fields, unchanged.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

impl Capability {
    /// Creates a capability with only a name and a version.
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
            dedupe: None,
            deprecated: None,
            layers: Vec::new(),
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

    /// Returns whether the capability has a status, such as `planned`, and no handler.
    #[must_use]
    pub fn is_planned(&self) -> bool {
        self.status.is_some() && self.package.is_none()
    }

    /// Compares by name, then by version: the order of a rendered manifest.
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
    reason = "serde passes a reference"
)]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// Deserializes a list of capabilities, some of which may be only names.
pub(super) fn list<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<Capability>, D::Error> {
    let entries = Vec::<NameOrObject>::deserialize(deserializer)?;
    Ok(entries.into_iter().map(|entry| entry.0).collect())
}

/// A capability as a name or an object. An untagged enum would have one error message for all
/// mistakes.
struct NameOrObject(Capability);

impl<'de> Deserialize<'de> for NameOrObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameOrObjectVisitor;

        impl<'de> Visitor<'de> for NameOrObjectVisitor {
            type Value = NameOrObject;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a capability: its name, or an object with `name`")
            }

            fn visit_str<E>(self, name: &str) -> Result<NameOrObject, E> {
                Ok(NameOrObject(Capability::new(name, first())))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<NameOrObject, A::Error> {
                Capability::deserialize(MapAccessDeserializer::new(map)).map(NameOrObject)
            }
        }

        deserializer.deserialize_any(NameOrObjectVisitor)
    }
}
