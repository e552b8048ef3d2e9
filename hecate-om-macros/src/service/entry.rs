//! `main`, and the crates to link.

use proc_macro2::TokenStream;
use quote::quote;

use super::ServiceExpansion;
use super::contract::from_build_script;
use crate::item::AnnotatedFunction;

impl ServiceExpansion {
    /// Returns `main`.
    pub(super) fn main(&self) -> TokenStream {
        let Self { ident, runtime, .. } = self;
        quote! {
            fn main() -> ::std::process::ExitCode {
                #runtime::run::<#ident>()
            }
        }
    }

    /// Returns a `use` for each crate with handlers, which the linker would omit otherwise, and the
    /// generated test, which compares the linked handlers with the manifest.
    pub(super) fn linked(&self) -> Option<TokenStream> {
        if self.broken {
            return None;
        }
        let Self { ident, runtime, .. } = self;
        let private = runtime.private();
        let crates = from_build_script("HECATE_OM_LINK");
        Some(quote! {
            ::core::include!(#crates);

            #[cfg(test)]
            #[::core::prelude::v1::test]
            fn hecate_om_manifest_matches_the_binary() {
                #private::check_linked::<#ident>();
            }
        })
    }
}

/// Returns an empty `main`, for use after a mistake; `None` if the annotated item is a `main`
/// itself.
pub(super) fn stub(item: &TokenStream) -> Option<TokenStream> {
    let annotated = syn::parse2::<AnnotatedFunction>(item.clone());
    let is_main = annotated.is_ok_and(|function| function.signature.ident == "main");
    (!is_main).then(|| {
        quote!(
            fn main() {}
        )
    })
}
