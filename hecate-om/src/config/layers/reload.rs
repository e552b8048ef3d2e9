//! The layers of a service that reads its settings again while it runs.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use super::super::settings::RELOADED;
use super::{Layers, LayersError};
use crate::config::{OwnSetting, OwnVariables};

/// Sources of the settings of a process. The environment and the flags are those of its start; the
/// file is read each time.
pub(crate) struct Sources {
    environment: Vec<(OsString, OsString)>,
    flags: BTreeMap<String, String>,
    /// The file of `--config`.
    file: Option<PathBuf>,
    own: OwnVariables,
}

/// Omits the values, because some are secrets.
impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sources")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

/// Layers after a reload.
#[derive(Debug)]
pub(crate) struct Reloaded {
    /// The new layers, with the old values of the settings that need a restart.
    pub(crate) layers: Layers,
    /// Variables whose new values take effect.
    pub(crate) changed: Vec<String>,
    /// Variables whose new values take effect only after a restart.
    pub(crate) kept: Vec<String>,
}

impl Sources {
    pub(crate) fn new(
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        flags: BTreeMap<String, String>,
        file: Option<PathBuf>,
        own: OwnVariables,
    ) -> Self {
        Self {
            environment: environment.into_iter().collect(),
            flags,
            file,
            own,
        }
    }

    /// Merges the layers.
    pub(crate) fn read(&self) -> Result<Layers, LayersError> {
        let environment = self.environment.iter().cloned();
        let file = self.file.as_deref();
        Layers::merge(environment, &self.flags, file, self.own.clone())
    }
}

impl Layers {
    /// Returns the layers in effect after a reload of `new`. `is_list` returns whether a variable has
    /// an allow-list, which a reload changes.
    pub(crate) fn reloaded(&self, mut new: Self, is_list: impl Fn(&str) -> bool) -> Reloaded {
        let variables: BTreeSet<&String> = self.values.keys().chain(new.values.keys()).collect();
        let differs = |variable: &&&String| self.effective(variable) != new.effective(variable);
        let different = variables.iter().filter(differs).map(|each| (*each).clone());
        let (changed, kept): (Vec<String>, Vec<String>) =
            different.partition(|variable| self.is_reloaded(variable) || is_list(variable));
        for variable in &kept {
            match self.values.get(variable) {
                Some(old) => new.values.insert(variable.clone(), old.clone()),
                None => new.values.remove(variable),
            };
        }
        Reloaded {
            layers: new,
            changed,
            kept,
        }
    }

    /// Returns the value of a variable, or the default of a setting of the service.
    fn effective(&self, variable: &str) -> Option<&str> {
        let mut settings = self.own.settings.iter();
        let default = || {
            settings
                .find(|setting| setting.variable == variable)?
                .default
        };
        self.value(variable).or_else(default)
    }

    /// Returns whether a reload changes the value of a variable.
    pub(crate) fn is_reloaded(&self, variable: &str) -> bool {
        let names = |setting: &OwnSetting| {
            setting.variable == variable || setting.file_variable().as_deref() == Some(variable)
        };
        let mut own = self.own.settings.iter();
        RELOADED.contains(&variable) || own.any(|setting| setting.is_reloaded && names(setting))
    }
}
