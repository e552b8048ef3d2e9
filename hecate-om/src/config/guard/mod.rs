//! The settings of the guard: default limits, allowed ranges, and the limits administrator.

mod allowed_ranges;
mod limits;

pub use limits::Limits;

pub(crate) use allowed_ranges::AllowedRanges;
pub(crate) use limits::{LimitKey, RateLimits};

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::parse::{Reader, comma_separated};
use crate::boot_refusal::Reason;

const LIMITS: &str = "HECATE_GUARD_LIMITS";
const ENVELOPE: &str = "HECATE_GUARD_ENVELOPE";

/// Settings of the guard.
#[derive(Debug, Clone, Default)]
pub(crate) struct GuardConfig {
    /// Limits of capabilities whose attributes set no limits.
    pub(crate) defaults: BTreeMap<LimitKey, u32>,
    pub(crate) ranges: AllowedRanges,
    /// Permission that callers of `set_limits` need.
    pub(crate) administrator: Option<String>,
}

impl GuardConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let defaults = read_defaults(reader);
        let ranges = entries(reader, ENVELOPE, "`key=min..max`", range);
        Self {
            defaults,
            ranges: AllowedRanges::new(ranges),
            administrator: reader.text("HECATE_GUARDIAN"),
        }
    }

    /// Adds the deployment's defaults to the limits that an attribute sets.
    pub(crate) fn with_defaults(&self, set: Limits) -> Limits {
        let default = |key| self.defaults.get(&key).copied();
        Limits {
            max_bytes: set
                .max_bytes
                .or_else(|| default(LimitKey::MaxBytes).map(u64::from)),
            window_ms: set
                .window_ms
                .or_else(|| default(LimitKey::WindowMs).map(u64::from)),
            per_caller_max: set
                .per_caller_max
                .or_else(|| default(LimitKey::PerCallerMax)),
            global_max: set.global_max.or_else(|| default(LimitKey::GlobalMax)),
            max_distinct_callers: set
                .max_distinct_callers
                .or_else(|| default(LimitKey::MaxDistinctCallers)),
            ..set
        }
    }

    /// Returns the rate limits of a capability whose attribute sets no rate limits.
    pub(super) fn rate_limits(&self) -> RateLimits {
        rate_limits(&self.defaults)
    }

    /// Checks that the limits of each capability do not contradict each other.
    ///
    /// # Errors
    ///
    /// All capabilities with contradictory limits.
    pub(crate) fn check<'a>(
        &self,
        capabilities: impl Iterator<Item = (&'a str, Limits)>,
    ) -> Result<(), String> {
        let wrong: Vec<String> = capabilities
            .filter_map(|(name, limits)| {
                let (per_caller, global) = RateLimits::new(&self.with_defaults(limits)).contradiction()?;
                Some(format!(
                    "`{name}`: per_caller_max {per_caller} is above global_max {global}, so no caller could reach it; set \
                     both in its attribute or in {LIMITS}"
                ))
            })
            .collect();
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(wrong.join("\n  "))
        }
    }
}

fn read_defaults(reader: &mut Reader<'_>) -> BTreeMap<LimitKey, u32> {
    let defaults = entries(reader, LIMITS, "`key=number`", number);
    if let Some((per_caller, global)) = rate_limits(&defaults).contradiction() {
        reader.report_as(
            Reason::GUARD_BAD_LIMITS,
            LIMITS,
            &format!("per_caller_max {per_caller} is above global_max {global}; set both"),
        );
    }
    defaults
}

/// Returns the deployment's defaults, completed by the defaults of the runtime.
fn rate_limits(defaults: &BTreeMap<LimitKey, u32>) -> RateLimits {
    let mut limits = RateLimits::DEFAULT;
    for (key, value) in defaults {
        limits.set(*key, u64::from(*value));
    }
    limits
}

/// Reads `key=value,…`, and reports each error separately.
fn entries<T>(
    reader: &mut Reader<'_>,
    variable: &str,
    form: &str,
    read: impl Fn(LimitKey, &str) -> Option<T>,
) -> BTreeMap<LimitKey, T> {
    let text = reader.text(variable);
    let mut found = BTreeMap::new();
    for entry in comma_separated(text.as_deref()) {
        let (name, value) = entry.split_once('=').unwrap_or((entry, ""));
        let (name, value) = (name.trim(), value.trim());
        let Some(key) = LimitKey::configured(name) else {
            let names = LimitKey::ALL.map(LimitKey::setting).join(", ");
            let problem = format!("`{name}` is not a limit; the limits are {names}");
            reader.report(variable, &problem);
            continue;
        };
        match read(key, value) {
            Some(value) if !found.contains_key(&key) => {
                found.insert(key, value);
            }
            Some(_) => reader.report(variable, &format!("`{name}` is set twice; set it once")),
            None => reader.report(
                variable,
                &format!(
                    "`{entry}` is not {form} with whole numbers from 1 to {}",
                    key.max()
                ),
            ),
        }
    }
    found
}

fn number(key: LimitKey, text: &str) -> Option<u32> {
    let number = text.parse::<u32>().ok()?;
    (1..=key.max()).contains(&number.into()).then_some(number)
}

