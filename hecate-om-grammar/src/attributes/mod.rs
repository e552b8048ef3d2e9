//! Parser for `#[hecate_service]`, `#[capability]`, `#[fact]`, `#[subscribe]`, `#[every]` and
//! `#[cron]`, for the signatures of the functions below them, and for the items of
//! `#[derive(Settings)]`.
//!
//! Tokens are split into `key = value` entries, which become [`ServiceArgs`], [`CapabilityArgs`],
//! [`FactArgs`], [`SubscribeArgs`], [`ScheduleArgs`] and [`SettingsItem`]. All mistakes are collected in [`Errors`], each at the
//! token that causes it, with the rule and what to do.

mod access;
mod caller_type;
mod capability;
mod confidential;
mod dedupe;
mod deprecated;
mod docs;
mod entries;
mod errors;
mod fact;
mod failure;
mod handler;
mod layers;
mod measure;
mod node_list;
mod own_setting;
mod rate;
mod schedule;
mod scheduled;
mod service;
mod settings;
mod signature;
mod spanned;
mod stream;
mod subscribe;
mod subscription;
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
pub use fact::{FactArgs, FactStruct};
pub use failure::FailureArgs;
pub use handler::{Handler, HandlerInput};
pub use layers::LayerPath;
pub use measure::{
    MAX_BACKOFF, MAX_DEADLINE, MAX_PAYLOAD_BYTES, MAX_PERIOD, MAX_TIMEOUT, MAX_WINDOW,
};
pub use schedule::{ScheduleArgs, When};
pub use scheduled::{ScheduledArgument, ScheduledFunction};
pub use service::ServiceArgs;
pub use settings::{SettingField, SettingsEnum, SettingsItem, SettingsStruct, SettingsVariant};
pub use spanned::Spanned;
pub use stream::OutputForm;
pub use subscribe::SubscribeArgs;
pub use subscription::{SubscriptionHandler, SubscriptionInput};
pub use type_name::type_name;
