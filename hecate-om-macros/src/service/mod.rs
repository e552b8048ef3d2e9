//! `#[hecate_service(name = "hecate-rag", …)]`.

mod contract;
mod entry;
#[cfg(test)]
mod tests;

use hecate_om_grammar::attributes::{Errors, ServiceArgs, doc, first_paragraph};
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::quote;
use syn::Attribute;

use crate::item::Struct;
use crate::value::Runtime;

/// A struct that can be a service. A key with a mistake in it has its default.
#[derive(Debug)]
struct Service {
    ident: Ident,
    args: ServiceArgs,
    /// What the author says of it; the package's description where nothing.
    description: Option<String>,
    runtime: Runtime,
    /// Whether the attribute has a mistake. The build script has then left the service out, so
    /// nothing that it writes can be asked for.
    broken: bool,
}

/// The struct as it was written, then the contract and `main`, with whatever is wrong between them.
///
/// After a mistake there still is a contract and a `main`, so that no error about their absence
/// follows.
pub(crate) fn expand(attribute: &TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let mut args = ServiceArgs::parse(attribute.clone(), &mut errors);
    let annotated = syn::parse2::<Struct>(item.clone())
        .map_err(|error| errors.push(error))
        .ok();
    let broken = !errors.is_empty();
    let errors = errors.into_compile_error();
    // Who says something about `main` has one.
    let own_main = match &args.main {
        Some(main) => !main.value,
        None => mentions(attribute, "main"),
    };
    // Without its path the runtime cannot be named.
    let lost = args.crate_path.is_none() && mentions(attribute, "crate");
    let service = annotated.filter(|_| !lost).map(|annotated| Service {
        description: description(&mut args, &annotated.attributes),
        ident: annotated.ident,
        runtime: Runtime::new(args.crate_path.as_ref()),
        args,
        broken,
    });
    let contract = service.as_ref().map(Service::contract);
    let main = match &service {
        _ if own_main => None,
        Some(service) if !broken => Some(service.main()),
        _ => entry::stub(item),
    };
    let linked = service.as_ref().map(Service::linked);
    quote! {
        #item
        #errors
        #contract
        #linked
        #main
    }
}

/// Whether `key` stands in the attribute, with or without a value that can be read.
fn mentions(attribute: &TokenStream, key: &str) -> bool {
    let mut tokens = attribute.clone().into_iter();
    tokens.any(|token| matches!(token, TokenTree::Ident(ident) if ident == key))
}

fn description(args: &mut ServiceArgs, attributes: &[Attribute]) -> Option<String> {
    let said = args.description.take().map(|description| description.value);
    said.or_else(|| {
        let paragraph = first_paragraph(&doc(attributes));
        (!paragraph.is_empty()).then_some(paragraph)
    })
}
