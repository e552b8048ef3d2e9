//! `retries = 5, backoff = "1s..1m", deadline = "30s"` of `#[subscribe]`, `#[every]` and `#[cron]`.

use std::time::Duration;

use proc_macro2::Ident;
use syn::LitStr;

use super::entries::Entries;
use super::errors::Errors;
use super::measure::{deadline, delay};
use super::spanned::Spanned;
use super::value::{Value, whole};
use crate::Retries;

/// What happens to failed runs of a handler of facts or schedules.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FailureArgs {
    /// The retries, if given.
    pub retries: Option<Retries>,
    /// The longest time that one attempt may take, if given.
    pub deadline: Option<Duration>,
}

impl FailureArgs {
    pub(super) fn read(entries: &mut Entries, errors: &mut Errors) -> Self {
        let retries = entries.read("retries", count, errors);
        let backoff = entries.read("backoff", backoff, errors);
        let deadline = entries.read("deadline", deadline, errors);
        if let Some(backoff) = &backoff
            && !entries.has("retries")
        {
            errors.push(syn::Error::new(
                backoff.span,
                "`backoff` is the delay between retries, and there are none: add `retries = 5`, or remove it",
            ));
        }
        let (first, longest) = backoff.map_or(
            (Retries::DEFAULT_FIRST, Retries::DEFAULT_LONGEST),
            |backoff| backoff.value,
        );
        Self {
            retries: retries.map(|max| Retries {
                max,
                first,
                longest,
            }),
            deadline: deadline.map(|deadline| deadline.value),
        }
    }
}

fn count(value: &Value) -> syn::Result<u32> {
    let count = whole(value)?.value;
    if count > Retries::MAX {
        return Err(value.refuse(format!(
            "is {count}, but must be a whole number from 0 to {}",
            Retries::MAX
        )));
    }
    Ok(count)
}

/// Reads `"1s..1m"`: the longest first delay, and the longest delay of all.
fn backoff(value: &Value) -> syn::Result<Spanned<(Duration, Duration)>> {
    let literal: LitStr = syn::parse2(value.tokens.clone())
        .map_err(|_| value.is_not("two durations, as a string literal"))?;
    let text = literal.value();
    let (first, longest) = text.split_once("..").ok_or_else(|| {
        value.refuse(format!(
            "takes the longest first delay and the longest delay of all: write `backoff = {}`",
            value.example
        ))
    })?;
    let (first, longest) = (delay(value, first)?, delay(value, longest)?);
    if longest < first {
        return Err(value.refuse("ends before it starts: write the shorter delay first"));
    }
    Ok(Spanned::new((first, longest), literal.span()))
}

/// Reads the value of `order`. Returns its location.
pub(super) fn kept(value: &Value) -> syn::Result<proc_macro2::Span> {
    let word =
        syn::parse2::<Ident>(value.tokens.clone()).map(|word| (word.to_string(), word.span()));
    let word = word.or_else(|_| {
        let text = syn::parse2::<LitStr>(value.tokens.clone())?;
        syn::Result::Ok((text.value(), text.span()))
    });
    match word {
        Ok((word, span)) if word == "kept" => Ok(span),
        _ => Err(value.refuse(
            "can only be `kept`, so that later facts wait for the retries of an earlier one: write `order = kept`, or \
             remove it",
        )),
    }
}
