//! `#[subscribe("acme/shop/order_placed_v1", gaps = ignored)]`.

use proc_macro2::{Ident, Span, TokenStream};
use syn::{Error, LitStr, Path};

use super::entries::Entries;
use super::errors::Errors;
use super::spanned::Spanned;
use super::value::{Value, path, positive};
use super::vocabulary::SUBSCRIBE;
use crate::names::Topic;

/// What `#[subscribe(…)]` says.
#[derive(Debug, Clone)]
pub struct SubscribeArgs {
    /// What is listened to.
    pub topic: Spanned<Topic>,
    /// Where the author says `gaps = ignored`: that facts which may have been missed do not matter.
    pub gaps_ignored: Option<Span>,
    /// How many facts are handled at once; 1, and so in order, unless given.
    pub concurrency: u32,
    /// Where `hecate_om` is found, for an author who has renamed the dependency.
    pub crate_path: Option<Path>,
}

impl SubscribeArgs {
    /// Reads the tokens between the attribute's parentheses.
    ///
    /// `None` when anything is wrong with them; what it is has been added to `errors`.
    pub fn parse(tokens: TokenStream, errors: &mut Errors) -> Option<Self> {
        let before = errors.len();
        let mut entries = Entries::split(tokens, &SUBSCRIBE, errors);
        let topic = entries.positional();
        let topic = errors.keep(topic.as_ref().map_or_else(|| Err(missing()), topic_of));
        let gaps = entries.read("gaps", ignored, errors);
        let concurrency = entries.read("concurrency", positive(u32::MAX), errors);
        let crate_path = entries.read("crate", path, errors);
        let topic = topic.filter(|_| errors.len() == before)?;
        Some(Self {
            topic,
            gaps_ignored: gaps,
            concurrency: concurrency.map_or(1, |facts| facts.value),
            crate_path,
        })
    }
}

fn missing() -> Error {
    Error::new(
        Span::call_site(),
        "a subscription needs a topic, which is what it listens to: write \
         `#[subscribe(\"acme/shop/order_placed_v1\")]`",
    )
}

fn topic_of(tokens: &TokenStream) -> syn::Result<Spanned<Topic>> {
    let literal: LitStr = syn::parse2(tokens.clone()).map_err(|_| {
        Error::new_spanned(
            tokens,
            "the topic of a subscription is text in quotes: write `#[subscribe(\"acme/shop/order_placed_v1\")]`",
        )
    })?;
    let topic = literal.value().parse();
    let topic = topic.map_err(|why| Error::new(literal.span(), why))?;
    Ok(Spanned::new(topic, literal.span()))
}

/// The one word that `gaps` may be.
fn ignored(value: &Value) -> syn::Result<Span> {
    match syn::parse2::<Ident>(value.tokens.clone()) {
        Ok(word) if word == "ignored" => Ok(word.span()),
        _ => Err(value.refuse(
            "can only be `ignored`, which says that missed facts do not matter: write `gaps = ignored`, or \
             leave it out and take `Delivery<…>`, which tells of them",
        )),
    }
}
