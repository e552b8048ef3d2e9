//! Layers: functions that run around the handlers of calls.

mod function;
#[cfg(test)]
mod tests;

use std::any::{Any, type_name};
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub use function::LayerFunction;

use super::{
    Call, Capability, HandlerFuture, Invocation, Refusal, SharedState, StateMap, StateRequirement,
    StreamItems,
};
use crate::codec::{self, Payload};

/// Future of a running layer.
pub(super) type LayerFuture<'a> = Pin<Box<dyn Future<Output = Reply> + Send + 'a>>;

/// Result of a call: the response of the handler, or the refusal that the caller receives.
///
/// A refusal is that of the handler, of another layer, or `invalid_request` for a request that does
/// not decode.
pub type Reply = Result<Response, Refusal>;

/// Response of a handler, encoded for the wire.
pub struct Response(Payload);

impl Response {
    /// Returns the size of the response on the wire, without signature and encryption. The response
    /// of a stream is empty: its items were sent before.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        codec::encoded_len(&self.0)
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Response({} bytes)", self.bytes())
    }
}

/// Values that layers provide for one call, the innermost last.
pub(crate) type CallValues = Vec<Arc<dyn Any + Send + Sync>>;

/// The rest of a call after a layer: the layers inside of it, and the handler.
///
/// `Next<'_, T>` is that of a layer that provides a `T` for each call, by [`provide`](Self::provide).
/// A handler below it borrows the value as `&T`.
///
/// A call runs at most once, because [`run`](Next::run) consumes the `Next`. A layer that never calls
/// it refuses the call.
///
/// ```
/// use hecate_om::{Call, Next, Refusal, Reply, capability};
///
/// /// Tenant of a caller.
/// pub struct Tenant(String);
///
/// /// Finds the caller's tenant.
/// async fn tenant(call: &Call, next: Next<'_, Tenant>) -> Reply {
///     if call.sealed() {
///         return next.provide(Tenant(call.caller().to_string())).run(call).await;
///     }
///     Err(Refusal::new("unsealed", "this service accepts only sealed requests"))
/// }
///
/// /// Returns the caller's tenant.
/// #[capability("tenants.mine", layers = [tenant])]
/// async fn mine(tenant: &Tenant) -> String {
///     tenant.0.clone()
/// }
/// ```
pub struct Next<'a, T = ()> {
    layers: &'a [Layer],
    invoke: fn(Invocation) -> HandlerFuture,
    states: &'a Arc<StateMap>,
    payload: Payload,
    items: Option<Arc<StreamItems>>,
    values: CallValues,
    /// Set when the handler starts.
    reached: &'a AtomicBool,
    provided: PhantomData<fn(T)>,
}

impl Next<'_> {
    /// Runs the layers inside of this one, then the handler, and returns the reply.
    ///
    /// The future is dropped, and the layer with it, if the call times out, the caller leaves a
    /// stream, or the service stops.
    pub async fn run(self, call: &Call) -> Reply {
        if let Some((layer, layers)) = self.layers.split_first() {
            return layer.function.run(call, Next { layers, ..self }).await;
        }
        let invocation = Invocation {
            payload: self.payload,
            call: call.clone(),
            states: Arc::clone(self.states),
            items: self.items,
            values: self.values,
        };
        self.reached.store(true, Ordering::Relaxed);
        let handler = (self.invoke)(invocation).into_future();
        handler.await.map(Response)
    }
}

impl<'a, T: SharedState> Next<'a, T> {
    /// Provides a value for this call, which the handler and the layers inside of this one borrow as
    /// `&T`. It hides a value of the same type that the service or another layer provided.
    #[must_use = "the handler runs only by `run`"]
    pub fn provide(mut self, value: T) -> Next<'a> {
        self.values.push(Arc::new(value));
        self.typed()
    }
}

impl<'a, T> Next<'a, T> {
    fn typed<U>(self) -> Next<'a, U> {
        Next {
            layers: self.layers,
            invoke: self.invoke,
            states: self.states,
            payload: self.payload,
            items: self.items,
            values: self.values,
            reached: self.reached,
            provided: PhantomData,
        }
    }

    /// Returns the value of type `S` of this call, or of the service.
    fn state<S: SharedState>(&self) -> Result<Arc<S>, Refusal> {
        let of_call = self.values.iter().rev();
        let mut of_call = of_call.filter_map(|value| Arc::clone(value).downcast().ok());
        let found = of_call.next().or_else(|| self.states.get_shared());
        found.ok_or_else(missing::<S>)
    }
}

impl<T> fmt::Debug for Next<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Next").field(&self.layers).finish()
    }
}

/// Returns the refusal of a call whose handler or layer borrows a value that is missing. Boot rules
/// this out.
pub(super) fn missing<T>() -> Refusal {
    Refusal::new("unavailable", "a value that the handler needs is missing")
        .before_run()
        .log(format!("no `{}` was provided", type_name::<T>()))
}

/// A layer as an attribute names it.
#[derive(Clone, Copy)]
pub struct Layer {
    /// Path of the function, as in the attribute.
    pub name: &'static str,
    /// The function.
    pub function: &'static dyn RunLayer,
}

impl fmt::Debug for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Function of a layer, of any form.
pub trait RunLayer: Send + Sync {
    /// Runs the layer.
    fn run<'a>(&'a self, call: &'a Call, next: Next<'a>) -> LayerFuture<'a>;
    /// Returns the types that the layer borrows.
    fn needs(&self) -> Vec<StateRequirement>;
    /// Returns the type of the value that the layer provides for each call; `()` if it provides none.
    fn provides(&self) -> StateRequirement;
}

/// Returns the layers around a capability, the outermost first: those of the service, then its own.
pub(crate) fn around(service: &'static [Layer], own: &'static [Layer]) -> &'static [Layer] {
    match (service, own) {
        ([], layers) | (layers, []) => layers,
        // A capability has a `&'static [Layer]`, so one short list is leaked at each boot.
        _ => [service, own].concat().leak(),
    }
}

/// Runs a call through the layers of its capability.
pub(super) fn run(capability: &Capability, invocation: Invocation) -> HandlerFuture {
    let (layers, invoke) = (capability.layers, capability.invoke);
    HandlerFuture::new(async move {
        let reached = AtomicBool::new(false);
        let next = Next::<()> {
            layers,
            invoke,
            states: &invocation.states,
            payload: invocation.payload,
            items: invocation.items,
            values: invocation.values,
            reached: &reached,
            provided: PhantomData,
        };
        let reply = next.run(&invocation.call).await;
        reply.map(|Response(payload)| payload).map_err(|refusal| {
            if reached.load(Ordering::Relaxed) {
                refusal
            } else {
                refusal.before_run()
            }
        })
    })
}

/// Returns the types that a capability needs from the service, each with what borrows it: a layer's,
/// and the handler's. Types that an outer layer provides are left out.
pub(super) fn needs(capability: &Capability) -> Vec<(String, StateRequirement)> {
    let name = capability.name;
    let mut provided = Vec::new();
    let mut needs = Vec::new();
    for layer in capability.layers {
        let borrower = format!("the layer `{}` of `{name}`", layer.name);
        for need in layer.function.needs() {
            needs.extend((!provided.contains(&need.id())).then(|| (borrower.clone(), need)));
        }
        provided.push(layer.function.provides().id());
    }
    let of_handler = capability.needs.iter();
    let of_handler = of_handler.filter(|need| !provided.contains(&need.id()));
    needs.extend(of_handler.map(|need| (format!("the handler of `{name}`"), *need)));
    needs
}
