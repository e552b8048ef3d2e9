//! The attributes of `hecate-om`, which re-exports and documents them.
//!
//! The macros only transform tokens: they read no files. `hecate-om-grammar` parses the attributes
//! and signatures, for the source scanner too. Generated code uses only `hecate_om::__private` and
//! `core`.

mod capability;
mod fact;
mod item;
mod listed;
mod schedule;
mod service;
mod settings;
#[cfg(test)]
mod snapshot;
mod subscribe;
mod value;

use proc_macro::TokenStream;

// Documented in `hecate-om`, where examples can run. Documentation here would be appended to that.

#[expect(missing_docs, reason = "documented where it is re-exported")]
#[proc_macro_attribute]
pub fn hecate_service(attribute: TokenStream, item: TokenStream) -> TokenStream {
    service::expand(&attribute.into(), &item.into()).into()
}

#[expect(missing_docs, reason = "documented where it is re-exported")]
#[proc_macro_derive(Settings, attributes(settings))]
pub fn settings(item: TokenStream) -> TokenStream {
    settings::expand(&item.into()).into()
}

#[expect(missing_docs, reason = "documented where it is re-exported")]
#[proc_macro_attribute]
pub fn capability(attribute: TokenStream, item: TokenStream) -> TokenStream {
    capability::expand(&attribute.into(), &item.into()).into()
}

#[expect(missing_docs, reason = "documented where it is re-exported")]
#[proc_macro_attribute]
pub fn fact(attribute: TokenStream, item: TokenStream) -> TokenStream {
    fact::expand(&attribute.into(), &item.into()).into()
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
