//! How a handler is made known to the service it is linked into, and how it is called.

use std::time::Duration;

use hecate_om_grammar::attributes::{Answer, Handler, Input};
use hecate_om_grammar::{Kind, handler_key};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Type;

use super::Capability;
use crate::listed::listed;
use crate::value::{Runtime, access, confidential, deprecated, option};

impl ToTokens for Capability {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let runtime = Runtime::new(self.args.crate_path.as_ref());
        let private = runtime.private();
        let name = self.args.name.as_str();
        let version = *self.args.version;
        let access = access(self.args.access.as_ref(), &runtime);
        let max_bytes = option(self.args.max_bytes);
        let timeout_ms = option(self.args.timeout.map(milliseconds));
        let concurrency = option(self.args.concurrency);
        let queue = option(self.args.queue);
        let window_ms = option(self.args.window.map(milliseconds));
        let per_caller_max = option(self.args.per_caller_max);
        let global_max = option(self.args.global_max);
        let max_distinct_callers = option(self.args.max_distinct_callers);
        let confidential = confidential(self.args.confidential, &runtime);
        let idempotent = self.args.idempotent;
        let deprecated = deprecated(self.args.deprecated.as_ref(), &runtime);
        let doc = &self.doc;
        let request = option(self.handler.request_name());
        let response = self.handler.response_name();
        let inbound = option(self.handler.inbound_name());
        let kind = match self.handler.kind() {
            Kind::ServerStreaming => quote!(ServerStreaming),
            Kind::ClientStreaming => quote!(ClientStreaming),
            Kind::Bidirectional => quote!(Bidirectional),
            Kind::Unary => quote!(Unary),
        };
        let token = self.token(&runtime);
        let token_path = self.token_path();
        let allowed = self.allowed();
        let needs = self.states();
        let invoke = self.invoke(&runtime);
        let key = handler_key::capability(name, version);
        let listed = listed(&key, "capability", self.args.name.span, &runtime);
        let (named, unnamed) = if self.is_named() {
            (Some(token), None)
        } else {
            (None, Some(token))
        };
        tokens.extend(quote! {
            #named
            #listed
            const _: () = {
                #unnamed

                #[#private::linkme::distributed_slice(#private::CAPABILITIES)]
                #[linkme(crate = #private::linkme)]
                #allowed
                static __HECATE_OM_CAPABILITY: #private::Capability = #private::Capability {
                    name: #name,
                    version: #version,
                    package: ::core::env!("CARGO_PKG_NAME"),
                    location: ::core::concat!(::core::file!(), ":", ::core::line!()),
                    access: #access,
                    limits: #private::Limits {
                        max_bytes: #max_bytes,
                        timeout_ms: #timeout_ms,
                        concurrency: #concurrency,
                        queue: #queue,
                        window_ms: #window_ms,
                        per_caller_max: #per_caller_max,
                        global_max: #global_max,
                        max_distinct_callers: #max_distinct_callers,
                    },
                    confidential: #confidential,
                    idempotent: #idempotent,
                    deprecated: #deprecated,
                    kind: #private::Kind::#kind,
                    doc: #doc,
                    request: #request,
                    response: #response,
                    inbound: #inbound,
                    schemas: <#token_path as #private::Callable>::SCHEMAS,
                    needs: &[#(#private::StateNeed::of::<#needs>()),*],
                    invoke: __hecate_om_invoke,
                };

                #invoke
            };
        });
    }
}

impl Capability {
    /// The types the handler borrows.
    fn states(&self) -> impl Iterator<Item = &Type> {
        self.handler.inputs.iter().filter_map(|input| match input {
            Input::State(state) => Some(state),
            Input::Payload(_) | Input::Inbound(_) | Input::Call => None,
        })
    }

    /// The function's name. With the author's span it would be a second place an editor takes for the definition.
    pub(super) fn ident(&self) -> Ident {
        let mut ident = self.handler.ident.clone();
        ident.set_span(Span::call_site());
        ident
    }

    /// What its author has deprecated is served for as long as it is there.
    pub(super) fn allowed(&self) -> Option<TokenStream> {
        let deprecated = self.deprecated || self.args.deprecated.is_some();
        deprecated.then(|| quote!(#[allow(deprecated)]))
    }

    /// The function that decodes, calls the handler and encodes.
    ///
    /// Each of the author's types stands here in exactly one place with a bound on it, in the
    /// author's own tokens: so each mistake in a type is one error, at that type.
    fn invoke(&self, runtime: &Runtime) -> TokenStream {
        // What is wrong with the function as a whole, a future that is not `Send`, is shown at its
        // name. Of mixed hygiene, so that no local is taken for a function of the author's.
        let at_name = Span::mixed_site().located_at(self.handler.ident.span());
        let private = runtime.private_at(at_name);
        let payload = self.handler.payload.as_ref().map(
            |payload| quote_spanned!(at_name=> let payload = invocation.payload::<#payload>()?;),
        );
        let inbound =
            self.handler.inbound.as_ref().map(
                |item| quote_spanned!(at_name=> let inbound = invocation.inbound::<#item>()?;),
            );
        let mutable = payload.as_ref().map(|_| quote!(mut));
        let arguments = self.handler.inputs.iter().map(|input| match input {
            Input::Payload(_) => quote_spanned!(at_name=> payload),
            Input::Inbound(_) => quote_spanned!(at_name=> inbound),
            Input::State(state) => quote_spanned!(at_name=> invocation.state::<#state>()?),
            Input::Call => quote_spanned!(at_name=> invocation.call()),
        });
        let handler = self.ident();
        let allowed = self.allowed();
        let answer = self.answer(&private, at_name);
        quote_spanned! {at_name=>
            #allowed
            fn __hecate_om_invoke(#mutable invocation: #private::Invocation) -> #private::HandlerFuture {
                #private::HandlerFuture::new(async move {
                    #payload
                    #inbound
                    let output = #handler(#(#arguments),*).await;
                    #answer
                })
            }
        }
    }

    /// The output as an answer: a reply, or a stream of them, which may borrow what the invocation holds.
    fn answer(&self, private: &TokenStream, at_name: Span) -> TokenStream {
        let reply = self.reply(private, at_name);
        let opened = match &self.handler.answer {
            Answer::Once => return reply,
            Answer::Stream => None,
            Answer::StreamOrRefusal(None) => {
                Some(quote_spanned!(at_name=> let output = #private::opened(output)?;))
            }
            Answer::StreamOrRefusal(Some(error)) => {
                Some(quote_spanned!(at_name=> let output = #private::opened::<_, #error>(output)?;))
            }
        };
        quote_spanned! {at_name=>
            #opened
            invocation.answer(output, |output| { #reply }).await
        }
    }

    /// The output as a reply. Only an output that is written as a `Result` is known for one here;
    /// what an alias stands for, the runtime finds out by its type.
    fn reply(&self, private: &TokenStream, at_name: Span) -> TokenStream {
        let Handler {
            output,
            response,
            error,
            ..
        } = &self.handler;
        if let Some(error) = error {
            return quote_spanned!(at_name=> #private::reply::<#response, #error>(output));
        }
        quote_spanned! {at_name=>
            use #private::PlainReply as _;
            #private::Output(output).reply::<#output>()
        }
    }
}

/// The grammar admits an hour at most.
fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
