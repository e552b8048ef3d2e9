//! Server streams, as server-sent events or as lines of JSON.
//!
//! Each item is an event or a line of its own. The last one is `end` or `error`: a stream without
//! it broke off.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream, StreamExt};
use hecate_om::call::CallError;
use hecate_om::stream::ResponseStream;
use serde_json::Value;
use tokio::time::timeout;

use super::Shared;
use super::headers::Answer;
use super::problem::Problem;
use super::request::Call;
use super::unary::failed;
use crate::json::Json;

/// Time in which a stream that fails at once does so, so that the answer has the right status.
const FIRST_ITEM: Duration = Duration::from_secs(1);
/// Interval of the comments that keep a quiet stream open.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// What happens in a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Item(Value),
    Error(Problem),
    End,
}

impl Step {
    fn name(&self) -> &'static str {
        match self {
            Self::Item(_) => "item",
            Self::Error(_) => "error",
            Self::End => "end",
        }
    }

    fn data(&self) -> String {
        match self {
            Self::Item(value) => value.to_string(),
            Self::Error(problem) => problem.to_json(),
            Self::End => "null".into(),
        }
    }

    /// Returns the step as an object with one key, in one line.
    pub(super) fn to_line(&self) -> String {
        let data = match self {
            Self::End => "true".into(),
            other => other.data(),
        };
        format!("{{\"{}\":{data}}}", self.name())
    }

    fn to_event(&self) -> Event {
        Event::default().event(self.name()).data(self.data())
    }
}

/// Opens the stream, and answers with its items as they arrive.
pub(super) async fn answer(
    shared: Arc<Shared>,
    call: Call,
    answer: Answer,
) -> Result<Response, Problem> {
    let opened = call.outgoing(&shared).server_streaming(&call.request).await;
    let mut items: ResponseStream<Json> = match opened {
        Ok(items) => items,
        Err(error) => return Err(failed(&shared, &call, &error).await),
    };
    // Dropping `next` at the timeout loses no item.
    let first = match timeout(FIRST_ITEM, items.next()).await {
        Ok(Some(Err(error))) => return Err(failed(&shared, &call, &error).await),
        Ok(first) => Some(step(&call, first)),
        Err(_) => None,
    };
    let steps = steps(shared, call, items, first);
    Ok(match answer {
        Answer::Events => {
            let events = steps.map(|step| Ok::<_, Infallible>(step.to_event()));
            let events = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
            // Without this header, nginx collects the events.
            ([("x-accel-buffering", "no")], events).into_response()
        }
        Answer::Lines => {
            let lines = steps.map(|step| Ok::<_, Infallible>(step.to_line() + "\n"));
            let kind = HeaderValue::from_static("application/x-ndjson");
            ([(CONTENT_TYPE, kind)], Body::from_stream(lines)).into_response()
        }
    })
}

pub(super) fn step(call: &Call, next: Option<Result<Json, CallError>>) -> Step {
    match next {
        Some(Ok(Json(item))) => Step::Item(call.restore(item)),
        Some(Err(error)) => Step::Error(call.problem(&error)),
        None => Step::End,
    }
}

/// Returns the steps of a stream up to its end. An item is read from the mesh only when the caller
/// has taken the one before, so that a slow caller slows the provider.
fn steps(
    shared: Arc<Shared>,
    call: Call,
    items: ResponseStream<Json>,
    first: Option<Step>,
) -> impl Stream<Item = Step> + Send {
    let state = Some((shared, call, items, first));
    stream::unfold(state, async |state| {
        let (shared, call, mut items, first) = state?;
        let next = match first {
            Some(step) => step,
            None => tokio::select! {
                next = items.next() => step(&call, next),
                () = shared.draining.cancelled() => Step::Error(draining()),
            },
        };
        let goes_on = matches!(next, Step::Item(_));
        Some((next, goes_on.then_some((shared, call, items, None))))
    })
}

/// Returns the error of a stream that the gateway ends, because it stops.
pub(super) fn draining() -> Problem {
    let status = axum::http::StatusCode::SERVICE_UNAVAILABLE;
    Problem::new(
        status,
        "draining",
        "the gateway is stopping; open the stream again",
    )
    .retryable(None)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_says_what_it_is() {
        assert_eq!(
            Step::Item(json!({"a": 1})).to_line(),
            "{\"item\":{\"a\":1}}"
        );
        assert_eq!(Step::End.to_line(), "{\"end\":true}");
        let line = Step::Error(draining()).to_line();
        let value: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["error"]["code"], "draining");
        assert_eq!(value["error"]["status"], 503);
    }
}
