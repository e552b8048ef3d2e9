//! Output of a refused function, changed so that the compiler reports no second error.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Lifetime, Signature, TypeReference};

/// Returns the function with `'static` where its output elides a lifetime that no argument has.
///
/// The grammar refuses an output that borrows. Without the lifetime, the compiler would report it
/// again.
pub(super) fn with_lifetimes(item: &TokenStream, signature: &Signature) -> TokenStream {
    let mut borrows = Borrows(false);
    signature
        .inputs
        .iter()
        .for_each(|input| borrows.visit_fn_arg(input));
    if borrows.0 {
        return item.clone();
    }
    let mut tokens = item.clone().into_iter();
    let mut written = TokenStream::new();
    let mut dash = false;
    for token in tokens.by_ref() {
        let is_arrow = dash && is(&token, '>');
        dash = is(&token, '-');
        written.extend([token]);
        if is_arrow {
            break;
        }
    }
    let is_body = |token: &TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
    let mut output: Vec<TokenTree> = tokens.collect();
    let end = output.iter().position(is_body).unwrap_or(output.len());
    let body = output.split_off(end);
    written.extend(with_static_lifetimes(output.into_iter().collect()));
    written.extend(body);
    written
}

/// Replaces each elided lifetime of a reference, and each `'_`, with `'static`.
fn with_static_lifetimes(tokens: TokenStream) -> TokenStream {
    let mut written = TokenStream::new();
    let mut tokens = tokens.into_iter().peekable();
    let mut quote = false;
    while let Some(token) = tokens.next() {
        let token = match token {
            TokenTree::Group(group) => {
                let mut inner =
                    Group::new(group.delimiter(), with_static_lifetimes(group.stream()));
                inner.set_span(group.span());
                TokenTree::Group(inner)
            }
            TokenTree::Ident(ident) if quote && ident == "_" => {
                TokenTree::Ident(Ident::new("static", ident.span()))
            }
            other => other,
        };
        quote = is(&token, '\'');
        let elides = is(&token, '&') && !tokens.peek().is_some_and(|next| is(next, '\''));
        written.extend([token]);
        if elides {
            let lifetime = Lifetime::new("'static", Span::call_site());
            written.extend(quote::quote!(#lifetime));
        }
    }
    written
}

fn is(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

/// Whether an argument has a lifetime that an output may elide.
struct Borrows(bool);

impl<'ast> Visit<'ast> for Borrows {
    fn visit_type_reference(&mut self, of: &'ast TypeReference) {
        self.0 = true;
        visit::visit_type_reference(self, of);
    }

    fn visit_lifetime(&mut self, _: &'ast Lifetime) {
        self.0 = true;
    }

    fn visit_receiver(&mut self, _: &'ast syn::Receiver) {
        self.0 = true;
    }
}
