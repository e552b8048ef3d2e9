//! Capabilities: registration, guard and dispatch of handlers.

mod access;
mod allow_list;
mod call;
mod callable;
mod claims;
mod dispatch;
mod guard;
mod in_flight;
mod keyed;
mod layer;
mod outcome;
mod output;
mod refusal;
mod registry;
pub(crate) mod schema;
mod state;
mod stream;

pub use access::Access;
pub use allow_list::AllowList;
pub use call::Call;
pub use callable::{Callable, kind};
pub use claims::{Claims, PermissionGrant};
pub use guard::LocalGuard;
pub use layer::{Layer, LayerFunction, Next, Reply, Response};
pub use output::{
    IntoRefusal, MaybeResult, Output, PlainReply, ReadPayload, RequestPayload, ResponsePayload,
    SentPayload, SharedState, opened, reply,
};
pub use refusal::Refusal;
pub use schema::Schemas;
pub use stream::Inbound;

pub(crate) use allow_list::AllowListSource;
pub(crate) use dispatch::{Dispatcher, deadline, inherited_timeout, with_deadline};
#[cfg(test)]
pub(crate) use guard::TopCaller;
pub(crate) use guard::{
    EffectiveLimits, Guard, GuardControl, GuardCounts, GuardStatus, LimitsSet, WindowReport,
    WindowStats,
};
pub(crate) use in_flight::InFlight;
pub(crate) use keyed::{KeyedBounds, KeyedCalls};
pub(crate) use layer::around;
pub(crate) use registry::Registry;
pub(crate) use state::{MissingState, StateMap};
pub(crate) use stream::{StreamClosed, StreamEnd, StreamItems, StreamMetrics, StreamTransport};

use std::any::{TypeId, type_name};
use std::future::Future;
use std::pin::Pin;

pub use hecate_om_manifest::{Dedupe, DedupeStore, Kind};

pub use crate::config::Limits;
pub(crate) use crate::node_id::NodeId;

use crate::codec::{self, Payload};

/// A capability as registered by its attribute. Only the expansion of `#[capability]` constructs
/// this type.
#[derive(Debug, Clone, Copy)]
pub struct Capability {
    /// Name without the org: `rag.embed`.
    pub name: &'static str,
    /// Version. Version 1 is served as `<org>/<name>`, and version N as `<org>/<name>_v<N>`.
    pub version: u32,
    /// Package that contains the handler.
    pub package: &'static str,
    /// Location of the handler: `src/embed.rs:12`.
    pub location: &'static str,
    /// Access policy; `None` if the attribute does not set it.
    pub access: Option<Access>,
    /// Limits that the attribute sets.
    pub limits: Limits,
    /// Whether requests are sealed end to end; `None` if the attribute does not set this.
    pub confidential: Option<Confidential>,
    /// Whether running a call twice has the same effect as running it once.
    pub idempotent: bool,
    /// How long, and where, answers to requests with a key are kept; `None` if they are not kept.
    pub dedupe: Option<Dedupe>,
    /// Deprecation notice, if the capability is deprecated.
    pub deprecated: Option<Deprecated>,
    /// Which of the request and the response are streams.
    pub kind: Kind,
    /// Layers around the handler, the outermost first. Boot puts those of the service before them.
    pub layers: &'static [Layer],
    /// Doc comment of the handler.
    pub doc: &'static str,
    /// Request type as written in the source; `None` if the handler has no payload argument.
    pub request: Option<&'static str>,
    /// Type of the response, or of each item of a response stream, as written in the source.
    pub response: &'static str,
    /// Type of the items that the caller streams, as written in the source; `None` if the caller
    /// streams none.
    pub inbound: Option<&'static str>,
    /// Functions that generate the JSON Schemas of these three types.
    pub schemas: Schemas,
    /// Types of the values that the handler borrows.
    pub needs: &'static [StateRequirement],
    /// Decodes the request, runs the handler and encodes the response.
    pub invoke: fn(Invocation) -> HandlerFuture,
}

impl Capability {
    /// Returns an open capability of version 1, without request and response. Callers complete it
    /// by struct update syntax.
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
            dedupe: None,
            deprecated: None,
            kind: Kind::Unary,
            layers: &[],
            doc: "",
            request: None,
            response: "()",
            inbound: None,
            schemas: Schemas::NONE,
            needs: &[],
            invoke,
        }
    }

    /// Starts the handler, inside of its layers.
    fn run(&self, invocation: Invocation) -> HandlerFuture {
        if self.layers.is_empty() {
            return (self.invoke)(invocation);
        }
        layer::run(self, invocation)
    }

    /// Returns whether the runtime itself serves this name.
    pub(crate) fn is_builtin(&self) -> bool {
        hecate_om_manifest::is_reserved(self.name)
    }
}

/// Policy for sealing requests end to end: `confidential = …` of the attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Confidential {
    /// Never. The advertisement contains no key.
    Off,
    /// If the caller can seal. The advertisement contains the service's key, if the service has
    /// one.
    Preferred,
    /// Always. An unsealed request is refused.
    Required,
}

/// Deprecation notice: `deprecated(…)` of the attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deprecated {
    /// First version of the service with the notice.
    pub since: &'static str,
    /// Capability to call instead, if there is one.
    pub instead: Option<&'static str>,
}

/// A type that a handler borrows. Boot checks that a value of this type was provided.
#[derive(Clone, Copy)]
pub struct StateRequirement {
    id: fn() -> TypeId,
    name: fn() -> &'static str,
}

impl StateRequirement {
    /// Returns the requirement of the type `T`.
    #[must_use]
    pub const fn new<T: 'static>() -> Self {
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

impl std::fmt::Debug for StateRequirement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// A call to handle: the request, its context, and the values that the handler may borrow.
#[derive(Debug)]
pub struct Invocation {
    pub(crate) payload: Payload,
    pub(crate) call: Call,
    pub(crate) states: std::sync::Arc<StateMap>,
    /// Items of the stream, if the capability streams items.
    pub(crate) items: Option<std::sync::Arc<StreamItems>>,
    /// Values that layers provided for this call.
    pub(crate) values: layer::CallValues,
}

impl Invocation {
    /// Decodes the request as a `T`.
    ///
    /// # Errors
    ///
    /// `invalid_request`, with the location in the payload that does not decode.
    pub fn payload<T: RequestPayload>(&mut self) -> Result<T, Refusal> {
        codec::decode_described(std::mem::take(&mut self.payload))
            .map_err(|error| Refusal::new("invalid_request", error.to_string()).before_run())
    }

    /// Returns the value of type `T` that a layer provided for this call, or the service.
    ///
    /// # Errors
    ///
    /// `unavailable` if no value was provided. Boot rules this out.
    pub fn state<T: SharedState>(&self) -> Result<&T, Refusal> {
        let of_call = self.values.iter().rev();
        let of_call = of_call.filter_map(|value| value.downcast_ref()).next();
        let found = of_call.or_else(|| self.states.get());
        found.ok_or_else(layer::missing::<T>)
    }

    /// Returns the call's context: the caller, the deadline and the claims.
    #[must_use]
    pub const fn call(&self) -> &Call {
        &self.call
    }
}

/// Future of a running handler, by default the handler of a capability.
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
