//! Parts of expressions that the scan of function bodies looks for.

use proc_macro2::{TokenStream, TokenTree};
use syn::{Expr, Lit, LitStr, Pat, PathArguments};

/// Whether something that is read may be in the tokens of a macro's call.
pub(super) fn mentions(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "action" || word == "publish" || word == "topic",
        TokenTree::Group(group) => mentions(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// The type and the name of an associated function's path.
pub(super) fn split(path: &syn::Path) -> Option<(syn::Path, syn::Ident)> {
    let mut of = path.clone();
    let method = of.segments.pop()?;
    of.segments.pop_punct();
    of.segments.last_mut()?.arguments = PathArguments::None;
    Some((of, method.ident))
}

/// The variable that a pattern names, if it names one.
pub(super) fn variable(pattern: &Pat) -> Option<String> {
    match pattern {
        Pat::Ident(variable) => Some(variable.ident.to_string()),
        Pat::Type(typed) => variable(&typed.pat),
        _ => None,
    }
}

/// The text of an expression that is text written out.
pub(super) fn literal(expr: &Expr) -> Option<&LitStr> {
    match bare(expr) {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// The expression without what does not make it another value.
pub(super) fn bare(mut expr: &Expr) -> &Expr {
    loop {
        expr = match expr {
            Expr::Paren(inner) => &inner.expr,
            Expr::Group(inner) => &inner.expr,
            other => return other,
        };
    }
}
