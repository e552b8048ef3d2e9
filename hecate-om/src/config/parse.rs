//! Parsing of values. All errors are collected, each with its variable and origin.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::{ConfigError, Layers, LogFilter, SETTINGS};
use crate::boot_refusal::{BootRefusal, Reason};

/// Maximum length of a socket's path: `sun_path` on Linux has 108 bytes, including a final zero.
const MAX_SOCKET_PATH: usize = 107;

/// Maximum value of a duration.
const MAX_DURATION: Duration = Duration::from_secs(24 * 60 * 60);

/// Reader of settings that collects errors.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    layers: &'a Layers,
    errors: Vec<BootRefusal>,
    /// Settings that were already refused because of an unexpanded variable.
    unexpanded: Vec<&'static str>,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(layers: &'a Layers) -> Self {
        Self {
            layers,
            errors: Vec::new(),
            unexpanded: Vec::new(),
        }
    }

    pub(crate) const fn layers(&self) -> &'a Layers {
        self.layers
    }

    /// Returns the value, or all errors. If `value` is `None`, there is at least one error.
    pub(crate) fn finish<T>(self, value: Option<T>) -> Result<T, ConfigError> {
        match value {
            Some(value) if self.errors.is_empty() => Ok(value),
            _ => Err(ConfigError(self.errors)),
        }
    }

    pub(super) fn is_set(&self, variable: &str) -> bool {
        self.layers.value(variable).is_some()
    }

    /// Reports an error in the value of `variable`, with the reason from [`Reason::of_setting`].
    pub(crate) fn report(&mut self, variable: &str, problem: &str) {
        self.report_as(Reason::of_setting(variable), variable, problem);
    }

    /// Reports an error in the value of `variable`, unless the value was already refused as
    /// unexpanded.
    pub(super) fn report_as(&mut self, reason: Reason, variable: &str, problem: &str) {
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

    /// Adds a refusal.
    pub(crate) fn refuse(&mut self, reason: Reason, text: String) {
        self.errors.push(BootRefusal::new(reason, text));
    }

    /// Returns the number of errors so far.
    pub(super) const fn error_count(&self) -> usize {
        self.errors.len()
    }

    pub(super) fn text(&self, variable: &str) -> Option<String> {
        self.layers.value(variable).map(str::to_owned)
    }

    /// Reads an absolute path. With a relative path, starting the service in another working
    /// directory would use another folder, and so another node key.
    pub(super) fn path(&mut self, variable: &str) -> Option<PathBuf> {
        let path = self.text(variable).map(PathBuf::from)?;
        if !path.is_absolute() {
            let problem = format!(
                "`{}` is not an absolute path; write one that starts with `/`",
                path.display()
            );
            self.report(variable, &problem);
        }
        Some(path)
    }

    /// Refuses each value that contains an unexpanded variable and other text.
    pub(super) fn refuse_unexpanded(&mut self) {
        for setting in SETTINGS {
            let value = self.layers.value(setting.variable).unwrap_or_default();
            if value.contains("${") {
                self.report(
                    setting.variable,
                    "the value contains an unexpanded `${…}`; set that variable, or write the value itself",
                );
                self.unexpanded.push(setting.variable);
            }
        }
    }

    /// Reads the path of a Unix socket.
    pub(super) fn socket(&mut self, variable: &str) -> Option<PathBuf> {
        let path = self.path(variable)?;
        let bytes = path.as_os_str().len();
        if bytes > MAX_SOCKET_PATH {
            self.report(
                variable,
                &format!(
                    "a path of {bytes} bytes is too long for a socket; choose one of at most {MAX_SOCKET_PATH} bytes"
                ),
            );
        }
        Some(path)
    }

    /// Reads a value that must be one of `choices`.
    pub(super) fn choice<T: Copy>(&mut self, variable: &str, choices: &[(&str, T)]) -> Option<T> {
        let value = self.text(variable)?;
        let found = choices.iter().find(|(name, _)| *name == value);
        if found.is_none() {
            let names: Vec<String> = choices.iter().map(|(n, _)| format!("`{n}`")).collect();
            self.report(
                variable,
                &format!(
                    "`{value}` is not a valid value; set one of {}",
                    names.join(", ")
                ),
            );
        }
        found.map(|(_, choice)| *choice)
    }

    /// Parses a value by its `FromStr`. `form` completes the text "`value` is not …".
    pub(super) fn parsed<T: FromStr>(&mut self, variable: &str, form: &str) -> Option<T> {
        let value = self.text(variable)?;
        let parsed = value.parse().ok();
        if parsed.is_none() {
            self.report(variable, &format!("`{value}` is not {form}"));
        }
        parsed
    }

    /// Parses a default of the service like a value of `variable`; `None` if `variable` is set.
    pub(super) fn parsed_default<T: FromStr>(&mut self, variable: &str, default: &str) -> Option<T>
    where
        T::Err: std::fmt::Display,
    {
        if self.is_set(variable) {
            return None;
        }
        match default.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.report(
                    variable,
                    &format!(
                        "the default, the service's name, is not valid: {error}; set {variable}"
                    ),
                );
                None
            }
        }
    }

    /// Reads a duration with a unit, of at most a day.
    pub(super) fn duration(&mut self, variable: &str) -> Option<Duration> {
        let value = self.text(variable)?;
        let has_unit = value.contains(|c: char| c.is_ascii_alphabetic());
        let parsed = humantime::parse_duration(&value)
            .ok()
            .filter(|duration| has_unit && *duration <= MAX_DURATION);
        if parsed.is_none() {
            self.report(
                variable,
                &format!("`{value}` is not a duration of up to a day; write one with its unit, for example `500ms`, `30s` or `2m`"),
            );
        }
        parsed
    }

    /// Reads a log filter.
    pub(super) fn log_filter(&mut self, variable: &str) -> Option<LogFilter> {
        let parsed = self.text(variable)?.parse::<LogFilter>();
        if let Err(problem) = &parsed {
            self.report(variable, problem);
        }
        parsed.ok()
    }

    /// Reads hexadecimal bytes.
    pub(super) fn hex(&mut self, variable: &str) -> Option<Vec<u8>> {
        let value = self.text(variable)?;
        match hex::decode(&value) {
            Ok(bytes) => Some(bytes),
            // The value is omitted, because it may be a secret that was set in the wrong variable.
            Err(_) => {
                let length = value.chars().count();
                self.report(
                    variable,
                    &format!("a value of {length} characters is not hexadecimal; write two hex digits for each byte"),
                );
                None
            }
        }
    }

    /// Reads 32 hexadecimal bytes.
    pub(super) fn hex32(&mut self, variable: &str) -> Option<[u8; 32]> {
        let value = self.text(variable)?;
        let parsed = hex32(&value);
        if let Err(problem) = &parsed {
            self.report(variable, problem);
        }
        parsed.ok()
    }
}

/// Returns the non-blank parts between commas.
pub(super) fn comma_separated(text: Option<&str>) -> impl Iterator<Item = &str> {
    text.unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

/// Parses 64 hex digits.
pub(super) fn hex32(value: &str) -> Result<[u8; 32], String> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(value, &mut bytes)
        .map(|()| bytes)
        .map_err(|_| {
            // The value is omitted, because it may be a secret that was set in the wrong variable.
            let length = value.chars().count();
            format!("a value of {length} characters is not an id; write its 64 hex digits")
        })
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::config::tests::{ECHO, layers, wrong};

    #[test]
    fn a_relative_path_is_refused() {
        for variable in ["HECATE_SECRETS_DIR", "HECATE_STATE_DIR"] {
            let all = wrong(&[("HECATE_MESH", "optional"), (variable, "secrets")]);
            assert_eq!(all.len(), 1, "{all:?}");
            assert!(
                all[0].contains("`secrets` is not an absolute path"),
                "{all:?}"
            );
        }
    }

    #[test]
    fn a_duration_has_a_unit_and_is_at_most_a_day() {
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
    fn a_partly_expanded_value_is_refused() {
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
