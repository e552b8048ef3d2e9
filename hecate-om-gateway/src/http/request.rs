//! A request to a procedure: its payload, its timeout, and the form of its answer.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::Query;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode};
use hecate_om::call::{CallBuilder, CallError};
use hecate_om_manifest::{Capability, Kind};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::Shared;
use super::problem::Problem;
use crate::callers::Caller;
use crate::catalogue::Found;
use crate::json::{self, Json, restore_booleans};

/// Header with the timeout of a request, in seconds.
pub(super) const REQUEST_TIMEOUT: HeaderName = HeaderName::from_static("request-timeout");

/// Header with the key of a request (draft-ietf-httpapi-idempotency-key-header-07).
pub(super) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest timeout of a call on the mesh.
const MAX_TIMEOUT: Duration = Duration::from_secs(600);

/// A call to make.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) procedure: String,
    found: Found,
    caller: Option<Arc<Caller>>,
    pub(super) request: Json,
    pub(super) timeout: Duration,
    /// Key by which the service recognises a repeat.
    key: Option<String>,
    has_query: bool,
    wants_stream: bool,
}

/// Form of a streamed answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// Server-sent events (WHATWG HTML, section 9.2).
    Events,
    /// One JSON object on each line.
    Lines,
}

#[derive(Debug, Deserialize)]
struct Parameters {
    request: Option<String>,
    timeout: Option<String>,
}

impl Call {
    /// Reads everything but the body.
    pub(super) fn read(
        procedure: String,
        found: Found,
        caller: Option<Arc<Caller>>,
        parts: &Parts,
    ) -> Result<Self, Problem> {
        let Query(parameters) = Query::<Parameters>::try_from_uri(&parts.uri)
            .map_err(|error| Problem::malformed(error.body_text()))?;
        let request = match &parameters.request {
            Some(text) => payload(text, "the parameter `request`")?,
            None => Value::Null,
        };
        Ok(Self {
            procedure,
            found,
            request: Json(request),
            timeout: timeout(&parts.headers, parameters.timeout.as_deref())?,
            key: key(&parts.headers, caller.as_deref())?,
            caller,
            has_query: parameters.request.is_some(),
            wants_stream: accepts(&parts.headers, EVENTS) || accepts(&parts.headers, LINES),
        })
    }

    /// Returns the procedure's kind. A procedure without a description is unary, unless the caller
    /// asks for a stream.
    pub(super) fn kind(&self) -> Kind {
        match self.known() {
            Some(known) => known.kind,
            None if self.wants_stream => Kind::ServerStreaming,
            None => Kind::Unary,
        }
    }

    /// Returns the description of the procedure, if its service describes it.
    pub(super) const fn known(&self) -> Option<&Arc<Capability>> {
        match &self.found {
            Found::Described(known) => Some(known),
            Found::Missing | Found::Undescribed => None,
        }
    }

    fn is_idempotent(&self) -> bool {
        self.known().is_some_and(|known| known.idempotent)
    }

    /// Refuses the key of a stream: no stream has a first answer.
    pub(super) fn check_key(&self) -> Result<(), Problem> {
        if self.key.is_none() || self.kind() == Kind::Unary {
            return Ok(());
        }
        let detail = format!("`{}` is a stream, which has no key", self.procedure);
        let status = StatusCode::BAD_REQUEST;
        Err(Problem::new(status, "key_unsupported", detail))
    }

    /// Refuses methods that the procedure does not have. GET is for idempotent procedures only,
    /// because browsers and proxies repeat it.
    pub(super) fn check_method(&self, method: &Method) -> Result<(), Problem> {
        match *method {
            Method::POST => Ok(()),
            Method::GET if self.is_idempotent() => Ok(()),
            _ => {
                let detail = format!(
                    "`{}` takes POST; GET is for idempotent procedures, and for WebSockets",
                    self.procedure
                );
                let status = StatusCode::METHOD_NOT_ALLOWED;
                Err(Problem::new(status, "method_not_allowed", detail))
            }
        }
    }

