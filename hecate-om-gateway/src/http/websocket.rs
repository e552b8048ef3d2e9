//! Streams over a WebSocket (RFC 6455).
//!
//! The request is the parameter `request` of the address. Each message is a JSON object with one
//! key. The caller sends `{"item": …}` and, after its last item, `{"end": true}`. The gateway sends
//! `{"item": …}`, and as its last message `{"end": true}` or `{"error": …}`. The response of a
//! client stream is its only item. A caller that leaves without `end` aborts the stream.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use hecate_om::call::CallError;
use hecate_om::stream::{ClientStream, ResponseStream, StreamSender};
use hecate_om_manifest::Kind;
use serde_json::Value;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::task::TaskTracker;

use super::Shared;
use super::problem::Problem;
use super::request::{Call, payload};
use super::response_stream::{Step, draining, step};
use super::unary::failed;
use crate::json::Json;

/// Interval of the pings to a caller.
const PING: Duration = Duration::from_secs(15);
/// Time after which a caller that answers no ping is gone.
const SILENCE: Duration = Duration::from_secs(45);

/// Maximum number of WebSockets. They no longer count as connections of the listener.
const MAX_WEBSOCKETS: usize = 1024;

/// The open WebSockets.
#[derive(Debug)]
pub(crate) struct WebSockets {
    free: Arc<Semaphore>,
    running: TaskTracker,
}

impl Default for WebSockets {
    fn default() -> Self {
        Self {
            free: Arc::new(Semaphore::new(MAX_WEBSOCKETS)),
            running: TaskTracker::new(),
        }
    }
}

impl WebSockets {
    /// Waits until all have ended.
    pub(crate) async fn ended(&self) {
        self.running.close();
        self.running.wait().await;
    }
}

/// Where the caller's items go.
enum Sender {
    /// A server stream takes none.
    None,
    Bidirectional(StreamSender<Json>),
    /// With the receiver of the response.
    Client(
        ClientStream<Json, Json>,
        oneshot::Sender<Result<Json, CallError>>,
    ),
}

/// Where the caller's answers come from.
enum Answers {
    Items(ResponseStream<Json>),
    /// The response of a client stream; `None` after it.
    Response(Option<oneshot::Receiver<Result<Json, CallError>>>),
}

/// Opens the stream and exchanges its items, once the connection is a WebSocket.
pub(super) fn open(upgrade: WebSocketUpgrade, shared: Arc<Shared>, call: Call) -> Response {
    if call.kind() == Kind::Unary && call.known().is_some() {
        let detail = format!("`{}` is unary; call it with POST", call.procedure);
        return Problem::new(StatusCode::BAD_REQUEST, "wrong_kind", detail).into_response();
    }
    let upgrade = upgrade
        .max_message_size(shared.max_body)
        .max_frame_size(shared.max_body);
    let Ok(permit) = Arc::clone(&shared.websockets.free).try_acquire_owned() else {
        let detail = format!("{MAX_WEBSOCKETS} WebSockets are open");
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail);
        return problem.retryable(None).into_response();
    };
    let running = shared.websockets.running.token();
    upgrade.on_upgrade(async move |socket| {
        run(socket, &shared, &call).await;
        drop((permit, running));
    })
}

async fn run(socket: WebSocket, shared: &Shared, call: &Call) {
    let (mut sink, source) = socket.split();
    let last = match connect(shared, call).await {
        Ok((sender, answers)) => tokio::select! {
            last = write(&mut sink, answers, call) => last,
            last = read(source, sender, call) => last,
            () = shared.draining.cancelled() => Some(Step::Error(draining())),
        },
        Err(error) => Some(Step::Error(failed(shared, call, &error).await)),
    };
    // Without a last step, the caller is gone.
    let Some(last) = last else { return };
    let code = match last {
        Step::Error(_) => close_code::ERROR,
        _ => close_code::NORMAL,
    };
    let close = CloseFrame {
        code,
        reason: "".into(),
    };
    for message in [
        Message::Text(last.to_line().into()),
        Message::Close(Some(close)),
    ] {
        if sink.send(message).await.is_err() {
            return;
        }
    }
}

async fn connect(shared: &Shared, call: &Call) -> Result<(Sender, Answers), CallError> {
    let outgoing = call.outgoing(shared);
    let request = &call.request;
    Ok(match call.kind() {
        Kind::ClientStreaming => {
            let (sender, response) = oneshot::channel();
            let stream = outgoing.client_streaming(request).await?;
            (
                Sender::Client(stream, sender),
                Answers::Response(Some(response)),
            )
        }
        Kind::Bidirectional => {
            let (sender, items) = outgoing.bidirectional(request).await?;
            (Sender::Bidirectional(sender), Answers::Items(items))
        }
        Kind::Unary | Kind::ServerStreaming => {
            let items = outgoing.server_streaming(request).await?;
            (Sender::None, Answers::Items(items))
        }
    })
}

