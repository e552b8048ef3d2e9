//! Capabilities as types: what a caller names instead of a procedure's text.

use super::Schemas;

/// A capability that can be called by its type: `mesh.call::<search>(&request)`.
///
/// `#[capability]` writes one for each handler, an empty type of the function's own name and visibility, which exists
/// beside the function since types and functions have names of their own (where a function bears several attributes, the
/// last has its name, and the type of each other ends with its version: `say_v1`). `hecate-om client` writes them for services
/// that are not in the workspace. Nobody writes one by hand.
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
    /// The name without the org: `rag.search`.
    const NAME: &'static str;
    /// The version, from 1.
    const VERSION: u32;
    /// The org that serves it; `None` where that is the caller's own, unless the call says otherwise.
    const ORG: Option<&'static str>;
    /// Whether only callers with a token may call, so that one is presented at once.
    const GATED: bool;
    /// Whether it takes only what is sealed end to end.
    const CONFIDENTIAL: bool;
    /// Whether running a call twice does no more than running it once.
    const IDEMPOTENT: bool;
    /// The package that declares it, which says whose it is where [`ORG`](Self::ORG) does not.
    #[doc(hidden)]
    const PACKAGE: &'static str = "";
    /// What makes the JSON Schemas of the types that this side was compiled with.
    const SCHEMAS: Schemas;

    /// How it answers: one of [`kind`].
    type Kind;
    /// What a call carries when it is made; `()` where the handler takes nothing.
    type Request;
    /// The items that the handler takes while it runs; [`kind::NoItems`] where it takes none.
    type Inbound;
    /// What it answers: the one value, or the item of the stream.
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
