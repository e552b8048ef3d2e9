//! The settings of a service, from the structs with `#[derive(Settings)]`.

use std::path::Path;

use hecate_om_grammar::attributes::{
    Errors, SettingField, SettingsItem, SettingsStruct, type_name,
};
use hecate_om_grammar::settings_prefix;
use proc_macro2::Ident;
use syn::punctuated::Punctuated;
use syn::{Attribute, Data, DeriveInput, Fields, Item, Meta, Path as TypePath, Token, Type};

use super::attributes::Compiled;
use super::report::{Location, Problem};
use crate::model::Setting;

/// Maximum depth of nested structs. A struct that nests itself does not compile.
const MAX_DEPTH: usize = 16;

/// A struct or enum with `#[derive(Settings)]`.
#[derive(Debug, Clone)]
pub(super) struct FoundSettings {
    pub(super) item: SettingsItem,
    pub(super) location: Location,
    /// Whether it is in the service's own package.
    pub(super) is_own: bool,
}

/// A struct or enum whose derive has a mistake, which the macro reports, or is of another crate.
#[derive(Debug)]
pub(super) struct Mistaken;

/// Reads a struct or enum with `#[derive(Settings)]`; `None` if it is not compiled or derives no
/// settings.
pub(super) fn find(
    compiled: Compiled<'_>,
    written: &[Attribute],
    item: &Item,
    file: &Path,
) -> Option<Result<FoundSettings, Mistaken>> {
    let active = compiled.attributes(written);
    if active.removed || active.uncertain || !derives_settings(&active.attributes) {
        return None;
    }
    let input: DeriveInput = match item {
        Item::Struct(item) => item.clone().into(),
        Item::Enum(item) => item.clone().into(),
        _ => return None,
    };
    let location = Location::new(file, input.ident.span());
    let item = read(input, |attributes| compiled.is_certain(attributes));
    let found = item.map(|item| FoundSettings {
        item,
        location,
        is_own: true,
    });
    Some(found.ok_or(Mistaken))
}

/// Returns whether one of these attributes derives `Settings`.
fn derives_settings(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let derived =
            attribute.parse_args_with(Punctuated::<TypePath, Token![,]>::parse_terminated);
        let is_settings = |path: &TypePath| {
            let last = path.segments.last();
            last.is_some_and(|last| last.ident == "Settings")
        };
        attribute.path().is_ident("derive")
            && matches!(attribute.meta, Meta::List(_))
            && derived.is_ok_and(|derived| derived.iter().any(is_settings))
    })
}

/// Reads an item; `None` if it has a mistake. `is_compiled` returns whether a `cfg` keeps a field or
/// variant.
fn read(
    mut input: DeriveInput,
    is_compiled: impl Fn(&[Attribute]) -> bool,
) -> Option<SettingsItem> {
    match &mut input.data {
        Data::Struct(data) => {
            if let Fields::Named(fields) = &mut data.fields {
                let named = std::mem::take(&mut fields.named);
                let compiled = named.into_iter().filter(|field| is_compiled(&field.attrs));
                fields.named = compiled.collect();
            }
        }
        Data::Enum(data) => {
            let variants = std::mem::take(&mut data.variants);
            let compiled = variants.into_iter();
            data.variants = compiled
                .filter(|variant| is_compiled(&variant.attrs))
                .collect();
        }
        Data::Union(_) => {}
    }
    let mut errors = Errors::new();
    let item = SettingsItem::read(&input, &mut errors);
    let valid = errors.into_iter().next().is_none();
    item.filter(|_| valid)
}

/// Lists the settings of the struct that a service names.
///
/// # Errors
///
/// If a struct is not found, or if two have its name.
pub(super) fn list(
    found: &[FoundSettings],
    named: &TypePath,
    service: &str,
    dir: &Path,
) -> Result<Vec<Setting>, Problem> {
    let list = Listing { found, dir };
    let item = list.of_path(named)?;
    let prefix = item.prefix.as_ref().map(|prefix| prefix.value.clone());
    let prefix = prefix.unwrap_or_else(|| settings_prefix(service));
    let mut settings = Vec::new();
    list.add(item, (&prefix, "--"), 0, &mut settings)?;
    Ok(settings)
}

