//! `#[subscribe("acme/shop/order_placed_v1", gaps = ignored)]`, and `#[subscribe]` with the topic of
//! the fact's type.

use proc_macro2::{Ident, Span, TokenStream};
use syn::{Error, LitStr, Path};

use super::entries::Entries;
use super::errors::Errors;
use super::spanned::Spanned;
use super::value::{Value, path, positive};
use super::vocabulary::SUBSCRIBE;
use crate::names::Topic;

/// Arguments of `#[subscribe(…)]`.
#[derive(Debug, Clone)]
pub struct SubscribeArgs {
    /// The topic; `None` for that of the fact's type.
    pub topic: Option<Spanned<Topic>>,
    /// The location of `gaps = ignored`, if given.
    pub gaps_ignored: Option<Span>,
    /// The number of facts handled at once. The default is 1, which keeps their order.
    pub concurrency: u32,
    /// The path of the crate `hecate_om`, if the dependency is renamed.
    pub crate_path: Option<Path>,
}

impl SubscribeArgs {
    /// Parses the tokens between the attribute's parentheses.
    ///
    /// Adds all mistakes to `errors`, and returns `None` if there are any.
    pub fn parse(tokens: TokenStream, errors: &mut Errors) -> Option<Self> {
        let before = errors.len();
        let mut entries = Entries::split(tokens, &SUBSCRIBE, errors);
        let topic = entries.positional();
        let topic = topic.map(|tokens| topic_of(&tokens, "subscribe"));
        let topic = topic.and_then(|topic| errors.ok_or_push(topic));
        let gaps = entries.read("gaps", ignored, errors);
        let concurrency = entries.read("concurrency", positive(u32::MAX), errors);
        let crate_path = entries.read("crate", path, errors);
        (errors.len() == before).then(|| Self {
            topic,
            gaps_ignored: gaps,
            concurrency: concurrency.map_or(1, |facts| facts.value),
            crate_path,
        })
    }
}

/// Reads the topic of `#[attribute("…")]`.
pub(super) fn topic_of(tokens: &TokenStream, attribute: &str) -> syn::Result<Spanned<Topic>> {
    let literal: LitStr = syn::parse2(tokens.clone()).map_err(|_| {
        Error::new_spanned(
            tokens,
            format!(
                "the topic must be a string literal: write `#[{attribute}(\"acme/shop/order_placed_v1\")]`"
            ),
        )
    })?;
    let topic = literal.value().parse();
    let topic = topic.map_err(|why| Error::new(literal.span(), why))?;
    Ok(Spanned::new(topic, literal.span()))
}

/// Reads the value of `gaps`.
fn ignored(value: &Value) -> syn::Result<Span> {
    match syn::parse2::<Ident>(value.tokens.clone()) {
        Ok(word) if word == "ignored" => Ok(word.span()),
        _ => Err(value.refuse(
            "can only be `ignored`, if missed facts do not matter: write `gaps = ignored`, or remove it and take \
             `Delivery<…>`, which reports gaps",
        )),
    }
}
