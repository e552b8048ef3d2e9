//! Opening a stream by a procedure's name.

use std::sync::Arc;

use macula_rust::frame::StreamMode;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::caller::CallerStream;
use super::opening::OpenRequest;
use super::receiver::Streaming;
use super::sender::{StreamSender, Upload};
use crate::mesh::{CallError, Outgoing, call};

/// Opens streams: the untyped ways, by a procedure's name.
impl Outgoing<'_> {
    /// Opens a stream that the provider answers `request` with.
    ///
    /// [`Outgoing::timeout`] bounds the opening, which returns once that is sent. How a provider
    /// refused it, the first [`Streaming::next`] says. A stream is reopened only if it certainly
    /// did not run: with the token that its provider requires, at a second provider if the first is
    /// busy, or once a station or a provider that went away is back; and only within the timeout.
    ///
    /// # Errors
    ///
    /// [`CallError`] says what happened and whether anything was sent.
    pub async fn open_stream<Req, Item>(self, request: &Req) -> Result<Streaming<Item>, CallError>
    where
        Req: Serialize + ?Sized,
        Item: DeserializeOwned + Send + 'static,
    {
        let stream = self.opened(request, StreamMode::ServerStream).await?;
        Ok(Streaming::new(stream))
    }

    /// Opens a stream of items to the provider, which it answers once; see [`Outgoing::open_stream`].
    ///
    /// # Errors
    ///
    /// As [`Outgoing::open_stream`].
    pub async fn open_upload<Req, Item, Res>(
        self,
        request: &Req,
    ) -> Result<Upload<Item, Res>, CallError>
    where
        Req: Serialize + ?Sized,
        Item: Serialize,
        Res: DeserializeOwned,
    {
        let stream = self.opened(request, StreamMode::ClientStream).await?;
        Ok(Upload::new(stream))
    }

    /// Opens a stream each way; see [`Outgoing::open_stream`].
    ///
    /// # Errors
    ///
    /// As [`Outgoing::open_stream`].
    pub async fn open_both_ways<Req, Sent, Item>(
        self,
        request: &Req,
    ) -> Result<(StreamSender<Sent>, Streaming<Item>), CallError>
    where
        Req: Serialize + ?Sized,
        Sent: Serialize,
        Item: DeserializeOwned + Send + 'static,
    {
        let stream = self.opened(request, StreamMode::Bidi).await?;
        Ok((
            StreamSender::new(Arc::clone(&stream)),
            Streaming::new(stream),
        ))
    }

    async fn opened<Req: Serialize + ?Sized>(
        self,
        request: &Req,
        mode: StreamMode,
    ) -> Result<Arc<CallerStream>, CallError> {
        let (mesh, procedure, options) = self.into_parts();
        let request = call::encode(request)?;
        let open_request = OpenRequest::new(mesh, procedure, options, request, mode, None);
        CallerStream::open(open_request).await
    }
}
