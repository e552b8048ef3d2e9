//! Contents as downloads.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    RANGE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use hecate_om::content::{Content, ContentError};
use http_range_header::parse_range_header;
use tokio::sync::OwnedSemaphorePermit;

use super::Shared;
use super::problem::Problem;

/// Maximum size of a content that is served. It is held in memory while it is sent.
const MAX_BYTES: u64 = 64 << 20;
/// Maximum number of contents in memory. Further requests wait for their turn.
pub(super) const MAX_DOWNLOADS: usize = 4;
/// Timeout of a fetch, and of the wait for its turn.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Size of the pieces in which a content is sent.
const PIECE: usize = 64 << 10;

/// Answers with a content's bytes, or with the range of them that the caller asks for.
pub(super) async fn get(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let content: Content = id
        .parse()
        .map_err(|error| Problem::malformed(format!("`{id}` is not a content id: {error}")))?;
    // The id is a hash of the bytes, so they never change.
    let tag = format!("\"{content}\"");
    let is_known = headers
        .get(IF_NONE_MATCH)
        .is_some_and(|given| given.as_bytes() == tag.as_bytes());
    let fixed = [
        (ETAG, tag),
        (
            CACHE_CONTROL,
            "private, max-age=31536000, immutable".to_owned(),
        ),
        (ACCEPT_RANGES, "bytes".to_owned()),
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    if is_known {
        return Ok((StatusCode::NOT_MODIFIED, fixed).into_response());
    }
    let turn = Arc::clone(&shared.downloads).acquire_owned();
    let Ok(Ok(turn)) = tokio::time::timeout(TIMEOUT, turn).await else {
        let detail = format!("{MAX_DOWNLOADS} other contents are being sent");
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail);
        return Err(problem.retryable(None));
    };
    let fetch = content
        .fetch(shared.catalogue.mesh())
        .max_bytes(MAX_BYTES)
        .timeout(TIMEOUT);
    let bytes = Bytes::from(fetch.await.map_err(|error| of_content(&error))?);
    let size = bytes.len();
    let range = headers.get(RANGE).and_then(|value| value.to_str().ok());
    Ok(match range.map(|text| range_of(text, size)) {
        None | Some(Range::Ignored) => {
            let length = [(CONTENT_LENGTH, size)];
            (fixed, length, sent(bytes, turn)).into_response()
        }
        Some(Range::Bytes(first, last)) => {
            let part = [(CONTENT_RANGE, format!("bytes {first}-{last}/{size}"))];
            let length = [(CONTENT_LENGTH, last - first + 1)];
            let bytes = sent(bytes.slice(first..=last), turn);
            (StatusCode::PARTIAL_CONTENT, fixed, part, length, bytes).into_response()
        }
        Some(Range::Unsatisfiable) => {
            let detail = format!("the content has {size} bytes");
            let status = StatusCode::RANGE_NOT_SATISFIABLE;
            let problem = Problem::new(status, "range_not_satisfiable", detail);
            ([(CONTENT_RANGE, format!("bytes */{size}"))], problem).into_response()
        }
    })
}

/// Returns a body that has its turn until all bytes are sent.
fn sent(bytes: Bytes, turn: OwnedSemaphorePermit) -> Body {
    Body::from_stream(stream::unfold((bytes, turn), async |(mut rest, turn)| {
        let piece = rest.split_to(rest.len().min(PIECE));
        (!piece.is_empty()).then_some((Ok::<_, Infallible>(piece), (rest, turn)))
    }))
}

/// A `Range` header (RFC 9110, section 14.2).
#[derive(Debug, PartialEq, Eq)]
enum Range {
    /// First and last byte.
    Bytes(usize, usize),
    /// Another unit, several ranges, or no range at all: a server may then send everything.
    Ignored,
    Unsatisfiable,
}

fn range_of(text: &str, size: usize) -> Range {
    let Ok(parsed) = parse_range_header(text) else {
        return Range::Ignored;
    };
    match parsed.validate(size as u64).as_deref() {
        Ok([range]) => Range::Bytes(*range.start() as usize, *range.end() as usize),
        Ok(_) => Range::Ignored,
        Err(_) => Range::Unsatisfiable,
    }
}

fn of_content(error: &ContentError) -> Problem {
    let status = match error {
        ContentError::NotShared { .. } => StatusCode::NOT_FOUND,
        ContentError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        ContentError::TimedOut { .. } => StatusCode::GATEWAY_TIMEOUT,
        ContentError::NotConnected { .. } => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_GATEWAY,
    };
    let problem = Problem::new(status, error.code(), error.to_string());
    if error.retryable() {
        problem.retryable(None)
    } else {
        problem
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_selects_bytes_of_the_content() {
        for (text, expected) in [
            ("bytes=0-0", Range::Bytes(0, 0)),
            ("bytes=2-", Range::Bytes(2, 9)),
            ("bytes=2-99999999999999999999999", Range::Bytes(2, 9)),
            ("bytes=-3", Range::Bytes(7, 9)),
            ("bytes=-99", Range::Bytes(0, 9)),
            ("bytes=10-", Range::Unsatisfiable),
            ("bytes=-0", Range::Unsatisfiable),
            ("bytes=99999999999999999999999-", Range::Unsatisfiable),
            ("bytes=3-2", Range::Ignored),
            ("bytes=0-1,3-4", Range::Ignored),
            ("bytes=a-b", Range::Ignored),
            ("bytes=-", Range::Ignored),
            ("items=0-1", Range::Ignored),
        ] {
            assert_eq!(range_of(text, 10), expected, "{text}");
        }
        assert_eq!(range_of("bytes=0-", 0), Range::Unsatisfiable);
    }
}
