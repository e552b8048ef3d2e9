//! Reading of a settings struct.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::field::{FieldKind, SettingField, ValueField};
use super::watch::{ReadSecret, WatchedSecret, digest};
use super::{SettingValue, Settings, prefix_of, secret_file};
use crate::boot_refusal::Reason;
use crate::config::{ConfigError, Layers, Reader, SecretSource};

/// Settings of a service, with the secrets among them.
#[derive(Debug)]
pub(crate) struct ReadSettings<S> {
    pub(crate) settings: Arc<S>,
    pub(crate) secrets: Vec<ReadSecret>,
}

/// Reads the settings of a service.
///
/// # Errors
///
/// All mistakes in the settings.
pub(crate) fn read<S: Settings>(
    layers: &Layers,
    service: &str,
) -> Result<ReadSettings<S>, ConfigError> {
    let mut reader = SettingsReader {
        reader: Reader::new(layers),
        prefix: prefix_of::<S>(service),
        secrets: Vec::new(),
    };
    let settings = S::read(&mut reader);
    let SettingsReader {
        reader, secrets, ..
    } = reader;
    let settings = Arc::new(reader.finish(settings)?);
    Ok(ReadSettings { settings, secrets })
}

/// Reader of the fields of settings. Collects all mistakes.
#[derive(Debug)]
pub struct SettingsReader<'a> {
    reader: Reader<'a>,
    prefix: String,
    secrets: Vec<ReadSecret>,
}

impl SettingsReader<'_> {
    /// Reads the struct of a field with settings of its own.
    pub fn group<S: Settings>(&mut self, field: &SettingField) -> Option<S> {
        let length = self.prefix.len();
        self.prefix.push_str(&field.variable());
        self.prefix.push_str("__");
        let settings = S::read(self);
        self.prefix.truncate(length);
        settings
    }

    /// Reads the value of a field; `None` if it is missing or malformed.
    pub fn value<T: SettingValue>(&mut self, field: &SettingField) -> Option<T> {
        let FieldKind::Value(value) = &field.kind else {
            unreachable!("the expansion reads a group by `group`");
        };
        let variable = format!("{}{}", self.prefix, field.variable());
        if T::IS_SECRET {
            return self.secret(&variable, field, value);
        }
        let Some(text) = self.reader.layers().value(&variable) else {
            return self.unset(&variable, field, value);
        };
        if text.contains("${") {
            self.reader.report(
                &variable,
                "the value contains an unexpanded `${…}`; set that variable, or write the value itself",
            );
            return None;
        }
        let parsed = T::parse(text);
        parsed
            .map_err(|problem| self.reader.report(&variable, &problem))
            .ok()
    }

    /// Returns the value of a setting that is not set.
    fn unset<T: SettingValue>(
        &mut self,
        variable: &str,
        field: &SettingField,
        value: &ValueField,
    ) -> Option<T> {
        if let Some(default) = value.default {
            let parsed = T::parse(default);
            return parsed
                .map_err(|problem| {
                    self.reader
                        .report(variable, &format!("the default: {problem}"))
                })
                .ok();
        }
        let absent = T::absent();
        if absent.is_none() {
            let name = if value.is_secret {
                format!("{variable}_FILE to the path of a file with")
            } else {
                format!("{variable} to")
            };
            let meaning = if field.doc.is_empty() {
                String::new()
            } else {
                format!(": {}", field.doc.trim_end_matches('.'))
            };
            let form = (value.form)();
            let text = format!("{variable}: not set; set {name} {form}{meaning}");
            self.reader.refuse(Reason::SETTING_MISSING, text);
        }
        absent
    }

    fn secret<T: SettingValue>(
        &mut self,
        variable: &str,
        field: &SettingField,
        value: &ValueField,
    ) -> Option<T> {
        let source = match SecretSource::find(self.reader.layers(), variable) {
            Ok(Some(source)) => source,
            Ok(None) => return self.unset(variable, field, value),
            Err(problem) => {
                self.reader
                    .refuse(Reason::SECRET_UNREADABLE, format!("{variable}: {problem}"));
                return None;
            }
        };
        let read = match source.path() {
            Some(path) => secret_file::read(path),
            None => {
                let text = self.reader.layers().value(variable).unwrap_or_default();
                let checked = match source.configuration_file() {
                    Some(path) => secret_file::check(path),
                    None => Ok(()),
                };
                checked.map(|()| Zeroizing::new(text.to_owned()))
            }
        };
        let parsed = read.and_then(|text| {
            let secret = parse_secret::<T>(&text, value.form)?;
            Ok((secret, text))
        });
        match parsed {
            Ok((secret, text)) => {
                let read = secret.updater().map(|updater| ReadSecret {
                    watched: WatchedSecret {
                        variable: variable.to_owned(),
                        path: source.path().cloned(),
                        digest: digest(&text),
                        updaters: vec![updater],
                        form: value.form,
                        problem: String::new(),
                    },
                    text,
                });
                self.secrets.extend(read);
                Some(secret)
            }
            Err(problem) => {
                let text = format!("{variable} ({source}): {problem}");
                self.reader.refuse(Reason::SECRET_UNREADABLE, text);
                None
            }
        }
    }
}

/// Parses a secret. The error has no part of the text.
fn parse_secret<T: SettingValue>(text: &str, form: fn() -> String) -> Result<T, String> {
    T::parse(text).map_err(|_| format!("the value, which is not shown, is not {}", form()))
}
