//! The layers of settings: a file, the environment and the command line.

mod reload;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use super::file::{self, FileEntry};
use super::unknown::nearest;
use super::{OwnSetting, OwnVariables, SETTINGS};
use crate::boot_refusal::{self, BootRefusal, Reason};
use crate::regular_file;
pub(crate) use reload::{Reloaded, Sources};

/// Values of settings, with their origins. A value that is empty, blank or a single unexpanded
/// variable (`${X}`) counts as not set.
#[derive(Clone, Default)]
pub(crate) struct Layers {
    values: BTreeMap<String, (String, Origin)>,
    environment: BTreeMap<String, String>,
    /// Variables and settings that the service declares.
    own: OwnVariables,
}

/// Omits the values, because some are secrets.
impl fmt::Debug for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Layers")
            .field("set", &self.values.keys())
            .finish_non_exhaustive()
    }
}

/// Variable that contains the path of the configuration file.
const FILE: &str = "HECATE_CONFIG";

/// Origin of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A line of the configuration file, with the line number.
    File(PathBuf, usize),
    Environment,
    Flag,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, line) => write!(f, "{}:{line}", path.display()),
            Self::Environment => f.write_str("environment"),
            Self::Flag => f.write_str("flag"),
        }
    }
}

/// Errors of reading the layers: errors in the file, in its lines, or in a variable.
#[derive(Debug)]
pub(crate) struct LayersError {
    pub(crate) errors: Vec<BootRefusal>,
    /// The layers without the parts that could not be read, to configure the log.
    pub(crate) readable: Box<Layers>,
}

impl fmt::Display for LayersError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        boot_refusal::write_all(f, &self.errors)
    }
}

impl Layers {
    /// Merges the layers in this order: the file (named by the flag `--config`, else by
    /// `HECATE_CONFIG`), the environment, the flags. `own` are the variables and settings that the
    /// service declares.
    pub(crate) fn merge(
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        flags: &BTreeMap<String, String>,
        file: Option<&Path>,
        own: OwnVariables,
    ) -> Result<Self, LayersError> {
        let mut layers = Self {
            own,
            ..Self::default()
        };
        let mut errors = Vec::new();
        for (name, value) in environment {
            // Names of settings are Unicode, so a variable with another name is not a setting. But
            // a value that is not Unicode must not count as unset.
            let Ok(name) = name.into_string() else {
                continue;
            };
            // A byte order mark at the start of a file does not belong to the first name.
            let name = name.trim_start_matches('\u{feff}').to_owned();
            match value.into_string() {
                Ok(value) => {
                    let value = unquoted(&value).to_owned();
                    layers.environment.insert(name, value);
                }
                Err(_) if layers.is_known(&name) => {
                    errors.push(BootRefusal::new(
                        Reason::SETTING_MALFORMED,
                        format!("{name} (environment): the value is not Unicode text; set it to Unicode text"),
                    ));
                }
                Err(_) => {}
            }
        }
        let named = layers.environment_variable(FILE).map(PathBuf::from);
        if let Some(path) = file.map(Path::to_owned).or(named) {
            layers.add_file(&path, &mut errors);
        }
        let settings = SETTINGS.iter().map(|setting| setting.variable.to_owned());
        let all: Vec<String> = settings.chain(layers.own.names()).collect();
        for variable in &all {
            if let Some(value) = layers.environment.get(variable).cloned() {
                layers.set(variable, &value, Origin::Environment);
            }
            if let Some(value) = flags.get(variable) {
                layers.set(variable, value, Origin::Flag);
            }
        }
        if errors.is_empty() {
            Ok(layers)
        } else {
            Err(LayersError {
                errors,
                readable: Box::new(layers),
            })
        }
    }

    fn set(&mut self, variable: &str, value: &str, origin: Origin) {
        if is_set(value) {
            let value = (value.trim().to_owned(), origin);
            self.values.insert(variable.to_owned(), value);
        }
    }

