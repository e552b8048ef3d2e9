//! Streams that are served: the SDK's session beneath a handler's items.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use hecate_om_manifest::Kind;
use macula_rust::frame::StreamMode;
use macula_rust::station_link::{LinkError, Offer, Request, Stream, StreamEvent, stream_handler};

use super::cost;
use super::flow::Flows;
use super::serving::Flowing;
use super::writer::{Stopped, Target, Writer};
use crate::capability::{Dispatcher, Ended, Refusal, StreamEnd, Wire};
use crate::codec::Payload;
use crate::mesh::ucan::call;

/// The code of a stream that a handler refused; what it is refused with is in the text, as for calls.
pub(super) const REFUSED: &str = "handler_error";
/// The code with which a side leaves a stream.
pub(super) const LEFT: &str = "cancelled";

/// How the wire calls a kind of stream; `None` for what is a call.
pub(in crate::mesh) const fn mode(kind: Kind) -> Option<StreamMode> {
    match kind {
        Kind::Streamer => Some(StreamMode::ServerStream),
        Kind::ClientStream => Some(StreamMode::ClientStream),
        Kind::Bidi => Some(StreamMode::Bidi),
        _ => None,
    }
}

/// What is offered of a capability that takes or answers streams.
pub(in crate::mesh) fn offer(
    realm: [u8; 32],
    procedure: &str,
    mode: StreamMode,
    dispatcher: &Arc<Dispatcher>,
    gated: bool,
    flows: &Flows,
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

/// Runs one stream to its end, and tells its caller how it ended. The SDK drops this where the caller leaves.
async fn serve(
    dispatcher: &Dispatcher,
    flows: &Flows,
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
        .then(|| Arc::new(Writer::start(ToCaller(stream.clone()))));
    let flowing = flows.begin(open);
    let flow = flowing.flow();
    let wire = Served {
        flowing,
        stream: stream.clone(),
        writer: writer.clone(),
    };
    let tell = async |end| told(&stream, mode, written(writer, end).await).await;
    let call = match call(&request, gated) {
        Ok(call) => call,
        Err(refusal) => return tell(StreamEnd::Refused(refusal)).await,
    };
    let payload = Payload(request.payload);
    tokio::select! {
        () = dispatcher.run_stream(payload, call, Box::new(wire), tell) => {}
        () = flow.abandoned() => {
            tracing::debug!("the caller no longer waits for the stream's answer");
            told(&stream, mode, StreamEnd::Left).await;
        }
    }
}

/// Tells the caller how its stream ended. A caller that is gone need not be told.
async fn told(stream: &Stream, mode: StreamMode, end: StreamEnd) {
    let _ = match end {
        StreamEnd::Done(answer) if mode == StreamMode::ClientStream => stream.reply(answer.0).await,
        // Returns once the caller has read everything, or after five seconds (the SDK's
        // `CLOSE_WAIT`), at which the stream ends, read or not.
        StreamEnd::Done(_) => stream.close().await,
        StreamEnd::Refused(refusal) => stream.abort(REFUSED, &refusal.to_detail()).await,
        StreamEnd::Left => stream.abort(LEFT, "").await,
    };
}

/// Returns how a stream ended, after the items that its handler sent are written.
async fn written(writer: Option<Arc<Writer<LinkError>>>, end: StreamEnd) -> StreamEnd {
    let Some(writer) = writer.filter(|_| !matches!(end, StreamEnd::Left)) else {
        return end;
    };
    let closed = writer.close().await.map_err(ended);
    match closed {
        Err(Ended(Some(refusal))) => StreamEnd::Refused(refusal),
        _ => end,
    }
}

/// Target of the writer of a served stream.
struct ToCaller(Stream);

impl Target for ToCaller {
    type Error = LinkError;

    async fn write(&self, item: Payload) -> Result<(), LinkError> {
        self.0.send_value(item.0).await
    }

    async fn close(&self) -> Result<(), LinkError> {
        // The handler's result determines how the stream ends.
        Ok(())
    }
}

/// The wire beneath one stream.
struct Served {
    stream: Stream,
    flowing: Flowing,
    /// Sends an item of the handler.
    writer: Option<Arc<Writer<LinkError>>>,
}

impl Served {
    async fn send(&self, item: Payload) -> Result<(), Ended> {
        let writer = self.writer.as_ref().ok_or(Ended(None))?;
        let cost = cost(&item);
        let place = writer.place(cost).await.map_err(ended)?;
        self.flowing.room(cost).await;
        writer.push(item, place).map_err(ended)
    }
}

/// Converts the writer's error: the caller is gone, unless the frame itself was invalid.
fn ended(Stopped(why): Stopped<LinkError>) -> Ended {
    Ended(match why {
        Some(error @ (LinkError::Frame(_) | LinkError::FrameTooLarge(_))) => {
            let text = "an item of the service does not fit the wire";
            Some(Refusal::new("invalid_response", text).log(error.to_string()))
        }
        _ => None,
    })
}

impl Wire for Served {
    fn send(&self, item: Payload) -> Pin<Box<dyn Future<Output = Result<(), Ended>> + Send + '_>> {
        Box::pin(self.send(item))
    }

    fn next(&self) -> Pin<Box<dyn Future<Output = Result<Option<Payload>, Ended>> + Send + '_>> {
        Box::pin(async move {
            match self.flowing.next_item(self.stream.recv()).await {
                Ok(StreamEvent::Data { body, .. }) => {
                    let item = Payload(body);
                    self.flowing.took(cost(&item));
                    Ok(Some(item))
                }
                Ok(StreamEvent::End { .. }) => Ok(None),
                // A caller sends no reply, and the SDK says how a stream ended that did not end well.
                Ok(StreamEvent::Reply { .. }) | Err(_) => Err(Ended(None)),
            }
        })
    }
}

impl fmt::Debug for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Served")
            .field("flowing", &self.flowing)
            .finish_non_exhaustive()
    }
}
