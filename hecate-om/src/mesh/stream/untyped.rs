//! Opening a stream by a procedure's name.

use std::sync::Arc;

use macula_rust::frame::StreamMode;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::caller::CallerStream;
use super::opening::OpenRequest;
use super::receiver::ResponseStream;
use super::sender::{ClientStream, StreamSender};
use crate::mesh::call::builder;
use crate::mesh::{CallBuilder, CallError};

/// Opens streams: the untyped ways, by a procedure's name.
impl CallBuilder<'_> {
    /// Opens a stream that the provider answers `request` with.
    ///
    /// [`CallBuilder::timeout`] bounds the opening, which returns once that is sent. How a provider
    /// refused it, the first [`ResponseStream::next`] says. A stream is reopened only if it certainly
    /// did not run: with the token that its provider requires, at a second provider if the first is
    /// busy, or once a station or a provider that went away is back; and only within the timeout.
    ///
    /// # Errors
    ///
    /// [`CallError`] says what happened and whether anything was sent.
    pub async fn server_streaming<Req, Item>(
        self,
        request: &Req,
    ) -> Result<ResponseStream<Item>, CallError>
    where
        Req: Serialize + ?Sized,
        Item: DeserializeOwned + Send + 'static,
    {
        let stream = self.opened(request, StreamMode::ServerStream).await?;
        Ok(ResponseStream::new(stream))
    }

    /// Opens a stream of items to the provider, which it answers once; see [`CallBuilder::server_streaming`].
    ///
    /// # Errors
    ///
    /// As [`CallBuilder::server_streaming`].
    pub async fn client_streaming<Req, Item, Res>(
        self,
        request: &Req,
    ) -> Result<ClientStream<Item, Res>, CallError>
    where
        Req: Serialize + ?Sized,
        Item: Serialize,
        Res: DeserializeOwned,
    {
        let stream = self.opened(request, StreamMode::ClientStream).await?;
        Ok(ClientStream::new(stream))
    }

    /// Opens a stream each way; see [`CallBuilder::server_streaming`].
    ///
    /// # Errors
    ///
    /// As [`CallBuilder::server_streaming`].
    pub async fn bidirectional<Req, Sent, Item>(
        self,
        request: &Req,
    ) -> Result<(StreamSender<Sent>, ResponseStream<Item>), CallError>
    where
        Req: Serialize + ?Sized,
        Sent: Serialize,
        Item: DeserializeOwned + Send + 'static,
    {
        let stream = self.opened(request, StreamMode::Bidi).await?;
        Ok((
            StreamSender::new(Arc::clone(&stream)),
            ResponseStream::new(stream),
        ))
    }

    async fn opened<Req: Serialize + ?Sized>(
        self,
        request: &Req,
        mode: StreamMode,
    ) -> Result<Arc<CallerStream>, CallError> {
        let (mesh, procedure, options) = self.into_parts();
        let request = builder::encode(request)?;
        let open_request = OpenRequest::new(mesh, procedure, options, request, mode, None);
        CallerStream::open(open_request).await
    }
}
