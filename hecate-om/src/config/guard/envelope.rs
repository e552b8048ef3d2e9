//! How far `set_limits` may move a limit: deployment configuration only, never set on the mesh.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{Bounds, LimitKey};

/// Refusal of a change of limits.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LimitsRefused {
    /// Its code on the wire.
    pub(crate) code: &'static str,
    pub(crate) text: String,
}

/// For each limit that may be moved, how far. A limit without a range cannot be moved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Envelope(BTreeMap<LimitKey, Range>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, JsonSchema)]
struct Range {
    min: u64,
    max: u64,
}

impl Envelope {
    pub(crate) fn new(ranges: impl IntoIterator<Item = (LimitKey, RangeInclusive<u64>)>) -> Self {
        let range = |of: RangeInclusive<u64>| Range {
            min: *of.start(),
            max: *of.end(),
        };
        Self(ranges.into_iter().map(|(k, of)| (k, range(of))).collect())
    }

    /// `before` with `changes`, where that is allowed as a whole.
    pub(crate) fn change(
        &self,
        before: Bounds,
        changes: &[(LimitKey, u64)],
    ) -> Result<Bounds, LimitsRefused> {
        let mut after = before;
        for (key, value) in changes {
            after.set(*key, *value);
        }
        if let Some((one, all)) = after.contradiction() {
            return Err(LimitsRefused {
                code: "per_caller_above_global",
                text: format!("per_caller_max {one} is above global_max {all}; set both"),
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

impl Serialize for Envelope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, range) in &self.0 {
            map.serialize_entry(key.name(), range)?;
        }
        map.end()
    }
}

impl JsonSchema for Envelope {
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

    fn change(changes: &[(LimitKey, u64)]) -> Result<Bounds, String> {
        let envelope = Envelope::new([
            (LimitKey::PerCallerMax, 100..=8_000),
            (LimitKey::GlobalMax, 600..=12_000),
        ]);
        envelope
            .change(Bounds::DEFAULT, changes)
            .map_err(|refused| format!("{}: {}", refused.code, refused.text))
    }

    #[test]
    fn a_change_within_the_envelope_merges_into_what_held() {
        let after = change(&[(LimitKey::PerCallerMax, 100)]).unwrap();
        assert_eq!(after.get(LimitKey::PerCallerMax), 100);
        assert_eq!(after.get(LimitKey::GlobalMax), 6_000);
    }

    #[test]
    fn a_value_outside_the_envelope_and_a_key_without_one_are_refused() {
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
            Ok(Bounds::DEFAULT),
            "what stays as it is needs no envelope"
        );
    }

    #[test]
    fn the_merged_whole_is_what_is_checked() {
        let raised = [(LimitKey::PerCallerMax, 7_000)];
        assert!(
            change(&raised)
                .unwrap_err()
                .starts_with("per_caller_above_global")
        );
        assert!(change(&[raised[0], (LimitKey::GlobalMax, 7_000)]).is_ok());
    }
}
