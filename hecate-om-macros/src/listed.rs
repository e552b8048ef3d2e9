//! Check that the build script found a handler.

use hecate_om_grammar::handler_key::VARIABLE;
use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use crate::value::Runtime;

/// Returns a check that fails the build, at `location`, if the build script of the package does not
/// list the handler.
///
/// Unit tests are exempt: the generated test compares them with their manifest.
pub(crate) fn listed(key: &str, attribute: &str, location: Span, runtime: &Runtime) -> TokenStream {
    let location = Span::call_site().located_at(location);
    let private = runtime.private_at(location);
    let message = format!(
        "the build script did not find this handler, so it is not in the manifest: move it to a source file of the \
         package, with `#[hecate_om::{attribute}(…)]`; the script finds no handlers from a macro or `include!`, \
         under a `cfg` such as `debug_assertions`, or with a re-exported attribute"
    );
    quote_spanned! {location=>
        #[cfg(not(test))]
        const _: () = ::core::assert!(
            #private::is_listed(::core::option_env!(#VARIABLE), ::core::module_path!(), #key),
            #message
        );
    }
}
