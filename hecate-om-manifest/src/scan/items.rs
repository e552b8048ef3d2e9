//! Annotated items of a crate.

use hecate_om_grammar::attributes::{
    CapabilityArgs, Errors, FactArgs, FactStruct, FailureArgs, Handler, ScheduleArgs,
    ScheduledFunction, ServiceArgs, SubscribeArgs, SubscriptionHandler, When, doc, first_paragraph,
    type_name,
};
use hecate_om_grammar::{Limits, Written};
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Attribute, ItemStruct, Meta, Signature, Type};

use crate::model::{Capability, Gaps, Publication, Schedule, Subscription};

/// A struct with `#[hecate_service]`.
#[derive(Debug)]
pub(super) struct ServiceItem {
    /// The attribute.
    pub(super) args: ServiceArgs,
    /// The first paragraph of the struct's documentation.
    pub(super) doc: Option<String>,
}

/// Reads a service. The flag is `false` if the attribute has a mistake, which the macro reports.
pub(super) fn service(meta: &Meta, attributes: &[Attribute]) -> (ServiceItem, bool) {
    let mut errors = Errors::new();
    let args = ServiceArgs::parse(arguments(meta), &mut errors);
    let doc = first_paragraph(&doc(attributes));
    let doc = (!doc.is_empty()).then_some(doc);
    (
        ServiceItem { args, doc },
        errors.into_iter().next().is_none(),
    )
}

/// A capability without the fields that come from its package and its service.
#[derive(Debug)]
pub(super) struct CapabilityItem {
    /// Name, version, access, limits, documentation and types.
    pub(super) capability: Capability,
    /// The location of the name.
    pub(super) name: proc_macro2::Span,
    /// The type by which callers call it, if it has one.
    pub(super) caller_type: Option<proc_macro2::Ident>,
    /// The types that callers send and receive.
    pub(super) types: Vec<Type>,
}

/// Reads a capability; `None` if the attribute or the function has a mistake, which the macro
/// reports.
pub(super) fn capability(
    meta: &Meta,
    attributes: &[Attribute],
    signature: &Signature,
) -> Option<CapabilityItem> {
    let mut errors = Errors::new();
    let args = CapabilityArgs::parse(arguments(meta), &mut errors);
    let handler = Handler::read(signature, &mut errors);
    let read = args.zip(handler);
    if let Some((args, handler)) = &read {
        args.suit(handler, &mut errors);
    }
    let valid = errors.into_iter().next().is_none();
    let (args, handler) = read.filter(|_| valid)?;
    let caller_type = args.caller_type(&handler.ident);
    let doc = doc(attributes);
    let capability = Capability {
        access: args.access,
        limits: Limits {
            max_bytes: args.max_bytes,
            timeout_ms: args
                .timeout
                .map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX)),
            concurrency: args.concurrency,
            queue: args.queue,
            window_ms: args
                .window
                .map(|window| u64::try_from(window.as_millis()).unwrap_or(u64::MAX)),
            per_caller_max: args.per_caller_max,
            global_max: args.global_max,
            max_distinct_callers: args.max_distinct_callers,
        },
        confidential: args.confidential,
        idempotent: args.idempotent,
        dedupe: args.dedupe.map(|dedupe| dedupe.value),
        deprecated: args.deprecated,
        layers: args.layers.into_iter().map(|layer| layer.name).collect(),
        doc: (!doc.is_empty()).then_some(doc),
        request: handler.request_name(),
        response: Some(handler.response_name()),
        inbound: handler.inbound_name(),
        kind: handler.kind(),
        ..Capability::new(args.name.value, args.version.value)
    };
    let shared = attributes.iter().filter(|attribute| {
        let last = attribute.path().segments.last();
        last.is_some_and(|last| last.ident == "capability")
    });
    // With several versions on one function, all types except one have the version in their names.
    let several = shared.count() > 1;
    let sent = handler.payload.into_iter().chain(handler.inbound);
    Some(CapabilityItem {
        capability,
        types: sent.chain([handler.response]).collect(),
        name: args.name.span,
        caller_type: caller_type.filter(|_| !several),
    })
}

/// A subscription without the fields that come from its package.
#[derive(Debug)]
pub(super) struct SubscriptionItem {
    /// Topic, documentation and fact. The topic is empty if it is that of the fact's type.
    pub(super) subscription: Subscription,
    /// The fact's type, if the subscription has its topic.
    pub(super) inferred: Option<syn::Path>,
    /// The location of the topic, or of the fact's type.
    pub(super) span: proc_macro2::Span,
}

