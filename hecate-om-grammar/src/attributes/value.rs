//! Values of an attribute's keys.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::parse::{Parse, Parser};
use syn::{Error, ExprArray, Lit, LitBool, LitInt, LitStr, Path};

use super::spanned::Spanned;

/// The value of one key.
#[derive(Debug)]
pub(super) struct Value {
    pub(super) key: Ident,
    /// An example for error messages.
    pub(super) example: &'static str,
    pub(super) tokens: TokenStream,
}

impl Value {
    /// Returns an error at the value.
    pub(super) fn refuse(&self, why: impl Display) -> Error {
        Error::new_spanned(&self.tokens, format!("`{}` {why}", self.key))
    }

    /// Returns the error for a key without a value.
    pub(super) fn missing(&self) -> Error {
        let Self { key, example, .. } = self;
        let why = if example.starts_with('(') {
            format!("`{key}` takes its arguments in parentheses: write `{key}{example}`")
        } else {
            format!("`{key}` needs a value: write `{key} = {example}`")
        };
        Error::new(key.span(), why)
    }

    /// Returns the error for a value that is not `kind`, "a whole number".
    pub(super) fn is_not(&self, kind: &str) -> Error {
        let Self { key, example, .. } = self;
        let reason = if syn::parse2::<Lit>(self.tokens.clone()).is_ok() {
            ""
        } else {
            "; it must be a literal, because the manifest is generated from the source before \
             anything is evaluated"
        };
        self.refuse(format!("takes {kind}: write `{key} = {example}`{reason}"))
    }

    fn parse<T: Parse>(&self, kind: &str) -> syn::Result<T> {
        syn::parse2(self.tokens.clone()).map_err(|_| self.is_not(kind))
    }
}

/// Reads a string literal that is not blank.
pub(super) fn text(value: &Value) -> syn::Result<Spanned<String>> {
    let literal: LitStr = value.parse("a string literal")?;
    let text = literal.value();
    if text.trim().is_empty() {
        return Err(value.refuse("is empty: give it a value, or remove the key"));
    }
    Ok(Spanned::new(text, literal.span()))
}

/// Reads a string literal that parses as `T`.
pub(super) fn parsed<T>(value: &Value) -> syn::Result<Spanned<T>>
where
    T: FromStr,
    T::Err: Display,
{
    let text = text(value)?;
    let parsed = text
        .parse()
        .map_err(|error: T::Err| Error::new(text.span, error))?;
    Ok(Spanned::new(parsed, text.span))
}

/// Reads a semantic version.
pub(super) fn version(value: &Value) -> syn::Result<Spanned<String>> {
    let text = text(value)?;
    if is_version(&text) {
        Ok(text)
    } else {
        Err(value.refuse(format!(
            "must be a version, `major.minor.patch`: write `{} = {}`",
            value.key, value.example
        )))
    }
}

pub(super) fn is_version(text: &str) -> bool {
    let (numbers, rest) = match text.find(['-', '+']) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-+.".contains(&byte);
    numbers.split('.').filter(|part| number(part)).count() == 3
        && numbers.split('.').count() == 3
        && rest.bytes().all(allowed)
        && rest.len() != 1
}

/// Reads a whole number from 1 to `max`.
pub(super) fn positive<T>(max: T) -> impl Fn(&Value) -> syn::Result<Spanned<T>>
where
    T: Copy + Into<u64> + TryFrom<u64>,
{
    move |value| {
        let literal: LitInt = value.parse("a whole number")?;
        if !literal.suffix().is_empty() {
            return Err(value.is_not("a whole number without a suffix"));
        }
        let number = literal
            .base10_parse::<u64>()
            .ok()
            .filter(|&number| number > 0);
        match number.and_then(|number| T::try_from(number).ok()) {
            Some(number) => Ok(Spanned::new(number, literal.span())),
            None => Err(value.refuse(format!(
                "is {literal}, but must be a whole number from 1 to {}",
                max.into()
            ))),
        }
    }
}

/// Reads a whole number, including 0.
pub(super) fn whole(value: &Value) -> syn::Result<Spanned<u32>> {
    let literal: LitInt = value.parse("a whole number")?;
    if !literal.suffix().is_empty() {
        return Err(value.is_not("a whole number without a suffix"));
    }
    let number = literal.base10_parse().map_err(|_| {
        value.refuse(format!(
            "is {literal}, but must be a whole number from 0 to {}",
            u32::MAX
        ))
    })?;
    Ok(Spanned::new(number, literal.span()))
}

/// Reads `true` or `false`.
pub(super) fn flag(value: &Value) -> syn::Result<Spanned<bool>> {
    let literal: LitBool = value.parse("`true` or `false`")?;
    Ok(Spanned::new(literal.value, literal.span))
}

/// Reads a list of string literals without duplicates.
pub(super) fn texts(value: &Value) -> syn::Result<Vec<String>> {
    each_text(value, |_, _| Ok(()))
}

/// Reads a list of names of environment variables.
pub(super) fn variables(value: &Value) -> syn::Result<Vec<String>> {
    each_text(value, |entry, text| {
        let first = |c: char| c.is_ascii_alphabetic() || c == '_';
        let is_name =
            text.starts_with(first) && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if is_name {
            return Ok(());
        }
        Err(entry.refuse(format!(
            "contains `{text}`, which is not a valid name of an environment variable: use letters, digits and `_`, \
             and do not start with a digit"
        )))
    })
}

/// Reads a list of string literals without duplicates, each of which passes `check`.
fn each_text(
    value: &Value,
    check: impl Fn(&Value, &str) -> syn::Result<()>,
) -> syn::Result<Vec<String>> {
    let array: ExprArray = value.parse("a list of string literals")?;
    let mut seen = BTreeSet::new();
    let elements = array.elems.iter().map(|element| {
        let entry = Value {
            key: value.key.clone(),
            example: value.example,
            tokens: element.to_token_stream(),
        };
        let text = text(&entry)?.value;
        if !seen.insert(text.clone()) {
            return Err(entry.refuse(format!("contains `{text}` twice: remove one of the two")));
        }
        check(&entry, &text)?;
        Ok(text)
    });
    collect(elements)
}

/// Reads a path, `crate::om` or `::om`.
pub(super) fn path(value: &Value) -> syn::Result<Path> {
    Path::parse_mod_style
        .parse2(value.tokens.clone())
        .map_err(|_| {
            value.refuse(format!(
                "takes the path of the crate `hecate_om`: write `{} = {}`",
                value.key, value.example
            ))
        })
}

/// Reads the path of a struct, `EchoSettings` or `config::EchoSettings`.
pub(super) fn type_path(value: &Value) -> syn::Result<Path> {
    Path::parse_mod_style
        .parse2(value.tokens.clone())
        .map_err(|_| {
            value.refuse(format!(
                "takes the name of a struct without type arguments: write `{} = {}`",
                value.key, value.example
            ))
        })
}

/// Returns the values, or all errors combined.
fn collect<T>(results: impl Iterator<Item = syn::Result<T>>) -> syn::Result<Vec<T>> {
    let mut values = Vec::new();
    let mut errors: Option<Error> = None;
    for result in results {
        match (result, &mut errors) {
            (Ok(value), _) => values.push(value),
            (Err(error), Some(errors)) => errors.combine(error),
            (Err(error), None) => errors = Some(error),
        }
    }
    errors.map_or(Ok(values), Err)
}
