//! `#[derive(Settings)]` and its attribute `#[settings(…)]`.

use std::collections::BTreeMap;

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::{
    Attribute, Data, DeriveInput, Error, Expr, ExprLit, ExprUnary, Field, Fields, GenericArgument,
    Lit, Meta, Path, PathArguments, Type, UnOp, Variant,
};

use super::docs::{doc, first_paragraph};
use super::entries::Entries;
use super::errors::Errors;
use super::spanned::Spanned;
use super::value::{Value, flag, path, text};
use super::vocabulary::{SETTINGS_FIELD, SETTINGS_TYPE};

/// An item with `#[derive(Settings)]`.
#[derive(Debug, Clone)]
pub enum SettingsItem {
    /// Settings, each a field.
    Struct(SettingsStruct),
    /// The values of one setting, each a variant.
    Enum(SettingsEnum),
}

/// A struct with `#[derive(Settings)]`.
#[derive(Debug, Clone)]
pub struct SettingsStruct {
    /// The struct's name.
    pub ident: Ident,
    /// The prefix of the variables; `None` for the one of the service's name.
    pub prefix: Option<Spanned<String>>,
    /// The path of the crate `hecate_om`, if the dependency is renamed.
    pub crate_path: Option<Path>,
    /// The fields, in the order of the source.
    pub fields: Vec<SettingField>,
}

/// A field of a struct with `#[derive(Settings)]`.
#[derive(Debug, Clone)]
pub struct SettingField {
    /// The field.
    pub ident: Ident,
    /// The field's type.
    pub ty: Type,
    /// The first paragraph of the field's documentation.
    pub doc: String,
    /// The text of the default value.
    pub default: Option<String>,
    /// Whether the field is a struct with settings of its own.
    pub nested: bool,
    /// Whether a reload changes the value while the service runs.
    pub reload: bool,
}

/// An enum with `#[derive(Settings)]`.
#[derive(Debug, Clone)]
pub struct SettingsEnum {
    /// The enum's name.
    pub ident: Ident,
    /// The path of the crate `hecate_om`, if the dependency is renamed.
    pub crate_path: Option<Path>,
    /// The variants, in the order of the source.
    pub variants: Vec<SettingsVariant>,
}

/// A variant of an enum with `#[derive(Settings)]`.
#[derive(Debug, Clone)]
pub struct SettingsVariant {
    /// The variant.
    pub ident: Ident,
    /// The value that names it: `hybrid_search` for `HybridSearch`.
    pub value: String,
}

impl SettingsItem {
    /// Reads an item. Adds all mistakes to `errors`; `None` if the item has one.
    pub fn read(input: &DeriveInput, errors: &mut Errors) -> Option<Self> {
        let before = errors.len();
        let mut entries = Entries::split(arguments(&input.attrs), &SETTINGS_TYPE, errors);
        let prefix = entries.read("prefix", prefix, errors);
        let crate_path = entries.read("crate", path, errors);
        if let Some(parameter) = input.generics.params.first() {
            errors.push(Error::new_spanned(
                parameter,
                "settings cannot be generic, because their variables are listed in the manifest: use concrete types",
            ));
        }
        let ident = input.ident.clone();
        let item = match &input.data {
            Data::Struct(data) => Self::Struct(SettingsStruct {
                fields: fields(&ident, &data.fields, errors),
                ident,
                prefix,
                crate_path,
            }),
            Data::Enum(data) => {
                if let Some(prefix) = prefix {
                    errors.push(Error::new(
                        prefix.span,
                        "an enum is the value of one setting and has no prefix: remove the key",
                    ));
                }
                Self::Enum(SettingsEnum {
                    variants: data
                        .variants
                        .iter()
                        .filter_map(|each| errors.ok_or_push(variant(each)))
                        .collect(),
                    ident,
                    crate_path,
                })
            }
            Data::Union(_) => {
                errors.push(Error::new_spanned(
                    &input.ident,
                    "`#[derive(Settings)]` belongs on a struct with named fields, or on an enum",
                ));
                return None;
            }
        };
        (errors.len() == before).then_some(item)
    }