    /// Merges the lines of an environment file. They override existing values.
    fn add_file(&mut self, path: &Path, errors: &mut Vec<BootRefusal>) {
        let shown = path.display();
        let entries = regular_file::read(path)
            .and_then(|bytes| String::from_utf8(bytes).map_err(std::io::Error::other))
            .and_then(|text| file::entries(&text));
        let entries = match entries {
            Ok(entries) => entries,
            Err(error) => {
                errors.push(BootRefusal::new(
                    Reason::CONFIG_FILE_UNREADABLE,
                    format!(
                        "the configuration file `{shown}` cannot be read: {error}; make it a readable file, or \
                         leave `--config` and HECATE_CONFIG out"
                    ),
                ));
                return;
            }
        };
        for FileEntry { line, assignment } in entries {
            let Some((name, value)) = assignment else {
                errors.push(BootRefusal::new(
                    Reason::CONFIG_LINE_MALFORMED,
                    format!(
                        "`{shown}` line {line} does not parse; write `VARIABLE=value`, and a value with quotes, `\\` or ` #` \
                         in single quotes"
                    ),
                ));
                continue;
            };
            if self.is_known(&name) {
                self.set(&name, &value, Origin::File(path.to_owned(), line));
            } else {
                errors.push(BootRefusal::new(
                    Reason::SETTING_UNKNOWN,
                    format!("`{shown}` line {line}: {}", self.describe_unknown(&name)),
                ));
            }
        }
    }

    /// Returns whether there is a setting, or a variable of the service, with this name.
    fn is_known(&self, name: &str) -> bool {
        SETTINGS.iter().any(|setting| setting.variable == name)
            || self.own.names().any(|own| own == name)
    }

    /// Returns the variables in `env` of the service's attribute, and those that name an issuer.
    pub(crate) fn env(&self) -> impl Iterator<Item = &'static str> {
        let is_setting = |name: &str| SETTINGS.iter().any(|setting| setting.variable == name);
        let env = self.own.env.iter().copied();
        env.filter(move |name| !is_setting(name))
    }

    /// Returns the settings of the service.
    pub(crate) fn own_settings(&self) -> &[OwnSetting] {
        &self.own.settings
    }

    /// Returns the value of a setting or of a variable of the service.
    pub(crate) fn value(&self, variable: &str) -> Option<&str> {
        self.values.get(variable).map(|(value, _)| value.as_str())
    }

    /// Returns the origin of the value of `variable`; `None` if it is not set.
    pub(crate) fn origin(&self, variable: &str) -> Option<&Origin> {
        self.values.get(variable).map(|(_, origin)| origin)
    }

    /// Describes each environment variable that is named like a setting of the runtime or of the
    /// service, but that is neither a setting nor declared by the service. The values are omitted, because a misnamed variable may
    /// contain a secret.
    pub(crate) fn unknown_variables(&self) -> Vec<String> {
        self.environment
            .iter()
            .filter(|(name, value)| {
                let is_ours = is_named_like_a_setting(name) || self.own.has_prefix(name);
                is_ours && is_set(value) && *name != FILE
            })
            .filter_map(|(name, _)| self.unknown_variable(name))
            .collect()
    }

    /// Describes a variable that is neither a setting nor declared by the service; `None` if it is
    /// known.
    pub(crate) fn unknown_variable(&self, name: &str) -> Option<String> {
        (!self.is_known(name)).then(|| self.describe_unknown(name))
    }

    fn describe_unknown(&self, name: &str) -> String {
        let hint = nearest(name, &self.own)
            .map_or_else(String::new, |near| format!("did you mean {near}? "));
        let declare = if is_named_like_a_setting(name) || self.own.prefix.is_some() {
            String::new()
        } else {
            format!(
                "; a variable of the service is declared by `env = [\"{name}\"]` in `#[hecate_service]`"
            )
        };
        format!("unknown setting {name}; {hint}`--help` lists all settings{declare}")
    }

    /// Returns the value of an environment variable that is not a setting.
    pub(crate) fn environment_variable(&self, variable: &str) -> Option<String> {
        self.environment
            .get(variable)
            .filter(|value| is_set(value))
            .cloned()
    }
}

/// Returns whether a variable is named like a setting of the runtime.
fn is_named_like_a_setting(name: &str) -> bool {
    // Cargo sets variables with the second prefix when it runs a service.
    name.starts_with("HECATE_") && !name.starts_with("HECATE_OM_")
        || name.starts_with("MACULA_STATION_")
}

fn is_set(value: &str) -> bool {
    let value = value.trim();
    let inside = value.strip_prefix("${").and_then(|v| v.strip_suffix('}'));
    !value.is_empty() && !inside.is_some_and(file::is_name)
}

/// Removes the quotes around a value, which the option `--env-file` of Podman and Docker keeps.
fn unquoted(value: &str) -> &str {
    let trimmed = value.trim();
    ['"', '\'']
        .into_iter()
        .find_map(|quote| trimmed.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(value)
}

#[cfg(test)]
mod tests;
