//! Calls and streams.

use std::time::Duration;

use serde::Serialize;

use crate::capability::{Callable, ReadPayload, SentPayload, kind};
use crate::mesh::{
    Advertised, CallBuilder, CallError, Mesh, StreamBuilder, StreamingKind, TypedCall,
};

/// Calls and streams.
impl Mesh {
    /// Calls the capability `T`: `mesh.call::<search_chunks>(&request).await?`.
    ///
    /// The org of the call is the first of the following that is set:
    ///
    /// 1. [`TypedCall::org`]
    /// 2. the org of the client crate that `hecate-om client` generated
    /// 3. the org of `T`'s crate in `[package.metadata.hecate-om.calls]`
    /// 4. the service's own org
    ///
    /// The capability's attribute determines whether a token is always presented, whether the call
    /// must be sealed, and whether the call is idempotent.
    ///
    /// ```
    /// use hecate_om::{JsonSchema, Mesh, Refusal, capability};
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(Serialize, Deserialize, JsonSchema)]
    /// # #[schemars(crate = "hecate_om::schemars")]
    /// struct Words {
    ///     text: String,
    /// }
    ///
    /// #[capability("words.count", idempotent)]
    /// async fn count(words: Words) -> u64 {
    ///     words.text.split_whitespace().count() as u64
    /// }
    ///
    /// #[capability("words.describe")]
    /// async fn describe(mesh: &Mesh, words: Words) -> Result<String, Refusal> {
    ///     let count = mesh.call::<count>(&words).await?;
    ///     Ok(format!("{count} words"))
    /// }
    /// ```
    pub fn call<T>(&self, request: &T::Request) -> TypedCall<'_, T>
    where
        T: Callable<Kind: kind::AnswersOnce>,
        T::Request: SentPayload,
        T::Response: ReadPayload,
    {
        TypedCall::new(&self.calls, request)
    }

    /// Opens a stream of the capability `T`: `mesh.open::<scan>(&request).await?`.
    ///
    /// Returns the caller's handle for the kind of `T`:
    ///
    /// | kind | returns |
    /// |---|---|
    /// | server streaming | [`ResponseStream`](crate::stream::ResponseStream) |
    /// | client streaming | [`ClientStream`](crate::stream::ClientStream) |
    /// | bidirectional | ([`StreamSender`](crate::stream::StreamSender), [`ResponseStream`](crate::stream::ResponseStream)) |
    ///
    /// The org and the options are determined as in [`Mesh::call`]. The future resolves once the
    /// opening is sent. If the provider refuses the opening, the next use of the stream returns the
    /// refusal. The opening is retried only if no handler ran, or if the capability is idempotent.
    ///
    /// ```
    /// use futures_util::stream;
    /// use hecate_om::{Mesh, Refusal, capability, stream::Stream};
    ///
    /// #[capability("clock.ticks")]
    /// async fn ticks(to: u64) -> impl Stream<Item = u64> {
    ///     stream::iter(0..to)
    /// }
    ///
    /// #[capability("clock.last_tick")]
    /// async fn last_tick(mesh: &Mesh) -> Result<u64, Refusal> {
    ///     let mut ticks = mesh.open::<ticks>(&10).await?;
    ///     let mut last = 0;
    ///     while let Some(tick) = ticks.next().await {
    ///         last = tick?;
    ///     }
    ///     Ok(last)
    /// }
    /// ```
    pub fn open<T>(&self, request: &T::Request) -> StreamBuilder<'_, T>
    where
        T: Callable<Kind: StreamingKind<T>>,
        T::Request: Serialize,
    {
        StreamBuilder::new(&self.calls, request)
    }

    /// Starts building a call of a procedure, `<org>/<name>`, or `<org>/<name>_v<N>` for a version
    /// above 1.
    pub fn procedure(&self, procedure: impl Into<String>) -> CallBuilder<'_> {
        CallBuilder::new(&self.calls, procedure.into())
    }

    /// Returns the advertised procedures of the realm, sorted by name and node, from one station.
    /// Other stations may know further procedures.
    ///
    /// # Errors
    ///
    /// Returns [`CallError::NotConnected`] if no station is linked within `timeout`, and
    /// [`CallError::Link`] if the lookup fails.
    pub async fn advertised(&self, timeout: Duration) -> Result<Vec<Advertised>, CallError> {
        self.calls.advertised(timeout).await
    }
}
