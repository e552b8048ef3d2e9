#![cfg_attr(not(doctest), doc = include_str!("../../docs/settings.md"))]

mod byte_size;
mod collision;
mod field;
mod reader;
mod secret;
mod secret_file;
#[cfg(test)]
mod tests;
mod updater;
mod url;
mod value;
mod watch;

pub use byte_size::ByteSize;
pub(crate) use collision::refuse_collisions;
#[doc(hidden)]
pub use field::{SettingField, WrittenType};
#[doc(hidden)]
pub use reader::SettingsReader;
pub(crate) use reader::{ReadSettings, read};
pub use secret::{Secret, SecretWatch};
pub use url::Url;
pub use value::SettingValue;
pub(crate) use watch::Secrets;

use hecate_om_manifest::settings_prefix;

use crate::config::{OwnSetting, OwnVariables};

/// Settings of a service, which `#[derive(Settings)]` implements for a struct. The
/// [module](crate::settings) describes them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no settings",
    note = "add `#[derive(Settings)]` to the struct"
)]
pub trait Settings: Sized + Send + Sync + 'static {
    /// Prefix of the variables; `None` for the one of the service's name.
    #[doc(hidden)]
    const PREFIX: Option<&'static str>;
    /// The fields, in the order of the source.
    #[doc(hidden)]
    const FIELDS: &'static [SettingField];

    /// Reads all fields; `None` if one is missing or malformed.
    #[doc(hidden)]
    fn read(reader: &mut SettingsReader<'_>) -> Option<Self>;
}

/// The settings of a service that has none.
impl Settings for () {
    const PREFIX: Option<&'static str> = None;
    const FIELDS: &'static [SettingField] = &[];

    fn read(_: &mut SettingsReader<'_>) -> Option<Self> {
        Some(())
    }
}

/// Returns the prefix of the variables of the settings `S` of a service.
fn prefix_of<S: Settings>(service: &str) -> String {
    S::PREFIX.map_or_else(|| settings_prefix(service), str::to_owned)
}

/// Returns the variables and settings of a service: `env` and the fields of `S`.
pub(crate) fn own_variables<S: Settings>(service: &str, env: Vec<&'static str>) -> OwnVariables {
    let prefix = prefix_of::<S>(service);
    let mut settings = Vec::new();
    add_fields(S::FIELDS, &prefix, "", &mut settings);
    OwnVariables {
        env,
        prefix: (!settings.is_empty()).then_some(prefix),
        settings,
    }
}

/// Adds the settings of fields. `variable` and `flag` are the start of their names.
fn add_fields(
    fields: &'static [SettingField],
    variable: &str,
    flag: &str,
    settings: &mut Vec<OwnSetting>,
) {
    for field in fields {
        let variable = format!("{variable}{}", field.variable());
        let flag = format!("{flag}{}", field.flag());
        match &field.kind {
            field::FieldKind::Group(fields) => {
                add_fields(
                    fields,
                    &format!("{variable}__"),
                    &format!("{flag}."),
                    settings,
                );
            }
            field::FieldKind::Value(value) => settings.push(OwnSetting {
                variable,
                flag: (!value.is_secret).then_some(flag),
                meaning: field.doc,
                default: value.default,
                is_required: value.default.is_none() && !value.is_optional,
                is_secret: value.is_secret,
                is_reloaded: value.is_reloaded,
                form: value.form,
                check: value.check,
                shown: value.shown,
            }),
        }
    }
}

/// Returns the mistakes in the defaults of `S`, which the compiler cannot check.
pub(crate) fn wrong_defaults<S: Settings>(service: &str) -> Vec<String> {
    let settings = own_variables::<S>(service, Vec::new()).settings;
    let problem = |setting: &OwnSetting| {
        let problem = (setting.check)(setting.default?).err()?;
        Some(format!("the default of {}: {problem}", setting.variable))
    };
    settings.iter().filter_map(problem).collect()
}
