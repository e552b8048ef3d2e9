//! The expansion of the attributes as functions.
//!
//! A crate of macros exports only macros, which run in the compiler. This crate compiles the
//! modules of `hecate-om-macros` as a library, for the property tests.

#[path = "../../../hecate-om-macros/src/capability/mod.rs"]
mod capability;
#[path = "../../../hecate-om-macros/src/fact/mod.rs"]
mod fact;
#[path = "../../../hecate-om-macros/src/item.rs"]
mod item;
#[path = "../../../hecate-om-macros/src/listed.rs"]
mod listed;
#[path = "../../../hecate-om-macros/src/schedule/mod.rs"]
mod schedule;
#[path = "../../../hecate-om-macros/src/service/mod.rs"]
mod service;
#[path = "../../../hecate-om-macros/src/settings/mod.rs"]
mod settings;
#[path = "../../../hecate-om-macros/src/subscribe/mod.rs"]
mod subscribe;
#[path = "../../../hecate-om-macros/src/value.rs"]
mod value;

use proc_macro2::TokenStream;

/// Expands the attribute or derive `name` with its arguments on an item; `None` if none has this
/// name.
#[must_use]
pub fn expand(name: &str, arguments: &TokenStream, item: &TokenStream) -> Option<TokenStream> {
    if name == "Settings" {
        return Some(settings::expand(item));
    }
    let expand = match name {
        "capability" => capability::expand,
        "fact" => fact::expand,
        "hecate_service" => service::expand,
        "subscribe" => subscribe::expand,
        "every" => schedule::expand_every,
        "cron" => schedule::expand_cron,
        _ => return None,
    };
    Some(expand(arguments, item))
}
