//! A handler, as the runtime sees it: what it takes and what it gives back.

use proc_macro2::Ident;
use syn::{FnArg, ReturnType, Signature, Type, parse_quote};

use super::errors::Errors;
use super::signature;
use super::stream::{self, Answer};
use super::type_name::type_name;
use super::types::{is_named, result, unparenthesized};
use crate::Kind;

/// The signature of a capability's function.
#[derive(Debug, Clone)]
pub struct Handler {
    /// The function's name.
    pub ident: Ident,
    /// Its arguments, in order.
    pub inputs: Vec<Input>,
    /// The type of the one owned argument, if there is one.
    pub payload: Option<Type>,
    /// The `T` of an argument `Inbound<T>`: the items that the caller sends while the handler runs.
    pub inbound: Option<Type>,
    /// Whether the function answers with a stream, and how.
    pub answer: Answer,
    /// What the function returns, or the items of its stream are; `()` when it says nothing.
    pub output: Type,
    /// What a caller gets: the `T` of an output written `Result<T, …>`, otherwise the output.
    pub response: Type,
    /// The `E` of an output written `Result<T, E>`.
    pub error: Option<Type>,
}

/// One argument of a handler.
#[derive(Debug, Clone)]
pub enum Input {
    /// `T`: what the caller sent.
    Payload(Type),
    /// `Inbound<T>`: the items that the caller sends while the handler runs. It is known by the last segment of its
    /// path, as `Call` is.
    Inbound(Type),
    /// `&T`: the service, or something its `start` provided.
    State(Type),
    /// `&Call`: who calls, until when, with which claims. It is known by the last segment of its path,
    /// so a type of the author's own with that name is borrowed under another: `use own::Call as Own`.
    Call,
}

impl Handler {
    /// Reads a signature by the rules of handlers.
    ///
    /// `None` when it breaks one; which ones has been added to `errors`.
    pub fn read(signature: &Signature, errors: &mut Errors) -> Option<Self> {
        let before = errors.len();
        signature::check(signature, errors);
        let inputs: Vec<Input> = signature.inputs.iter().filter_map(Input::read).collect();
        let payload = inputs.iter().find_map(|input| match input {
            Input::Payload(payload) => Some(payload.clone()),
            Input::Inbound(_) | Input::State(_) | Input::Call => None,
        });
        let inbound = inputs.iter().find_map(|input| match input {
            Input::Inbound(item) => Some(item.clone()),
            Input::Payload(_) | Input::State(_) | Input::Call => None,
        });
        let returned = match &signature.output {
            ReturnType::Default => parse_quote!(()),
            ReturnType::Type(_, output) => (**output).clone(),
        };
        let (answer, output) = match stream::answer(&returned) {
            Some((answer, item)) => (answer, item),
            None => (Answer::Once, returned),
        };
        let (response, error) = result(&output).unwrap_or_else(|| (output.clone(), None));
        (errors.len() == before).then(|| Self {
            ident: signature.ident.clone(),
            inputs,
            payload,
            inbound,
            answer,
            output,
            response,
            error,
        })
    }

    /// The payload's type as text, for the manifest.
    #[must_use]
    pub fn request_name(&self) -> Option<String> {
        self.payload.as_ref().map(type_name)
    }

    /// The type of the items that it takes as text, for the manifest.
    #[must_use]
    pub fn inbound_name(&self) -> Option<String> {
        self.inbound.as_ref().map(type_name)
    }

    /// How it answers.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match (&self.answer, &self.inbound) {
            (Answer::Once, None) => Kind::Unary,
            (Answer::Stream | Answer::StreamOrRefusal(_), None) => Kind::ServerStreaming,
            (Answer::Once, Some(_)) => Kind::ClientStreaming,
            (Answer::Stream | Answer::StreamOrRefusal(_), Some(_)) => Kind::Bidirectional,
        }
    }

    /// The type of the response, or of the items that it answers with, as text, for the manifest.
    #[must_use]
    pub fn response_name(&self) -> String {
        type_name(&self.response)
    }
}

impl Input {
    fn read(argument: &FnArg) -> Option<Self> {
        let FnArg::Typed(argument) = argument else {
            return None;
        };
        Some(match unparenthesized(&argument.ty) {
            Type::Reference(reference) if is_named(&reference.elem, "Call") => Self::Call,
            Type::Reference(reference) => Self::State((*reference.elem).clone()),
            of => match stream::inbound(of) {
                Some(item) => Self::Inbound(item?.clone()),
                None => Self::Payload((*argument.ty).clone()),
            },
        })
    }
}
