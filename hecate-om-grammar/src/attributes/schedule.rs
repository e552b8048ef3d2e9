//! `#[every("30s")]` and `#[cron("0 3 * * *")]`.

use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream};
use syn::{Error, LitStr, Path};

use super::entries::Entries;
use super::errors::Errors;
use super::failure::FailureArgs;
use super::measure::period;
use super::spanned::Spanned;
use super::value::{Value, parsed, path};
use super::vocabulary::{self, Vocabulary};
use crate::cron;
use crate::names::CapabilityName;

/// Arguments of `#[every(…)]` or `#[cron(…)]`.
#[derive(Debug, Clone)]
pub struct ScheduleArgs {
    /// Times at which the function runs.
    pub when: When,
    /// The schedule's name. The default is the function's name.
    pub name: Option<Spanned<CapabilityName>>,
    /// What happens to failed runs.
    pub failure: FailureArgs,
    /// Whether one instance of the service runs each due time, instead of all.
    pub one_replica: bool,
    /// The path of the crate `hecate_om`, if the dependency is renamed.
    pub crate_path: Option<Path>,
}

/// Times at which a schedule runs.
#[derive(Debug, Clone)]
pub enum When {
    /// Periodically. The period is one millisecond to [`MAX_PERIOD`](super::MAX_PERIOD); the text
    /// is the period as written.
    Every(Duration, String),
    /// At the times of a cron pattern, in UTC.
    Cron(String),
}

impl ScheduleArgs {
    /// Parses the tokens between the parentheses of `#[every(…)]`.
    ///
    /// Adds all mistakes to `errors`, and returns `None` if there are any.
    pub fn parse_every(tokens: TokenStream, errors: &mut Errors) -> Option<Self> {
        Self::parse(tokens, &vocabulary::EVERY, every, errors)
    }

    /// Parses the tokens between the parentheses of `#[cron(…)]`.
    ///
    /// Adds all mistakes to `errors`, and returns `None` if there are any.
    pub fn parse_cron(tokens: TokenStream, errors: &mut Errors) -> Option<Self> {
        Self::parse(tokens, &vocabulary::CRON, pattern, errors)
    }

    fn parse(
        tokens: TokenStream,
        vocabulary: &Vocabulary,
        read: fn(&Value) -> syn::Result<When>,
        errors: &mut Errors,
    ) -> Option<Self> {
        let before = errors.len();
        let mut entries = Entries::split(tokens, vocabulary, errors);
        let attribute = vocabulary.attribute;
        let example = vocabulary.positional.unwrap_or_default();
        let when = entries.positional().ok_or_else(|| {
            Error::new(
                Span::call_site(),
                format!("`#[{attribute}]` needs a time: write `#[{attribute}({example})]`"),
            )
        });
        let when = when.and_then(|tokens| {
            read(&Value {
                key: Ident::new(attribute, Span::call_site()),
                example,
                tokens,
            })
        });
        let when = errors.ok_or_push(when);
        let name = entries.read("name", parsed, errors);
        let failure = FailureArgs::read(&mut entries, errors);
        let one_replica = entries.read("replicas", one, errors).is_some();
        let crate_path = entries.read("crate", path, errors);
        let when = when.filter(|_| errors.len() == before)?;
        Some(Self {
            when,
            name,
            failure,
            one_replica,
            crate_path,
        })
    }
}

fn every(value: &Value) -> syn::Result<When> {
    let text = literal(value)?.value();
    Ok(When::Every(*period(value)?, text.trim().to_owned()))
}

fn pattern(value: &Value) -> syn::Result<When> {
    let literal = literal(value)?;
    let text = literal.value();
    let refuse = |why: String| Error::new(literal.span(), why);
    let fields = cron::fields(&text);
    if fields != 5 {
        return Err(refuse(format!(
            "a cron pattern has five fields (minute, hour, day of the month, month, day of the week), all in UTC, not \
             {fields}: write `#[cron({})]`",
            value.example
        )));
    }
    cron::Pattern::parse(&text).map_err(refuse)?;
    Ok(When::Cron(text))
}

/// Reads the value of `replicas`.
fn one(value: &Value) -> syn::Result<()> {
    match syn::parse2::<Ident>(value.tokens.clone()) {
        Ok(word) if word == "one" => Ok(()),
        _ => Err(value.refuse(
            "can only be `one`, so that one instance of the service runs each due time: write `replicas = one`, or \
             remove it, so that each instance runs",
        )),
    }
}

fn literal(value: &Value) -> syn::Result<LitStr> {
    syn::parse2(value.tokens.clone()).map_err(|_| {
        Error::new_spanned(
            &value.tokens,
            format!(
                "`#[{}]` takes a string literal: write `#[{0}({})]`",
                value.key, value.example
            ),
        )
    })
}
