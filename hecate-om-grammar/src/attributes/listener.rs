//! What the service calls of its own accord: when a fact is heard, and by the clock.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::{Error, FnArg, GenericArgument, Signature, Type};

use super::errors::Errors;
use super::signature::{check_payload, check_reference, generics, qualifiers};
use super::subscribe::SubscribeArgs;
use super::types::{arguments as generic_arguments, is_named, unparenthesized};

/// The signature of a subscription's function.
#[derive(Debug, Clone)]
pub struct Listener {
    /// The function's name.
    pub ident: Ident,
    /// Its arguments, in order.
    pub inputs: Vec<ListenerInput>,
    /// The type of the fact: the `T` where the handler takes `T` or `Delivery<T>`.
    pub fact: Type,
    /// Whether it takes `Delivery<T>`, and so is told of interruptions and gaps.
    pub heard: bool,
}

/// One argument of a subscription's handler.
#[derive(Debug, Clone)]
pub enum ListenerInput {
    /// `T` or `Delivery<T>`: what was heard.
    Fact,
    /// `&T`: the service, or something its `start` provided.
    State(Box<Type>),
    /// `&FactMetadata`: who published it, when, and how it came. It is known by the last segment of its path, as `&Call`
    /// of a capability is.
    Metadata,
}

/// The signature of a function that runs by the clock.
#[derive(Debug, Clone)]
pub struct Task {
    /// The function's name.
    pub ident: Ident,
    /// The types it borrows, in the order of its arguments.
    pub states: Vec<Type>,
}

impl Listener {
    /// Reads a signature by the rules of subscriptions; with `args`, also whether the two say together what becomes
    /// of gaps.
    ///
    /// `None` when it breaks one; which ones has been added to `errors`.
    pub fn read(
        signature: &Signature,
        args: Option<&SubscribeArgs>,
        errors: &mut Errors,
    ) -> Option<Self> {
        let before = errors.len();
        let arguments = arguments(signature, "a subscription's handler", errors);
        let mut fact = None;
        let mut inputs = Vec::new();
        for of in arguments {
            inputs.push(match unparenthesized(of) {
                Type::Reference(reference) if is_named(&reference.elem, "FactMetadata") => {
                    ListenerInput::Metadata
                }
                Type::Reference(reference) => {
                    check_reference(reference, errors);
                    ListenerInput::State(reference.elem.clone())
                }
                owned if fact.is_none() => {
                    fact = Some(owned);
                    check_payload(owned, errors);
                    ListenerInput::Fact
                }
                second => {
                    errors.push(Error::new_spanned(
                        second,
                        "one fact is heard at a time, so a handler takes one owned argument: put both into one \
                         struct, or take state as `&Type`",
                    ));
                    continue;
                }
            });
        }
        let Some(fact) = fact else {
            errors.push(Error::new_spanned(
                &signature.ident,
                "a subscription's handler takes the fact that was heard: add an owned argument, `fact: \
                 Delivery<Type>`, or `fact: Type` with `gaps = ignored`",
            ));
            return None;
        };
        let told = delivery(fact);
        if let Some(args) = args {
            check_gaps(fact, told.is_some(), args, errors);
        }
        (errors.len() == before).then(|| Self {
            ident: signature.ident.clone(),
            inputs,
            heard: told.is_some(),
            fact: told.unwrap_or(fact).clone(),
        })
    }
}

impl Task {
    /// Reads a signature by the rules of what runs by the clock.
    ///
    /// `None` when it breaks one; which ones has been added to `errors`.
    pub fn read(signature: &Signature, errors: &mut Errors) -> Option<Self> {
        let before = errors.len();
        let mut states = Vec::new();
        for of in arguments(signature, "a scheduled function", errors) {
            match unparenthesized(of) {
                Type::Reference(reference) => {
                    check_reference(reference, errors);
                    states.push((*reference.elem).clone());
                }
                owned => errors.push(Error::new_spanned(
                    owned,
                    "nothing is sent to what runs by the clock: take state as `&Type`",
                )),
            }
        }
        (errors.len() == before).then(|| Self {
            ident: signature.ident.clone(),
            states,
        })
    }
}

impl Task {
    /// What it is called where nobody says: as its function is.
    #[must_use]
    pub fn name(&self) -> String {
        self.ident.unraw().to_string()
    }
}

/// The types of the arguments; what is wrong with any function that the service calls is added to `errors`.
fn arguments<'s>(
    signature: &'s Signature,
    noun: &str,
    errors: &mut Errors,
) -> impl Iterator<Item = &'s Type> + use<'s> {
    qualifiers(signature, noun, errors);
    generics(signature, noun, errors);
    for argument in &signature.inputs {
        let why = match argument {
            FnArg::Receiver(_) => format!(
                "{noun} is a free function and takes no `self`: take the service as `&Type`, in an argument of its own"
            ),
            FnArg::Typed(argument) if !argument.attrs.is_empty() => {
                format!("the arguments of {noun} take no attributes: put it on the function")
            }
            FnArg::Typed(_) => continue,
        };
        errors.push(Error::new_spanned(argument, why));
    }
    if let Some(variadic) = &signature.variadic {
        errors.push(Error::new_spanned(
            variadic,
            format!("{noun} takes a fixed list of arguments: remove `...`"),
        ));
    }
    signature
        .inputs
        .iter()
        .filter_map(|argument| match argument {
            FnArg::Typed(argument) => Some(&*argument.ty),
            FnArg::Receiver(_) => None,
        })
}

fn check_gaps(fact: &Type, told: bool, args: &SubscribeArgs, errors: &mut Errors) {
    let of = super::type_name(fact);
    match args.gaps_ignored {
        None if !told => errors.push(Error::new_spanned(
            fact,
            format!(
                "nothing says what becomes of facts that are missed while no station is linked: take `Delivery<{of}>`, \
                 which tells of each interruption and gap, or write `gaps = ignored` in the attribute where missed \
                 facts do not matter"
            ),
        )),
        Some(ignored) if told => errors.push(Error::new(
            ignored,
            "the handler takes `Delivery<…>`, which tells of gaps, and the attribute ignores them: remove one of the two",
        )),
        _ => {}
    }
}

/// Returns the `T` of a type written `Delivery<T>`.
fn delivery(of: &Type) -> Option<&Type> {
    let arguments = generic_arguments(of, "Delivery")?;
    match arguments.args.first()? {
        GenericArgument::Type(fact) if arguments.args.len() == 1 => Some(fact),
        _ => None,
    }
}
