//! Where a setting's value comes from: a file, the environment, the command line.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use super::unknown::nearest;
use super::{SETTINGS, Setting};
use crate::boot_refusal::{self, BootRefusal, Reason};

/// What was set, and where. Empty, blank and unexpanded (`${X}`) values count as not set.
#[derive(Debug, Clone, Default)]
pub(crate) struct Layers {
    values: BTreeMap<&'static str, (String, Origin)>,
    environment: BTreeMap<String, String>,
}

/// The variable that names the file.
const FILE: &str = "HECATE_CONFIG";

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
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

/// What cannot be read at all: a file, lines in it, a variable.
#[derive(Debug)]
pub(crate) struct LayersError {
    pub(crate) wrong: Vec<BootRefusal>,
    /// What could be read, to know how to log the rest.
    pub(crate) readable: Box<Layers>,
}

impl fmt::Display for LayersError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        boot_refusal::write_all(f, &self.wrong)
    }
}

impl Layers {
    /// Puts the layers on each other: the file (named by the flag `--config`, else by `HECATE_CONFIG`), the
    /// environment, the flags.
    pub(crate) fn gather(
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        flags: &BTreeMap<&'static str, String>,
        file: Option<&Path>,
    ) -> Result<Self, LayersError> {
        let mut layers = Self::default();
        let mut wrong = Vec::new();
        for (name, value) in environment {
            // A name that is not Unicode is none of ours; a value that is not must not count as unset.
            let Ok(name) = name.into_string() else {
                continue;
            };
            match value.into_string() {
                Ok(value) => {
                    layers.environment.insert(name, value);
                }
                Err(_) if SETTINGS.iter().any(|s| s.variable == name) => {
                    wrong.push(BootRefusal::new(
                        Reason::SETTING_MALFORMED,
                        format!("{name} (environment): the value is not Unicode text; set it anew"),
                    ));
                }
                Err(_) => {}
            }
        }
        let named = layers.outside(FILE).map(PathBuf::from);
        if let Some(path) = file.map(Path::to_owned).or(named) {
            layers.add_file(&path, &mut wrong);
        }
        for setting in SETTINGS {
            if let Some(value) = layers.environment.get(setting.variable).cloned() {
                layers.set(setting.variable, &value, Origin::Environment);
            }
            if let Some(value) = flags.get(setting.variable) {
                layers.set(setting.variable, value, Origin::Flag);
            }
        }
        match wrong.is_empty() {
            true => Ok(layers),
            false => Err(LayersError {
                wrong,
                readable: Box::new(layers),
            }),
        }
    }

    fn set(&mut self, variable: &'static str, value: &str, origin: Origin) {
        if is_set(value) {
            self.values
                .insert(variable, (value.trim().to_owned(), origin));
        }
    }

    /// Lines of `VARIABLE=value`, as systemd's `EnvironmentFile=` reads them: `#` and `;` begin a comment line,
    /// a value may stand in single or double quotes.
    fn add_file(&mut self, path: &Path, wrong: &mut Vec<BootRefusal>) {
        let shown = path.display();
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                wrong.push(BootRefusal::new(
                    Reason::CONFIG_FILE_UNREADABLE,
                    format!(
                        "the configuration file `{shown}` cannot be read: {error}; make it readable, or leave \
                         `--config` and HECATE_CONFIG out"
                    ),
                ));
                return;
            }
        };
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with(['#', ';']) {
                continue;
            }
            let number = index + 1;
            let Some((name, value)) = line.split_once('=') else {
                wrong.push(BootRefusal::new(
                    Reason::CONFIG_LINE_MALFORMED,
                    format!("`{shown}` line {number} has no `=`; write `VARIABLE=value`"),
                ));
                continue;
            };
            let name = name.trim();
            match SETTINGS.iter().find(|s| s.variable == name) {
                Some(setting) => {
                    let origin = Origin::File(path.to_owned(), number);
                    self.set(setting.variable, unquoted(value.trim()), origin);
                }
                None => wrong.push(BootRefusal::new(
                    Reason::SETTING_UNKNOWN,
                    format!("`{shown}` line {number}: {}", unknown(name)),
                )),
            }
        }
    }

    /// The value of one of [`SETTINGS`].
    pub(crate) fn value(&self, variable: &str) -> Option<&str> {
        self.values.get(variable).map(|(value, _)| value.as_str())
    }

    /// Where the value of one of [`SETTINGS`] came from; `None` for its default.
    pub(crate) fn origin(&self, variable: &str) -> Option<&Origin> {
        self.values.get(variable).map(|(_, origin)| origin)
    }

    /// What is said of each variable of the environment that is named like a setting and is none. Values are not
    /// printed: one that is under the wrong name may be anything.
    pub(crate) fn strangers(&self) -> Vec<String> {
        // What cargo sets for a service that it runs begins with the third.
        let ours = |name: &str| {
            name.starts_with("HECATE_") && !name.starts_with("HECATE_OM_")
                || name.starts_with("MACULA_STATION_")
        };
        self.environment
            .iter()
            .filter(|(name, value)| ours(name) && is_set(value))
            .filter(|(name, _)| *name != FILE && !SETTINGS.iter().any(|s| s.variable == *name))
            .map(|(name, _)| unknown(name))
            .collect()
    }

    /// A variable of the environment that is no setting of ours.
    pub(crate) fn outside(&self, variable: &str) -> Option<String> {
        self.environment
            .get(variable)
            .filter(|value| is_set(value))
            .cloned()
    }
}

fn is_set(value: &str) -> bool {
    let value = value.trim();
    let unexpanded = value.starts_with("${") && value.ends_with('}');
    !value.is_empty() && !unexpanded
}

fn unknown(name: &str) -> String {
    if let Some(exported) = name.strip_prefix("export ") {
        return format!(
            "the line exports; leave `export` out, as no shell reads the file: `{}=…`",
            exported.trim()
        );
    }
    match nearest(name) {
        Some(Setting { variable, .. }) => {
            format!("{name} is no setting; did you mean {variable}? `--help` lists them")
        }
        None => format!("{name} is no setting; `--help` lists them"),
    }
}

fn unquoted(value: &str) -> &str {
    ['"', '\'']
        .into_iter()
        .find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(value)
}