/// Reads a subscription; `None` after a mistake, which the macro reports.
pub(super) fn subscription(
    meta: &Meta,
    attributes: &[Attribute],
    signature: &Signature,
) -> Option<SubscriptionItem> {
    let mut errors = Errors::new();
    let args = SubscribeArgs::parse(arguments(meta), &mut errors);
    let handler = SubscriptionHandler::read(signature, args.as_ref(), &mut errors);
    let valid = errors.into_iter().next().is_none();
    let (args, handler) = args.zip(handler).filter(|_| valid)?;
    let doc = doc(attributes);
    let subscription = Subscription {
        doc: (!doc.is_empty()).then_some(doc),
        fact: Some(type_name(&handler.fact)),
        gaps: if handler.receives_gaps {
            Gaps::Handled
        } else {
            Gaps::Ignored
        },
        concurrency: Some(args.concurrency).filter(|facts| *facts > 1),
        retries: args.failure.retries.map(Into::into),
        deadline: deadline(args.failure),
        order: args.keeps_order.then(|| "kept".to_owned()),
        ..Subscription::new(args.topic.as_ref().map_or("", |topic| topic.as_str()))
    };
    let (inferred, span) = match (args.topic, handler.fact) {
        (Some(topic), _) => (None, topic.span),
        (None, Type::Path(of)) => {
            let span = of.span();
            (Some(of.path), span)
        }
        // The parser of the signature has refused other types.
        (None, _) => return None,
    };
    Some(SubscriptionItem {
        subscription,
        inferred,
        span,
    })
}

/// Reads a fact and the location of its topic; `None` after a mistake, which the macro reports.
pub(super) fn publication(
    meta: &Meta,
    attributes: &[Attribute],
    item: &ItemStruct,
) -> Option<(Publication, proc_macro2::Span)> {
    let mut errors = Errors::new();
    let args = FactArgs::parse(arguments(meta), &mut errors);
    if let Ok(fact) = syn::parse2::<FactStruct>(item.to_token_stream()) {
        fact.check(&mut errors);
    }
    let valid = errors.into_iter().next().is_none();
    let args = args.filter(|_| valid)?;
    let doc = doc(attributes);
    let publication = Publication {
        doc: (!doc.is_empty()).then_some(doc),
        fact: Some(item.ident.to_string()),
        ..Publication::new(args.topic.value)
    };
    Some((publication, args.topic.span))
}

/// Reads a schedule with the parser of its attribute, and the location of its function; `None`
/// after a mistake, which the macro reports.
pub(super) fn schedule(
    meta: &Meta,
    attributes: &[Attribute],
    signature: &Signature,
    parse: fn(TokenStream, &mut Errors) -> Option<ScheduleArgs>,
) -> Option<(Schedule, proc_macro2::Span)> {
    let mut errors = Errors::new();
    let args = parse(arguments(meta), &mut errors);
    let task = ScheduledFunction::read(signature, &mut errors);
    let valid = errors.into_iter().next().is_none();
    let (args, task) = args.zip(task).filter(|_| valid)?;
    let doc = doc(attributes);
    let (every, cron) = match args.when {
        When::Every(_, text) => (Some(text), None),
        When::Cron(pattern) => (None, Some(pattern)),
    };
    let span = task.ident.span();
    let name = match args.name {
        Some(name) => name.value.into(),
        None => task.name(),
    };
    let schedule = Schedule {
        every,
        cron,
        replicas: args.one_replica.then(|| "one".to_owned()),
        doc: (!doc.is_empty()).then_some(doc),
        retries: args.failure.retries.map(Into::into),
        deadline: deadline(args.failure),
        ..Schedule::new(name)
    };
    Some((schedule, span))
}

fn deadline(failure: FailureArgs) -> Option<String> {
    failure
        .deadline
        .map(|deadline| Written(deadline).to_string())
}

/// Returns whether an attribute has the key `crate`.
pub(super) fn mentions_crate(meta: &Meta) -> bool {
    let mut tokens = arguments(meta).into_iter();
    tokens.any(|token| matches!(token, TokenTree::Ident(key) if key == "crate"))
}

/// Returns the tokens that the macro receives for an attribute.
fn arguments(meta: &Meta) -> TokenStream {
    match meta {
        Meta::List(list) => list.tokens.clone(),
        _ => TokenStream::new(),
    }
}
