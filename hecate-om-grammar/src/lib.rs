//! The grammar of the attributes of `hecate-om`, and the types that an attribute and the manifest
//! of a service share. Services use it through `hecate-om` and `hecate-om-manifest`.
//!
//! | module | contents |
//! |---|---|
//! | `attributes` | parser for attributes and handler signatures (feature `attributes`, on by default) |
//! | [`cron`] | cron patterns and the times that they name |
//! | [`handler_key`] | keys of handlers in the list that the build script passes to the macros |
//! | [`names`] | validated names, and how they are spelled on the wire |
//! | [`settings_prefix`] | prefix of the variables of a service's own settings |
//! | [`suggest`] | suggestions for misspelled words |

mod access;
#[cfg(feature = "attributes")]
pub mod attributes;
mod confidential;
pub mod cron;
mod dedupe;
mod deprecated;
pub mod handler_key;
mod kind;
mod limits;
pub mod names;
mod retries;
mod settings_prefix;
pub mod suggest;

pub use access::Access;
pub use confidential::Confidential;
pub use dedupe::{Dedupe, DedupeStore};
pub use deprecated::Deprecated;
pub use kind::Kind;
pub use limits::Limits;
pub use retries::{Retries, Written};
pub use settings_prefix::settings_prefix;
