//! The limits of capabilities, and the names of the limits that can be changed while a service
//! runs.

use std::borrow::Cow;
use std::fmt;

use hecate_om_manifest::Limits as Manifested;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// Limits of a capability's calls, as set by its attribute; `None` means the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Maximum size of a request, in bytes of wire CBOR.
    pub max_bytes: Option<u64>,
    /// Timeout of the handler, in milliseconds.
    pub timeout_ms: Option<u64>,
    /// Maximum number of concurrent calls.
    pub concurrency: Option<u32>,
    /// Maximum number of queued calls.
    pub queue: Option<u32>,
    /// Length of the window of the rate limits, in milliseconds.
    pub window_ms: Option<u64>,
    /// Maximum number of calls of one caller in a window.
    pub per_caller_max: Option<u32>,
    /// Maximum number of calls of all callers in a window.
    pub global_max: Option<u32>,
    /// Maximum number of callers in a window.
    pub max_distinct_callers: Option<u32>,
}

impl Limits {
    /// Limits of which none is set.
    pub const UNSET: Self = Self {
        max_bytes: None,
        timeout_ms: None,
        concurrency: None,
        queue: None,
        window_ms: None,
        per_caller_max: None,
        global_max: None,
        max_distinct_callers: None,
    };
}

/// A limit that `get_limits` returns and `set_limits` can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LimitKey {
    /// Maximum size of a request in bytes of wire CBOR: `max_bytes` in the attribute. In hecate-om
    /// (Erlang), the size is that of Erlang's external term format.
    MaxBytes,
    /// Length of the window of the rate limits, in milliseconds.
    WindowMs,
    /// Maximum number of calls of one caller in a window.
    PerCallerMax,
    /// Maximum number of calls of all callers in a window.
    GlobalMax,
    /// Maximum number of callers in a window.
    MaxDistinctCallers,
}

impl LimitKey {
    /// All limits, in the order of [`RateLimits`].
    pub(crate) const ALL: [Self; 5] = [
        Self::MaxBytes,
        Self::WindowMs,
        Self::PerCallerMax,
        Self::GlobalMax,
        Self::MaxDistinctCallers,
    ];

    /// Returns the name on the wire, as in hecate-om (Erlang).
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::MaxBytes => "max_payload_external_size",
            Self::WindowMs => "window_ms",
            Self::PerCallerMax => "per_caller_max",
            Self::GlobalMax => "global_max",
            Self::MaxDistinctCallers => "max_distinct_callers",
        }
    }

    /// Returns the limit with this name on the wire.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.name() == name)
    }

    /// Returns the name in the attribute and in the settings.
    pub(crate) const fn setting(self) -> &'static str {
        match self {
            Self::MaxBytes => "max_bytes",
            other => other.name(),
        }
    }

    /// Returns the limit with this name in settings. Settings also accept the name on the wire.
    pub(crate) fn configured(name: &str) -> Option<Self> {
        let own = Self::ALL.into_iter().find(|key| key.setting() == name);
        own.or_else(|| Self::from_name(name))
    }

    /// Returns the maximum value in attributes and settings.
    pub(crate) const fn max(self) -> u64 {
        match self {
            Self::MaxBytes => Manifested::MAX_MAX_BYTES,
            Self::WindowMs => Manifested::MAX_WINDOW_MS,
            Self::PerCallerMax | Self::GlobalMax | Self::MaxDistinctCallers => u32::MAX as u64,
        }
    }

    /// Returns the schema of a map with the limits as keys, either all required or none, and with
    /// values of the schema `value`.
    pub(crate) fn map_schema(value: &Schema, required: bool) -> Schema {
        let properties: serde_json::Map<String, serde_json::Value> = Self::ALL
            .into_iter()
            .map(|key| (key.name().to_owned(), value.clone().to_value()))
            .collect();
        let mut schema = json_schema!({
            "type": "object",
            "properties": properties,
            "additionalProperties": false,
        });
        if required {
            schema.insert(
                "required".into(),
                Self::ALL.map(Self::name).as_slice().into(),
            );
        }
        schema
    }
}

