//! Trait bounds of a handler's types, and conversion of the handler's output to a reply.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::capability::Refusal;
use crate::codec::{self, Payload};

/// Request of a handler: any type that can be deserialized and has a JSON Schema.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the request of a capability",
    label = "this type cannot be read from a request",
    note = "a request is an owned type that implements `serde::Deserialize` and `JsonSchema`: put `#[derive(serde::Deserialize, schemars::JsonSchema)]` on each of your types in it",
    note = "the derive of `JsonSchema`, which is also `hecate_om::JsonSchema`, needs `schemars = \"1\"` in `Cargo.toml`, or `#[schemars(crate = \"hecate_om::schemars\")]` on the type",
    note = "to borrow what the service holds, take `&{Self}` instead"
)]
pub trait RequestPayload: DeserializeOwned + JsonSchema + Send + 'static {}
#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + JsonSchema + Send + 'static> RequestPayload for T {}

/// Response of a handler: any type that can be serialized and has a JSON Schema.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the response of a capability",
    label = "this type cannot be written to a response",
    note = "a response implements `serde::Serialize` and `JsonSchema`: put `#[derive(serde::Serialize, schemars::JsonSchema)]` on each of your types in it",
    note = "the derive of `JsonSchema`, which is also `hecate_om::JsonSchema`, needs `schemars = \"1\"` in `Cargo.toml`, or `#[schemars(crate = \"hecate_om::schemars\")]` on the type"
)]
pub trait ResponsePayload: Serialize + JsonSchema {}
#[diagnostic::do_not_recommend]
impl<T: Serialize + JsonSchema> ResponsePayload for T {}

/// Request of a typed call: any type that can be serialized.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent as the request of a call",
    label = "the request of this capability cannot be written",
    note = "callers serialize the request: put `#[derive(serde::Serialize)]` on each of your types in it, beside what its handler needs"
)]
pub trait SentPayload: Serialize {}
#[diagnostic::do_not_recommend]
impl<T: Serialize + ?Sized> SentPayload for T {}

/// Response of a typed call: any type that can be deserialized.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from the answer of a call",
    label = "the response of this capability cannot be read",
    note = "callers deserialize the response: put `#[derive(serde::Deserialize)]` on each of your types in it, beside what its handler needs"
)]
pub trait ReadPayload: DeserializeOwned {}
#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned> ReadPayload for T {}

/// Error of a handler: any type that converts to a [`Refusal`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an error that a handler can return",
    label = "this error cannot become a `Refusal`",
    note = "for an error of your own, write `impl From<{Self}> for hecate_om::Refusal`",
    note = "for one of another crate, return `Result<_, hecate_om::Refusal>` and turn it into a refusal: `.map_err(|error| Refusal::new(\"failed\", \"…\").log(error.to_string()))?`"
)]
pub trait IntoRefusal: Into<Refusal> {}
#[diagnostic::do_not_recommend]
impl<T: Into<Refusal>> IntoRefusal for T {}

/// A value that a handler may borrow.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be shared between calls",
    label = "many calls borrow this at once, from several threads",
    note = "state must be `Send + Sync + 'static`: guard what changes with a `Mutex` or an atomic instead of a `Cell`, `RefCell` or `Rc`",
    note = "a request is taken by value, without the `&`"
)]
pub trait SharedState: Send + Sync + 'static {}
#[diagnostic::do_not_recommend]
impl<T: Send + Sync + 'static> SharedState for T {}

/// Converts the output of a handler that returns a `Result`.
///
/// # Errors
///
/// The handler's refusal, or `invalid_response` for a value that the wire cannot carry.
pub fn reply<T: ResponsePayload, E: IntoRefusal>(output: Result<T, E>) -> Result<Payload, Refusal> {
    match output {
        Ok(response) => encode(&response),
        Err(refusal) => Err(refusal.into()),
    }
}

/// Converts the result of a handler that returns a stream.
///
/// # Errors
///
/// The handler's refusal, before the first item.
pub fn opened<S, E: IntoRefusal>(output: Result<S, E>) -> Result<S, Refusal> {
    output.map_err(Into::into)
}

/// Output whose type is not written as `Result`, but may be an alias of one. For a `Result`, method
/// resolution prefers the inherent [`Output::reply`] to [`PlainReply::reply`].
#[derive(Debug)]
pub struct Output<T>(pub T);

impl<T, E> Output<Result<T, E>> {
    /// The output is a `Result`.
    pub const IS_RESULT: bool = true;

    /// Converts the output. The type parameter exists only for [`PlainReply::reply`].
    ///
    /// # Errors
    ///
    /// See [`reply`].
    pub fn reply<Written>(self) -> Result<Payload, Refusal>
    where
        T: ResponsePayload,
        E: IntoRefusal,
    {
        reply(self.0)
    }
}

/// Conversion of an output that is not a `Result`.
pub trait PlainReply<T> {
    /// Converts the output. `Written` is the output's type with the author's tokens, so that the
    /// compiler's error points to these tokens if the type cannot be a response.
    ///
    /// # Errors
    ///
    /// `invalid_response` for a value that the wire cannot carry.
    fn reply<Written: ResponsePayload + From<T>>(self) -> Result<Payload, Refusal>;
}

impl<T> PlainReply<T> for Output<T> {
    fn reply<Written: ResponsePayload + From<T>>(self) -> Result<Payload, Refusal> {
        encode(&Written::from(self.0))
    }
}

/// Whether an output is a `Result`. Method resolution prefers the inherent constant of [`Output`].
pub trait MaybeResult {
    /// The output is not a `Result`.
    const IS_RESULT: bool = false;
}

impl<T> MaybeResult for Output<T> {}

fn encode<T: Serialize>(response: &T) -> Result<Payload, Refusal> {
    codec::encode(response).map_err(|error| {
        Refusal::new(
            "invalid_response",
            "the service's answer does not fit the wire",
        )
        .log(error.to_string())
    })
}
