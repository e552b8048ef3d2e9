//! Types by which callers name capabilities.

use super::Schemas;

/// Capability that is called by its type: `mesh.call::<search>(&request)`.
///
/// `#[capability]` implements it for an empty type with the handler's name and visibility. If a
/// function has several attributes, the type of the last has its name, and the type of each other
/// ends with its version: `say_v1`. `hecate-om client` generates such types for services outside
/// the workspace. It is not implemented by hand.
///
/// ```
/// use hecate_om::{call::Callable, capability};
///
/// #[capability("echo.say", version = 2)]
/// async fn say(text: String) -> String {
///     text
/// }
///
/// assert_eq!((say::NAME, say::VERSION), ("echo.say", 2));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a capability",
    label = "this names no capability",
    note = "`#[capability]` makes a type of the handler's own name, or of the name that `as` gives it; `hecate-om client` writes one for each capability of another service"
)]
pub trait Callable: Sized + 'static {
    /// Name without the org: `rag.search`.
    const NAME: &'static str;
    /// Version, from 1.
    const VERSION: u32;
    /// Org that serves the capability; `None` for the caller's own, unless the call sets another.
    const ORG: Option<&'static str>;
    /// Whether callers need a token, which is then presented with the first request.
    const GATED: bool;
    /// Whether requests must be sealed end to end.
    const CONFIDENTIAL: bool;
    /// Whether running a call twice has the same effect as running it once.
    const IDEMPOTENT: bool;
    /// Package that declares the capability. It determines the org if [`ORG`](Self::ORG) is `None`.
    #[doc(hidden)]
    const PACKAGE: &'static str = "";
    /// JSON Schemas of the types that the caller was compiled with.
    const SCHEMAS: Schemas;

    /// How it answers: one of [`kind`].
    type Kind;
    /// Request; `()` if the handler has no request.
    type Request;
    /// Items that the caller streams; [`kind::NoItems`] if it streams none.
    type Inbound;
    /// Response, or item of the response stream.
    type Response;
}

/// Kinds of capabilities, as types.
pub mod kind {
    /// What a call can be made of: a kind that answers with one value.
    #[diagnostic::on_unimplemented(
        message = "a capability that streams cannot be called",
        label = "this one does not answer with one value",
        note = "open the stream: `mesh.open::<…>(&request)`"
    )]
    pub trait AnswersOnce {}

    impl AnswersOnce for Unary {}

    /// One request, one response.
    #[derive(Debug, Clone, Copy)]
    pub enum Unary {}

    /// One request, a stream of responses.
    #[derive(Debug, Clone, Copy)]
    pub enum ServerStreaming {}

    /// A stream of items from the caller, one response.
    #[derive(Debug, Clone, Copy)]
    pub enum ClientStreaming {}

    /// A stream in each direction.
    #[derive(Debug, Clone, Copy)]
    pub enum Bidirectional {}

    /// The items of a capability that takes none.
    #[derive(Debug, Clone, Copy)]
    pub enum NoItems {}
}
