//! Streams in a signature: an output `impl Stream<Item = T>`, an argument `Inbound<T>`.

use syn::punctuated::Punctuated;
use syn::{GenericArgument, PathArguments, Token, Type, TypeParamBound};

use super::types::{arguments, last_segment, result, types, unparenthesized};

/// Whether a handler returns one value or a stream.
#[derive(Debug, Clone)]
pub enum OutputForm {
    /// `T` or `Result<T, E>`.
    Value,
    /// `impl Stream<Item = …>`.
    Stream,
    /// `Result<impl Stream<Item = …>, E>`, which may refuse before the first item; the `E`, if
    /// given.
    StreamOrRefusal(Option<Box<Type>>),
}

/// An `impl Trait`, read as a stream.
pub(super) enum OpaqueType<'t> {
    /// `impl Stream<Item = …>`, with the type of the items.
    Stream(&'t Type),
    /// `impl Stream`.
    NoItem,
    /// Anything else.
    NoStream,
}

impl<'t> OpaqueType<'t> {
    fn new(bounds: &'t Punctuated<TypeParamBound, Token![+]>) -> Self {
        let stream = bounds.iter().find_map(|bound| match bound {
            TypeParamBound::Trait(bound) => bound
                .path
                .segments
                .last()
                .filter(|last| last.ident == "Stream"),
            _ => None,
        });
        let Some(stream) = stream else {
            return Self::NoStream;
        };
        let PathArguments::AngleBracketed(arguments) = &stream.arguments else {
            return Self::NoItem;
        };
        let item = arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::AssocType(named) if named.ident == "Item" => Some(&named.ty),
            _ => None,
        });
        item.map_or(Self::NoItem, Self::Stream)
    }
}

/// Returns the `impl Trait` or the boxed stream that is the output, or the `T` of its
/// `Result<T, …>`.
pub(super) fn opaque(output: &Type) -> Option<(&Type, OpaqueType<'_>)> {
    let returned = match arguments(output, "Result") {
        Some(arguments) => types(arguments).next()?,
        None => output,
    };
    let opaque = match unparenthesized(returned) {
        Type::ImplTrait(of) => OpaqueType::new(&of.bounds),
        _ => boxed(returned)?,
    };
    Some((returned, opaque))
}

/// Reads `BoxStream<'_, T>` and `Pin<Box<dyn Stream<Item = T>>>`, recognized by the last segments
/// of their paths.
fn boxed(of: &Type) -> Option<OpaqueType<'_>> {
    if let Some(arguments) = arguments(of, "BoxStream") {
        return Some(
            types(arguments)
                .next()
                .map_or(OpaqueType::NoItem, OpaqueType::Stream),
        );
    }
    let inner = arguments(of, "Pin").or_else(|| arguments(of, "Box"))?;
    let inner = types(inner).next()?;
    match unparenthesized(inner) {
        Type::TraitObject(object) => match OpaqueType::new(&object.bounds) {
            OpaqueType::NoStream => None,
            stream => Some(stream),
        },
        _ => boxed(inner),
    }
}

/// Returns how an output is a stream, and the type of its items; `None` if it is not a stream.
pub(super) fn answer(output: &Type) -> Option<(OutputForm, Type)> {
    let (_, OpaqueType::Stream(item)) = opaque(output)? else {
        return None;
    };
    let answer = match result(output) {
        Some((_, error)) => OutputForm::StreamOrRefusal(error.map(Box::new)),
        None => OutputForm::Stream,
    };
    Some((answer, item.clone()))
}

/// Returns the `T` of `Inbound<T>`, `Some(None)` for `Inbound` without it, and `None` for other
/// types.
pub(super) fn inbound(of: &Type) -> Option<Option<&Type>> {
    let last = last_segment(of)?;
    if last.ident != "Inbound" {
        return None;
    }
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return Some(None);
    };
    Some(types(arguments).next())
}
