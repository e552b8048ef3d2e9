//! Streams in a signature: `impl Stream<Item = T>` as its output, `Inbound<T>` among its arguments.

use syn::{GenericArgument, PathArguments, Type, TypeImplTrait, TypeParamBound};

use super::handler::{plain, result};

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
    pub(super) fn of(opaque: &'t TypeImplTrait) -> Self {
        let stream = opaque.bounds.iter().find_map(|bound| match bound {
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

/// The `impl Trait` that stands where a stream may: as the output, or as the success of a `Result`.
pub(super) fn opaque(output: &Type) -> Option<&TypeImplTrait> {
    match plain(output) {
        Type::ImplTrait(opaque) => Some(opaque),
        Type::Path(of) => {
            let last = of.path.segments.last()?;
            let PathArguments::AngleBracketed(arguments) = &last.arguments else {
                return None;
            };
            match arguments.args.first()? {
                GenericArgument::Type(first) if last.ident == "Result" => match plain(first) {
                    Type::ImplTrait(opaque) => Some(opaque),
                    _ => None,
                },
                _ => None,
            }
        }
        _ => None,
    }
}

/// How an output answers with a stream, and the stream's item; `None` where it is no stream.
pub(super) fn answer(output: &Type) -> Option<(Answer, Type)> {
    let Opaque::Stream(item) = Opaque::of(opaque(output)?) else {
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
    let Type::Path(of) = plain(of) else {
        return None;
    };
    let last = of.path.segments.last()?;
    if last.ident != "Inbound" {
        return None;
    }
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return Some(None);
    };
    let mut types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(of) => Some(of),
        _ => None,
    });
    Some(types.next())
}
