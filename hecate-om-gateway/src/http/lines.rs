//! Client streams whose items are the lines of a request's body.

use std::io;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json as JsonBody, Response};
use futures_util::{StreamExt, TryStreamExt};
use hecate_om::call::CallError;
use hecate_om::stream::ClientStream;
use tokio::time::timeout;
use tokio_util::codec::{FramedRead, LinesCodec, LinesCodecError};
use tokio_util::io::StreamReader;

use super::Shared;
use super::headers::is_lines;
use super::problem::Problem;
use super::request::{Call, payload};
use super::response_stream::draining;
use super::unary::failed;
use crate::json::Json;

/// Sends each line as an item, and answers with the response. The timeout limits the wait for each
/// line, for the provider to take it, and for the response.
pub(super) async fn send(
    shared: &Shared,
    call: Call,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    if !is_lines(headers) {
        let detail = format!(
            "`{}` takes a stream of items: send them as lines of JSON with `Content-Type: application/x-ndjson`, or open \
             a WebSocket at the same address",
            call.procedure
        );
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(Problem::new(status, "wrong_kind", detail));
    }
    tokio::select! {
        answered = exchange(shared, &call, body) => answered,
        () = shared.draining.cancelled() => Err(draining()),
    }
}

async fn exchange(shared: &Shared, call: &Call, body: Body) -> Result<Response, Problem> {
    let opened = call.outgoing(shared).client_streaming(&call.request).await;
    let mut stream: ClientStream<Json, Json> = match opened {
        Ok(stream) => stream,
        Err(error) => return Err(failed(shared, call, &error).await),
    };
    let body = StreamReader::new(body.into_data_stream().map_err(io::Error::other));
    let mut lines = FramedRead::new(body, LinesCodec::new_with_max_length(shared.max_body));
    let mut number = 0_u64;
    loop {
        number += 1;
        let Ok(next) = timeout(call.timeout, lines.next()).await else {
            return Err(late(
                call,
                StatusCode::REQUEST_TIMEOUT,
                "the next line did not arrive",
            ));
        };
        // A body that breaks off drops the stream, which the provider sees as aborted.
        let Some(line) = next
            .transpose()
            .map_err(|error| broken(&error, number, shared))?
        else {
            break;
        };
        if line.trim().is_empty() {
            continue;
        }
        let item = payload(&line, &format!("line {number}"))?;
        match timeout(call.timeout, stream.send(&Json(item))).await {
            Ok(Ok(())) => {}
            // The provider has answered before the end of the items.
            Ok(Err(CallError::StreamEnded)) => break,
            Ok(Err(CallError::BadRequest(why))) => {
                return Err(Problem::malformed(format!("line {number}: {why}")));
            }
            Ok(Err(error)) => return Err(failed(shared, call, &error).await),
            Err(_) => {
                let what = format!("the service did not take line {number}");
                return Err(late(call, StatusCode::GATEWAY_TIMEOUT, &what));
            }
        }
    }
    match timeout(call.timeout, stream.finish()).await {
        Ok(Ok(Json(answer))) => Ok(JsonBody(call.restore(answer)).into_response()),
        Ok(Err(error)) => Err(failed(shared, call, &error).await),
        Err(_) => {
            let what = "the service did not answer after the last line";
            Err(late(call, StatusCode::GATEWAY_TIMEOUT, what))
        }
    }
}

fn late(call: &Call, status: StatusCode, what: &str) -> Problem {
    let detail = format!(
        "{what} within {:?}; `Request-Timeout` sets this limit",
        call.timeout
    );
    Problem::new(status, "timeout", detail)
}

fn broken(error: &LinesCodecError, number: u64, shared: &Shared) -> Problem {
    match error {
        LinesCodecError::MaxLineLengthExceeded => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "payload_too_large",
            format!("line {number} is larger than {} bytes", shared.max_body),
        ),
        LinesCodecError::Io(error) => {
            Problem::malformed(format!("the body broke off at line {number}: {error}"))
        }
    }
}
