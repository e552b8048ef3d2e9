//! The limits that can be read and set while a service runs, by the ancestor's names.

use std::borrow::Cow;
use std::fmt;

use hecate_om_manifest::Limits as Manifested;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// The bounds of a capability's calls, as its attribute sets them; `None` is the runtime's default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest request, in bytes of wire CBOR.
    pub max_bytes: Option<u64>,
    /// How long the handler may take, in milliseconds.
    pub timeout_ms: Option<u64>,
    /// How many calls may run at once.
    pub concurrency: Option<u32>,
    /// How many calls may wait for a place.
    pub queue: Option<u32>,
    /// The window that calls are counted in, in milliseconds.
    pub window_ms: Option<u64>,
    /// How many calls one caller may make in a window.
    pub per_caller_max: Option<u32>,
    /// How many calls all callers together may make in a window.
    pub global_max: Option<u32>,
    /// How many callers a window may have.
    pub max_distinct_callers: Option<u32>,
}

impl Limits {
    /// None set.
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

/// One of the limits, as `get_limits` and `set_limits` name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LimitKey {
    /// The largest request, in bytes: `max_bytes` in the attribute. The ancestor measures Erlang's external form,
    /// this runtime the wire's CBOR.
    MaxBytes,
    /// The window that calls are counted in, in milliseconds.
    WindowMs,
    /// How many calls one caller may make in a window.
    PerCallerMax,
    /// How many calls all callers together may make in a window.
    GlobalMax,
    /// How many callers a window may have.
    MaxDistinctCallers,
}

impl LimitKey {
    /// All of them, in the order of [`Bounds`].
    pub(crate) const ALL: [Self; 5] = [
        Self::MaxBytes,
        Self::WindowMs,
        Self::PerCallerMax,
        Self::GlobalMax,
        Self::MaxDistinctCallers,
    ];

    /// The name on the wire (upstream's).
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::MaxBytes => "max_payload_external_size",
            Self::WindowMs => "window_ms",
            Self::PerCallerMax => "per_caller_max",
            Self::GlobalMax => "global_max",
            Self::MaxDistinctCallers => "max_distinct_callers",
        }
    }

    /// The key of this name on the wire.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.name() == name)
    }

    /// The name in the attribute and in the settings.
    pub(crate) const fn setting(self) -> &'static str {
        match self {
            Self::MaxBytes => "max_bytes",
            other => other.name(),
        }
    }

    /// The key of this name in the settings, which know that on the wire, too.
    pub(crate) fn configured(name: &str) -> Option<Self> {
        let own = Self::ALL.into_iter().find(|key| key.setting() == name);
        own.or_else(|| Self::named(name))
    }

    /// The most that the attribute and the settings may say.
    pub(crate) const fn most(self) -> u64 {
        match self {
            Self::MaxBytes => Manifested::MAX_MAX_BYTES,
            Self::WindowMs => Manifested::MAX_WINDOW_MS,
            Self::PerCallerMax | Self::GlobalMax | Self::MaxDistinctCallers => u32::MAX as u64,
        }
    }

    /// A map on the wire from these keys, each required or none, to what `value` describes.
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

/// A value for each [`LimitKey`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds([u64; LimitKey::ALL.len()]);

impl Bounds {
    /// What holds where nobody says otherwise (upstream's defaults).
    pub(crate) const DEFAULT: Self = Self([
        Manifested::DEFAULT_MAX_BYTES,
        Manifested::DEFAULT_WINDOW_MS,
        Manifested::DEFAULT_PER_CALLER_MAX as u64,
        Manifested::DEFAULT_GLOBAL_MAX as u64,
        Manifested::DEFAULT_MAX_DISTINCT_CALLERS as u64,
    ]);

    /// What an attribute sets, over the defaults. A zero is taken as one: nothing could pass it, and no window has
    /// no length.
    pub(crate) fn of(limits: &Limits) -> Self {
        let set = [
            limits.max_bytes,
            limits.window_ms,
            limits.per_caller_max.map(u64::from),
            limits.global_max.map(u64::from),
            limits.max_distinct_callers.map(u64::from),
        ];
        let mut bounds = Self::DEFAULT;
        for (value, set) in bounds.0.iter_mut().zip(set) {
            *value = set.unwrap_or(*value).max(1);
        }
        bounds
    }

    pub(crate) const fn get(&self, key: LimitKey) -> u64 {
        self.0[key as usize]
    }

    pub(crate) const fn set(&mut self, key: LimitKey, value: u64) {
        self.0[key as usize] = value;
    }

    /// The budgets of one caller and of all, where one caller is allowed more than all together.
    pub(crate) fn contradiction(&self) -> Option<(u64, u64)> {
        let (one, all) = (
            self.get(LimitKey::PerCallerMax),
            self.get(LimitKey::GlobalMax),
        );
        (one > all).then_some((one, all))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (LimitKey, u64)> {
        LimitKey::ALL.into_iter().zip(self.0)
    }

    /// As `HECATE_GUARD_LIMITS` would say it.
    pub(crate) fn configured(&self) -> String {
        let entries: Vec<String> = self
            .iter()
            .map(|(key, value)| format!("{}={value}", key.setting()))
            .collect();
        entries.join(",")
    }
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (key, value)) in self.iter().enumerate() {
            let comma = if n == 0 { "" } else { "," };
            write!(f, "{comma}{key}={value}")?;
        }
        Ok(())
    }
}

impl Serialize for Bounds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in self.iter() {
            map.serialize_entry(key.name(), &value)?;
        }
        map.end()
    }
}

impl JsonSchema for Bounds {
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
    fn what_is_not_set_is_upstreams_default() {
        let set = Limits {
            per_caller_max: Some(5),
            window_ms: Some(1_000),
            ..Limits::UNSET
        };
        assert_eq!(
            Bounds::of(&set).to_string(),
            "max_payload_external_size=65536,window_ms=1000,per_caller_max=5,global_max=6000,\
             max_distinct_callers=1024"
        );
        assert_eq!(Bounds::of(&Limits::UNSET), Bounds::DEFAULT);
    }

    #[test]
    fn every_key_is_found_by_its_name_and_keeps_its_place() {
        let mut bounds = Bounds::DEFAULT;
        for (n, key) in (1..).zip(LimitKey::ALL) {
            assert_eq!(LimitKey::named(key.name()), Some(key));
            bounds.set(key, n);
        }
        assert_eq!(bounds.0, [1, 2, 3, 4, 5]);
        assert_eq!(LimitKey::named("max_bytes"), None);
        for name in ["max_bytes", "max_payload_external_size"] {
            assert_eq!(LimitKey::configured(name), Some(LimitKey::MaxBytes));
        }
        assert_eq!(LimitKey::configured("queue"), None);
    }

    #[test]
    fn one_caller_may_not_have_more_than_all() {
        assert_eq!(Bounds::DEFAULT.contradiction(), None);
        let mut bounds = Bounds::DEFAULT;
        bounds.set(LimitKey::GlobalMax, 599);
        assert_eq!(bounds.contradiction(), Some((600, 599)));
    }
}
