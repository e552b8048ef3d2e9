//! Tables by which frames are relayed: advertised procedures, subscriptions, and calls that wait
//! for a reply.

mod pending_calls;
mod routes;
mod subscriptions;

pub(crate) use pending_calls::{ForwardError, PendingCalls};
pub(crate) use routes::Routes;
pub(crate) use subscriptions::Subscriptions;

#[cfg(test)]
mod tests;
