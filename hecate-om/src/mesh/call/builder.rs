//! Calls to other services.

use std::sync::Arc;

use macula_rust::cbor::Value;
use macula_rust::pool::{self, Pool, PoolError};
use macula_rust::station_link::LinkError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::exchange::{self, Attempt, Exchange};
use super::mismatch::{self, Built, Failed};
use super::options::{Options, option_methods};
use super::providers::Node;
use super::traffic;
use crate::capability::Kind;
use crate::codec::{self, Payload};
use crate::mesh::connection::shielded;
use crate::mesh::{CallError, Mesh};

/// The goodbye of a development station that stops once each call that it passed on is answered: a
/// call that still waits was not passed on.
const DRAINED: &str = "drained";

/// A call being made; see [`Mesh::procedure`].
#[derive(Debug)]
#[must_use = "nothing is called before `call`"]
pub struct CallBuilder<'a> {
    mesh: &'a Mesh,
    procedure: String,
    options: Options,
}

impl<'a> CallBuilder<'a> {
    pub(in crate::mesh) const fn new(mesh: &'a Mesh, procedure: String) -> Self {
        Self {
            mesh,
            procedure,
            options: Options::DEFAULT,
        }
    }

    option_methods!();

    pub(in crate::mesh) fn into_parts(self) -> (&'a Mesh, String, Options) {
        (self.mesh, self.procedure, self.options)
    }

    /// Sends the request and waits for the answer.
    ///
    /// It waits for a link, and after a link was lost or replaced also for its provider to advertise again.
    ///
    /// The call is run at most once: it is made again only where it certainly reached nobody, once with the service's
    /// token where a provider refused it for want of one, which it does before anything of it runs, and where
    /// [`CallBuilder::idempotent`] says that it may be run again.
    ///
    /// # Errors
    ///
    /// [`CallError`] says what happened and whether anything was sent.
    pub async fn call<Req, Res>(self, request: &Req) -> Result<Res, CallError>
    where
        Req: Serialize + ?Sized,
        Res: DeserializeOwned,
    {
        let Self {
            mesh,
            procedure,
            options,
        } = self;
        call(mesh, &procedure, &options, encode(request), None, decode).await
    }
}

/// What a request is on the wire.
pub(in crate::mesh) fn encode<T: Serialize + ?Sized>(request: &T) -> Result<Payload, CallError> {
    codec::encode(request)
        .and_then(codec::without_caller)
        .map_err(|error| CallError::BadRequest(error.to_string()))
}

/// What an answer is off the wire.
pub(in crate::mesh) fn decode<T: DeserializeOwned>(answer: Payload) -> Result<T, CallError> {
    codec::decode(answer).map_err(|error| CallError::BadResponse(error.to_string()))
}

/// Makes a call and counts it. A failure is compared with what the caller was `built` for.
pub(in crate::mesh) async fn call<Res>(
    mesh: &Mesh,
    procedure: &str,
    options: &Options,
    request: Result<Payload, CallError>,
    built: Option<Built>,
    read: fn(Payload) -> Result<Res, CallError>,
) -> Result<Res, CallError> {
    let span = tracing::info_span!(
        "outgoing",
        procedure,
        outcome = tracing::field::Empty,
        duration_ms = tracing::field::Empty,
    );
    let traffic = Arc::clone(&mesh.traffic);
    let (known, answered);
    known = traffic.of(procedure);
    let mut running = known.begin(&span);
    let exchanged = async {
        let request = Unary(request?);
        let (_, deadline) = options.deadline();
        let (answer, by) = exchange::make(mesh, procedure, options, &request).await;
        let error = match answer.and_then(read) {
            Ok(response) => return Ok(response),
            Err(error) => error,
        };
        let Some(provider) = by else {
            return Err(error);
        };
        let failed = Failed {
            procedure,
            kind: Kind::Unary,
            built,
            provider,
            left: deadline.saturating_duration_since(Instant::now()),
        };
        Err(mismatch::explained(mesh, failed, error).await)
    };
    let result = exchanged.instrument(span.clone()).await;
    if matches!(result, Ok(_) | Err(CallError::Refused(_))) {
        answered = traffic.answered(procedure);
        running = running.moved(&answered);
    }
    running.end(traffic::outcome(&result));
    result
}

/// One request, one answer.
pub(in crate::mesh) struct Unary(pub(in crate::mesh) Payload);

impl Exchange for Unary {
    type Answer = Payload;

    const TIMED: bool = true;

    async fn attempt(&self, pool: &Pool, attempt: Attempt) -> Result<(Payload, Node), PoolError> {
        let Attempt {
            realm,
            procedure,
            provider,
            token,
            proofs,
            confidential,
            timeout,
        } = attempt;
        let payload: Value = self.0.0.clone();
        let call = pool::Call {
            realm,
            procedure,
            provider,
            payload,
            timeout,
            token,
            proofs,
            confidential,
        };
        let pool = pool.clone();
        let called = shielded(async move { pool.call_report(call).await }).await;
        let (answer, report) = called.map_err(|error| match error {
            // It was not passed on, as if there had been no link.
            PoolError::Link(LinkError::Goodbye(reason)) if reason == DRAINED => {
                PoolError::NoLink(Vec::new())
            }
            error => error,
        })?;
        Ok((Payload(answer), report.provider))
    }
}
