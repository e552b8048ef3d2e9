//! From a value's text to what it means; every mistake is kept, named by its variable and origin.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::{ConfigError, Layers, LogFilter, SETTINGS};
use crate::boot_refusal::{BootRefusal, Reason};

/// The longest path of a socket: Linux's `sun_path` has 108 bytes, with a zero at the end.
const MAX_SOCKET_PATH: usize = 107;

/// The longest duration that a setting may have.
const MAX_DURATION: Duration = Duration::from_secs(24 * 60 * 60);

/// Reads settings, keeping what is wrong.
pub(super) struct Reader<'a> {
    layers: &'a Layers,
    wrong: Vec<BootRefusal>,
    /// Settings already refused for an unexpanded variable.
    unexpanded: Vec<&'static str>,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(layers: &'a Layers) -> Self {
        Self {
            layers,
            wrong: Vec::new(),
            unexpanded: Vec::new(),
        }
    }

    pub(super) const fn layers(&self) -> &'a Layers {
        self.layers
    }

    /// The value, where nothing was wrong; a value that could not be made is always one of the mistakes.
    pub(super) fn finish<T>(self, value: Option<T>) -> Result<T, ConfigError> {
        match value {
            Some(value) if self.wrong.is_empty() => Ok(value),
            _ => Err(ConfigError(self.wrong)),
        }
    }

    pub(super) fn is_set(&self, variable: &str) -> bool {
        self.layers.value(variable).is_some()
    }

    /// A mistake in the value of `variable`, named as [`Reason::of_setting`] has it.
    pub(super) fn wrong(&mut self, variable: &str, problem: &str) {
        self.wrong_as(Reason::of_setting(variable), variable, problem);
    }

    pub(super) fn wrong_as(&mut self, reason: Reason, variable: &str, problem: &str) {
        if self.unexpanded.contains(&variable) {
            return;
        }
        let origin = self
            .layers
            .origin(variable)
            .map(|origin| format!(" ({origin})"))
            .unwrap_or_default();
        self.refuse(reason, format!("{variable}{origin}: {problem}"));
    }

    pub(super) fn refuse(&mut self, reason: Reason, text: String) {
        self.wrong.push(BootRefusal::new(reason, text));
    }

    /// How many mistakes there are so far.
    pub(super) const fn mistakes(&self) -> usize {
        self.wrong.len()
    }

    pub(super) fn text(&self, variable: &str) -> Option<String> {
        self.layers.value(variable).map(str::to_owned)
    }

    /// An absolute path. A relative one would be another folder, with another node key, from elsewhere.
    pub(super) fn path(&mut self, variable: &str) -> Option<PathBuf> {
        let path = self.text(variable).map(PathBuf::from)?;
        if !path.is_absolute() {
            let problem = format!("`{}` is not a path from the root (`/…`)", path.display());
            self.wrong(variable, &problem);
        }
        Some(path)
    }

    /// Refuses a value that contains an unexpanded variable and other text.
    pub(super) fn refuse_unexpanded(&mut self) {
        for setting in SETTINGS {
            let value = self.layers.value(setting.variable).unwrap_or_default();
            if value.contains("${") {
                self.wrong(
                    setting.variable,
                    "the value contains an unexpanded `${…}`; set that variable, or write the value itself",
                );
                self.unexpanded.push(setting.variable);
            }
        }
    }

    /// The path of a Unix socket.
    pub(super) fn socket(&mut self, variable: &str) -> Option<PathBuf> {
        let path = self.path(variable)?;
        let bytes = path.as_os_str().len();
        if bytes > MAX_SOCKET_PATH {
            self.wrong(
                variable,
                &format!(
                    "a path of {bytes} bytes is too long for a socket, which has at most {MAX_SOCKET_PATH}; choose \
                     a shorter one"
                ),
            );
        }
        Some(path)
    }

    pub(super) fn choice<T: Copy>(&mut self, variable: &str, choices: &[(&str, T)]) -> Option<T> {
        let value = self.text(variable)?;
        let found = choices.iter().find(|(name, _)| *name == value);
        if found.is_none() {
            let names: Vec<String> = choices.iter().map(|(n, _)| format!("`{n}`")).collect();
            self.wrong(
                variable,
                &format!("`{value}` is none of {}", names.join(", ")),
            );
        }
        found.map(|(_, choice)| *choice)
    }

    pub(super) fn parsed<T: FromStr>(&mut self, variable: &str, form: &str) -> Option<T> {
        let value = self.text(variable)?;
        let parsed = value.parse().ok();
        if parsed.is_none() {
            self.wrong(variable, &format!("`{value}` is not {form}"));
        }
        parsed
    }

    /// A default that the service brings, checked as the variable would be.
    pub(super) fn checked<T: FromStr>(&mut self, variable: &str, default: &str) -> Option<T>
    where
        T::Err: std::fmt::Display,
    {
        if self.is_set(variable) {
            return None;
        }
        match default.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.wrong(
                    variable,
                    &format!("the service's own name is not one: {error}; set {variable}"),
                );
                None
            }
        }
    }

    /// A duration with its unit, up to a day.
    pub(super) fn duration(&mut self, variable: &str) -> Option<Duration> {
        let value = self.text(variable)?;
        let has_unit = value.contains(|c: char| c.is_ascii_alphabetic());
        let parsed = humantime::parse_duration(&value)
            .ok()
            .filter(|duration| has_unit && *duration <= MAX_DURATION);
        if parsed.is_none() {
            self.wrong(
                variable,
                &format!("`{value}` is not a duration of up to a day with its unit, as in `500ms`, `30s` or `2m`"),
            );
        }
        parsed
    }

    pub(super) fn log_filter(&mut self, variable: &str) -> Option<LogFilter> {
        let parsed = self.text(variable)?.parse::<LogFilter>();
        if let Err(problem) = &parsed {
            self.wrong(variable, problem);
        }
        parsed.ok()
    }

    pub(super) fn hex(&mut self, variable: &str) -> Option<Vec<u8>> {
        let value = self.text(variable)?;
        match hex::decode(&value) {
            Ok(bytes) => Some(bytes),
            // Not the value, nor a part of it: a secret may stand in the wrong variable.
            Err(_) => {
                let length = value.chars().count();
                self.wrong(
                    variable,
                    &format!("a value of {length} characters is not hex, two digits a byte"),
                );
                None
            }
        }
    }

    pub(super) fn hex32(&mut self, variable: &str) -> Option<[u8; 32]> {
        let value = self.text(variable)?;
        let parsed = hex32(&value);
        if let Err(problem) = &parsed {
            self.wrong(variable, problem);
        }
        parsed.ok()
    }
}