    /// Returns the item's name.
    #[must_use]
    pub const fn ident(&self) -> &Ident {
        match self {
            Self::Struct(item) => &item.ident,
            Self::Enum(item) => &item.ident,
        }
    }
}

impl SettingField {
    /// Returns the field's name, without `r#`.
    #[must_use]
    pub fn name(&self) -> String {
        self.ident.unraw().to_string()
    }

    /// Returns whether the field's type is written as `Secret<…>` or `Option<Secret<…>>`.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        let inner = argument_of(&self.ty, "Option").unwrap_or(&self.ty);
        argument_of(inner, "Secret").is_some()
    }

    /// Returns whether the field's type is written as `Option<…>`.
    #[must_use]
    pub fn is_optional(&self) -> bool {
        argument_of(&self.ty, "Option").is_some()
    }

    /// Returns the type of the setting's value: that of the field without `Option` and `Secret`.
    #[must_use]
    pub fn value_type(&self) -> &Type {
        let inner = argument_of(&self.ty, "Option").unwrap_or(&self.ty);
        argument_of(inner, "Secret").unwrap_or(inner)
    }
}

/// Returns the argument of a type with this name.
fn argument_of<'t>(ty: &'t Type, name: &str) -> Option<&'t Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first()? {
        GenericArgument::Type(argument) if last.ident == name => Some(argument),
        _ => None,
    }
}

/// Returns the arguments of all attributes `#[settings(…)]`.
fn arguments(attributes: &[Attribute]) -> TokenStream {
    let ours = attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("settings"));
    let tokens = ours.filter_map(|attribute| match &attribute.meta {
        Meta::List(list) if !list.tokens.is_empty() => Some(&list.tokens),
        _ => None,
    });
    quote!(#(#tokens),*)
}

fn fields(item: &Ident, fields: &Fields, errors: &mut Errors) -> Vec<SettingField> {
    let Fields::Named(named) = fields else {
        errors.push(Error::new_spanned(
            item,
            "the fields of settings have names, which are also those of their variables: write `struct … { … }`",
        ));
        return Vec::new();
    };
    let mut variables = BTreeMap::new();
    let mut found: Vec<SettingField> = Vec::new();
    for each in &named.named {
        let Some(setting) = field(each, errors) else {
            continue;
        };
        let variable = setting.name().to_ascii_uppercase();
        if let Some(first) = variables.insert(variable, setting.ident.clone()) {
            errors.push(Error::new(
                setting.ident.span(),
                format!(
                    "`{}` and `{first}` have the same variable: rename one of the two",
                    setting.ident
                ),
            ));
        }
        found.push(setting);
    }
    for secret in found.iter().filter(|setting| setting.is_secret()) {
        let file = format!("{}_FILE", secret.name().to_ascii_uppercase());
        if let Some(other) = variables.get(&file) {
            errors.push(Error::new(
                other.span(),
                format!(
                    "`{other}` has the variable that names the file of the secret `{}`: rename one of the two",
                    secret.ident
                ),
            ));
        }
    }
    found
}

