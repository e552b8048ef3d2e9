//! The bounds that a handler's types must meet, and how its output becomes a reply.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::capability::Refusal;
use crate::codec::{self, Payload};

/// What a handler may take as its request.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the request of a capability",
    label = "this type cannot be read from a request",
    note = "a request is an owned type that implements `serde::Deserialize` and `JsonSchema`: put `#[derive(serde::Deserialize, schemars::JsonSchema)]` on each type of yours in it",
    note = "the derive of `JsonSchema`, which is also `hecate_om::JsonSchema`, needs `schemars = \"1\"` in `Cargo.toml`, or `#[schemars(crate = \"hecate_om::schemars\")]` on the type",
    note = "to borrow what the service holds, take `&{Self}` instead"
)]
pub trait RequestPayload: DeserializeOwned + JsonSchema + Send + 'static {}
#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + JsonSchema + Send + 'static> RequestPayload for T {}

/// What a handler may answer.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the response of a capability",
    label = "this type cannot be written to a response",
    note = "a response implements `serde::Serialize` and `JsonSchema`: put `#[derive(serde::Serialize, schemars::JsonSchema)]` on each type of yours in it",
    note = "the derive of `JsonSchema`, which is also `hecate_om::JsonSchema`, needs `schemars = \"1\"` in `Cargo.toml`, or `#[schemars(crate = \"hecate_om::schemars\")]` on the type"
)]
pub trait ResponsePayload: Serialize + JsonSchema {}
#[diagnostic::do_not_recommend]
impl<T: Serialize + JsonSchema> ResponsePayload for T {}

/// What a caller may send by a capability's type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent as the request of a call",
    label = "the request of this capability cannot be written",
    note = "who calls it writes its request: put `#[derive(serde::Serialize)]` on each type of yours in it, beside what its handler needs"
)]
pub trait SentPayload: Serialize {}
#[diagnostic::do_not_recommend]
impl<T: Serialize + ?Sized> SentPayload for T {}

/// What a caller may be answered by a capability's type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from the answer of a call",
    label = "the response of this capability cannot be read",
    note = "who calls it reads its response: put `#[derive(serde::Deserialize)]` on each type of yours in it, beside what its handler needs"
)]
pub trait ReadPayload: DeserializeOwned {}
#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned> ReadPayload for T {}

/// What a handler may refuse with.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how a caller is refused",
    label = "this error cannot become a `Refusal`",
    note = "for an error of your own, write `impl From<{Self}> for hecate_om::Refusal`",
    note = "for one of another crate, return `Result<_, hecate_om::Refusal>` and turn it into a refusal: `.map_err(|error| Refusal::new(\"failed\", \"…\").log(error.to_string()))?`"
)]
pub trait IntoRefusal: Into<Refusal> {}
#[diagnostic::do_not_recommend]
impl<T: Into<Refusal>> IntoRefusal for T {}

/// What a handler may borrow.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be shared between calls",
    label = "many calls borrow this at once, from several threads",
    note = "state must be `Send + Sync + 'static`: guard what changes with a `Mutex` or an atomic instead of a `Cell`, `RefCell` or `Rc`",
    note = "a request is taken by value, without the `&`"
)]
pub trait SharedState: Send + Sync + 'static {}
#[diagnostic::do_not_recommend]
impl<T: Send + Sync + 'static> SharedState for T {}

/// The reply of a handler whose output is written as a `Result`.
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

/// The stream that a handler opened.
///
/// # Errors
///
/// The handler's refusal, before the first item.
pub fn opened<S, E: IntoRefusal>(output: Result<S, E>) -> Result<S, Refusal> {
    output.map_err(Into::into)
}

/// An output that is not written as a `Result` and may be one by an alias: then the inherent method replies,
/// which wins over [`PlainReply`].
#[derive(Debug)]
pub struct Output<T>(pub T);

impl<T, E> Output<Result<T, E>> {
    /// The output is a `Result`, by an alias.
    pub const IS_RESULT: bool = true;

    /// The reply. The type parameter is there for [`PlainReply::reply`].
    ///
    /// # Errors
    ///
    /// As [`reply`].
    pub fn reply<Written>(self) -> Result<Payload, Refusal>
    where
        T: ResponsePayload,
        E: IntoRefusal,
    {
        reply(self.0)
    }
}

/// The reply of a handler that cannot refuse.
pub trait PlainReply<T> {
    /// The reply. `Written` is the output's type once more, in the author's own tokens, so that the compiler
    /// points there when it is no response.
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

/// Whether an output is a `Result`. The inherent constant of [`Output`] wins over this one.
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