impl Answers {
    /// Returns the next answer, or `None` after the last one. Cancel-safe.
    async fn next(&mut self) -> Option<Result<Json, CallError>> {
        match self {
            Self::Items(items) => items.next().await,
            Self::Response(response) => match response.as_mut()?.await {
                Ok(answered) => {
                    *response = None;
                    Some(answered)
                }
                // The reader ended without a response, and so ends the stream.
                Err(_) => std::future::pending().await,
            },
        }
    }
}

/// Writes the answers, and pings. Returns the last step, or `None` if the caller is gone.
async fn write(
    sink: &mut SplitSink<WebSocket, Message>,
    mut answers: Answers,
    call: &Call,
) -> Option<Step> {
    let mut pings = interval(PING);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let message = tokio::select! {
            next = answers.next() => match step(call, next) {
                item @ Step::Item(_) => Message::Text(item.to_line().into()),
                last => return Some(last),
            },
            _ = pings.tick() => Message::Ping(Vec::new().into()),
        };
        sink.send(message).await.ok()?;
    }
}

/// Sends the caller's items to the provider. Returns the last step if the caller or the provider
/// broke the stream, or `None` if the caller is gone. After the caller's last item, only waits for
/// the caller to leave.
async fn read(mut source: SplitStream<WebSocket>, mut sender: Sender, call: &Call) -> Option<Step> {
    loop {
        let text = match timeout(SILENCE, source.next()).await.ok()?? {
            Ok(Message::Text(text)) => text,
            Ok(Message::Ping(_) | Message::Pong(_)) => continue,
            Ok(Message::Binary(_)) => {
                let detail =
                    "messages are JSON text; bytes in them are `{\"$bytes\": \"<base64>\"}`";
                return Some(Step::Error(Problem::malformed(detail)));
            }
            Ok(Message::Close(_)) => return None,
            Err(error) => {
                let detail = format!("the message cannot be read: {error}");
                return Some(Step::Error(Problem::malformed(detail)));
            }
        };
        let received = match received(&text) {
            Ok(received) => received,
            Err(problem) => return Some(Step::Error(problem)),
        };
        let sent = match (received, &mut sender) {
            (_, Sender::None) => {
                let detail = format!("`{}` takes no items", call.procedure);
                return Some(Step::Error(Problem::malformed(detail)));
            }
            (Some(item), Sender::Bidirectional(items)) => items.send(&item).await,
            (Some(item), Sender::Client(items, _)) => items.send(&item).await,
            (None, _) => {
                finish(std::mem::replace(&mut sender, Sender::None)).await;
                continue;
            }
        };
        match sent {
            // The answers tell how a stream ended that takes no further items.
            Ok(()) | Err(CallError::StreamEnded) => {}
            Err(CallError::BadRequest(why)) => {
                return Some(Step::Error(Problem::malformed(format!("the item {why}"))));
            }
            Err(error) => return Some(Step::Error(call.problem(&error))),
        }
    }
}

/// Tells the provider that there are no further items, and passes the response on.
async fn finish(sender: Sender) {
    match sender {
        Sender::None => {}
        // The answers tell why the stream failed.
        Sender::Bidirectional(items) => drop(items.finish().await),
        Sender::Client(items, response) => drop(response.send(items.finish().await)),
    }
}

/// Reads a message: an item, or `None` for the end of the items.
fn received(text: &str) -> Result<Option<Json>, Problem> {
    let Value::Object(mut message) = payload(text, "the message")? else {
        return Err(Problem::malformed(FORMS));
    };
    match (
        message.remove("item"),
        message.remove("end"),
        message.is_empty(),
    ) {
        (Some(item), None, true) => Ok(Some(Json(item))),
        (None, Some(Value::Bool(true)), true) => Ok(None),
        _ => Err(Problem::malformed(FORMS)),
    }
}

const FORMS: &str = "a message is `{\"item\": …}`, or `{\"end\": true}` after the last item";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_message_is_an_item_or_the_end() {
        let item = received("{\"item\": {\"a\": [1]}}").unwrap();
        assert_eq!(item.map(|Json(value)| value), Some(json!({"a": [1]})));
        let null = received("{\"item\": null}").unwrap();
        assert_eq!(null.map(|Json(value)| value), Some(json!(null)));
        assert!(received("{\"end\": true}").unwrap().is_none());
        for text in [
            "",
            "1",
            "{}",
            "{\"end\": false}",
            "{\"item\": 1, \"end\": true}",
            "{\"item\": 1, \"x\": 2}",
            "{\"item\": 99999999999999999999}",
        ] {
            assert_eq!(received(text).expect_err(text).code, "invalid_request");
        }
    }
}
