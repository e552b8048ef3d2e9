//! Calls by procedure name.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::metrics;
use super::mismatch::{self, CallerSchema, FailedCall};
use super::operation;
use super::options::{CallOptions, option_methods};
use super::unary::{UnaryCall, decode_response, encode_request};
use crate::capability::Kind;
use crate::codec::Payload;
use crate::mesh::{CallError, Mesh};

/// Builder of a call or a stream by procedure name; see [`Mesh::procedure`].
#[derive(Debug)]
#[must_use = "nothing is sent before `call`, `server_streaming`, `client_streaming` or `bidirectional`"]
pub struct CallBuilder<'a> {
    mesh: &'a Mesh,
    procedure: String,
    options: CallOptions,
}

impl<'a> CallBuilder<'a> {
    pub(in crate::mesh) const fn new(mesh: &'a Mesh, procedure: String) -> Self {
        Self {
            mesh,
            procedure,
            options: CallOptions::DEFAULT,
        }
    }

    option_methods!();

    pub(in crate::mesh) fn into_parts(self) -> (&'a Mesh, String, CallOptions) {
        (self.mesh, self.procedure, self.options)
    }

    /// Sends the request and waits for the response.
    ///
    /// Waits for a link first. After a link was lost or replaced, also waits until the provider has
    /// advertised again.
    ///
    /// The handler runs at most once. The call is retried only if no handler ran, or if the call is
    /// [`idempotent`](CallBuilder::idempotent). If a provider requires a token, the call is retried
    /// once with the service's token.
    ///
    /// # Errors
    ///
    /// Returns a [`CallError`], whose variant documents whether anything was sent.
    pub async fn call<Req, Res>(self, request: &Req) -> Result<Res, CallError>
    where
        Req: Serialize + ?Sized,
        Res: DeserializeOwned,
    {
        let (mesh, procedure, options) = self.into_parts();
        let request = encode_request(request);
        call(mesh, &procedure, &options, request, None, decode_response).await
    }
}

/// Makes a call, and counts it in the metrics. If `caller` has a schema, the error of a failed call
/// reports a mismatch with that schema.
pub(in crate::mesh) async fn call<Res>(
    mesh: &Mesh,
    procedure: &str,
    options: &CallOptions,
    request: Result<Payload, CallError>,
    caller: Option<CallerSchema>,
    decode: fn(Payload) -> Result<Res, CallError>,
) -> Result<Res, CallError> {
    let span = tracing::info_span!(
        "outgoing",
        procedure,
        outcome = tracing::field::Empty,
        duration_ms = tracing::field::Empty,
    );
    let call_metrics = Arc::clone(&mesh.call_metrics);
    let (of_procedure, of_answered);
    of_procedure = call_metrics.of(procedure);
    let mut running = of_procedure.start(&span);
    let executed = async {
        let request = UnaryCall(request?);
        let (_, deadline) = options.deadline();
        let (answer, answered_by) = operation::execute(mesh, procedure, options, &request).await;
        let error = match answer.and_then(decode) {
            Ok(response) => return Ok(response),
            Err(error) => error,
        };
        let Some(provider) = answered_by else {
            return Err(error);
        };
        let failed = FailedCall {
            procedure,
            kind: Kind::Unary,
            caller,
            provider,
            remaining: deadline.saturating_duration_since(Instant::now()),
        };
        Err(mismatch::diagnose(mesh, failed, error).await)
    };
    let result = executed.instrument(span.clone()).await;
    if matches!(result, Ok(_) | Err(CallError::Refused(_))) {
        of_answered = call_metrics.of_answered(procedure);
        running = running.moved(&of_answered);
    }
    running.end(metrics::outcome(&result));
    result
}
