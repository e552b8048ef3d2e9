//! `#[subscribe("acme/shop/order_placed_v1", gaps = ignored)]`, and `#[subscribe]` with the topic of
//! the fact's type.

use proc_macro2::{Ident, Span, TokenStream};
use syn::{Error, LitStr, Path};

use super::entries::Entries;
use super::errors::Errors;
use super::failure::{FailureArgs, kept};
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
    /// What happens to facts whose handling failed.
    pub failure: FailureArgs,
    /// Whether later facts wait for the retries of an earlier one.
    pub keeps_order: bool,
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
        let failure = FailureArgs::read(&mut entries, errors);
        let order = entries.read("order", kept, errors);
        if let Some(order) = order {
            check_order(order, concurrency.as_deref().copied(), failure, errors);
        }
        let crate_path = entries.read("crate", path, errors);
        (errors.len() == before).then(|| Self {
            topic,
            gaps_ignored: gaps,
            concurrency: concurrency.map_or(1, |facts| facts.value),
            failure,
            keeps_order: order.is_some(),
            crate_path,
        })
    }
}

/// Checks that there are retries that could change the order, and nothing else that does.
fn check_order(order: Span, concurrency: Option<u32>, failure: FailureArgs, errors: &mut Errors) {
    if concurrency.is_some_and(|facts| facts > 1) {
        errors.push(Error::new(
            order,
            "facts that are handled at once have no order: remove `order`, or `concurrency`",
        ));
    } else if failure.retries.is_none_or(|retries| retries.max == 0) {
        errors.push(Error::new(
            order,
            "the order is kept without retries: remove `order`, or add `retries = 5`",
        ));
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
