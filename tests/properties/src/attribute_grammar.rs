//! The grammar of the attributes.

use std::time::Duration;

use hecate_om_grammar::Limits;
use hecate_om_grammar::attributes::{
    CapabilityArgs, Errors, FactArgs, FactStruct, Handler, MAX_PAYLOAD_BYTES, MAX_PERIOD,
    MAX_TIMEOUT, MAX_WINDOW, ScheduleArgs, ScheduledFunction, ServiceArgs, SubscribeArgs,
    SubscriptionHandler, When, type_name,
};
use hecate_om_grammar::cron::{Pattern, fields};
use proc_macro2::TokenStream;
use syn::{ItemFn, Signature, Type};

use crate::limits::on_large_stack;

/// Checks that any tokens are either an attribute or a handler within the documented limits, or
/// refused with at least one error, each with a message.
///
/// # Panics
///
/// If a property does not hold.
pub fn attribute_grammar(input: &[u8]) {
    if let Ok(text) = std::str::from_utf8(input) {
        on_large_stack(|| read(text));
    }
}

/// Reads the text as the arguments of each attribute, and as a function.
fn read(text: &str) {
    if let Ok(tokens) = text.parse::<TokenStream>() {
        capability(tokens.clone());
        service(tokens.clone());
        schedule(&tokens);
        subscription(tokens.clone());
        fact(tokens.clone());
        if let Ok(function) = syn::parse2::<ItemFn>(tokens.clone()) {
            handler(&function.sig);
        } else if let Ok(signature) = syn::parse2::<Signature>(tokens) {
            handler(&signature);
        }
    }
}

fn capability(tokens: TokenStream) {
    let mut errors = Errors::new();
    let read = CapabilityArgs::parse(tokens, &mut errors);
    assert_eq!(read.is_none(), refused(errors), "refused for a reason");
    let Some(read) = read else {
        return;
    };
    assert!(!read.name.is_reserved());
    assert!(read.version.value >= 1);
    assert!(
        read.max_bytes
            .is_none_or(|bytes| (1..=MAX_PAYLOAD_BYTES).contains(&bytes))
    );
    let within = |max| move |time| (Duration::from_millis(1)..=max).contains(&time);
    assert!(read.timeout.is_none_or(within(MAX_TIMEOUT)));
    assert!(read.window.is_none_or(within(MAX_WINDOW)));
    for count in [
        read.concurrency,
        read.per_caller_max,
        read.global_max,
        read.max_distinct_callers,
    ] {
        assert_ne!(count, Some(0));
    }
    let per_caller = read
        .per_caller_max
        .unwrap_or(Limits::DEFAULT_PER_CALLER_MAX);
    let global = read.global_max.unwrap_or(Limits::DEFAULT_GLOBAL_MAX);
    assert!(per_caller <= global, "per_caller_max is above global_max");
}

fn service(tokens: TokenStream) {
    let mut errors = Errors::new();
    let read = ServiceArgs::parse(tokens, &mut errors);
    refused(errors);
    assert!(read.ttl_days.is_none_or(|days| days.value >= 1));
    assert!(read.health_port.is_none_or(|port| port.value >= 1));
    for text in [&read.version, &read.scope, &read.description] {
        assert!(text.as_ref().is_none_or(|text| !text.trim().is_empty()));
    }
}

fn schedule(tokens: &TokenStream) {
    for parse in [ScheduleArgs::parse_every, ScheduleArgs::parse_cron] {
        let mut errors = Errors::new();
        let read = parse(tokens.clone(), &mut errors);
        assert_eq!(read.is_none(), refused(errors), "refused for a reason");
        match read.map(|read| read.when) {
            Some(When::Every(period, _)) => {
                assert!((Duration::from_millis(1)..=MAX_PERIOD).contains(&period));
            }
            Some(When::Cron(pattern)) => {
                assert!(Pattern::parse(&pattern).is_ok() && fields(&pattern) == 5);
            }
            None => {}
        }
    }
}

fn subscription(tokens: TokenStream) {
    let mut errors = Errors::new();
    let read = SubscribeArgs::parse(tokens, &mut errors);
    assert_eq!(read.is_none(), refused(errors), "refused for a reason");
    assert!(read.is_none_or(|read| read.concurrency >= 1));
}

fn fact(tokens: TokenStream) {
    let mut errors = Errors::new();
    let read = FactArgs::parse(tokens.clone(), &mut errors);
    assert_eq!(read.is_none(), refused(errors), "refused for a reason");
    if let Ok(read) = syn::parse2::<FactStruct>(tokens) {
        let mut errors = Errors::new();
        read.check(&mut errors);
        refused(errors);
    }
}

/// Reads a signature as that of a handler of each kind.
fn handler(signature: &Signature) {
    let mut errors = Errors::new();
    let read = ScheduledFunction::read(signature, &mut errors);
    assert_eq!(read.is_none(), refused(errors), "refused for a reason");
    for topic in [
        "\"acme/notes/added_v1\"",
        "\"acme/notes/added_v1\", gaps = ignored",
        "gaps = ignored",
    ] {
        let mut errors = Errors::new();
        let topic = topic.parse().expect("the topic is tokens");
        let args = SubscribeArgs::parse(topic, &mut errors);
        let read = SubscriptionHandler::read(signature, args.as_ref(), &mut errors);
        assert!(args.is_some(), "the attribute is correct");
        assert_eq!(read.is_none(), refused(errors), "refused for a reason");
    }
    let mut errors = Errors::new();
    let read = Handler::read(signature, &mut errors);
    assert_eq!(read.is_none(), refused(errors), "refused for a reason");
    let Some(read) = read else {
        return;
    };
    for name in read
        .request_name()
        .into_iter()
        .chain([read.response_name()])
    {
        let parsed: Type = syn::parse_str(&name).expect("the name of a type parses");
        assert_eq!(type_name(&parsed), name, "with the same text");
    }
}

/// Returns whether there are errors, after checking that each has a message and compiles to an
/// error.
fn refused(errors: Errors) -> bool {
    let errors: Vec<syn::Error> = errors.into_iter().collect();
    for error in &errors {
        for message in error.clone() {
            assert!(
                !message.to_string().trim().is_empty(),
                "an error without a message"
            );
        }
        assert!(!error.to_compile_error().is_empty());
    }
    !errors.is_empty()
}
