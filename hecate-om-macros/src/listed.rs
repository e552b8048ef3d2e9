//! Check that the build script found a handler or a fact.

use hecate_om_grammar::handler_key::VARIABLE;
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::value::Runtime;

/// Returns a check that fails the build, at `location`, if the build script of the package does not
/// list the handler or fact.
///
/// Unit tests are exempt: the generated test compares them with their manifest.
pub(crate) fn listed(key: &str, attribute: &str, location: Span, runtime: &Runtime) -> TokenStream {
    let private = runtime.private_at(Span::call_site().located_at(location));
    check(
        attribute,
        location,
        &quote!(#private::is_listed),
        &quote!(#key),
    )
}

/// Like [`listed`], for a subscription to the topic of its fact's type.
pub(crate) fn subscription_listed(
    topic: &TokenStream,
    location: Span,
    runtime: &Runtime,
) -> TokenStream {
    let private = runtime.private_at(Span::call_site().located_at(location));
    let is_listed = quote!(#private::is_subscription_listed);
    check("subscribe", location, &is_listed, topic)
}

fn check(
    attribute: &str,
    location: Span,
    is_listed: &TokenStream,
    of: &TokenStream,
) -> TokenStream {
    let location = Span::call_site().located_at(location);
    let noun = if attribute == "fact" {
        "fact"
    } else {
        "handler"
    };
    let message = format!(
        "the build script did not find this {noun}, so it is not in the manifest: move it to a source file of the \
         package, with `#[hecate_om::{attribute}(…)]`; the script finds no {noun}s from a macro or `include!`, \
         under a `cfg` such as `debug_assertions`, or with a re-exported attribute"
    );
    quote_spanned! {location=>
        #[cfg(not(test))]
        const _: () = ::core::assert!(
            #is_listed(::core::option_env!(#VARIABLE), ::core::module_path!(), #of),
            #message
        );
    }
}
