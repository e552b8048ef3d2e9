//! The key `dedupe`: `"10m"`, or `disk("10m")`.

use proc_macro2::{Ident, Span};
use syn::parse::{Parse, ParseStream};
use syn::{Error, LitStr};

use super::errors::Errors;
use super::handler::Handler;
use super::measure::dedupe_window;
use super::spanned::Spanned;
use super::value::Value;
use crate::{Dedupe, DedupeStore, Kind};

const FORMS: &str = "`\"10m\"`, or `disk(\"10m\")` to keep the answers across restarts";

/// Reads the value of `dedupe`.
pub(super) fn dedupe(value: &Value) -> syn::Result<Spanned<Dedupe>> {
    let form: DedupeForm =
        syn::parse2(value.tokens.clone()).map_err(|_| value.refuse(format!("must be {FORMS}")))?;
    let store = match &form.word {
        None => DedupeStore::Memory,
        Some(word) if word == "disk" => DedupeStore::Disk,
        Some(word) => {
            return Err(value.refuse(format!("cannot be `{word}(…)`\nit must be {FORMS}")));
        }
    };
    let window = dedupe_window(value, &form.window.value())?;
    let dedupe = Dedupe {
        window_ms: u64::try_from(window.as_millis()).unwrap_or(u64::MAX),
        store,
    };
    Ok(Spanned::new(dedupe, form.window.span()))
}

/// `"10m"` or `word("10m")`.
struct DedupeForm {
    word: Option<Ident>,
    window: LitStr,
}

impl Parse for DedupeForm {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(LitStr) {
            let window = input.parse()?;
            return Ok(Self { word: None, window });
        }
        let word = input.parse()?;
        let content;
        syn::parenthesized!(content in input);
        let window = content.parse()?;
        if !content.is_empty() {
            return Err(content.error("expected one duration"));
        }
        Ok(Self {
            word: Some(word),
            window,
        })
    }
}

/// Reports `dedupe` on an idempotent capability.
pub(super) fn refuse_idempotent(dedupe: Option<&Spanned<Dedupe>>, flag: bool, errors: &mut Errors) {
    if let Some(dedupe) = dedupe.filter(|_| flag) {
        errors.push(Error::new(
            dedupe.span,
            "`dedupe` and `idempotent` exclude each other: a call that may run twice needs no `dedupe`; remove one \
             of the two",
        ));
    }
}

/// Reports `dedupe` on a handler of streams.
pub(super) fn refuse_stream(dedupe: Option<Span>, handler: &Handler, errors: &mut Errors) {
    if let Some(span) = dedupe.filter(|_| handler.kind() != Kind::Unary) {
        errors.push(Error::new(
            span,
            "`dedupe` keeps one answer, and this handler streams: remove `dedupe`, or return a single value",
        ));
    }
}
