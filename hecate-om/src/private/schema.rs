//! Whether a handler's types have a JSON Schema, asked without a bound on them: the bounds stand where the payload is
//! decoded and the answer encoded, so that a type without one is one error, at the author's type.
//!
//! The traits are implemented at different depths of reference, and a method call takes the first that fits.

use std::marker::PhantomData;

use schemars::{JsonSchema, Schema};

use crate::capability::schema::{request_schema, response_schema};

/// Asks for the schema of a `T`.
#[derive(Debug)]
pub struct SchemaOf<T>(PhantomData<T>);

impl<T> SchemaOf<T> {
    /// The question.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "only the expansion makes one")]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

/// First, where an output is not written as a `Result` and is one by an alias: the schema of its success, as
/// [`Output`](super::Output) answers that.
pub trait OfSuccess {
    /// The schema of the response.
    fn response(&self) -> Option<Schema>;
}

impl<T: JsonSchema, E> OfSuccess for &&SchemaOf<Result<T, E>> {
    fn response(&self) -> Option<Schema> {
        response_schema::<T>()
    }
}

/// Second: the type has one.
pub trait OfType {
    /// The schema of the request.
    fn request(&self) -> Option<Schema>;
    /// The schema of the response.
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

/// Else: it has none, and does not compile for that.
pub trait OfNone {
    /// No schema.
    fn request(&self) -> Option<Schema> {
        None
    }

    /// No schema.
    fn response(&self) -> Option<Schema> {
        None
    }
}

impl<T> OfNone for SchemaOf<T> {}
