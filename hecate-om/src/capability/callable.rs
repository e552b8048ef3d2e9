//! Types that identify capabilities to callers.

use super::Schemas;

/// A capability that is called by its type: `mesh.call::<search>(&request)`.
///
/// `#[capability]` implements this trait for an empty type with the name and visibility of the
/// handler. If a function has several attributes, the last attribute's type has the name of the
/// function, and the name of each other type ends with the version: `say_v1`. `hecate-om client`
/// generates such types for services outside of the workspace. Do not implement this trait by hand.
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
    label = "this is not the type of a capability",
    note = "`#[capability]` defines a type with the handler's name, or with the name that `as` sets; `hecate-om client` generates one for each capability of another service"
)]
pub trait Callable: Sized + 'static {
    /// Name without the org: `rag.search`.
    const NAME: &'static str;
    /// Version, starting at 1.
    const VERSION: u32;
    /// Org that serves the capability; `None` for the caller's own org, unless the call sets
    /// another org.
    const ORG: Option<&'static str>;
    /// Whether callers need a token. If so, the token is presented with the first request.
    const GATED: bool;
    /// Whether requests must be sealed end to end.
    const CONFIDENTIAL: bool;
    /// Whether running a call twice has the same effect as running it once.
    const IDEMPOTENT: bool;
    /// Package that declares the capability. The package determines the org if [`ORG`](Self::ORG)
    /// is `None`.
    #[doc(hidden)]
    const PACKAGE: &'static str = "";
    /// JSON Schemas of the types that the caller was compiled with.
    const SCHEMAS: Schemas;

    /// Kind of the capability, from [`kind`].
    type Kind;
    /// Type of the request; `()` if the handler has no request.
    type Request;
    /// Type of the items that the caller streams; [`kind::NoItems`] if the caller streams none.
    type Inbound;
    /// Type of the response, or of each item of the response stream.
    type Response;
}

/// Kinds of capabilities, as types.
pub mod kind {
    /// Kind that can be called: a kind that answers with a single value.
    #[diagnostic::on_unimplemented(
        message = "a capability that streams cannot be called",
        label = "this capability streams",
        note = "open the stream: `mesh.open::<…>(&request)`"
    )]
    pub trait AnswersOnce {}

    impl AnswersOnce for Unary {}

    /// A single request and a single response.
    #[derive(Debug, Clone, Copy)]
    pub enum Unary {}

    /// A single request and a stream of responses.
    #[derive(Debug, Clone, Copy)]
    pub enum ServerStreaming {}

    /// A stream of items from the caller and a single response.
    #[derive(Debug, Clone, Copy)]
    pub enum ClientStreaming {}

    /// A stream in each direction.
    #[derive(Debug, Clone, Copy)]
    pub enum Bidirectional {}

    /// Item type of a capability whose callers stream no items.
    #[derive(Debug, Clone, Copy)]
    pub enum NoItems {}
}
