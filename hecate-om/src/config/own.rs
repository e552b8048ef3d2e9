//! Variables and settings that a service itself declares.

/// A setting of the service: a field of its settings struct.
#[derive(Debug, Clone)]
pub(crate) struct OwnSetting {
    /// Environment variable, which is also the name of the setting in a file.
    pub(crate) variable: String,
    /// Flag without the dashes; `None` for a secret, because process lists show flags.
    pub(crate) flag: Option<String>,
    /// Description in one paragraph.
    pub(crate) meaning: &'static str,
    /// Text of the default value.
    pub(crate) default: Option<&'static str>,
    pub(crate) is_required: bool,
    pub(crate) is_secret: bool,
    /// Whether a reload changes the value.
    pub(crate) is_reloaded: bool,
    /// Returns the description of valid values.
    pub(crate) form: fn() -> String,
    /// Returns the problem of a value, if it has one.
    pub(crate) check: fn(&str) -> Result<(), String>,
    /// Returns a value without the parts that must not be printed.
    pub(crate) shown: fn(&str) -> String,
}

impl OwnSetting {
    /// Returns the variable that contains the path of a secret's file.
    pub(crate) fn file_variable(&self) -> Option<String> {
        self.is_secret.then(|| file_variable(&self.variable))
    }
}

/// Returns the variable that contains the path of the file of a secret.
pub(crate) fn file_variable(variable: &str) -> String {
    format!("{variable}_FILE")
}

/// Variables and settings that the service declares.
#[derive(Debug, Clone, Default)]
pub(crate) struct OwnVariables {
    /// Variables in `env` of the service's attribute, and settings that name an issuer.
    pub(crate) env: Vec<&'static str>,
    /// Prefix of the variables of the settings; `None` without settings.
    pub(crate) prefix: Option<String>,
    /// The settings, in the order of their fields.
    pub(crate) settings: Vec<OwnSetting>,
}

impl OwnVariables {
    /// Returns the names of all variables.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        let env = self.env.iter().map(|name| (*name).to_owned());
        let settings = self.settings.iter();
        env.chain(settings.flat_map(|setting| {
            let file = setting.file_variable();
            [setting.variable.clone()].into_iter().chain(file)
        }))
    }

    /// Returns whether a variable has the prefix of the settings.
    pub(super) fn has_prefix(&self, name: &str) -> bool {
        let prefix = self.prefix.as_deref();
        prefix.is_some_and(|prefix| name.starts_with(prefix))
    }
}
