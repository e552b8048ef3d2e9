//! Fields of a settings struct, as the expansion of `#[derive(Settings)]` lists them.

use super::{SettingValue, Settings};

/// A field of a settings struct.
#[derive(Debug)]
pub struct SettingField {
    /// The field's name.
    pub(super) name: &'static str,
    /// The first paragraph of the field's documentation.
    pub(super) doc: &'static str,
    pub(super) kind: FieldKind,
}

/// The value of a field.
#[derive(Debug)]
pub(super) enum FieldKind {
    /// One setting.
    Value(ValueField),
    /// A struct with settings of its own.
    Group(&'static [SettingField]),
}

/// A field that is one setting.
#[derive(Debug)]
pub(super) struct ValueField {
    pub(super) default: Option<&'static str>,
    pub(super) is_secret: bool,
    pub(super) is_optional: bool,
    /// Whether a reload changes the value.
    pub(super) is_reloaded: bool,
    pub(super) form: fn() -> String,
    pub(super) check: fn(&str) -> Result<(), String>,
    pub(super) shown: fn(&str) -> String,
}

/// How the type of a field is written, which the manifest is generated from.
#[derive(Debug, Clone, Copy)]
pub struct WrittenType {
    /// Whether it is written as `Secret<…>`.
    pub is_secret: bool,
    /// Whether it is written as `Option<…>`.
    pub is_optional: bool,
}

impl SettingField {
    /// Returns a field that is one setting.
    ///
    /// # Panics
    ///
    /// If the type is written as another one than it is. The call is evaluated at compile time.
    #[must_use]
    pub const fn value<T: SettingValue>(
        name: &'static str,
        doc: &'static str,
        default: Option<&'static str>,
        written: WrittenType,
    ) -> Self {
        assert!(
            T::IS_SECRET == written.is_secret && T::IS_OPTIONAL == written.is_optional,
            "the manifest is generated from the source, so the type of a setting that is a secret or optional must be \
             written as `Secret<…>`, `Option<…>` or `Option<Secret<…>>`, and no other type may have these names"
        );
        Self {
            name,
            doc,
            kind: FieldKind::Value(ValueField {
                default,
                is_secret: T::IS_SECRET,
                is_optional: T::IS_OPTIONAL,
                // A secret is replaced whenever its source changes.
                is_reloaded: T::IS_SECRET,
                form: T::form,
                check: check::<T>,
                shown: T::shown,
            }),
        }
    }

    /// Returns the field, with a value that a reload changes.
    #[must_use]
    pub const fn reloaded(self) -> Self {
        let FieldKind::Value(value) = self.kind else {
            panic!("a reload changes the fields of a nested struct one by one");
        };
        Self {
            kind: FieldKind::Value(ValueField {
                is_reloaded: true,
                ..value
            }),
            ..self
        }
    }

    /// Returns a field that is a struct with settings of its own.
    #[must_use]
    pub const fn group<S: Settings>(name: &'static str, doc: &'static str) -> Self {
        Self {
            name,
            doc,
            kind: FieldKind::Group(S::FIELDS),
        }
    }

    /// Returns the field's part of the variable.
    pub(super) fn variable(&self) -> String {
        self.name.to_ascii_uppercase()
    }

    /// Returns the field's part of the flag.
    pub(super) fn flag(&self) -> String {
        self.name.to_ascii_lowercase().replace('_', "-")
    }
}

fn check<T: SettingValue>(text: &str) -> Result<(), String> {
    T::parse(text).map(|_| ())
}