struct Listing<'a> {
    found: &'a [FoundSettings],
    dir: &'a Path,
}

impl<'a> Listing<'a> {
    fn add(
        &self,
        item: &SettingsStruct,
        (variable, flag): (&str, &str),
        depth: usize,
        settings: &mut Vec<Setting>,
    ) -> Result<(), Problem> {
        for field in &item.fields {
            let name = field.name();
            let variable = format!("{variable}{}", name.to_ascii_uppercase());
            let flag = format!("{flag}{}", name.to_ascii_lowercase().replace('_', "-"));
            if field.nested {
                if depth < MAX_DEPTH {
                    let nested = self.of_type(field)?;
                    let start = (&*format!("{variable}__"), &*format!("{flag}."));
                    self.add(nested, start, depth + 1, settings)?;
                }
                continue;
            }
            settings.push(Setting {
                variable,
                flag: (!field.is_secret()).then_some(flag),
                type_name: Some(type_name(field.value_type())),
                values: self.values(field.value_type()),
                default: field.default.clone(),
                required: field.default.is_none() && !field.is_optional(),
                secret: field.is_secret(),
                reload: field.reload,
                doc: (!field.doc.is_empty()).then(|| field.doc.clone()),
                other: Default::default(),
            });
        }
        Ok(())
    }

    fn of_type(&self, field: &SettingField) -> Result<&'a SettingsStruct, Problem> {
        match &field.ty {
            Type::Path(path) => self.of_path(&path.path),
            _ => Err(Problem::new(format!(
                "the nested setting `{}` is not the name of a struct with `#[derive(Settings)]`",
                field.ident
            ))),
        }
    }

    /// Returns the struct with the last name of a path.
    fn of_path(&self, path: &TypePath) -> Result<&'a SettingsStruct, Problem> {
        let name = path.segments.last().map(|last| &last.ident);
        let mut all = self.named(name).filter_map(|found| match &found.item {
            SettingsItem::Struct(item) => Some((item, found)),
            SettingsItem::Enum(_) => None,
        });
        let shown = name.map(ToString::to_string).unwrap_or_default();
        let Some((first, at)) = all.next() else {
            return Err(Problem::new(format!(
                "no struct `{shown}` with `#[derive(Settings)]` was found: name the struct itself, not an alias, and \
                 define it in a source file of the package or of a path dependency"
            )));
        };
        // A module may be in several crates of the package.
        match all.find(|(_, other)| other.location != at.location && other.is_own == at.is_own) {
            Some((_, other)) => Err(Problem::at(
                other.location.clone().relative_to(self.dir),
                format!(
                    "a second struct `{shown}` with `#[derive(Settings)]`, so the settings for the manifest are not \
                     certain: rename one of the two"
                ),
            )),
            None => Ok(first),
        }
    }

    /// Returns the values of a type, if it is an enum with `#[derive(Settings)]`.
    fn values(&self, ty: &Type) -> Vec<String> {
        let Type::Path(path) = ty else {
            return Vec::new();
        };
        let name = path.path.segments.last().map(|last| &last.ident);
        let mut enums = self.named(name).filter_map(|found| match &found.item {
            SettingsItem::Enum(item) => Some(item),
            SettingsItem::Struct(_) => None,
        });
        let variants = enums.next().map(|item| item.variants.iter());
        let values = variants.into_iter().flatten();
        values.map(|variant| variant.value.clone()).collect()
    }

    /// Returns the items with this name, those of the service's own package first.
    fn named<'n>(
        &self,
        name: Option<&'n Ident>,
    ) -> impl Iterator<Item = &'a FoundSettings> + use<'a, 'n> {
        let named = move |found: &&FoundSettings| name == Some(found.item.ident());
        let own = self.found.iter().filter(|found| found.is_own);
        let others = self.found.iter().filter(|found| !found.is_own);
        own.chain(others).filter(named)
    }
}
