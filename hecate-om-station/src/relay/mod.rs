//! What the station passes between its clients: calls and their replies,
//! publications, dedicated streams. Received bytes go on unchanged.

mod acknowledge;
mod calls;
mod name;
mod pending;
mod publications;
mod routes;
mod streams;

pub(crate) use calls::{call, reply};
pub use name::Name;
pub(crate) use pending::PendingCalls;
pub(crate) use publications::{Topics, publish, subscribe, unsubscribe};
pub(crate) use routes::{Routes, Served, advertise, unadvertise};
pub(crate) use streams::relay_streams;
