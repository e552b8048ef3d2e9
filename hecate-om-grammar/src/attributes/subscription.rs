//! Signatures of handlers of facts.

use proc_macro2::Ident;
use syn::{Error, GenericArgument, Signature, Type};

use super::errors::Errors;
use super::signature::{argument_types, check_payload, check_reference};
use super::subscribe::SubscribeArgs;
use super::types::{arguments, is_named, unparenthesized};

/// The signature of a subscription's function.
#[derive(Debug, Clone)]
pub struct SubscriptionHandler {
    /// The function's name.
    pub ident: Ident,
    /// Arguments of the function, in order.
    pub inputs: Vec<SubscriptionInput>,
    /// The `T` of the argument `T` or `Delivery<T>`.
    pub fact: Type,
    /// Whether the function takes `Delivery<T>`, which also reports interruptions and gaps.
    pub receives_gaps: bool,
}

/// Argument of a subscription's handler.
#[derive(Debug, Clone)]
pub enum SubscriptionInput {
    /// `T` or `Delivery<T>`: the fact.
    Fact,
    /// `&T`: the service, or a value that its `start` provided.
    State(Box<Type>),
    /// `&FactMetadata`: publisher, time and delivery of the fact. Recognized by the last segment of
    /// its path.
    Metadata,
}

impl SubscriptionHandler {
    /// Parses a signature. With `args`, also checks that it handles gaps as the attribute says.
    ///
    /// Adds all mistakes to `errors`, and returns `None` if there are any.
    pub fn read(
        signature: &Signature,
        args: Option<&SubscribeArgs>,
        errors: &mut Errors,
    ) -> Option<Self> {
        let before = errors.len();
        let arguments = argument_types(signature, "a subscription's handler", errors);
        let mut fact = None;
        let mut inputs = Vec::new();
        for of in arguments {
            inputs.push(match unparenthesized(of) {
                Type::Reference(reference) if is_named(&reference.elem, "FactMetadata") => SubscriptionInput::Metadata,
                Type::Reference(reference) => {
                    check_reference(reference, errors);
                    SubscriptionInput::State(reference.elem.clone())
                }
                owned if fact.is_none() => {
                    fact = Some(owned);
                    check_payload(owned, errors);
                    SubscriptionInput::Fact
                }
                second => {
                    errors.push(Error::new_spanned(
                        second,
                        "a handler receives one fact, so it takes one owned argument: put both into one struct, or take \
                         state as `&Type`",
                    ));
                    continue;
                }
            });
        }
        let Some(fact) = fact else {
            errors.push(Error::new_spanned(
                &signature.ident,
                "a subscription's handler takes the fact: add an argument `fact: Delivery<Type>`, or `fact: Type` with \
                 `gaps = ignored`",
            ));
            return None;
        };
        let delivered = delivery(fact);
        if let Some(args) = args {
            check_gaps(fact, delivered.is_some(), args, errors);
            check_topic(delivered.unwrap_or(fact), args, errors);
        }
        (errors.len() == before).then(|| Self {
            ident: signature.ident.clone(),
            inputs,
            receives_gaps: delivered.is_some(),
            fact: delivered.unwrap_or(fact).clone(),
        })
    }
}

fn check_gaps(fact: &Type, receives_gaps: bool, args: &SubscribeArgs, errors: &mut Errors) {
    let of = super::type_name(fact);
    match args.gaps_ignored {
        None if !receives_gaps => errors.push(Error::new_spanned(
            fact,
            format!(
                "facts may be missed while no station is linked: take `Delivery<{of}>`, which reports interruptions and \
                 gaps, or add `gaps = ignored` to the attribute if missed facts do not matter"
            ),
        )),
        Some(ignored) if receives_gaps => errors.push(Error::new(
            ignored,
            "the handler takes `Delivery<…>`, which reports gaps, but the attribute ignores them: remove one of the two",
        )),
        _ => {}
    }
}

/// Checks that a fact without a topic in the attribute has a type that may have one.
fn check_topic(fact: &Type, args: &SubscribeArgs, errors: &mut Errors) {
    let has_arguments =
        |path: &syn::Path| path.segments.iter().any(|part| !part.arguments.is_none());
    match unparenthesized(fact) {
        Type::Path(path) if path.qself.is_none() && !has_arguments(&path.path) => {}
        _ if args.topic.is_some() => {}
        of => errors.push(Error::new_spanned(
            of,
            format!(
                "`{}` has no topic: write the topic, as in `#[subscribe(\"acme/shop/order_placed_v1\")]`, or take a \
                 struct with `#[fact(\"…\")]`",
                super::type_name(of)
            ),
        )),
    }
}

/// Returns the `T` of a type written `Delivery<T>`.
fn delivery(of: &Type) -> Option<&Type> {
    let arguments = arguments(of, "Delivery")?;
    match arguments.args.first()? {
        GenericArgument::Type(fact) if arguments.args.len() == 1 => Some(fact),
        _ => None,
    }
}
