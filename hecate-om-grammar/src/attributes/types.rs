//! Reading of types in a signature.

use syn::{AngleBracketedGenericArguments, GenericArgument, PathArguments, PathSegment, Type};

/// Returns the type without parentheses around it, including the invisible ones of a macro's `$ty`.
pub(super) fn unparenthesized(of: &Type) -> &Type {
    match of {
        Type::Group(group) => unparenthesized(&group.elem),
        Type::Paren(paren) => unparenthesized(&paren.elem),
        other => other,
    }
}

/// Returns the last segment of a type that is a path. A type of `hecate-om` is recognized by it.
pub(super) fn last_segment(of: &Type) -> Option<&PathSegment> {
    match unparenthesized(of) {
        Type::Path(of) => of.path.segments.last(),
        _ => None,
    }
}

/// Returns whether the last segment of a type is `name`, without generic arguments.
pub(super) fn is_named(of: &Type, name: &str) -> bool {
    last_segment(of).is_some_and(|last| last.ident == name && last.arguments.is_none())
}

/// Returns the generic arguments of a type whose last segment is `name`.
pub(super) fn arguments<'t>(
    of: &'t Type,
    name: &str,
) -> Option<&'t AngleBracketedGenericArguments> {
    let last = last_segment(of)?;
    match &last.arguments {
        PathArguments::AngleBracketed(arguments) if last.ident == name => Some(arguments),
        _ => None,
    }
}

/// Returns the types among generic arguments.
pub(super) fn types(arguments: &AngleBracketedGenericArguments) -> impl Iterator<Item = &Type> {
    arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(of) => Some(of),
        _ => None,
    })
}

/// Returns the `T` of a type written `Result<T, …>`, and the `E` of one written `Result<T, E>`.
pub(super) fn result(output: &Type) -> Option<(Type, Option<Type>)> {
    let mut types = types(arguments(output, "Result")?).cloned();
    Some((types.next()?, types.next()))
}
