//! The deployment's say in the guard: default limits, how far they may be set, and by whom.

mod envelope;
mod limits;

pub use limits::Limits;

pub(crate) use envelope::Envelope;
pub(crate) use limits::{Bounds, LimitKey};

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::parse::{Reader, slots};
use crate::boot_refusal::Reason;

const LIMITS: &str = "HECATE_GUARD_LIMITS";
const ENVELOPE: &str = "HECATE_GUARD_ENVELOPE";

/// What the deployment says of the guard.
#[derive(Debug, Clone, Default)]
pub(crate) struct GuardConfig {
    /// What holds for a capability whose attribute does not say.
    pub(crate) defaults: BTreeMap<LimitKey, u32>,
    pub(crate) envelope: Envelope,
    /// The ability that a caller of `set_limits` must hold.
    pub(crate) guardian: Option<String>,
}

impl GuardConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let defaults = read_defaults(reader);
        let ranges = entries(reader, ENVELOPE, "`key=min..max`", range);
        Self {
            defaults,
            envelope: Envelope::new(ranges),
            guardian: reader.text("HECATE_GUARDIAN"),
        }
    }

    /// Limits of a capability: those of its attribute, or else the deployment's.
    pub(crate) fn under(&self, set: Limits) -> Limits {
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

    /// What holds for a capability whose attribute sets nothing.
    pub(super) fn bounds(&self) -> Bounds {
        bounds(&self.defaults)
    }

    /// Whether every one of `capabilities` has limits that can hold together.
    ///
    /// # Errors
    ///
    /// Names each that has not.
    pub(crate) fn check<'a>(
        &self,
        capabilities: impl Iterator<Item = (&'a str, Limits)>,
    ) -> Result<(), String> {
        let wrong: Vec<String> = capabilities
            .filter_map(|(name, limits)| {
                let (one, all) = Bounds::of(&self.under(limits)).contradiction()?;
                Some(format!(
                    "`{name}`: per_caller_max {one} is above global_max {all}, so no caller could ever use it; set both \
                     in its attribute or in {LIMITS}"
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
    if let Some((one, all)) = bounds(&defaults).contradiction() {
        reader.wrong_as(
            Reason::GUARD_BAD_LIMITS,
            LIMITS,
            &format!("per_caller_max {one} is above global_max {all}; set both"),
        );
    }
    defaults
}

/// The runtime's defaults under those of the deployment.
fn bounds(defaults: &BTreeMap<LimitKey, u32>) -> Bounds {
    let mut bounds = Bounds::DEFAULT;
    for (key, value) in defaults {
        bounds.set(*key, u64::from(*value));
    }
    bounds
}

/// `key=value,…`; each mistake is kept on its own.
fn entries<T>(
    reader: &mut Reader<'_>,
    variable: &str,
    form: &str,
    read: impl Fn(LimitKey, &str) -> Option<T>,
) -> BTreeMap<LimitKey, T> {
    let text = reader.text(variable);
    let mut found = BTreeMap::new();
    for slot in slots(text.as_deref()) {
        let (name, value) = slot.split_once('=').unwrap_or((slot, ""));
        let (name, value) = (name.trim(), value.trim());
        let Some(key) = LimitKey::configured(name) else {
            let names = LimitKey::ALL.map(LimitKey::setting).join(", ");
            let problem = format!("`{name}` is not a limit; they are {names}");
            reader.wrong(variable, &problem);
            continue;
        };
        match read(key, value) {
            Some(value) if !found.contains_key(&key) => {
                found.insert(key, value);
            }
            Some(_) => reader.wrong(variable, &format!("`{name}` is set twice; set it once")),
            None => reader.wrong(
                variable,
                &format!(
                    "`{slot}` is not {form} with whole numbers from 1 to {}",
                    key.most()
                ),
            ),
        }
    }
    found
}

fn number(key: LimitKey, text: &str) -> Option<u32> {
    let number = text.parse::<u32>().ok()?;
    (1..=key.most()).contains(&number.into()).then_some(number)
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
    fn what_an_attribute_says_stands_over_the_deployments_defaults() {
        let guard = guard(&[(LIMITS, "per_caller_max=300, window_ms=5000,max_bytes=9")]).unwrap();
        let limits = Limits {
            per_caller_max: Some(7),
            queue: Some(3),
            ..Limits::UNSET
        };
        let merged = guard.under(limits);
        assert_eq!(merged.per_caller_max, Some(7));
        assert_eq!(merged.window_ms, Some(5_000));
        assert_eq!(merged.max_bytes, Some(9));
        assert_eq!((merged.queue, merged.global_max), (Some(3), None));
    }

    #[test]
    fn every_mistake_in_the_guards_settings_is_named() {
        let all = wrong(&[
            (
                LIMITS,
                "speed=1,window_ms=0,per_caller_max,global_max=5,global_max=6",
            ),
            (ENVELOPE, "per_caller_max=9..3,global_max=1..x,window_ms=5"),
        ]);
        assert_eq!(all.len(), 8, "{all:#?}");
        for (text, mistake) in [
            ("`speed` is not a limit; they are max_bytes, ", &all[0]),
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
    fn limits_that_contradict_each_other_are_refused_by_the_name_that_an_attribute_s_are() {
        let error = guard(&[(LIMITS, "per_caller_max=7000")]).unwrap_err();
        let names: Vec<&str> = error.0.iter().map(|one| one.reason.name()).collect();
        assert_eq!(names, ["guard_bad_limits"]);
    }

    #[test]
    fn what_an_attribute_may_not_say_the_deployment_may_not_either() {
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
                .all(|one| one.ends_with("from 1 to 3600000")),
            "{all:#?}"
        );
    }

    #[test]
    fn the_settings_text_says_the_defaults() {
        let setting = SETTINGS.iter().find(|one| one.variable == LIMITS).unwrap();
        assert_eq!(setting.default, Bounds::DEFAULT.configured());
        assert_eq!(GuardConfig::default().bounds(), Bounds::DEFAULT);
    }

    #[test]
    fn nothing_set_leaves_the_guard_to_upstreams_defaults() {
        let guard = guard(&[]).unwrap();
        assert!(guard.defaults.is_empty());
        assert_eq!(guard.envelope, Envelope::default());
        assert_eq!(guard.guardian, None);
    }

    #[test]
    fn an_envelope_and_a_guardian_are_read() {
        let guard = guard(&[
            (ENVELOPE, "per_caller_max=100..1200, max_bytes = 1 .. 70000"),
            ("HECATE_GUARDIAN", "guard/set"),
        ])
        .unwrap();
        let expected = Envelope::new([
            (LimitKey::PerCallerMax, 100..=1_200),
            (LimitKey::MaxBytes, 1..=70_000),
        ]);
        assert_eq!(guard.envelope, expected);
        assert_eq!(guard.guardian.as_deref(), Some("guard/set"));
    }

    #[test]
    fn an_attribute_that_the_defaults_contradict_is_named() {
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
