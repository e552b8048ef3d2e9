//! Handlers of facts, and the deliveries that they receive.

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
use crate::capability::{StateMap, StateRequirement};
use crate::codec::{self, Payload};
use crate::handler::{FailurePolicy, HandlerError, HandlerFuture};
use crate::publication::fact_schema;

/// A handler of facts, registered by `#[subscribe]`.
#[derive(Debug, Clone, Copy)]
pub struct FactHandler {
    /// The topic.
    pub topic: &'static str,
    /// The package of the handler.
    pub package: &'static str,
    /// The location of the handler: `src/orders.rs:12`.
    pub location: &'static str,
    /// The handler's doc comment.
    pub doc: &'static str,
    /// The fact's type as written in the source.
    pub fact: &'static str,
    /// Generates the fact's JSON Schema.
    pub schema: fn() -> Option<Schema>,
    /// Whether the handler receives only facts, without interruptions and gaps.
    pub gaps_ignored: bool,
    /// Maximum number of facts handled at once; 1 preserves their order.
    pub concurrency: u32,
    /// What happens to facts whose handling failed.
    pub failure: FailurePolicy,
    /// Types of the values that the handler borrows.
    pub needs: &'static [StateRequirement],
    /// Decodes the fact and calls the handler.
    pub invoke: fn(FactInvocation) -> HandlerFuture<(), HandlerError>,
}

impl FactHandler {
    /// Creates a handler without a type, which handles one fact at a time.
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
            failure: FailurePolicy {
                retries: None,
                deadline: None,
                keeps_order: false,
            },
            needs: &[],
            invoke,
        }
    }

    /// Returns a sentence about how the fact type is ambiguous on the wire, if it is.
    pub(crate) fn ambiguity(&self) -> Option<String> {
        let found = crate::capability::schema::ambiguity(&self.fact_schema()?)?;
        Some(format!(
            "the fact of `{}` ({}, {}): {found}",
            self.topic, self.package, self.location
        ))
    }

    /// Returns the JSON Schema of the fact; `None` if the author's code that generates the schema
    /// panics.
    pub(crate) fn fact_schema(&self) -> Option<Value> {
        fact_schema(self.schema, self.topic)
    }
}

/// A type that the fact of a handler may have.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the fact of a subscription",
    label = "this type cannot be read from a fact",
    note = "a fact is an owned type that implements `serde::Deserialize` and `JsonSchema`: put `#[derive(serde::Deserialize, schemars::JsonSchema)]` on each of your types in it",
    note = "the derive of `JsonSchema`, which is also `hecate_om::JsonSchema`, needs `schemars = \"1\"` in `Cargo.toml`, or `#[schemars(crate = \"hecate_om::schemars\")]` on the type",
    note = "to borrow what the service holds, take `&{Self}` instead"
)]
pub trait FactPayload: DeserializeOwned + JsonSchema + Send + 'static {}
#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + JsonSchema + Send + 'static> FactPayload for T {}

/// A delivery, with the values that its handler may borrow.
#[derive(Debug)]
pub struct FactInvocation {
    delivery: Delivery<Payload>,
    metadata: FactMetadata,
    states: Arc<StateMap>,
}

impl FactInvocation {
    pub(crate) const fn new(
        delivery: Delivery<Payload>,
        metadata: FactMetadata,
        states: Arc<StateMap>,
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

    /// Moves the delivery out, with its fact decoded as a `T`.
    ///
    /// # Errors
    ///
    /// If the fact does not decode as a `T`. Such a fact never reaches the handler.
    pub fn delivery<T: FactPayload>(&mut self) -> Result<Delivery<T>, HandlerError> {
        codec::register_schema::<T>();
        self.decoded()
    }

    /// Like [`FactInvocation::delivery`], without the bound that only handlers of an attribute must
    /// meet.
    pub(crate) fn decoded<T: DeserializeOwned>(&mut self) -> Result<Delivery<T>, HandlerError> {
        let delivery = self.take().try_map(codec::decode);
        delivery.map_err(|error| HandlerError::Undecodable(error.to_string()))
    }

    /// Returns the fact, decoded as a `T`, for a handler that receives no gaps.
    ///
    /// # Errors
    ///
    /// Same as [`FactInvocation::delivery`].
    pub fn fact<T: FactPayload>(&mut self) -> Result<T, HandlerError> {
        let fact = self.delivery::<T>()?.fact();
        fact.ok_or_else(|| HandlerError::Undecodable("the delivery is not a fact".into()))
    }

    /// Returns the value of type `T`. Boot has checked that it was provided.
    ///
    /// # Errors
    ///
    /// If no value of this type was provided.
    pub fn state<T: SharedState>(&self) -> Result<&T, HandlerError> {
        crate::handler::state(&self.states)
    }

    /// Returns the topic, publisher and time of the delivery.
    #[must_use]
    pub const fn metadata(&self) -> &FactMetadata {
        &self.metadata
    }
}