impl fmt::Display for LimitKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Values of all [`LimitKey`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RateLimits([u64; LimitKey::ALL.len()]);

impl RateLimits {
    /// The defaults, as in hecate-om (Erlang).
    pub(crate) const DEFAULT: Self = Self([
        Manifested::DEFAULT_MAX_BYTES,
        Manifested::DEFAULT_WINDOW_MS,
        Manifested::DEFAULT_PER_CALLER_MAX as u64,
        Manifested::DEFAULT_GLOBAL_MAX as u64,
        Manifested::DEFAULT_MAX_DISTINCT_CALLERS as u64,
    ]);

    /// Returns the limits that an attribute sets, completed by the defaults. Zero counts as one,
    /// because a limit of zero would admit no call, and a window cannot be empty.
    pub(crate) fn new(limits: &Limits) -> Self {
        let set = [
            limits.max_bytes,
            limits.window_ms,
            limits.per_caller_max.map(u64::from),
            limits.global_max.map(u64::from),
            limits.max_distinct_callers.map(u64::from),
        ];
        let mut all = Self::DEFAULT;
        for (value, set) in all.0.iter_mut().zip(set) {
            *value = set.unwrap_or(*value).max(1);
        }
        all
    }

    pub(crate) const fn get(&self, key: LimitKey) -> u64 {
        self.0[key as usize]
    }

    pub(crate) const fn set(&mut self, key: LimitKey, value: u64) {
        self.0[key as usize] = value;
    }

    /// Returns `per_caller_max` and `global_max`, if `per_caller_max` is the larger one.
    pub(crate) fn contradiction(&self) -> Option<(u64, u64)> {
        let per_caller = self.get(LimitKey::PerCallerMax);
        let global = self.get(LimitKey::GlobalMax);
        (per_caller > global).then_some((per_caller, global))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (LimitKey, u64)> {
        LimitKey::ALL.into_iter().zip(self.0)
    }

    /// Returns the value of `HECATE_GUARD_LIMITS` for these limits.
    pub(crate) fn to_setting(self) -> String {
        let entries: Vec<String> = self
            .iter()
            .map(|(key, value)| format!("{}={value}", key.setting()))
            .collect();
        entries.join(",")
    }
}

impl fmt::Display for RateLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (key, value)) in self.iter().enumerate() {
            let comma = if n == 0 { "" } else { "," };
            write!(f, "{comma}{key}={value}")?;
        }
        Ok(())
    }
}

impl Serialize for RateLimits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in self.iter() {
            map.serialize_entry(key.name(), &value)?;
        }
        map.end()
    }
}

impl JsonSchema for RateLimits {
    fn schema_name() -> Cow<'static, str> {
        "Bounds".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        LimitKey::map_schema(&generator.subschema_for::<std::num::NonZeroU64>(), true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_is_not_set_has_the_default_of_hecate_om_in_erlang() {
        let set = Limits {
            per_caller_max: Some(5),
            window_ms: Some(1_000),
            ..Limits::UNSET
        };
        assert_eq!(
            RateLimits::new(&set).to_string(),
            "max_payload_external_size=65536,window_ms=1000,per_caller_max=5,global_max=6000,\
             max_distinct_callers=1024"
        );
        assert_eq!(RateLimits::new(&Limits::UNSET), RateLimits::DEFAULT);
    }

    #[test]
    fn every_limit_is_found_by_name_and_has_its_own_value() {
        let mut limits = RateLimits::DEFAULT;
        for (n, key) in (1..).zip(LimitKey::ALL) {
            assert_eq!(LimitKey::from_name(key.name()), Some(key));
            limits.set(key, n);
        }
        assert_eq!(limits.0, [1, 2, 3, 4, 5]);
        assert_eq!(LimitKey::from_name("max_bytes"), None);
        for name in ["max_bytes", "max_payload_external_size"] {
            assert_eq!(LimitKey::configured(name), Some(LimitKey::MaxBytes));
        }
        assert_eq!(LimitKey::configured("queue"), None);
    }

    #[test]
    fn a_limit_of_one_caller_above_that_of_all_is_a_contradiction() {
        assert_eq!(RateLimits::DEFAULT.contradiction(), None);
        let mut limits = RateLimits::DEFAULT;
        limits.set(LimitKey::GlobalMax, 599);
        assert_eq!(limits.contradiction(), Some((600, 599)));
    }
}