    /// Reads the request from the body, within the call's timeout.
    pub(super) async fn read_body(
        &mut self,
        parts: &Parts,
        body: Body,
        max: usize,
    ) -> Result<(), Problem> {
        if parts.method == Method::GET {
            return Ok(());
        }
        let read = tokio::time::timeout(self.timeout, to_bytes(body, max)).await;
        let bytes = match read {
            Ok(Ok(bytes)) => bytes,
            Ok(Err(error)) => return Err(unreadable(&error, max)),
            Err(_) => {
                let detail = format!("the body did not arrive within {:?}", self.timeout);
                let problem = Problem::new(StatusCode::REQUEST_TIMEOUT, "timeout", detail);
                return Err(problem.retryable(None));
            }
        };
        if bytes.is_empty() {
            return Ok(());
        }
        if self.has_query {
            return Err(Problem::malformed(
                "the request is in the body and in the parameter `request`; send one of them",
            ));
        }
        if !is_json(&parts.headers) {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "the body must be JSON: send `Content-Type: application/json`",
            ));
        }
        let text = std::str::from_utf8(&bytes)
            .map_err(|error| Problem::malformed(format!("the body is not UTF-8: {error}")))?;
        self.request = Json(payload(text, "the body")?);
        Ok(())
    }

    /// Returns the call on the mesh.
    pub(super) fn outgoing<'m>(&self, shared: &'m Shared) -> CallBuilder<'m> {
        let mesh = shared.catalogue.mesh();
        let outgoing = mesh
            .procedure(self.procedure.as_str())
            .timeout(self.timeout);
        let outgoing = match self.caller.as_ref().and_then(|caller| caller.ucan.clone()) {
            Some(ucan) => outgoing.ucan(ucan),
            None => outgoing,
        };
        let outgoing = match &self.key {
            Some(key) => outgoing.key(key.as_str()),
            None => outgoing,
        };
        if self.is_idempotent() {
            outgoing.idempotent()
        } else {
            outgoing
        }
    }

    /// Returns the problem of this call.
    pub(super) fn problem(&self, error: &CallError) -> Problem {
        let is_missing = matches!(self.found, Found::Missing);
        match error {
            CallError::NoProvider { .. } if is_missing => Problem::not_found(&self.procedure),
            error => Problem::of_call(error, self.caller.is_some()),
        }
    }

    /// Restores the booleans of an answer or of an item, which the wire has as 0 and 1.
    pub(super) fn restore(&self, mut value: Value) -> Value {
        if let Some(schema) = self
            .known()
            .and_then(|known| known.response_schema.as_ref())
        {
            restore_booleans(schema, &mut value);
        }
        value
    }
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

const EVENTS: &[&str] = &["text/event-stream"];
const LINES: &[&str] = &[
    "application/x-ndjson",
    "application/jsonl",
    "application/json-seq",
];

/// Returns whether a caller accepts one of the media types. Without the header it accepts all.
fn accepts(headers: &HeaderMap, types: &[&str]) -> bool {
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
fn is_json(headers: &HeaderMap) -> bool {
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

fn unreadable(error: &axum::Error, max: usize) -> Problem {
    let is_too_large = std::error::Error::source(error)
        .is_some_and(|source| source.to_string().contains("length limit"));
    if is_too_large {
        let detail = format!("the body is larger than {max} bytes");
        return Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", detail);
    }
    Problem::malformed(format!("the body cannot be read: {error}"))
}

/// Reads a payload in JSON.
pub(super) fn payload(text: &str, what: &str) -> Result<Value, Problem> {
    json::parse(text).map_err(|error| Problem::malformed(format!("{what}: {error}")))
}

/// Reads the key of a request. A service knows the gateway only, so that each caller has keys of its
/// own only if its name is a part of them.
fn key(headers: &HeaderMap, caller: Option<&Caller>) -> Result<Option<String>, Problem> {
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

fn timeout(headers: &HeaderMap, parameter: Option<&str>) -> Result<Duration, Problem> {
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
