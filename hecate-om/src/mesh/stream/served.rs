//! Served streams: the transport of a handler's items.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use hecate_om_manifest::Kind;
use macula_rust::frame::StreamMode;
use macula_rust::station_link::{LinkError, Offer, Request, Stream, StreamEvent, stream_handler};

use super::cost;
use super::flow::{FlowTable, ServedFlow};
use super::writer::{ItemSink, ItemWriter, WriterStopped};
use crate::capability::{Dispatcher, Refusal, StreamClosed, StreamEnd, StreamTransport};
use crate::codec::Payload;
use crate::mesh::connection::claims::call_context;

/// Error code of a stream that its handler refused. The message contains the refusal, as for calls.
pub(super) const REFUSED: &str = "handler_error";
/// Error code with which either side cancels a stream.
pub(super) const CANCELLED: &str = "cancelled";

/// Returns the wire's stream mode for a kind, or `None` for unary calls.
pub(in crate::mesh) const fn mode(kind: Kind) -> Option<StreamMode> {
    match kind {
        Kind::ServerStreaming => Some(StreamMode::ServerStream),
        Kind::ClientStreaming => Some(StreamMode::ClientStream),
        Kind::Bidirectional => Some(StreamMode::Bidi),
        _ => None,
    }
}

/// Returns the offer of a streaming capability.
pub(in crate::mesh) fn offer(
    realm: [u8; 32],
    procedure: &str,
    mode: StreamMode,
    dispatcher: &Arc<Dispatcher>,
    gated: bool,
    flows: &FlowTable,
) -> Offer {
    let (dispatcher, flows) = (Arc::clone(dispatcher), flows.clone());
    let handler = stream_handler(move |stream: Stream| {
        let (dispatcher, flows) = (Arc::clone(&dispatcher), flows.clone());
        async move {
            serve(&dispatcher, &flows, stream, mode, gated).await;
            Ok(())
        }
    });
    Offer::stream(realm, procedure, mode, handler)
}

/// Runs one stream until its end. The SDK drops this future if the caller cancels the stream.
async fn serve(
    dispatcher: &Dispatcher,
    flows: &FlowTable,
    stream: Stream,
    mode: StreamMode,
    gated: bool,
) {
    let open = stream.request();
    let request = Request {
        caller: open.caller,
        realm: open.realm,
        procedure: open.procedure.clone(),
        payload: open.payload.clone(),
        token: open.token.clone(),
        proofs: open.proofs.clone(),
        deadline_ms: open.deadline,
        sealed: stream.sealed(),
    };
    let writer = (mode != StreamMode::ClientStream)
        .then(|| Arc::new(ItemWriter::start(CallerSink(stream.clone()))));
    let flow = flows.register(open);
    let flow_state = flow.state();
    let wire = ServedStream {
        flow,
        stream: stream.clone(),
        writer: writer.clone(),
    };
    let end = async |end| send_end(&stream, mode, flush(writer, end).await).await;
    let call = match call_context(&request, gated) {
        Ok(call) => call,
        Err(refusal) => return end(StreamEnd::Refused(refusal)).await,
    };
    let payload = Payload(request.payload);
    tokio::select! {
        () = dispatcher.run_stream(payload, call, Box::new(wire), end) => {}
        () = flow_state.caller_gone() => {
            tracing::debug!("caller no longer waits for the stream's answer");
            send_end(&stream, mode, StreamEnd::CallerLeft).await;
        }
    }
}

/// Sends the end of the stream to the caller. Failures are ignored, because the caller is then
/// gone.
async fn send_end(stream: &Stream, mode: StreamMode, end: StreamEnd) {
    let _ = match end {
        StreamEnd::Done(answer) if mode == StreamMode::ClientStream => stream.reply(answer.0).await,
        // Returns once the caller has read everything, or after five seconds (the SDK's
        // `CLOSE_WAIT`).
        StreamEnd::Done(_) => stream.close().await,
        StreamEnd::Refused(refusal) => stream.abort(REFUSED, &refusal.to_detail()).await,
        StreamEnd::CallerLeft => stream.abort(CANCELLED, "").await,
    };
}

/// Writes the items that the handler has sent, and returns how the stream ends.
async fn flush(writer: Option<Arc<ItemWriter<LinkError>>>, end: StreamEnd) -> StreamEnd {
    let Some(writer) = writer.filter(|_| !matches!(end, StreamEnd::CallerLeft)) else {
        return end;
    };
    let closed = writer.close().await.map_err(ended);
    match closed {
        Err(StreamClosed(Some(refusal))) => StreamEnd::Refused(refusal),
        _ => end,
    }
}

/// Sink that sends items to the caller of a served stream.
struct CallerSink(Stream);

impl ItemSink for CallerSink {
    type Error = LinkError;

    async fn write(&self, item: Payload) -> Result<(), LinkError> {
        self.0.send_value(item.0).await
    }

    async fn close(&self) -> Result<(), LinkError> {
        // The handler's result determines how the stream ends.
        Ok(())
    }
}

/// Transport of one served stream.
struct ServedStream {
    stream: Stream,
    flow: ServedFlow,
    /// `None` for a stream on which the handler sends no items.
    writer: Option<Arc<ItemWriter<LinkError>>>,
}

impl ServedStream {
    async fn send(&self, item: Payload) -> Result<(), StreamClosed> {
        let writer = self.writer.as_ref().ok_or(StreamClosed(None))?;
        let cost = cost(&item);
        let permit = writer.reserve(cost).await.map_err(ended)?;
        self.flow.reserve(cost).await;
        writer.push(item, permit).map_err(ended)
    }
}

/// Converts the writer's error: the caller is gone, unless the frame itself was invalid.
fn ended(WriterStopped(cause): WriterStopped<LinkError>) -> StreamClosed {
    StreamClosed(match cause {
        Some(error @ (LinkError::Frame(_) | LinkError::FrameTooLarge(_))) => {
            let text = "an item of the service does not fit the wire";
            Some(Refusal::new("invalid_response", text).log(error.to_string()))
        }
        _ => None,
    })
}

impl StreamTransport for ServedStream {
    fn send(
        &self,
        item: Payload,
    ) -> Pin<Box<dyn Future<Output = Result<(), StreamClosed>> + Send + '_>> {
        Box::pin(self.send(item))
    }

    fn next(
        &self,
    ) -> Pin<Box<dyn Future<Output = Result<Option<Payload>, StreamClosed>> + Send + '_>> {
        Box::pin(async move {
            match self.flow.next_item(self.stream.recv()).await {
                Ok(StreamEvent::Data { body, .. }) => {
                    let item = Payload(body);
                    self.flow.record_consumed(cost(&item));
                    Ok(Some(item))
                }
                Ok(StreamEvent::End { .. }) => Ok(None),
                // A caller sends no reply, and the SDK reports an aborted stream as an error.
                Ok(StreamEvent::Reply { .. }) | Err(_) => Err(StreamClosed(None)),
            }
        })
    }
}

impl fmt::Debug for ServedStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServedStream")
            .field("flow", &self.flow)
            .finish_non_exhaustive()
    }
}
