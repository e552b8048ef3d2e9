//! `#[capability("echo.say", version = 1)]`.

mod registration;
#[cfg(test)]
mod tests;

use hecate_om_manifest::grammar::{CapabilityArgs, Errors, Handler, doc};
use proc_macro2::TokenStream;
use quote::quote;
use syn::Attribute;

use crate::item::Function;

/// A capability without a mistake in it.
#[derive(Debug)]
struct Capability {
    args: CapabilityArgs,
    handler: Handler,
    doc: String,
    /// Whether its author has deprecated it.
    deprecated: bool,
}

/// The function as it was written, then its registration, or what is wrong with it.
pub(crate) fn expand(attribute: &TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let args = CapabilityArgs::parse(attribute.clone(), &mut errors);
    let function = syn::parse2::<Function>(item.clone())
        .map_err(|error| errors.push(error))
        .ok();
    let capability = function.as_ref().and_then(|function| {
        Some(Capability {
            handler: Handler::read(&function.signature, &mut errors)?,
            args: args?,
            doc: doc(&function.attributes),
            deprecated: is_deprecated(&function.attributes),
        })
    });
    let errors = errors.into_compile_error();
    // A capability is `async`, whether it waits or not: no choice of the author's to be judged.
    let allowed = capability
        .as_ref()
        .map(|_| quote!(#[allow(clippy::unused_async)]));
    quote! {
        #allowed
        #item
        #errors
        #capability
    }
}

fn is_deprecated(attributes: &[Attribute]) -> bool {
    attributes
        .iter()
        .any(|attribute| attribute.path().is_ident("deprecated"))
}
