//! `#[fact("acme/shop/order_placed_v1")]`.

#[cfg(test)]
mod tests;

use hecate_om_grammar::attributes::{Errors, FactArgs, FactStruct, doc};
use hecate_om_grammar::handler_key;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use crate::listed::listed;
use crate::value::Runtime;

/// A struct with `#[fact]`, without mistakes.
#[derive(Debug)]
struct FactExpansion {
    args: FactArgs,
    fact: FactStruct,
}

/// Returns the struct, then its registration or errors.
pub(crate) fn expand(attribute: &TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let args = FactArgs::parse(attribute.clone(), &mut errors);
    let fact = syn::parse2::<FactStruct>(item.clone())
        .map_err(|error| errors.push(error))
        .ok();
    if let Some(fact) = &fact {
        fact.check(&mut errors);
    }
    let expansion = args
        .zip(fact)
        .filter(|_| errors.is_empty())
        .map(|(args, fact)| FactExpansion { args, fact });
    let errors = errors.into_compile_error();
    quote! {
        #item
        #errors
        #expansion
    }
}

impl ToTokens for FactExpansion {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { args, fact } = self;
        let runtime = Runtime::new(args.crate_path.as_ref());
        let private = runtime.private();
        let topic = args.topic.as_str();
        let ident = &fact.ident;
        let (name, doc) = (ident.to_string(), doc(&fact.attributes));
        let key = handler_key::publication(topic);
        let listed = listed(&key, "fact", args.topic.span, &runtime);
        // Errors about the type, such as a missing derive, are at its name.
        let at_name = Span::mixed_site().located_at(ident.span());
        let private_at_name = runtime.private_at(at_name);
        let published = quote_spanned! {at_name=>
            #[automatically_derived]
            impl #private_at_name::PublishedFact for #ident {
                fn publication() -> &'static #private_at_name::Publication {
                    #private_at_name::registered::<#ident>(&__HECATE_OM_PUBLICATION)
                }
            }
        };
        tokens.extend(quote! {
            #listed
            const _: () = {
                #[#private::linkme::distributed_slice(#private::PUBLICATIONS)]
                #[linkme(crate = #private::linkme)]
                static __HECATE_OM_PUBLICATION: #private::Publication = #private::Publication::new(
                    #topic,
                    ::core::env!("CARGO_PKG_NAME"),
                    ::core::concat!(::core::file!(), ":", ::core::line!()),
                    #doc,
                    #name,
                    || {
                        use #private::{OfNone as _, OfType as _};
                        (&&#private::SchemaOf::<#ident>::new()).request()
                    },
                );

                #[automatically_derived]
                impl #private::Fact for #ident {
                    const TOPIC: &'static ::core::primitive::str = #topic;
                }

                #published
            };
        });
    }
}
