//! JSON Schemas of a handler's types, without a trait bound on the types. The bounds are where
//! payloads are decoded and encoded, so that a missing schema is a single error, at the author's
//! type.
//!
//! The traits are implemented at different depths of reference, and a method call resolves to the
//! first that applies (autoref specialization).

use std::marker::PhantomData;

use schemars::{JsonSchema, Schema};

use crate::capability::schema::{request_schema, response_schema};

/// Selector of the schema of a `T`.
#[derive(Debug)]
pub struct SchemaOf<T>(PhantomData<T>);

impl<T> SchemaOf<T> {
    /// Creates the selector.
    #[must_use]
    #[allow(
        clippy::new_without_default,
        reason = "only the expansion of an attribute creates a value"
    )]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

/// First choice, for an output that is an alias of a `Result`: the schema of the `Ok` type.
pub trait OfSuccess {
    /// Returns the schema of the response.
    fn response(&self) -> Option<Schema>;
}

impl<T: JsonSchema, E> OfSuccess for &&SchemaOf<Result<T, E>> {
    fn response(&self) -> Option<Schema> {
        response_schema::<T>()
    }
}

/// Second choice, for a type with a schema.
pub trait OfType {
    /// Returns the schema of the request.
    fn request(&self) -> Option<Schema>;
    /// Returns the schema of the response.
    fn response(&self) -> Option<Schema>;
}

impl<T: JsonSchema> OfType for &SchemaOf<T> {
    fn request(&self) -> Option<Schema> {
        request_schema::<T>()
    }

    fn response(&self) -> Option<Schema> {
        response_schema::<T>()
    }
}

/// Otherwise: no schema. The bounds elsewhere turn this case into a compile error.
pub trait OfNone {
    /// Returns no schema.
    fn request(&self) -> Option<Schema> {
        None
    }

    /// Returns no schema.
    fn response(&self) -> Option<Schema> {
        None
    }
}

impl<T> OfNone for SchemaOf<T> {}
