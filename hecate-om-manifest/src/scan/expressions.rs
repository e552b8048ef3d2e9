//! Helpers for expressions in function bodies.

use proc_macro2::{TokenStream, TokenTree};
use syn::{Expr, Lit, LitStr, Pat, PathArguments};

/// Returns whether the tokens of a macro call may contain a call that is checked.
pub(super) fn mentions(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "permission" || word == "topic",
        TokenTree::Group(group) => mentions(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// Splits the path of an associated function into its type and its name.
pub(super) fn split(path: &syn::Path) -> Option<(syn::Path, syn::Ident)> {
    let mut of = path.clone();
    let method = of.segments.pop()?;
    of.segments.pop_punct();
    of.segments.last_mut()?.arguments = PathArguments::None;
    Some((of, method.ident))
}

/// Returns the variable of a pattern, if it has one.
pub(super) fn variable(pattern: &Pat) -> Option<String> {
    match pattern {
        Pat::Ident(variable) => Some(variable.ident.to_string()),
        Pat::Type(typed) => variable(&typed.pat),
        _ => None,
    }
}

/// Returns the string literal that an expression consists of.
pub(super) fn literal(expr: &Expr) -> Option<&LitStr> {
    match bare(expr) {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// Returns the expression without parentheses around it.
pub(super) fn bare(mut expr: &Expr) -> &Expr {
    loop {
        expr = match expr {
            Expr::Paren(inner) => &inner.expr,
            Expr::Group(inner) => &inner.expr,
            other => return other,
        };
    }
}