/// What stands between the commas, without what is blank.
pub(super) fn slots(text: Option<&str>) -> impl Iterator<Item = &str> {
    text.unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|slot| !slot.is_empty())
}

pub(super) fn hex32(value: &str) -> Result<[u8; 32], String> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(value, &mut bytes)
        .map(|()| bytes)
        .map_err(|_| {
            // Not the value, nor a part of it: a secret may stand in the wrong variable.
            let length = value.chars().count();
            format!("a value of {length} characters is not 64 hex digits")
        })
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::config::tests::{ECHO, layers, wrong};

    #[test]
    fn a_folder_that_depends_on_where_the_service_is_started_is_refused() {
        for variable in ["HECATE_SECRETS_DIR", "HECATE_STATE_DIR"] {
            let all = wrong(&[("HECATE_MESH", "optional"), (variable, "secrets")]);
            assert_eq!(all.len(), 1, "{all:?}");
            assert!(
                all[0].contains("`secrets` is not a path from the root"),
                "{all:?}"
            );
        }
    }

    #[test]
    fn a_duration_has_a_unit_and_is_a_day_at_most() {
        let read = |variable: &str, value: &str| {
            let environment = [("HECATE_MESH", "optional"), (variable, value)];
            Config::read(&layers(&environment), ECHO).map(|config| config.drain_max)
        };
        for (value, millis) in [
            ("500ms", 500),
            ("30s", 30_000),
            ("1m 30s", 90_000),
            ("24h", 86_400_000),
        ] {
            let drain_max = read("HECATE_DRAIN_MAX", value).unwrap();
            assert_eq!(drain_max.as_millis(), millis, "{value}");
        }
        for variable in ["HECATE_DRAIN_MAX", "HECATE_CLAIM_RETRY"] {
            for value in [
                "30",
                "0",
                "soon",
                "s",
                "-1s",
                "25h",
                "99999999999999999999s",
            ] {
                let error = read(variable, value).unwrap_err().to_string();
                assert!(
                    error.contains(&format!(
                        "{variable} (environment): `{value}` is not a duration"
                    )),
                    "{error}"
                );
            }
        }
    }

    #[test]
    fn a_value_that_is_expanded_in_part_is_refused_and_not_taken_literally() {
        let all = wrong(&[
            ("HECATE_MESH", "optional"),
            ("HECATE_SECRETS_DIR", "/srv/${NAME}/secrets"),
        ]);
        assert_eq!(
            all,
            [
                "HECATE_SECRETS_DIR (environment): the value contains an unexpanded `${…}`; set that variable, or write the value itself"
            ]
        );
    }
}