fn range(key: LimitKey, text: &str) -> Option<RangeInclusive<u64>> {
    let (min, max) = text.split_once("..")?;
    let (min, max) = (number(key, min.trim())?, number(key, max.trim())?);
    (min <= max).then(|| min.into()..=max.into())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ECHO, layers, wrong};
    use super::super::{Config, ConfigError, SETTINGS};
    use super::*;

    fn guard(variables: &[(&str, &str)]) -> Result<GuardConfig, ConfigError> {
        Config::read(&layers(variables), ECHO).map(|config| config.guard)
    }

    #[test]
    fn an_attribute_overrides_the_deployments_defaults() {
        let guard = guard(&[(LIMITS, "per_caller_max=300, window_ms=5000,max_bytes=9")]).unwrap();
        let limits = Limits {
            per_caller_max: Some(7),
            queue: Some(3),
            ..Limits::UNSET
        };
        let merged = guard.with_defaults(limits);
        assert_eq!(merged.per_caller_max, Some(7));
        assert_eq!(merged.window_ms, Some(5_000));
        assert_eq!(merged.max_bytes, Some(9));
        assert_eq!((merged.queue, merged.global_max), (Some(3), None));
    }

    #[test]
    fn every_error_in_the_guards_settings_is_reported() {
        let all = wrong(&[
            (
                LIMITS,
                "speed=1,window_ms=0,per_caller_max,global_max=5,global_max=6",
            ),
            (ENVELOPE, "per_caller_max=9..3,global_max=1..x,window_ms=5"),
        ]);
        assert_eq!(all.len(), 8, "{all:#?}");
        for (text, mistake) in [
            (
                "`speed` is not a limit; the limits are max_bytes, ",
                &all[0],
            ),
            ("`window_ms=0` is not `key=number`", &all[1]),
            ("`per_caller_max` is not `key=number`", &all[2]),
            ("`global_max` is set twice", &all[3]),
            ("per_caller_max 600 is above global_max 5", &all[4]),
            ("`per_caller_max=9..3` is not `key=min..max`", &all[5]),
            ("`global_max=1..x` is not `key=min..max`", &all[6]),
            ("`window_ms=5` is not `key=min..max`", &all[7]),
        ] {
            assert!(mistake.contains(text), "`{text}` is not in `{mistake}`");
            assert!(mistake.starts_with("HECATE_GUARD_"), "{mistake}");
        }
    }

    #[test]
    fn contradicting_limits_are_refused_as_guard_bad_limits() {
        let error = guard(&[(LIMITS, "per_caller_max=7000")]).unwrap_err();
        let names: Vec<&str> = error
            .0
            .iter()
            .map(|refusal| refusal.reason.name())
            .collect();
        assert_eq!(names, ["guard_bad_limits"]);
    }

    #[test]
    fn settings_have_the_same_maximum_values_as_attributes() {
        let most = "max_bytes=16777215,window_ms=3600000,per_caller_max=1000000,global_max=1000000";
        assert!(guard(&[(LIMITS, most), (ENVELOPE, "window_ms=1..3600000")]).is_ok());
        let all = wrong(&[
            (
                LIMITS,
                "max_payload_external_size=16777216,window_ms=3600001",
            ),
            (ENVELOPE, "window_ms=1..3600001"),
        ]);
        assert_eq!(all.len(), 3, "{all:#?}");
        assert!(all[0].ends_with("from 1 to 16777215"), "{all:#?}");
        assert!(
            all[1..]
                .iter()
                .all(|error| error.ends_with("from 1 to 3600000")),
            "{all:#?}"
        );
    }

    #[test]
    fn the_settings_text_lists_the_defaults() {
        let setting = SETTINGS.iter().find(|s| s.variable == LIMITS).unwrap();
        assert_eq!(setting.default, RateLimits::DEFAULT.to_setting());
        assert_eq!(GuardConfig::default().rate_limits(), RateLimits::DEFAULT);
    }

    #[test]
    fn without_settings_the_guard_has_its_defaults() {
        let guard = guard(&[]).unwrap();
        assert!(guard.defaults.is_empty());
        assert_eq!(guard.ranges, AllowedRanges::default());
        assert_eq!(guard.administrator, None);
    }

    #[test]
    fn allowed_ranges_and_the_limits_administrator_are_read() {
        let guard = guard(&[
            (ENVELOPE, "per_caller_max=100..1200, max_bytes = 1 .. 70000"),
            ("HECATE_GUARDIAN", "guard/set"),
        ])
        .unwrap();
        let expected = AllowedRanges::new([
            (LimitKey::PerCallerMax, 100..=1_200),
            (LimitKey::MaxBytes, 1..=70_000),
        ]);
        assert_eq!(guard.ranges, expected);
        assert_eq!(guard.administrator.as_deref(), Some("guard/set"));
    }

    #[test]
    fn an_attribute_that_contradicts_the_defaults_is_named() {
        let limits = Limits {
            per_caller_max: Some(7_000),
            ..Limits::UNSET
        };
        let error = GuardConfig::default()
            .check(
                [Limits::UNSET, limits]
                    .map(|limits| ("test.run", limits))
                    .into_iter(),
            )
            .unwrap_err();
        assert!(
            error.starts_with("`test.run`: per_caller_max 7000 is above global_max 6000"),
            "{error}"
        );
    }
}
