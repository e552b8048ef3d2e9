//! `#[capability("echo.say", version = 1)]`.

mod output;
mod registration;
#[cfg(test)]
mod tests;
mod token;

use hecate_om_grammar::attributes::{CapabilityArgs, Errors, Handler, doc};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Visibility};

use crate::item::AnnotatedFunction;

/// A function with `#[capability]`, without mistakes.
#[derive(Debug)]
struct CapabilityExpansion {
    args: CapabilityArgs,
    handler: Handler,
    visibility: Visibility,
    doc: String,
    /// Whether the function has `#[deprecated]`, which does not concern callers on the mesh.
    deprecated: bool,
    /// Whether the function has another `#[capability]` below this one.
    shared: bool,
}

/// Returns the function, then its registration or errors.
pub(crate) fn expand(attribute: &TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let args = CapabilityArgs::parse(attribute.clone(), &mut errors);
    let function = syn::parse2::<AnnotatedFunction>(item.clone())
        .map_err(|error| errors.push(error))
        .ok();
    let capability = function.as_ref().and_then(|function| {
        let handler = Handler::read(&function.signature, &mut errors)?;
        let args = args.filter(|args| args.suit(&handler, &mut errors))?;
        Some(CapabilityExpansion {
            handler,
            args,
            visibility: function.visibility.clone(),
            doc: doc(&function.attributes),
            deprecated: has(&function.attributes, "deprecated"),
            shared: has(&function.attributes, "capability"),
        })
    });
    let refused = function.as_ref().filter(|_| !errors.is_empty());
    let item = refused.map_or_else(
        || item.clone(),
        |function| output::with_lifetimes(item, &function.signature),
    );
    let errors = errors.into_compile_error();
    // The function must be `async`, even without an `await`.
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

/// Returns whether one of the attributes has this name, by any path.
fn has(attributes: &[Attribute], name: &str) -> bool {
    attributes.iter().any(|attribute| {
        let last = attribute.path().segments.last();
        last.is_some_and(|segment| segment.ident == name)
    })
}
