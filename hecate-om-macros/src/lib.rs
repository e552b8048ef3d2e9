//! The attributes of `hecate-om`; an implementation detail of that crate, which re-exports and
//! documents them.
//!
//! Tokens in, tokens out: no file, no clock, no network. The grammar of the attributes and the rules
//! of handlers are in `hecate-om-grammar`, shared with the source scanner; what is generated names
//! `hecate_om::__private` and `core` only.

mod capability;
mod item;
mod listed;
mod schedule;
mod service;
#[cfg(test)]
mod snapshot;
mod subscribe;
mod value;

use proc_macro::TokenStream;

// Documented in `hecate-om`, where their examples can run: what stood here would be appended there.

#[expect(missing_docs, reason = "documented where it is re-exported")]
#[proc_macro_attribute]
pub fn hecate_service(attribute: TokenStream, item: TokenStream) -> TokenStream {
    service::expand(&attribute.into(), &item.into()).into()
}

#[expect(missing_docs, reason = "documented where it is re-exported")]
#[proc_macro_attribute]
pub fn capability(attribute: TokenStream, item: TokenStream) -> TokenStream {
    capability::expand(&attribute.into(), &item.into()).into()
}

#[expect(missing_docs, reason = "documented where it is re-exported")]
#[proc_macro_attribute]
pub fn subscribe(attribute: TokenStream, item: TokenStream) -> TokenStream {
    subscribe::expand(&attribute.into(), &item.into()).into()
}

#[expect(missing_docs, reason = "documented where it is re-exported")]
#[proc_macro_attribute]
pub fn every(attribute: TokenStream, item: TokenStream) -> TokenStream {
    schedule::expand_every(&attribute.into(), &item.into()).into()
}

#[expect(missing_docs, reason = "documented where it is re-exported")]
#[proc_macro_attribute]
pub fn cron(attribute: TokenStream, item: TokenStream) -> TokenStream {
    schedule::expand_cron(&attribute.into(), &item.into()).into()
}
