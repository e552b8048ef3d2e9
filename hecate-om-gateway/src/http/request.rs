//! A request to a procedure: its payload, its timeout, and the form of its answer.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest as _, Query, Request};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use hecate_om::call::{CallBuilder, CallError};
use hecate_om_manifest::{Capability, Kind};
use serde::Deserialize;
use serde_json::Value;

use super::Shared;
use super::headers::{EVENTS, LINES, accepts, is_json, key, timeout};
use super::problem::Problem;
use crate::callers::Caller;
use crate::catalogue::{Found, outgoing, restored};
use crate::json::{self, Json};

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

    /// Reads the request from the body, within the call's timeout. `max` is the limit of the routes.
    pub(super) async fn read_body(&mut self, request: Request, max: usize) -> Result<(), Problem> {
        if request.method() == Method::GET {
            return Ok(());
        }
        let declared = is_json(request.headers());
        let read = tokio::time::timeout(self.timeout, Bytes::from_request(request, &())).await;
        let bytes = match read {
            Ok(read) => read.map_err(|error| unreadable(&error, max))?,
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
        if !declared {
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
        let (known, caller) = (self.known().map(Arc::as_ref), self.caller.as_deref());
        let mesh = shared.catalogue.mesh();
        let outgoing = outgoing(mesh, &self.procedure, known, caller, self.timeout);
        match &self.key {
            Some(key) => outgoing.key(key.as_str()),
            None => outgoing,
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

    /// Restores the booleans of a response or of an item.
    pub(super) fn restore(&self, value: Value) -> Value {
        restored(self.known().map(Arc::as_ref), value)
    }
}

fn unreadable(error: &BytesRejection, max: usize) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        let detail = format!("the body is larger than {max} bytes");
        return Problem::new(error.status(), "payload_too_large", detail);
    }
    Problem::malformed(format!("the body cannot be read: {}", error.body_text()))
}

/// Reads a payload in JSON.
pub(super) fn payload(text: &str, what: &str) -> Result<Value, Problem> {
    json::parse(text).map_err(|error| Problem::malformed(format!("{what}: {error}")))
}
