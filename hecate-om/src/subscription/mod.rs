//! Subscriptions: how handlers of facts are registered, fed and run.

mod delivery;
mod description;

use std::sync::Arc;

use schemars::{JsonSchema, Schema};
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use delivery::{Delivery, FactMetadata};

pub(crate) use delivery::at_ms;

pub(crate) use description::FactDescription;

use crate::capability::SharedState;
use crate::capability::{StateNeed, States};
use crate::codec::{self, Payload};
use crate::handler::{HandlerError, HandlerFuture};
use crate::panic::catch;

/// One subscription as its attribute registered it. Only the expansion of `#[subscribe]` makes one.
#[derive(Debug, Clone, Copy)]
pub struct FactHandler {
    /// What it listens to.
    pub topic: &'static str,
    /// The package that holds the handler.
    pub package: &'static str,
    /// Where the handler is: `src/orders.rs:12`.
    pub location: &'static str,
    /// The handler's doc comment.
    pub doc: &'static str,
    /// The fact's type as written.
    pub fact: &'static str,
    /// What makes the fact's JSON Schema.
    pub schema: fn() -> Option<Schema>,
    /// Whether it is not told of interruptions and gaps.
    pub gaps_ignored: bool,
    /// How many facts it handles at once; 1 is in order.
    pub concurrency: u32,
    /// The state that the handler borrows.
    pub needs: &'static [StateNeed],
    /// Decodes and calls the handler.
    pub invoke: fn(FactInvocation) -> HandlerFuture<(), HandlerError>,
}

impl FactHandler {
    /// One that takes anything, one at a time, on which others are built.
    #[must_use]
    pub const fn new(
        topic: &'static str,
        invoke: fn(FactInvocation) -> HandlerFuture<(), HandlerError>,
    ) -> Self {
        Self {
            topic,
            package: env!("CARGO_PKG_NAME"),
            location: file!(),
            doc: "",
            fact: "()",
            schema: crate::capability::schema::no_schema,
            gaps_ignored: false,
            concurrency: 1,
            needs: &[],
            invoke,
        }
    }

    /// Returns the ambiguity of the fact type as a sentence.
    pub(crate) fn ambiguity(&self) -> Option<String> {
        let found = crate::capability::schema::ambiguity(&self.fact_schema()?)?;
        Some(format!(
            "the fact of `{}` ({}, {}): {found}",
            self.topic, self.package, self.location
        ))
    }

    /// The JSON Schema of the fact. What makes it may be the author's own code: what is wrong there costs the schema.
    pub(crate) fn fact_schema(&self) -> Option<Value> {
        match catch(self.schema) {
            Ok(schema) => schema.map(Schema::to_value),
            Err(panic) => {
                tracing::error!(
                    at = panic.place(),
                    backtrace = panic.backtrace(),
                    topic = self.topic,
                    "generating the JSON Schema of its fact panicked, so it has none: {panic}"
                );
                None
            }
        }
    }
}

/// What a handler may take as its fact.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the fact of a subscription",
    label = "this type cannot be read from a fact",
    note = "a fact is an owned type that implements `serde::Deserialize` and `JsonSchema`: put `#[derive(serde::Deserialize, schemars::JsonSchema)]` on each type of yours in it",
    note = "the derive of `JsonSchema`, which is also `hecate_om::JsonSchema`, needs `schemars = \"1\"` in `Cargo.toml`, or `#[schemars(crate = \"hecate_om::schemars\")]` on the type",
    note = "to borrow what the service holds, take `&{Self}` instead"
)]
pub trait FactPayload: DeserializeOwned + JsonSchema + Send + 'static {}
#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + JsonSchema + Send + 'static> FactPayload for T {}

/// A delivery, with what its handler may borrow.
#[derive(Debug)]
pub struct FactInvocation {
    delivery: Delivery<Payload>,
    metadata: FactMetadata,
    states: Arc<States>,
}

impl FactInvocation {
    pub(crate) const fn new(
        delivery: Delivery<Payload>,
        metadata: FactMetadata,
        states: Arc<States>,
    ) -> Self {
        Self {
            delivery,
            metadata,
            states,
        }
    }

    fn take(&mut self) -> Delivery<Payload> {
        std::mem::replace(&mut self.delivery, Delivery::Fact(Payload::default()))
    }

    /// Takes the delivery, with a fact decoded as a `T`.
    ///
    /// # Errors
    ///
    /// If the fact does not decode as a `T`. It never reaches the handler.
    pub fn delivery<T: FactPayload>(&mut self) -> Result<Delivery<T>, HandlerError> {
        codec::register_schema::<T>();
        self.decoded()
    }

    /// [`FactInvocation::delivery`] without the bound that only an attribute's handler must meet.
    pub(crate) fn decoded<T: DeserializeOwned>(&mut self) -> Result<Delivery<T>, HandlerError> {
        let delivery = self.take().try_map(codec::decode);
        delivery.map_err(|error| HandlerError::Undecodable(error.to_string()))
    }

    /// The fact, decoded as a `T`, for a handler that hears of nothing else.
    ///
    /// # Errors
    ///
    /// As [`FactInvocation::delivery`].
    pub fn fact<T: FactPayload>(&mut self) -> Result<T, HandlerError> {
        let fact = self.delivery::<T>()?.fact();
        fact.ok_or_else(|| HandlerError::Undecodable("it is no fact".into()))
    }

    /// The state of type `T`. Boot has checked that it was provided.
    ///
    /// # Errors
    ///
    /// Where it was not, which boot rules out.
    pub fn state<T: SharedState>(&self) -> Result<&T, HandlerError> {
        crate::handler::state(&self.states)
    }

    /// Returns the topic, publisher and time of the delivery.
    #[must_use]
    pub const fn metadata(&self) -> &FactMetadata {
        &self.metadata
    }
}
