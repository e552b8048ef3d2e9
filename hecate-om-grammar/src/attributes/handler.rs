//! The signature of a capability: what its handler takes and returns.

use proc_macro2::Ident;
use syn::{FnArg, ReturnType, Signature, Type, parse_quote};

use super::errors::Errors;
use super::signature;
use super::stream::{self, OutputForm};
use super::type_name::type_name;
use super::types::{is_named, result, unparenthesized};
use crate::Kind;

/// The signature of a capability's function.
#[derive(Debug, Clone)]
pub struct Handler {
    /// The function's name.
    pub ident: Ident,
    /// Arguments of the function, in order.
    pub inputs: Vec<HandlerInput>,
    /// The type of the one owned argument, if there is one.
    pub payload: Option<Type>,
    /// The `T` of the argument `Inbound<T>`: the items that the caller streams.
    pub inbound: Option<Type>,
    /// Whether the function returns a value or a stream.
    pub answer: OutputForm,
    /// The type that the function returns, or of the items of its stream; `()` if it has none.
    pub output: Type,
    /// The type that callers receive: the `T` of an output `Result<T, …>`, otherwise the output.
    pub response: Type,
    /// The `E` of an output `Result<T, E>`.
    pub error: Option<Type>,
}

/// Argument of a handler.
#[derive(Debug, Clone)]
pub enum HandlerInput {
    /// `T`: the payload of the request.
    Payload(Type),
    /// `Inbound<T>`: the items that the caller streams. Recognized by the last segment of its path.
    Inbound(Type),
    /// `&T`: the service, or a value that its `start` provided.
    State(Type),
    /// `&Call`: caller, deadline and claims. Recognized by the last segment of its path, so another
    /// type of that name needs an alias: `use own::Call as OwnCall`.
    Call,
}

impl Handler {
    /// Parses a signature.
    ///
    /// Adds all mistakes to `errors`, and returns `None` if there are any.
    pub fn read(signature: &Signature, errors: &mut Errors) -> Option<Self> {
        let before = errors.len();
        signature::check(signature, errors);
        let inputs: Vec<HandlerInput> = signature
            .inputs
            .iter()
            .filter_map(HandlerInput::read)
            .collect();
        let payload = inputs.iter().find_map(|input| match input {
            HandlerInput::Payload(payload) => Some(payload.clone()),
            HandlerInput::Inbound(_) | HandlerInput::State(_) | HandlerInput::Call => None,
        });
        let inbound = inputs.iter().find_map(|input| match input {
            HandlerInput::Inbound(item) => Some(item.clone()),
            HandlerInput::Payload(_) | HandlerInput::State(_) | HandlerInput::Call => None,
        });
        let returned = match &signature.output {
            ReturnType::Default => parse_quote!(()),
            ReturnType::Type(_, output) => (**output).clone(),
        };
        let (answer, output) = match stream::answer(&returned) {
            Some((answer, item)) => (answer, item),
            None => (OutputForm::Value, returned),
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

    /// Returns the payload's type as text, for the manifest.
    #[must_use]
    pub fn request_name(&self) -> Option<String> {
        self.payload.as_ref().map(type_name)
    }

    /// Returns the type of the items that the caller streams as text, for the manifest.
    #[must_use]
    pub fn inbound_name(&self) -> Option<String> {
        self.inbound.as_ref().map(type_name)
    }

    /// Returns the kind of the capability.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match (&self.answer, &self.inbound) {
            (OutputForm::Value, None) => Kind::Unary,
            (OutputForm::Stream | OutputForm::StreamOrRefusal(_), None) => Kind::ServerStreaming,
            (OutputForm::Value, Some(_)) => Kind::ClientStreaming,
            (OutputForm::Stream | OutputForm::StreamOrRefusal(_), Some(_)) => Kind::Bidirectional,
        }
    }

    /// Returns the type of the response, or of each item of its stream, as text, for the manifest.
    #[must_use]
    pub fn response_name(&self) -> String {
        type_name(&self.response)
    }
}

impl HandlerInput {
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
