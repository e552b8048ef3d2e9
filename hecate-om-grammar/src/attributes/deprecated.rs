//! The key `deprecated(since = "0.3.0", use = "rag.search version 2")`.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Error, Lit, LitStr, Token};

use super::spanned::Spanned;
use super::value::{Value, is_version};
use super::vocabulary::DEPRECATED_EXAMPLE;
use crate::Deprecated;
use crate::suggest::nearest;

const KEYS: [&str; 2] = ["since", "use"];

/// Reads the value of `deprecated`.
pub(super) fn deprecated(value: &Value) -> syn::Result<Spanned<Deprecated>> {
    let entries =
        Punctuated::<KeyedText, Token![,]>::parse_terminated.parse2(value.tokens.clone())?;
    let [mut since, mut instead]: [Option<LitStr>; 2] = [None, None];
    for KeyedText { key, text } in entries {
        let slot = match &*key.to_string() {
            "since" => &mut since,
            "use" => &mut instead,
            other => {
                let hint = nearest(other, KEYS)
                    .map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
                let why =
                    format!("unknown key `{key}`{hint}\n`deprecated` takes `since` and `use`");
                return Err(Error::new(key.span(), why));
            }
        };
        if slot.is_some() {
            let why = format!("`{key}` is given twice: remove one of the two");
            return Err(Error::new(key.span(), why));
        }
        if text.value().trim().is_empty() {
            let why = format!("`{key}` is empty: give it a value, or remove it");
            return Err(Error::new(text.span(), why));
        }
        *slot = Some(text);
    }
    let Some(since) = since else {
        return Err(Error::new(
            value.key.span(),
            format!(
                "`deprecated` needs the first version of the service in which the capability is deprecated: write `deprecated{DEPRECATED_EXAMPLE}`"
            ),
        ));
    };
    if !is_version(&since.value()) {
        return Err(Error::new(
            since.span(),
            "`since` must be a version of the service, `major.minor.patch`: write `since = \"0.3.0\"`",
        ));
    }
    let deprecated = Deprecated {
        since: since.value(),
        instead: instead.map(|text| text.value()),
    };
    Ok(Spanned::new(deprecated, value.key.span()))
}

/// `key = "text"`, where the key may be a keyword of Rust.
struct KeyedText {
    key: Ident,
    text: LitStr,
}

impl Parse for KeyedText {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let wrong = |at: Span| {
            Error::new(
                at,
                format!(
                    "`deprecated` takes string literals by key: write `deprecated{DEPRECATED_EXAMPLE}`"
                ),
            )
        };
        let key = Ident::parse_any(input).map_err(|error| wrong(error.span()))?;
        input.parse::<Token![=]>().map_err(|_| wrong(key.span()))?;
        match input.parse() {
            Ok(Lit::Str(text)) => Ok(Self { key, text }),
            Ok(other) => Err(wrong(other.span())),
            Err(error) => Err(wrong(error.span())),
        }
    }
}
