//! Where the program starts, and the crates it is linked with.

use proc_macro2::TokenStream;
use quote::quote;

use super::Service;
use super::contract::from_build_script;
use crate::item::Function;

impl Service {
    /// `main`, and the test that boot's comparison of binary and manifest will pass.
    pub(super) fn main(&self) -> TokenStream {
        let Self { ident, runtime, .. } = self;
        quote! {
            fn main() -> ::std::process::ExitCode {
                #runtime::run::<#ident>()
            }
        }
    }

    /// One `use` for every crate that holds capabilities, which the linker leaves out otherwise, and
    /// the test that none is missing.
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

/// A `main` that does nothing, to stand in for the one that a mistake has prevented; none where the
/// annotated item is a `main` itself.
pub(super) fn stub(item: &TokenStream) -> Option<TokenStream> {
    let annotated = syn::parse2::<Function>(item.clone());
    let is_main = annotated.is_ok_and(|function| function.signature.ident == "main");
    (!is_main).then(|| {
        quote!(
            fn main() {}
        )
    })
}
