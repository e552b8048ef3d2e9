//! `#[hecate_service(name = "hecate-rag", …)]`.

mod contract;
mod entry;
#[cfg(test)]
mod tests;

use hecate_om_grammar::attributes::{Errors, ServiceArgs, doc, first_paragraph};
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::quote;
use syn::Attribute;

use crate::item::AnnotatedStruct;
use crate::value::Runtime;

/// A struct with `#[hecate_service]`. A key with a mistake has its default.
#[derive(Debug)]
struct ServiceExpansion {
    ident: Ident,
    args: ServiceArgs,
    /// The description; `None` for the package's.
    description: Option<String>,
    runtime: Runtime,
    /// Whether the attribute has a mistake. Then the files of the build script are missing.
    broken: bool,
}

/// Returns the struct, errors, the implementation of `Contract`, and `main`. The latter two are
/// also generated after a mistake, so that the compiler does not report them as missing.
pub(crate) fn expand(attribute: &TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let mut args = ServiceArgs::parse(attribute.clone(), &mut errors);
    let annotated = syn::parse2::<AnnotatedStruct>(item.clone())
        .map_err(|error| errors.push(error))
        .ok();
    let broken = !errors.is_empty();
    let errors = errors.into_compile_error();
    // Without a valid value, assume that the author has a `main`.
    let own_main = match &args.main {
        Some(main) => !main.value,
        None => mentions(attribute, "main"),
    };
    // Without a valid path, generated code cannot refer to the runtime.
    let lost = args.crate_path.is_none() && mentions(attribute, "crate");
    let service = annotated
        .filter(|_| !lost)
        .map(|annotated| ServiceExpansion {
            description: description(&mut args, &annotated.attributes),
            ident: annotated.ident,
            runtime: Runtime::new(args.crate_path.as_ref()),
            args,
            broken,
        });
    let contract = service.as_ref().map(ServiceExpansion::contract);
    let main = match &service {
        _ if own_main => None,
        Some(service) if !broken => Some(service.main()),
        _ => entry::stub(item),
    };
    let linked = service.as_ref().map(ServiceExpansion::linked);
    quote! {
        #item
        #errors
        #contract
        #linked
        #main
    }
}

/// Returns whether the attribute contains `key`, with or without a valid value.
fn mentions(attribute: &TokenStream, key: &str) -> bool {
    let mut tokens = attribute.clone().into_iter();
    tokens.any(|token| matches!(token, TokenTree::Ident(ident) if ident == key))
}

fn description(args: &mut ServiceArgs, attributes: &[Attribute]) -> Option<String> {
    let description = args.description.take().map(|description| description.value);
    description.or_else(|| {
        let paragraph = first_paragraph(&doc(attributes));
        (!paragraph.is_empty()).then_some(paragraph)
    })
}
