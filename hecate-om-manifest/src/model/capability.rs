//! One capability in a manifest.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

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

/// How a capability answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kind {
    /// One request, one answer.
    #[default]
    Response,
    /// One request, a stream of answers (the wire's `server_stream`; the ancestor's word).
    Streamer,
    /// A stream of items from the caller, one answer.
    ClientStream,
    /// A stream each way.
    Bidi,
}

impl Kind {
    /// The word for it in a manifest.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Response => "response",
            Self::Streamer => "streamer",
            Self::ClientStream => "client_stream",
            Self::Bidi => "bidi",
        }
    }
}

/// Who may call a capability.
///
/// In JSON `"open"`, `{"realm_member": {"can": "…"}}`, `{"ucan": {"issuer": "…"}}` or
/// `{"ucan_from": {"setting": "…"}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Access {
    /// Whoever can reach it.
    Open,
    /// Members of the service's realm who hold a token for this ability.
    RealmMember {
        /// The ability the caller's token must name.
        can: String,
    },
    /// Whoever holds a token of this issuer.
    Ucan {
        /// The issuer: a node id in 64 lowercase hex digits, or a DID.
        issuer: String,
    },
    /// Holders of a token of the issuer whose node id the service reads from this setting.
    UcanFrom {
        /// The setting, an environment variable.
        setting: String,
    },
}

/// As the attribute has it: `realm_member("parcels/register")`.
impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("open"),
            Self::RealmMember { can } => write!(f, "realm_member({can:?})"),
            Self::Ucan { issuer } => write!(f, "ucan(issuer = {issuer:?})"),
            Self::UcanFrom { setting } => write!(f, "ucan(issuer = setting({setting:?}))"),
        }
    }
}

/// That a capability goes away: it is served as before, and its callers are to leave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deprecated {
    /// The version of the service that first said so, `0.3.0`.
    pub since: String,
    /// What to call instead (`use` in the file); absent where nothing takes its place.
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    pub instead: Option<String>,
}

/// Whether the requests of a capability come sealed end to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Confidential {
    /// Never.
    Off,
    /// Where the caller can.
    Preferred,
    /// Always: a request in the clear is refused.
    Required,
}

/// Bounds on the calls of one capability.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// The largest payload, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<u64>,
    /// How long the handler may take, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// How many calls run at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
    /// How many calls may wait for a place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<u32>,
    /// The window that calls are counted in, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_ms: Option<u64>,
    /// How many calls one caller may make in a window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_caller_max: Option<u32>,
    /// How many calls all callers together may make in a window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub global_max: Option<u32>,
    /// How many callers a window may have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_distinct_callers: Option<u32>,
}

impl Limits {
    /// `max_bytes` where the author sets none, in bytes; the ancestor's.
    pub const DEFAULT_MAX_BYTES: u64 = 64 * 1024;

    /// `timeout_ms` where the author sets none, in milliseconds.
    pub const DEFAULT_TIMEOUT_MS: u64 = 30_000;

    /// `concurrency` where the author sets none; the `queue` is as long as that, and at most this.
    pub const DEFAULT_CONCURRENCY: u32 = 1024;

    /// `window_ms` where the author sets none, in milliseconds; the ancestor's.
    pub const DEFAULT_WINDOW_MS: u64 = 10_000;

    /// `per_caller_max` where the author sets none; the ancestor's.
    pub const DEFAULT_PER_CALLER_MAX: u32 = 600;

    /// `global_max` where the author sets none; the ancestor's.
    pub const DEFAULT_GLOBAL_MAX: u32 = 6000;

    /// `max_distinct_callers` where the author sets none; the ancestor's.
    pub const DEFAULT_MAX_DISTINCT_CALLERS: u32 = 1024;

    /// The largest `max_bytes`: a frame on the wire is at most 16 MiB long, and its length is one less.
    pub const MAX_MAX_BYTES: u64 = 16 * 1024 * 1024 - 1;

    /// The largest `window_ms`, an hour: a caller who was refused should not wait longer for the next.
    pub const MAX_WINDOW_MS: u64 = 3_600_000;

    /// Whether the author set none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
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
