//! The one grammar of the attributes: `#[hecate_service]`, `#[capability]`, `#[subscribe]`, `#[every]` and `#[cron]`.
//!
//! The macros and the source scanner both read attributes here, so what one accepts the other
//! accepts, and what one refuses the other refuses. Reading goes in one direction: tokens, then
//! `key = value` entries, then [`ServiceArgs`], [`CapabilityArgs`] and [`Handler`], which hold no
//! mistake. All mistakes on the way are collected in [`Errors`], each at the author's token, each
//! saying the rule, its reason and the repair.

mod access;
mod caller_type;
mod capability;
mod confidential;
mod deprecated;
mod docs;
mod entries;
mod errors;
mod handler;
mod listener;
mod measure;
mod rate;
mod schedule;
mod service;
mod signature;
mod spanned;
mod stream;
mod subscribe;
#[cfg(test)]
mod tests;
mod type_name;
mod types;
mod value;
mod vocabulary;

pub use caller_type::type_example;
pub use capability::CapabilityArgs;
pub use docs::{doc, first_paragraph};
pub use errors::Errors;
pub use handler::{Handler, Input};
pub use listener::{Listener, ListenerInput, Task};
pub use measure::{MAX_PAYLOAD_BYTES, MAX_PERIOD, MAX_TIMEOUT, MAX_WINDOW};
pub use schedule::{ScheduleArgs, When};
pub use service::ServiceArgs;
pub use spanned::Spanned;
pub use stream::Answer;
pub use subscribe::SubscribeArgs;
pub use type_name::type_name;
