//! `#[every("30s")]` and `#[cron("0 3 * * *")]`.

#[cfg(test)]
mod tests;

use hecate_om_grammar::attributes::{
    Errors, ScheduleArgs, ScheduledArgument, ScheduledFunction, When,
};
use hecate_om_grammar::handler_key;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Error;

use crate::item::AnnotatedFunction;
use crate::listed::listed;
use crate::value::{Runtime, failure};

/// A function with `#[every]` or `#[cron]`, without mistakes.
#[derive(Debug)]
struct ScheduleExpansion {
    args: ScheduleArgs,
    task: ScheduledFunction,
}

/// Expands `#[every(…)]`: returns the function, then its registration or errors.
pub(crate) fn expand_every(attribute: &TokenStream, item: &TokenStream) -> TokenStream {
    expand("every", ScheduleArgs::parse_every, attribute, item)
}

/// Expands `#[cron(…)]`.
pub(crate) fn expand_cron(attribute: &TokenStream, item: &TokenStream) -> TokenStream {
    expand("cron", ScheduleArgs::parse_cron, attribute, item)
}

fn expand(
    name: &str,
    parse: fn(TokenStream, &mut Errors) -> Option<ScheduleArgs>,
    attribute: &TokenStream,
    item: &TokenStream,
) -> TokenStream {
    let mut errors = Errors::new();
    let args = parse(attribute.clone(), &mut errors);
    let function = syn::parse2::<AnnotatedFunction>(item.clone())
        .map_err(|error| {
            let rule = format!("`#[{name}]` belongs on an `async fn`: move the attribute there");
            errors.push(Error::new(error.span(), rule));
        })
        .ok();
    let schedule = function.as_ref().and_then(|function| {
        Some(ScheduleExpansion {
            task: ScheduledFunction::read(&function.signature, &mut errors)?,
            args: args?,
        })
    });
    let errors = errors.into_compile_error();
    // The function must be `async`, even without an `await`.
    let allowed = schedule
        .as_ref()
        .map(|_| quote!(#[allow(clippy::unused_async)]));
    quote! {
        #allowed
        #item
        #errors
        #schedule
    }
}

impl ToTokens for ScheduleExpansion {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { args, task } = self;
        let runtime = Runtime::new(args.crate_path.as_ref());
        let private = runtime.private();
        let name = match &args.name {
            Some(name) => name.as_str().to_owned(),
            None => task.name(),
        };
        let (attribute, when) = match &args.when {
            When::Every(period, _) => {
                // The grammar allows at most one week.
                let ms = u64::try_from(period.as_millis()).unwrap_or(u64::MAX);
                ("every", quote!(#private::When::Every(#ms)))
            }
            When::Cron(pattern) => ("cron", quote!(#private::When::Cron(#pattern))),
        };
        let needs = task.states();
        let one_replica = args.one_replica;
        let failure = failure(&args.failure, false, &runtime);
        let invoke = self.invoke(&runtime);
        let key = handler_key::schedule(&name);
        let listed = listed(&key, attribute, task.ident.span(), &runtime);
        tokens.extend(quote! {
            #listed
            const _: () = {
                #[#private::linkme::distributed_slice(#private::SCHEDULES)]
                #[linkme(crate = #private::linkme)]
                static __HECATE_OM_SCHEDULE: #private::Schedule = #private::Schedule {
                    name: #name,
                    package: ::core::env!("CARGO_PKG_NAME"),
                    location: ::core::concat!(::core::file!(), ":", ::core::line!()),
                    when: #when,
                    failure: #failure,
                    one_replica: #one_replica,
                    needs: &[#(#private::StateRequirement::new::<#needs>()),*],
                    invoke: __hecate_om_run,
                };

                #invoke
            };
        });
    }
}

impl ScheduleExpansion {
    /// Returns the function that calls the author's. Errors about the whole function are at its
    /// name.
    fn invoke(&self, runtime: &Runtime) -> TokenStream {
        let ScheduledFunction { ident, arguments } = &self.task;
        let at_name = Span::mixed_site().located_at(ident.span());
        let private = runtime.private_at(at_name);
        let job = if arguments.is_empty() {
            quote_spanned!(at_name=> _)
        } else {
            quote_spanned!(at_name=> job)
        };
        let mut handler = ident.clone();
        // Without the author's span, editors do not mistake it for a definition.
        handler.set_span(Span::call_site());
        let arguments = arguments.iter().map(|argument| match argument {
            ScheduledArgument::State(state) => quote_spanned!(at_name=> job.state::<#state>()?),
            ScheduledArgument::DueTime(_) => quote_spanned!(at_name=> job.due()),
        });
        quote_spanned! {at_name=>
            fn __hecate_om_run(#job: #private::JobContext) -> #private::HandlerFuture<(), #private::HandlerError> {
                #private::HandlerFuture::new(async move {
                    let output = #handler(#(#arguments),*).await;
                    #private::Outcome::outcome(output)
                })
            }
        }
    }
}
