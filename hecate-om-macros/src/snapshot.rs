//! Expansions as formatted Rust, in `tests/snapshots/`.
//!
//! `UPDATE_EXPECT=1 cargo test -p hecate-om-macros` updates them; review the difference.

use proc_macro2::{TokenStream, TokenTree};

/// Formats an expansion.
pub(crate) fn pretty(expansion: &TokenStream) -> String {
    let file = syn::parse2(expansion.clone()).expect("an expansion is a list of items");
    prettyplease::unparse(&file)
}

/// Returns the messages of the `compile_error!`s in an expansion.
pub(crate) fn mistakes(expansion: &TokenStream) -> Vec<String> {
    let file: syn::File = syn::parse2(expansion.clone()).expect("an expansion is a list of items");
    let message = |item| match item {
        syn::Item::Macro(item) if item.mac.path.segments.last()?.ident == "compile_error" => {
            Some(syn::parse2::<syn::LitStr>(item.mac.tokens).ok()?.value())
        }
        _ => None,
    };
    file.items.into_iter().filter_map(message).collect()
}

/// Returns whether an expansion contains the identifier `word`.
pub(crate) fn names(expansion: &TokenStream, word: &str) -> bool {
    expansion.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == word,
        TokenTree::Group(group) => names(&group.stream(), word),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
