//! Opening of streams by capability type.

use std::convert::Infallible;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;

use macula_rust::frame::StreamMode;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::caller::CallerStream;
use super::opening::OpenRequest;
use super::{ClientStream, ResponseStream, StreamSender};
use crate::capability::{Callable, kind};
use crate::codec::{self, Payload};
use crate::mesh::call::mismatch::CallerSchema;
use crate::mesh::call::options::{CallOptions, option_methods};
use crate::mesh::call::unary::encode_request;
use crate::mesh::call::{CallError, Calls};

/// Kind of a capability that is opened as a stream; see [`Mesh::open`](crate::Mesh::open).
#[diagnostic::on_unimplemented(
    message = "a unary capability cannot be opened as a stream",
    label = "this capability is unary",
    note = "call it: `mesh.call::<…>(&request)`"
)]
pub trait StreamingKind<T: Callable>: KindHandle<T> {
    #[doc(hidden)]
    const MODE: WireMode;

    #[doc(hidden)]
    fn handle(stream: OpenedStream) -> Self::Handle;
}

/// Maps a capability's [`kind`] to the caller's handle of a stream.
///
/// Also implemented for unary capabilities, so that opening a unary capability causes a single
/// compile error, at [`Mesh::open`](crate::Mesh::open).
pub trait KindHandle<T: Callable>: sealed::Sealed {
    /// Caller's handle of the stream.
    type Handle;
}

impl<T: Callable> KindHandle<T> for kind::Unary {
    type Handle = Infallible;
}

impl<T: Callable> KindHandle<T> for kind::ServerStreaming {
    type Handle = ResponseStream<T::Response>;
}

impl<T: Callable> KindHandle<T> for kind::ClientStreaming {
    type Handle = ClientStream<T::Inbound, T::Response>;
}

impl<T: Callable> KindHandle<T> for kind::Bidirectional {
    type Handle = (StreamSender<T::Inbound>, ResponseStream<T::Response>);
}

mod sealed {
    use crate::capability::kind;

    pub trait Sealed {}
    impl Sealed for kind::Unary {}
    impl Sealed for kind::ServerStreaming {}
    impl Sealed for kind::ClientStreaming {}
    impl Sealed for kind::Bidirectional {}
}

/// Wire mode of a kind of stream.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct WireMode(StreamMode);

/// Open stream, which [`StreamingKind`] converts to the caller's handle.
#[doc(hidden)]
#[derive(Debug)]
pub struct OpenedStream(Arc<CallerStream>);

impl<T: Callable> StreamingKind<T> for kind::ServerStreaming
where
    T::Response: DeserializeOwned + Send,
{
    const MODE: WireMode = WireMode(StreamMode::ServerStream);

    fn handle(OpenedStream(stream): OpenedStream) -> Self::Handle {
        ResponseStream::new(stream)
    }
}

impl<T: Callable> StreamingKind<T> for kind::ClientStreaming
where
    T::Inbound: Serialize,
    T::Response: DeserializeOwned,
{
    const MODE: WireMode = WireMode(StreamMode::ClientStream);

    fn handle(OpenedStream(stream): OpenedStream) -> Self::Handle {
        ClientStream::new(stream)
    }
}

impl<T: Callable> StreamingKind<T> for kind::Bidirectional
where
    T::Inbound: Serialize,
    T::Response: DeserializeOwned + Send,
{
    const MODE: WireMode = WireMode(StreamMode::Bidi);

    fn handle(OpenedStream(stream): OpenedStream) -> Self::Handle {
        (
            StreamSender::new(Arc::clone(&stream)),
            ResponseStream::new(stream),
        )
    }
}

/// Builder of a stream of the capability `T`. Awaiting the builder opens the stream; see
/// [`Mesh::open`](crate::Mesh::open).
///
/// # Errors
///
/// Awaiting the builder returns a [`CallError`] if the request cannot be encoded for the wire, or
/// the opening could not be sent.
#[must_use = "the stream opens when awaited"]
pub struct StreamBuilder<'a, T: Callable<Kind: KindHandle<T>>> {
    calls: &'a Arc<Calls>,
    org: Option<String>,
    options: CallOptions,
    request: Result<Payload, CallError>,
    mode: WireMode,
    /// Conversion to the caller's handle. Set by [`StreamBuilder::new`], so that a unary
    /// capability causes a single compile error, at `Mesh::open`.
    handle: fn(OpenedStream) -> <T::Kind as KindHandle<T>>::Handle,
}

impl<'a, T: Callable<Kind: KindHandle<T>>> StreamBuilder<'a, T> {
    pub(in crate::mesh) fn new(calls: &'a Arc<Calls>, request: &T::Request) -> Self
    where
        T: Callable<Kind: StreamingKind<T>>,
        T::Request: Serialize,
    {
        codec::describe_by::<T::Response>(T::SCHEMAS.response);
        Self {
            calls,
            org: None,
            options: CallOptions::of::<T>(),
            request: encode_request(request),
            mode: T::Kind::MODE,
            handle: T::Kind::handle,
        }
    }

    option_methods!(by_type);
}

impl<'a, T: Callable<Kind: KindHandle<T>>> IntoFuture for StreamBuilder<'a, T> {
    type Output = Result<<T::Kind as KindHandle<T>>::Handle, CallError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self {
            calls,
            org,
            options,
            request,
            mode: WireMode(mode),
            handle,
        } = self;
        Box::pin(async move {
            let procedure = calls.orgs.procedure_of::<T>(org.as_deref())?;
            let caller = Some(CallerSchema::of::<T>());
            let open_request = OpenRequest::new(calls, procedure, options, request?, mode, caller);
            Ok(handle(OpenedStream(
                CallerStream::open(open_request).await?,
            )))
        })
    }
}

impl<T: Callable<Kind: KindHandle<T>>> fmt::Debug for StreamBuilder<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamBuilder")
            .field("capability", &T::NAME)
            .field("version", &T::VERSION)
            .field("org", &self.org)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
