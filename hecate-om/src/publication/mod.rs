//! Types of facts, and what the wire carries beside a fact's fields.

mod description;
mod id;
mod schema_id;
mod stamp;

use std::sync::OnceLock;

use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::Value;

pub use id::{FactId, FactIdError};

pub(crate) use description::PublicationDescription;
pub(crate) use schema_id::SchemaId;
pub(crate) use stamp::{Stamp, stamped, take_stamp};

use crate::panic::catch;

/// A type whose values are the facts of one topic.
///
/// `#[fact("…")]` implements this trait, and [`PublishedFact`], for a struct. `hecate-om client`
/// implements it for the facts of another service.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no topic",
    label = "this type is not a fact",
    note = "write the topic, as in `#[subscribe(\"acme/shop/order_placed_v1\")]`, or put `#[hecate_om::fact(\"acme/shop/order_placed_v1\")]` on the type if this service publishes it"
)]
pub trait Fact {
    /// The topic of the facts.
    const TOPIC: &'static str;
}

/// A fact that this service publishes: a struct with `#[fact("…")]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a fact that this service publishes",
    label = "this type has no `#[fact(\"…\")]`",
    note = "put `#[hecate_om::fact(\"acme/shop/order_placed_v1\")]` on the struct, so that the manifest lists the fact",
    note = "`mesh.topic(\"acme/shop/order_placed_v1\").publish(&value)` publishes a value of another type"
)]
pub trait PublishedFact: Fact {
    /// Returns the registered type.
    #[doc(hidden)]
    fn publication() -> &'static Publication;
}

/// A type that can be published as a fact.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be published as a fact",
    label = "this type cannot be written to the wire",
    note = "put `#[derive(serde::Serialize, schemars::JsonSchema)]` on it, and on each of your types in it",
    note = "the derive of `JsonSchema`, which is also `hecate_om::JsonSchema`, needs `schemars = \"1\"` in `Cargo.toml`, or `#[schemars(crate = \"hecate_om::schemars\")]` on the type"
)]
pub trait SentFact: Serialize + JsonSchema {}
#[diagnostic::do_not_recommend]
impl<T: Serialize + JsonSchema> SentFact for T {}

/// Returns the registered type of `T`. Its bound is here and not at [`PublishedFact`], so that the
/// compiler's message is that of [`SentFact`].
#[must_use]
pub const fn registered<T: SentFact>(publication: &'static Publication) -> &'static Publication {
    publication
}

/// A type of published facts, registered by `#[fact]`.
#[derive(Debug)]
pub struct Publication {
    pub(crate) topic: &'static str,
    pub(crate) package: &'static str,
    pub(crate) location: &'static str,
    /// Documentation of the type.
    pub(crate) doc: &'static str,
    /// Name of the type as written in the source.
    pub(crate) fact: &'static str,
    schema: fn() -> Option<Schema>,
    schema_id: OnceLock<SchemaId>,
}

impl Publication {
    /// Creates the registration of the type `fact`, with its topic, package, location (`src/orders.rs:12`)
    /// and documentation.
    #[must_use]
    pub const fn new(
        topic: &'static str,
        package: &'static str,
        location: &'static str,
        doc: &'static str,
        fact: &'static str,
        schema: fn() -> Option<Schema>,
    ) -> Self {
        Self {
            topic,
            package,
            location,
            doc,
            fact,
            schema,
            schema_id: OnceLock::new(),
        }
    }

    /// Returns the JSON Schema by which subscribers read the facts.
    pub(crate) fn fact_schema(&self) -> Option<Value> {
        fact_schema(self.schema, self.topic)
    }

    /// Returns the id of the schema.
    pub(crate) fn schema_id(&self) -> SchemaId {
        *self
            .schema_id
            .get_or_init(|| SchemaId::of(self.fact_schema().as_ref()))
    }
}

/// Returns the JSON Schema of the facts of `topic`; `None` if the author's code that generates the
/// schema panics.
pub(crate) fn fact_schema(schema: fn() -> Option<Schema>, topic: &str) -> Option<Value> {
    match catch(schema) {
        Ok(schema) => schema.map(Schema::to_value),
        Err(panic) => {
            tracing::error!(
                %panic,
                at = panic.location(),
                backtrace = panic.backtrace(),
                topic,
                "generating a JSON Schema panicked, so the fact has none"
            );
            None
        }
    }
}
