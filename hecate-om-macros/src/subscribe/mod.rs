//! `#[subscribe("acme/shop/order_placed_v1")]`, and `#[subscribe]` with the topic of the fact's type.

#[cfg(test)]
mod tests;

use hecate_om_grammar::attributes::{
    Errors, SubscribeArgs, SubscriptionHandler, SubscriptionInput, doc, type_name,
};
use hecate_om_grammar::handler_key;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Error;
use syn::spanned::Spanned as _;

use crate::item::AnnotatedFunction;
use crate::listed::{listed, subscription_listed};
use crate::value::{Runtime, failure};

/// A function with `#[subscribe]`, without mistakes.
#[derive(Debug)]
struct SubscriptionExpansion {
    args: SubscribeArgs,
    handler: SubscriptionHandler,
    doc: String,
}

/// Returns the function, then its registration or errors.
pub(crate) fn expand(attribute: &TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let args = SubscribeArgs::parse(attribute.clone(), &mut errors);
    let function = syn::parse2::<AnnotatedFunction>(item.clone())
        .map_err(|error| {
            let rule = "`#[subscribe]` belongs on an `async fn` that takes the fact: move the attribute there";
            errors.push(Error::new(error.span(), rule));
        })
        .ok();
    let subscription = function.as_ref().and_then(|function| {
        Some(SubscriptionExpansion {
            handler: SubscriptionHandler::read(&function.signature, args.as_ref(), &mut errors)?,
            args: args?,
            doc: doc(&function.attributes),
        })
    });
    let errors = errors.into_compile_error();
    // The function must be `async`, even without an `await`.
    let allowed = subscription
        .as_ref()
        .map(|_| quote!(#[allow(clippy::unused_async)]));
    quote! {
        #allowed
        #item
        #errors
        #subscription
    }
}

impl ToTokens for SubscriptionExpansion {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { args, handler, doc } = self;
        let runtime = Runtime::new(args.crate_path.as_ref());
        let private = runtime.private();
        let fact = &handler.fact;
        let (topic, listed) = match &args.topic {
            Some(topic) => {
                let key = handler_key::subscription(topic.as_str());
                let listed = listed(&key, "subscribe", topic.span, &runtime);
                (topic.as_str().to_token_stream(), listed)
            }
            None => {
                let private = runtime.private_at(Span::call_site().located_at(fact.span()));
                let topic = quote!(<#fact as #private::Fact>::TOPIC);
                let listed = subscription_listed(&topic, fact.span(), &runtime);
                (topic, listed)
            }
        };
        let fact_name = type_name(fact);
        let gaps_ignored = !handler.receives_gaps;
        let concurrency = args.concurrency;
        let failure = failure(&args.failure, args.keeps_order, &runtime);
        let needs = handler.inputs.iter().filter_map(|input| match input {
            SubscriptionInput::State(state) => Some(state),
            SubscriptionInput::Fact | SubscriptionInput::Metadata => None,
        });
        let invoke = self.invoke(&runtime);
        tokens.extend(quote! {
            #listed
            const _: () = {
                #[#private::linkme::distributed_slice(#private::FACT_HANDLERS)]
                #[linkme(crate = #private::linkme)]
                static __HECATE_OM_FACT_HANDLER: #private::FactHandler = #private::FactHandler {
                    topic: #topic,
                    package: ::core::env!("CARGO_PKG_NAME"),
                    location: ::core::concat!(::core::file!(), ":", ::core::line!()),
                    doc: #doc,
                    fact: #fact_name,
                    schema: || {
                        use #private::{OfNone as _, OfType as _};
                        (&&#private::SchemaOf::<#fact>::new()).request()
                    },
                    gaps_ignored: #gaps_ignored,
                    concurrency: #concurrency,
                    failure: #failure,
                    needs: &[#(#private::StateRequirement::new::<#needs>()),*],
                    invoke: __hecate_om_handle,
                };

                #invoke
            };
        });
    }
}

impl SubscriptionExpansion {
    /// Returns the function that decodes the fact and calls the handler. As with a capability, each
    /// of the author's types occurs once with a bound, and errors about the whole function are at
    /// its name.
    fn invoke(&self, runtime: &Runtime) -> TokenStream {
        let SubscriptionHandler {
            ident,
            inputs,
            fact,
            receives_gaps,
        } = &self.handler;
        let at_name = Span::mixed_site().located_at(ident.span());
        let private = runtime.private_at(at_name);
        let read = if *receives_gaps {
            quote_spanned!(at_name=> delivery)
        } else {
            quote_spanned!(at_name=> fact)
        };
        let arguments = inputs.iter().map(|input| match input {
            SubscriptionInput::Fact => quote_spanned!(at_name=> delivery),
            SubscriptionInput::State(state) => {
                quote_spanned!(at_name=> invocation.state::<#state>()?)
            }
            SubscriptionInput::Metadata => quote_spanned!(at_name=> invocation.metadata()),
        });
        let mut handler = ident.clone();
        // Without the author's span, editors do not mistake it for a definition.
        handler.set_span(Span::call_site());
        quote_spanned! {at_name=>
            fn __hecate_om_handle(mut invocation: #private::FactInvocation) -> #private::HandlerFuture<(), #private::HandlerError> {
                #private::HandlerFuture::new(async move {
                    let delivery = invocation.#read::<#fact>()?;
                    let output = #handler(#(#arguments),*).await;
                    #private::Outcome::outcome(output)
                })
            }
        }
    }
}
