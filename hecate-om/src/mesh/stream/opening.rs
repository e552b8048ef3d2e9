//! Opening a stream.

use std::sync::Arc;

use macula_rust::frame::StreamMode;
use macula_rust::pool::{self, Pool, PoolError};
use macula_rust::station_link::LinkError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::Instrument as _;

use super::session::Session;
use super::{StreamSender, Streaming, Upload};
use crate::mesh::call_error::{GONE, UNAUTHORIZED};
use crate::mesh::codec::Payload;
use crate::mesh::exchange::{self, Attempt, Exchange};
use crate::mesh::options::Options;
use crate::mesh::presented::Present;
use crate::mesh::providers::Node;
use crate::mesh::{CallError, Mesh, Outgoing, call, traffic};

/// The code of a provider that does not serve the procedure.
const NOT_FOUND: &str = "not_found";

/// Opens streams: the untyped ways, by a procedure's name.
impl Outgoing<'_> {
    /// Opens a stream that the provider answers `request` with.
    ///
    /// [`Outgoing::timeout`] bounds the opening, which returns once that is sent. How a provider refused it, the first
    /// [`Streaming::next`] says. A stream is opened elsewhere only where it certainly was not opened.
    ///
    /// # Errors
    ///
    /// [`CallError`] says what happened and whether anything was sent.
    pub async fn open_stream<Req, Item>(self, request: &Req) -> Result<Streaming<Item>, CallError>
    where
        Req: Serialize + ?Sized,
        Item: DeserializeOwned + Send + 'static,
    {
        let (mesh, procedure, options) = self.into_parts();
        let order = Order::new(mesh, procedure, options, call::encode(request)?);
        Ok(Streaming::new(
            order.open(StreamMode::ServerStream).await?,
            order,
        ))
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
        let session = self.opened(request, StreamMode::ClientStream).await?;
        Ok(Upload::new(session))
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
        let session = self.opened(request, StreamMode::Bidi).await?;
        Ok((
            StreamSender::new(Arc::clone(&session)),
            Streaming::of_both(session),
        ))
    }

    async fn opened<Req: Serialize + ?Sized>(
        self,
        request: &Req,
        mode: StreamMode,
    ) -> Result<Arc<Session>, CallError> {
        let (mesh, procedure, options) = self.into_parts();
        let order = Order::new(mesh, procedure, options, call::encode(request)?);
        order.open(mode).await
    }
}

/// What a stream is opened with: a server stream is opened again where it certainly was not opened, as a call is made again.
#[derive(Debug)]
pub(super) struct Order {
    mesh: Mesh,
    procedure: String,
    options: Options,
    request: Payload,
}

impl Order {
    pub(super) fn new(mesh: &Mesh, procedure: String, options: Options, request: Payload) -> Self {
        Self {
            mesh: mesh.clone(),
            procedure,
            options,
            request,
        }
    }

    pub(super) async fn open(&self, mode: StreamMode) -> Result<Arc<Session>, CallError> {
        let opening = Opening {
            payload: self.request.clone(),
            mode,
        };
        open(&self.mesh, &self.procedure, &self.options, opening).await
    }

    /// Whether it is to be opened again after this was its end, before any item.
    pub(super) fn again(&self, end: &LinkError) -> bool {
        let LinkError::Stream { code, .. } = end else {
            return false;
        };
        match code.as_str() {
            // Its provider has left: the station knows of none, or the provider of no such procedure.
            GONE | NOT_FOUND => true,
            UNAUTHORIZED => {
                let authority = self.mesh.authority();
                let first = !authority.is_asked_by(&self.procedure);
                let asked = matches!(self.options.present, Present::WhenAsked);
                let again = first && asked && authority.token().is_some();
                if again {
                    authority.asked_by(&self.procedure);
                }
                again
            }
            _ => false,
        }
    }
}

/// Opens a stream, and counts that.
async fn open(
    mesh: &Mesh,
    procedure: &str,
    options: &Options,
    opening: Opening,
) -> Result<Arc<Session>, CallError> {
    let span = tracing::info_span!(
        "outgoing",
        procedure,
        stream = opening.mode.name(),
        outcome = tracing::field::Empty,
        duration_ms = tracing::field::Empty,
    );
    let known = mesh.traffic().of(procedure);
    let running = known.begin(&span);
    let opened = async {
        let (opened, _) = exchange::make(mesh, procedure, options, &opening).await;
        let (stream, pool) = opened?;
        Ok(Arc::new(Session::new(stream, pool, procedure.to_owned())))
    };
    let opened = opened.instrument(span.clone()).await;
    running.end(traffic::outcome(&opened));
    opened
}

/// The opening of a stream, as often as it takes.
#[derive(Debug)]
struct Opening {
    payload: Payload,
    mode: StreamMode,
}

impl Exchange for Opening {
    type Answer = (macula_rust::station_link::Stream, Pool);

    // It is open once the station has it; how long the provider takes is not known by then.
    const TIMED: bool = false;

    async fn attempt(
        &self,
        pool: &Pool,
        attempt: Attempt,
    ) -> Result<(Self::Answer, Node), PoolError> {
        let Attempt {
            realm,
            procedure,
            provider,
            token,
            proofs,
            confidential,
            timeout,
        } = attempt;
        let call = pool::StreamCall {
            realm,
            procedure,
            provider,
            mode: self.mode,
            payload: self.payload.0.clone(),
            deadline: timeout,
            token,
            proofs,
            confidential,
        };
        let stream = pool.open_stream(call).await?;
        let by = stream.request().target;
        Ok(((stream, pool.clone()), by))
    }
}