/// Reads a field; `None` if it cannot have a variable.
fn field(field: &Field, errors: &mut Errors) -> Option<SettingField> {
    let ident = field.ident.clone()?;
    let mut entries = Entries::split(arguments(&field.attrs), &SETTINGS_FIELD, errors);
    let default = entries.read("default", default, errors);
    let nested = entries.read("nested", flag, errors);
    let reload = entries.read("reload", flag, errors);
    let setting = SettingField {
        ty: field.ty.clone(),
        doc: first_paragraph(&doc(&field.attrs)),
        default: default.as_ref().map(|default| default.value.clone()),
        nested: nested.is_some_and(|nested| nested.value),
        reload: reload.as_ref().is_some_and(|reload| reload.value),
        ident,
    };
    if let Some(default) = default {
        let has_none = if setting.nested {
            "a nested struct has no default of its own: set the defaults of its fields"
        } else if setting.is_secret() {
            "a secret has no default, because everybody can read it in the binary: remove the key, or use \
             `Option<Secret<…>>`"
        } else if setting.is_optional() {
            "an `Option` is `None` if the setting is not set: remove `Option`, or the default"
        } else {
            ""
        };
        if !has_none.is_empty() {
            errors.push(Error::new(default.span, has_none));
        }
    }
    if let Some(reload) = reload {
        let is_wrong = if setting.nested {
            "a nested struct is not reloaded as a whole: set `reload` on its fields"
        } else if setting.is_secret() {
            "every secret is reloaded: remove the key"
        } else {
            ""
        };
        if !is_wrong.is_empty() {
            errors.push(Error::new(reload.span, is_wrong));
        }
    }
    let name = setting.name();
    let allowed = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if allowed && !name.starts_with('_') && !name.ends_with('_') && !name.contains("__") {
        return Some(setting);
    }
    errors.push(Error::new(
        setting.ident.span(),
        format!(
            "`{name}` cannot be the name of a setting: use ASCII letters, digits and single `_` between them, \
             because `__` in a variable separates the names of nested settings"
        ),
    ));
    None
}

fn variant(variant: &Variant) -> syn::Result<SettingsVariant> {
    if !matches!(variant.fields, Fields::Unit) {
        return Err(Error::new_spanned(
            &variant.fields,
            "a variant of a setting has no fields: its name is the value",
        ));
    }
    let mut value = String::new();
    for (at, c) in variant.ident.unraw().to_string().char_indices() {
        if c.is_uppercase() && at > 0 {
            value.push('_');
        }
        value.extend(c.to_lowercase());
    }
    Ok(SettingsVariant {
        ident: variant.ident.clone(),
        value,
    })
}

/// Reads a literal as the text that an operator would set.
fn default(value: &Value) -> syn::Result<Spanned<String>> {
    let wrong =
        || value.is_not("a literal: a number, `true`, `false`, or a text such as `\"30s\"`");
    let expression: Expr = syn::parse2(value.tokens.clone()).map_err(|_| wrong())?;
    let (sign, literal) = match &expression {
        Expr::Lit(ExprLit { lit, .. }) => ("", lit),
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_),
            expr,
            ..
        }) => match &**expr {
            Expr::Lit(ExprLit {
                lit: lit @ (Lit::Int(_) | Lit::Float(_)),
                ..
            }) => ("-", lit),
            _ => return Err(wrong()),
        },
        _ => return Err(wrong()),
    };
    let text = match literal {
        Lit::Int(number) if number.suffix().is_empty() => number.base10_digits().to_owned(),
        Lit::Float(number) if number.suffix().is_empty() => number.base10_digits().to_owned(),
        Lit::Bool(flag) => flag.value.to_string(),
        Lit::Str(text) => text.value(),
        _ => return Err(wrong()),
    };
    Ok(Spanned::new(format!("{sign}{text}"), literal.span()))
}

/// Reads the prefix of variables.
fn prefix(value: &Value) -> syn::Result<Spanned<String>> {
    let prefix = text(value)?;
    let allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    if !prefix.starts_with(|c: char| c.is_ascii_uppercase())
        || !prefix.ends_with('_')
        || !prefix.chars().all(allowed)
    {
        return Err(value.refuse(format!(
            "must be capital letters, digits and `_`, start with a letter and end with `_`: write `{} = {}`",
            value.key, value.example
        )));
    }
    if let Some(reserved) = ["HECATE_", "MACULA_"]
        .into_iter()
        .find(|reserved| prefix.starts_with(reserved))
    {
        return Err(value.refuse(format!(
            "starts with `{reserved}`, the prefix of the framework's own settings: choose another"
        )));
    }
    Ok(prefix)
}
