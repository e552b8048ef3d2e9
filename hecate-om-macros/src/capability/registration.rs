//! Registration of a handler, and its invocation.

use std::time::Duration;

use hecate_om_grammar::attributes::{Handler, HandlerInput, OutputForm};
use hecate_om_grammar::{Kind, handler_key};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Type;

use super::CapabilityExpansion;
use crate::listed::listed;
use crate::value::{Runtime, access, confidential, dedupe, deprecated, layers, option};

impl ToTokens for CapabilityExpansion {
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
        let dedupe = dedupe(
            self.args.dedupe.as_ref().map(|dedupe| dedupe.value),
            &runtime,
        );
        let deprecated = deprecated(self.args.deprecated.as_ref(), &runtime);
        let layers = layers(&self.args.layers, &runtime);
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
                    dedupe: #dedupe,
                    deprecated: #deprecated,
                    kind: #private::Kind::#kind,
                    layers: #layers,
                    doc: #doc,
                    request: #request,
                    response: #response,
                    inbound: #inbound,
                    schemas: <#token_path as #private::Callable>::SCHEMAS,
                    needs: &[#(#private::StateRequirement::new::<#needs>()),*],
                    invoke: __hecate_om_invoke,
                };

                #invoke
            };
        });
    }
}

impl CapabilityExpansion {
    /// Returns the types of the state that the handler borrows.
    fn states(&self) -> impl Iterator<Item = &Type> {
        self.handler.inputs.iter().filter_map(|input| match input {
            HandlerInput::State(state) => Some(state),
            HandlerInput::Payload(_) | HandlerInput::Inbound(_) | HandlerInput::Call => None,
        })
    }

    /// Returns the function's name. Without the author's span, editors do not mistake it for a
    /// definition.
    pub(super) fn ident(&self) -> Ident {
        let mut ident = self.handler.ident.clone();
        ident.set_span(Span::call_site());
        ident
    }

    /// Returns an `allow` for a deprecated capability, which is still served.
    pub(super) fn allowed(&self) -> Option<TokenStream> {
        let deprecated = self.deprecated || self.args.deprecated.is_some();
        deprecated.then(|| quote!(#[allow(deprecated)]))
    }

    /// Returns the function that decodes the request, calls the handler and encodes the response.
    ///
    /// Each of the author's types occurs here once with a bound, with its own span, so that each
    /// mistake in a type is one error at that type.
    fn invoke(&self, runtime: &Runtime) -> TokenStream {
        // Errors about the whole function, such as a future that is not `Send`, are at its name.
        // With mixed hygiene, locals do not shadow functions of the author.
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
            HandlerInput::Payload(_) => quote_spanned!(at_name=> payload),
            HandlerInput::Inbound(_) => quote_spanned!(at_name=> inbound),
            HandlerInput::State(state) => quote_spanned!(at_name=> invocation.state::<#state>()?),
            HandlerInput::Call => quote_spanned!(at_name=> invocation.call()),
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

    /// Encodes the output: one value, or a stream, which may borrow from the invocation.
    fn answer(&self, private: &TokenStream, at_name: Span) -> TokenStream {
        let reply = self.reply(private, at_name);
        let opened = match &self.handler.answer {
            OutputForm::Value => return reply,
            OutputForm::Stream => None,
            OutputForm::StreamOrRefusal(None) => {
                Some(quote_spanned!(at_name=> let output = #private::opened(output)?;))
            }
            OutputForm::StreamOrRefusal(Some(error)) => {
                Some(quote_spanned!(at_name=> let output = #private::opened::<_, #error>(output)?;))
            }
        };
        quote_spanned! {at_name=>
            #opened
            invocation.answer(output, |output| { #reply }).await
        }
    }

    /// Encodes one value. The macro recognizes only an output that is named `Result`; the runtime
    /// resolves aliases by their type.
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

/// Returns the milliseconds of a duration, which the grammar limits to one hour.
fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
