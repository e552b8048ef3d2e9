//! Streams in a signature: `impl Stream<Item = T>` as its output, `Inbound<T>` among its arguments.

use syn::punctuated::Punctuated;
use syn::{GenericArgument, PathArguments, Token, Type, TypeParamBound};

use super::types::{arguments, last_segment, result, types, unparenthesized};

/// Whether a handler answers once or with a stream.
#[derive(Debug, Clone)]
pub enum Answer {
    /// `T` or `Result<T, E>`.
    Once,
    /// `impl Stream<Item = …>`.
    Stream,
    /// `Result<impl Stream<Item = …>, E>`, which may be refused before the first item; the `E` where it is spelled out.
    StreamOrRefusal(Option<Box<Type>>),
}

/// What an `impl Trait` says of itself as a stream.
pub(super) enum Opaque<'t> {
    /// `impl Stream<Item = …>`, with the item.
    Stream(&'t Type),
    /// `impl Stream`.
    NoItem,
    /// Anything else.
    NoStream,
}

impl<'t> Opaque<'t> {
    fn of(bounds: &'t Punctuated<TypeParamBound, Token![+]>) -> Self {
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

/// The `impl Trait`, or the boxed stream, that is where a stream may be: the output, or the success of a `Result`.
pub(super) fn opaque(output: &Type) -> Option<(&Type, Opaque<'_>)> {
    let place = match arguments(output, "Result") {
        Some(arguments) => types(arguments).next()?,
        None => output,
    };
    let opaque = match unparenthesized(place) {
        Type::ImplTrait(of) => Opaque::of(&of.bounds),
        _ => boxed(place)?,
    };
    Some((place, opaque))
}

/// What `BoxStream<'_, T>`, or `Pin<Box<dyn Stream<Item = T>>>`, says of itself as a stream; it is known by the last
/// segments of the paths, as `Inbound` is.
fn boxed(of: &Type) -> Option<Opaque<'_>> {
    if let Some(arguments) = arguments(of, "BoxStream") {
        return Some(
            types(arguments)
                .next()
                .map_or(Opaque::NoItem, Opaque::Stream),
        );
    }
    let inner = arguments(of, "Pin").or_else(|| arguments(of, "Box"))?;
    let inner = types(inner).next()?;
    match unparenthesized(inner) {
        Type::TraitObject(object) => match Opaque::of(&object.bounds) {
            Opaque::NoStream => None,
            stream => Some(stream),
        },
        _ => boxed(inner),
    }
}

/// How an output answers with a stream, and the stream's item; `None` where it is no stream.
pub(super) fn answer(output: &Type) -> Option<(Answer, Type)> {
    let (_, Opaque::Stream(item)) = opaque(output)? else {
        return None;
    };
    let answer = match result(output) {
        Some((_, error)) => Answer::StreamOrRefusal(error.map(Box::new)),
        None => Answer::Stream,
    };
    Some((answer, item.clone()))
}

/// Whether a type is written `Inbound<…>`, and its item where there is one.
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
