//! Headers of a request to a procedure: its timeout, its key, and the forms of body and answer.

use std::time::Duration;

use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use sha2::{Digest as _, Sha256};

use super::problem::Problem;
use crate::callers::Caller;

/// Header with the timeout of a request, in seconds.
pub(super) const REQUEST_TIMEOUT: HeaderName = HeaderName::from_static("request-timeout");

/// Header with the key of a request (draft-ietf-httpapi-idempotency-key-header-07).
pub(super) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest timeout of a call on the mesh.
const MAX_TIMEOUT: Duration = Duration::from_secs(600);

/// Form of a streamed answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// Server-sent events (WHATWG HTML, section 9.2).
    Events,
    /// One JSON object on each line.
    Lines,
}

impl Answer {
    /// Returns the form that the caller accepts: lines, unless the caller asks for events.
    pub(super) fn of_stream(headers: &HeaderMap) -> Result<Self, Problem> {
        if accepts(headers, EVENTS) {
            return Ok(Self::Events);
        }
        if accepts(headers, LINES) || accepts(headers, &["*/*", "application/*"]) {
            return Ok(Self::Lines);
        }
        Err(Problem::new(
            StatusCode::NOT_ACCEPTABLE,
            "not_acceptable",
            "the answer is a stream: accept `text/event-stream` or `application/x-ndjson`",
        ))
    }
}

pub(super) const EVENTS: &[&str] = &["text/event-stream"];
pub(super) const LINES: &[&str] = &[
    "application/x-ndjson",
    "application/jsonl",
    "application/json-seq",
];

/// Returns whether a caller accepts one of the media types. Without the header it accepts all.
pub(super) fn accepts(headers: &HeaderMap, types: &[&str]) -> bool {
    let mut given = headers.get_all(ACCEPT).iter().peekable();
    if given.peek().is_none() {
        return types.contains(&"*/*");
    }
    let accepted = given
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    accepted
        .map(|range| range.split(';').next().unwrap_or_default().trim())
        .any(|range| {
            types
                .iter()
                .any(|wanted| wanted.eq_ignore_ascii_case(range))
        })
}

/// Returns whether the body is declared to be JSON. The header is required: a page of another
/// origin can send any other type without asking first.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let kind = value.split(';').next().unwrap_or_default().trim();
    let kind = kind.to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// Returns whether the body is declared to be JSON Lines.
pub(super) fn is_lines(headers: &HeaderMap) -> bool {
    let value = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let kind = value
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    LINES.iter().any(|lines| lines.eq_ignore_ascii_case(kind))
}

/// Reads the key of a request. A service knows the gateway only, so that each caller has keys of its
/// own only if its name is a part of them.
pub(super) fn key(headers: &HeaderMap, caller: Option<&Caller>) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    let form = "`Idempotency-Key` is 1 to 255 characters of ASCII without control characters";
    let text = value
        .to_str()
        .ok()
        .filter(|text| (1..=255).contains(&text.len()));
    let text = text.ok_or_else(|| Problem::malformed(form))?;
    Ok(Some(match caller {
        Some(caller) => {
            // A hash of both has a fixed length, and the name ends before the key begins.
            let name = Sha256::digest(&caller.name);
            hex::encode(
                Sha256::new()
                    .chain_update(name)
                    .chain_update(text)
                    .finalize(),
            )
        }
        None => text.to_owned(),
    }))
}

pub(super) fn timeout(headers: &HeaderMap, parameter: Option<&str>) -> Result<Duration, Problem> {
    let header = match headers.get(REQUEST_TIMEOUT) {
        Some(value) => Some(
            value
                .to_str()
                .map_err(|_| Problem::malformed("`Request-Timeout` is not text"))?,
        ),
        None => None,
    };
    let Some(text) = header.or(parameter) else {
        return Ok(DEFAULT_TIMEOUT);
    };
    let seconds = text
        .parse::<f64>()
        .ok()
        .and_then(|s| Duration::try_from_secs_f64(s).ok());
    seconds
        .or_else(|| humantime::parse_duration(text).ok())
        .filter(|timeout| !timeout.is_zero() && *timeout <= MAX_TIMEOUT)
        .ok_or_else(|| {
            Problem::malformed(format!(
                "`{text}` is not a timeout; write seconds or a duration, as in `2.5` or `500ms`, at most 10m"
            ))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn a_timeout_is_seconds_or_a_duration() {
        for (text, expected) in [
            ("5", 5_000),
            ("2.5", 2_500),
            ("500ms", 500),
            ("10m", 600_000),
        ] {
            let read = timeout(&headers(REQUEST_TIMEOUT, text), Some("1s")).unwrap();
            assert_eq!(read, Duration::from_millis(expected), "{text}");
        }
        assert_eq!(
            timeout(&HeaderMap::new(), Some("1s")),
            Ok(Duration::from_secs(1))
        );
        assert_eq!(timeout(&HeaderMap::new(), None), Ok(DEFAULT_TIMEOUT));
        for text in ["", "0", "-1", "601", "NaN", "inf", "soon", "1e300"] {
            let error = timeout(&HeaderMap::new(), Some(text)).unwrap_err();
            assert_eq!(error.code, "invalid_request", "{text}");
        }
    }

    #[test]
    fn the_form_of_a_stream_follows_what_the_caller_accepts() {
        let of = |text| Answer::of_stream(&headers(ACCEPT, text));
        assert_eq!(of("text/event-stream"), Ok(Answer::Events));
        assert_eq!(
            of("application/json, Text/Event-Stream;q=0.5"),
            Ok(Answer::Events)
        );
        assert_eq!(of("application/x-ndjson"), Ok(Answer::Lines));
        assert_eq!(of("*/*"), Ok(Answer::Lines));
        assert_eq!(Answer::of_stream(&HeaderMap::new()), Ok(Answer::Lines));
        assert_eq!(of("application/json").unwrap_err().status, 406);
    }

    #[test]
    fn only_a_declared_json_body_is_json() {
        for kind in [
            "application/json",
            "Application/JSON; charset=utf-8",
            "application/merge-patch+json",
        ] {
            assert!(is_json(&headers(CONTENT_TYPE, kind)), "{kind}");
        }
        for kind in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "text/json",
            "",
        ] {
            assert!(!is_json(&headers(CONTENT_TYPE, kind)), "{kind}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}
