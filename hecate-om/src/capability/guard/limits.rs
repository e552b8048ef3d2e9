//! The limits that can be read and set while a service runs, by the ancestor's names.

use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::super::Limits;

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
    pub(crate) const DEFAULT: Self = Self([65_536, 10_000, 600, 6_000, 1_024]);

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
    }

    #[test]
    fn one_caller_may_not_have_more_than_all() {
        assert_eq!(Bounds::DEFAULT.contradiction(), None);
        let mut bounds = Bounds::DEFAULT;
        bounds.set(LimitKey::GlobalMax, 599);
        assert_eq!(bounds.contradiction(), Some((600, 599)));
    }
}
