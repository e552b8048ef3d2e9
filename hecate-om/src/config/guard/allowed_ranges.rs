//! The allowed ranges of limits for `set_limits`. They belong to the configuration of the
//! deployment, and cannot be changed over the mesh.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{LimitKey, RateLimits};

/// Refusal of a change to the limits.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LimitsRefused {
    /// Code of the refusal on the wire.
    pub(crate) code: &'static str,
    pub(crate) text: String,
}

/// Allowed ranges of the limits that `set_limits` can change. A limit without a range cannot be
/// changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AllowedRanges(BTreeMap<LimitKey, Range>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, JsonSchema)]
struct Range {
    min: u64,
    max: u64,
}

impl AllowedRanges {
    pub(crate) fn new(ranges: impl IntoIterator<Item = (LimitKey, RangeInclusive<u64>)>) -> Self {
        let range = |range: RangeInclusive<u64>| Range {
            min: *range.start(),
            max: *range.end(),
        };
        Self(
            ranges
                .into_iter()
                .map(|(key, allowed)| (key, range(allowed)))
                .collect(),
        )
    }

    /// Returns the limits `before` with all `changes` applied, or refuses all changes.
    pub(crate) fn change(
        &self,
        before: RateLimits,
        changes: &[(LimitKey, u64)],
    ) -> Result<RateLimits, LimitsRefused> {
        let mut after = before;
        for (key, value) in changes {
            after.set(*key, *value);
        }
        if let Some((per_caller, global)) = after.contradiction() {
            return Err(LimitsRefused {
                code: "per_caller_above_global",
                text: format!("per_caller_max {per_caller} is above global_max {global}; set both"),
            });
        }
        for ((key, value), (_, old)) in after.iter().zip(before.iter()) {
            if value == old {
                continue;
            }
            match self.0.get(&key) {
                Some(range) if (range.min..=range.max).contains(&value) => {}
                Some(Range { min, max }) => {
                    return Err(LimitsRefused {
                        code: "envelope_exceeded",
                        text: format!("{key} {value} is not within {min} to {max}"),
                    });
                }
                None => {
                    return Err(LimitsRefused {
                        code: "envelope_exceeded",
                        text: format!("{key} cannot be set here: the deployment gives it no range"),
                    });
                }
            }
        }
        Ok(after)
    }
}

impl Serialize for AllowedRanges {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, range) in &self.0 {
            map.serialize_entry(key.name(), range)?;
        }
        map.end()
    }
}

impl JsonSchema for AllowedRanges {
    fn schema_name() -> Cow<'static, str> {
        "Envelope".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        LimitKey::map_schema(&generator.subschema_for::<Range>(), false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(changes: &[(LimitKey, u64)]) -> Result<RateLimits, String> {
        let ranges = AllowedRanges::new([
            (LimitKey::PerCallerMax, 100..=8_000),
            (LimitKey::GlobalMax, 600..=12_000),
        ]);
        ranges
            .change(RateLimits::DEFAULT, changes)
            .map_err(|refused| format!("{}: {}", refused.code, refused.text))
    }

    #[test]
    fn a_change_within_its_range_is_applied_to_the_limits() {
        let after = change(&[(LimitKey::PerCallerMax, 100)]).unwrap();
        assert_eq!(after.get(LimitKey::PerCallerMax), 100);
        assert_eq!(after.get(LimitKey::GlobalMax), 6_000);
    }

    #[test]
    fn a_value_outside_its_range_and_a_limit_without_a_range_are_refused() {
        assert_eq!(
            change(&[(LimitKey::PerCallerMax, 99)]).unwrap_err(),
            "envelope_exceeded: per_caller_max 99 is not within 100 to 8000"
        );
        assert_eq!(
            change(&[(LimitKey::WindowMs, 9_999)]).unwrap_err(),
            "envelope_exceeded: window_ms cannot be set here: the deployment gives it no range"
        );
        assert_eq!(
            change(&[(LimitKey::WindowMs, 10_000)]),
            Ok(RateLimits::DEFAULT),
            "an unchanged value needs no range"
        );
    }

    #[test]
    fn the_limits_after_all_changes_are_checked_together() {
        let raised = [(LimitKey::PerCallerMax, 7_000)];
        assert!(
            change(&raised)
                .unwrap_err()
                .starts_with("per_caller_above_global")
        );
        assert!(change(&[raised[0], (LimitKey::GlobalMax, 7_000)]).is_ok());
    }
}
