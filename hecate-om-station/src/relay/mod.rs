//! Relaying between clients: calls and their replies, publications and streams. Received bytes are
//! sent on unchanged.

mod acknowledge;
mod advertisements;
mod calls;
mod publications;
mod streams;
mod subscriptions;

pub(crate) use advertisements::{advertise, revoke_org, unadvertise};
pub(crate) use calls::{call, reply};
pub(crate) use publications::publish;
pub(crate) use streams::{read_request, relay_streams};
pub(crate) use subscriptions::{subscribe, unsubscribe};
