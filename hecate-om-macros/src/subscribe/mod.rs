//! `#[subscribe("acme/shop/order_placed_v1")]`.

#[cfg(test)]
mod tests;

use hecate_om_grammar::attributes::{
    Errors, Listener, ListenerInput, SubscribeArgs, doc, type_name,
};
use hecate_om_grammar::handler_key;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Error;

use crate::item::Function;
use crate::listed::listed;
use crate::value::Runtime;

/// A subscription without a mistake in it.
#[derive(Debug)]
struct Subscription {
    args: SubscribeArgs,
    listener: Listener,
    doc: String,
}

/// The function as it was written, then its registration, or what is wrong with it.
pub(crate) fn expand(attribute: &TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let args = SubscribeArgs::parse(attribute.clone(), &mut errors);
    let function = syn::parse2::<Function>(item.clone())
        .map_err(|error| {
            let rule = "`#[subscribe]` marks the `async fn` that is called with what was heard: move the attribute to \
                        one";
            errors.push(Error::new(error.span(), rule));
        })
        .ok();
    let subscription = function.as_ref().and_then(|function| {
        Some(Subscription {
            listener: Listener::read(&function.signature, args.as_ref(), &mut errors)?,
            args: args?,
            doc: doc(&function.attributes),
        })
    });
    let errors = errors.into_compile_error();
    // It is `async`, whether it waits or not: no choice of the author's to be judged.
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

impl ToTokens for Subscription {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self {
            args,
            listener,
            doc,
        } = self;
        let runtime = Runtime::new(args.crate_path.as_ref());
        let private = runtime.private();
        let topic = args.topic.as_str();
        let fact = &listener.fact;
        let fact_name = type_name(fact);
        let gaps_ignored = !listener.heard;
        let concurrency = args.concurrency;
        let needs = listener.inputs.iter().filter_map(|input| match input {
            ListenerInput::State(state) => Some(state),
            ListenerInput::Fact | ListenerInput::Metadata => None,
        });
        let invoke = self.invoke(&runtime);
        let key = handler_key::subscription(topic);
        let listed = listed(&key, "subscribe", args.topic.span, &runtime);
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
                    needs: &[#(#private::StateNeed::of::<#needs>()),*],
                    invoke: __hecate_om_handle,
                };

                #invoke
            };
        });
    }
}

impl Subscription {
    /// The function that decodes and calls the handler. As with a capability, each of the author's types stands in
    /// one place with a bound on it, and what is wrong with the function as a whole is shown at its name.
    fn invoke(&self, runtime: &Runtime) -> TokenStream {
        let Listener {
            ident,
            inputs,
            fact,
            heard,
        } = &self.listener;
        let at_name = Span::mixed_site().located_at(ident.span());
        let private = runtime.private_at(at_name);
        let read = if *heard {
            quote_spanned!(at_name=> delivery)
        } else {
            quote_spanned!(at_name=> fact)
        };
        let arguments = inputs.iter().map(|input| match input {
            ListenerInput::Fact => quote_spanned!(at_name=> delivery),
            ListenerInput::State(state) => quote_spanned!(at_name=> invocation.state::<#state>()?),
            ListenerInput::Metadata => quote_spanned!(at_name=> invocation.metadata()),
        });
        let mut handler = ident.clone();
        // With the author's span it would be a second place an editor takes for the definition.
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
