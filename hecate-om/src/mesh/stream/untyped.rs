//! Opening of streams by procedure name.

use std::sync::Arc;

use macula_rust::frame::StreamMode;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::caller::CallerStream;
use super::opening::OpenRequest;
use super::receiver::ResponseStream;
use super::sender::{ClientStream, StreamSender};
use crate::cause::Cause;
use crate::mesh::call::unary::encode_request;
use crate::mesh::call::{CallBuilder, CallError};

/// Streams by procedure name.
impl CallBuilder<'_> {
    /// Opens a server stream: the provider responds to `request` with a stream of items.
    ///
    /// Returns once the opening is sent. If the provider refuses the opening, the first
    /// [`ResponseStream::next`] returns the refusal.
    ///
    /// A stream is reopened only if its handler certainly did not run: with the token that the
    /// provider requires, at a second provider if the first is busy, or after a station or provider
    /// has returned. The [timeout](CallBuilder::timeout) limits the opening and all reopenings, but
    /// not the stream.
    ///
    /// # Errors
    ///
    /// Returns a [`CallError`] if the opening could not be sent.
    pub async fn server_streaming<Req, Item>(
        self,
        request: &Req,
    ) -> Result<ResponseStream<Item>, CallError>
    where
        Req: Serialize + ?Sized,
        Item: DeserializeOwned + Send + 'static,
    {
        let stream = self.open_stream(request, StreamMode::ServerStream).await?;
        Ok(ResponseStream::new(stream))
    }

    /// Opens a client stream: the caller sends items, and the provider responds once.
    ///
    /// Returns once the opening is sent. The stream is reopened like a [server
    /// stream](CallBuilder::server_streaming). If the provider refuses the opening,
    /// [`ClientStream::send`] or [`ClientStream::finish`] returns the refusal.
    ///
    /// # Errors
    ///
    /// Returns a [`CallError`] if the opening could not be sent.
    pub async fn client_streaming<Req, Item, Res>(
        self,
        request: &Req,
    ) -> Result<ClientStream<Item, Res>, CallError>
    where
        Req: Serialize + ?Sized,
        Item: Serialize,
        Res: DeserializeOwned,
    {
        let stream = self.open_stream(request, StreamMode::ClientStream).await?;
        Ok(ClientStream::new(stream))
    }

    /// Opens a bidirectional stream: caller and provider send items concurrently.
    ///
    /// Returns once the opening is sent. The stream is reopened like a [server
    /// stream](CallBuilder::server_streaming).
    ///
    /// # Errors
    ///
    /// Returns a [`CallError`] if the opening could not be sent.
    pub async fn bidirectional<Req, Sent, Item>(
        self,
        request: &Req,
    ) -> Result<(StreamSender<Sent>, ResponseStream<Item>), CallError>
    where
        Req: Serialize + ?Sized,
        Sent: Serialize,
        Item: DeserializeOwned + Send + 'static,
    {
        let stream = self.open_stream(request, StreamMode::Bidi).await?;
        Ok((
            StreamSender::new(Arc::clone(&stream)),
            ResponseStream::new(stream),
        ))
    }

    async fn open_stream<Req: Serialize + ?Sized>(
        self,
        request: &Req,
        mode: StreamMode,
    ) -> Result<Arc<CallerStream>, CallError> {
        let (calls, procedure, options) = self.into_parts();
        if options.key.is_some() {
            return Err(CallError::BadRequest(Cause::new(
                "a stream has no key; open it without `.key(…)`",
            )));
        }
        let request = encode_request(request)?;
        let open_request = OpenRequest::new(calls, procedure, options, request, mode, None);
        CallerStream::open(open_request).await
    }
}
