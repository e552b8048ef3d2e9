//! Capabilities: how handlers are registered, found, guarded and run.

mod access;
mod call;
mod callable;
mod claims;
mod dispatch;
mod guard;
mod in_flight;
mod outcome;
mod output;
mod refusal;
mod registry;
pub(crate) mod schema;
mod state;
mod stream;

pub use access::Access;
pub use call::Call;
pub use callable::{Callable, kind};
pub use claims::{Claims, Granted};
pub use output::{
    IntoRefusal, MaybeResult, Output, PlainReply, ReadPayload, RequestPayload, ResponsePayload,
    SentPayload, SharedState, opened, reply,
};
pub use refusal::Refusal;
pub use schema::Schemas;
pub use stream::Inbound;

pub(crate) use dispatch::{Dispatcher, deadline, inherited_deadline, scoped};
#[cfg(test)]
pub(crate) use guard::TopCaller;
pub(crate) use guard::{
    EffectiveLimits, Figures, Guard, GuardControl, GuardCounts, LimitsSet, Report, Stats,
};
pub(crate) use in_flight::InFlight;
pub(crate) use registry::Registry;
pub(crate) use state::States;
pub(crate) use stream::{Ended, Items, StreamEnd, StreamMetrics, Wire};

use std::any::{TypeId, type_name};
use std::future::Future;
use std::pin::Pin;

pub use hecate_om_manifest::Kind;

pub use crate::config::Limits;
pub(crate) use crate::node_id::NodeId;

use crate::codec::{self, Payload};

/// One capability as its attribute registered it. Only the expansion of `#[capability]` makes one.
#[derive(Debug, Clone, Copy)]
pub struct Capability {
    /// The name, without the org: `rag.embed`.
    pub name: &'static str,
    /// The version; 1 is served as `<org>/<name>`, N as `<org>/<name>_v<N>`.
    pub version: u32,
    /// The package that holds the handler.
    pub package: &'static str,
    /// Where the handler is: `src/embed.rs:12`.
    pub location: &'static str,
    /// Who may call it; `None` where the attribute does not say.
    pub access: Option<Access>,
    /// The bounds of its calls, where the attribute sets them.
    pub limits: Limits,
    /// Whether its requests come sealed end to end; `None` where the attribute does not say.
    pub confidential: Option<Confidential>,
    /// Whether running a call twice does no more than running it once.
    pub idempotent: bool,
    /// That it goes away; `None` where it stays.
    pub deprecated: Option<Deprecated>,
    /// Whether it takes or answers streams.
    pub kind: Kind,
    /// The handler's doc comment.
    pub doc: &'static str,
    /// The request's type as written; `None` when the handler takes no payload.
    pub request: Option<&'static str>,
    /// The type of the response, or of each item of a stream, as written.
    pub response: &'static str,
    /// The type of the items that the caller sends, as written; `None` when the handler takes none.
    pub inbound: Option<&'static str>,
    /// What makes the JSON Schemas of the three.
    pub schemas: Schemas,
    /// The state that the handler borrows.
    pub needs: &'static [StateNeed],
    /// Decodes, calls the handler and encodes.
    pub invoke: fn(Invocation) -> HandlerFuture,
}

impl Capability {
    /// An open capability of version 1 that takes and answers nothing, on which others are built.
    #[must_use]
    pub const fn new(name: &'static str, invoke: fn(Invocation) -> HandlerFuture) -> Self {
        Self {
            name,
            version: 1,
            package: env!("CARGO_PKG_NAME"),
            location: file!(),
            access: None,
            limits: Limits::UNSET,
            confidential: None,
            idempotent: false,
            deprecated: None,
            kind: Kind::Unary,
            doc: "",
            request: None,
            response: "()",
            inbound: None,
            schemas: Schemas::NONE,
            needs: &[],
            invoke,
        }
    }

    /// Whether the runtime itself answers this name.
    pub(crate) fn is_builtin(&self) -> bool {
        hecate_om_manifest::is_reserved(self.name)
    }
}

/// Whether a capability's requests come sealed end to end, as `confidential = …` says in its attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Confidential {
    /// Never: its advertisement names no key.
    Off,
    /// Where the caller can: the advertisement names a key where the service has one.
    Preferred,
    /// Always: a request in the clear is refused.
    Required,
}

/// That a capability goes away, as `deprecated(…)` says in its attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deprecated {
    /// The version of the service that first said so.
    pub since: &'static str,
    /// What to call instead, where something takes its place.
    pub instead: Option<&'static str>,
}

/// A type that a handler borrows, to be checked before anything is advertised.
#[derive(Clone, Copy)]
pub struct StateNeed {
    id: fn() -> TypeId,
    name: fn() -> &'static str,
}

impl StateNeed {
    /// The need of a `T`.
    #[must_use]
    pub const fn of<T: 'static>() -> Self {
        Self {
            id: TypeId::of::<T>,
            name: type_name::<T>,
        }
    }

    pub(crate) fn id(self) -> TypeId {
        (self.id)()
    }

    pub(crate) fn name(self) -> &'static str {
        (self.name)()
    }
}

impl std::fmt::Debug for StateNeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// A call on its way to a handler: the request, who calls, and the state it may borrow.
#[derive(Debug)]
pub struct Invocation {
    pub(crate) payload: Payload,
    pub(crate) call: Call,
    pub(crate) states: std::sync::Arc<States>,
    /// What carries the items, where the capability takes or answers streams.
    pub(crate) items: Option<std::sync::Arc<Items>>,
}

impl Invocation {
    /// The request, decoded as a `T`.
    ///
    /// # Errors
    ///
    /// `invalid_request`, saying where the payload does not fit, so that it never reaches the handler.
    pub fn payload<T: RequestPayload>(&mut self) -> Result<T, Refusal> {
        codec::decode_described(std::mem::take(&mut self.payload))
            .map_err(|error| Refusal::new("invalid_request", error.to_string()))
    }

    /// The state of type `T`. Boot has checked that it was provided.
    ///
    /// # Errors
    ///
    /// `unavailable` where it was not, which boot rules out.
    pub fn state<T: SharedState>(&self) -> Result<&T, Refusal> {
        self.states.get::<T>().ok_or_else(|| {
            Refusal::new("unavailable", "the service lacks a part it needs")
                .log(format!("no `{}` was provided", type_name::<T>()))
        })
    }

    /// Who calls, until when, and under what authority.
    #[must_use]
    pub const fn call(&self) -> &Call {
        &self.call
    }
}

/// The future of a running handler, of a capability unless the types say otherwise.
pub struct HandlerFuture<T = Payload, E = Refusal>(
    Pin<Box<dyn Future<Output = Result<T, E>> + Send>>,
);

impl<T, E> HandlerFuture<T, E> {
    /// Boxes the future of a handler.
    pub fn new(future: impl Future<Output = Result<T, E>> + Send + 'static) -> Self {
        Self(Box::pin(future))
    }

    pub(crate) fn into_future(self) -> impl Future<Output = Result<T, E>> + Send {
        self.0
    }
}

impl<T, E> std::fmt::Debug for HandlerFuture<T, E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HandlerFuture")
    }
}
