//! Calls to other services.

use std::sync::Arc;

use macula_rust::cbor::Value;
use macula_rust::pool::{self, Pool, PoolError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::Instrument as _;

use super::codec::{self, Payload};
use super::exchange::{self, Attempt, Exchange};
use super::options::{Options, option_methods};
use super::{CallError, Mesh, traffic};

/// A call being made; see [`Mesh::procedure`].
#[derive(Debug)]
#[must_use = "nothing is called before `call`"]
pub struct Outgoing<'a> {
    mesh: &'a Mesh,
    procedure: String,
    options: Options,
}

impl<'a> Outgoing<'a> {
    pub(super) const fn new(mesh: &'a Mesh, procedure: String) -> Self {
        Self {
            mesh,
            procedure,
            options: Options::DEFAULT,
        }
    }

    option_methods!();

    pub(super) fn into_parts(self) -> (&'a Mesh, String, Options) {
        (self.mesh, self.procedure, self.options)
    }

    /// Says that running the call twice does no more than running it once, so that it may be made again where it
    /// may have been run: after a try that was not answered in time, after a link that failed underneath it.
    ///
    /// There are at most three tries, at different providers where there are several. They share the call's time, each
    /// with twice as long as the one before: of the 5 s that a call has where nobody says, 0.7 s, 1.4 s and 2.9 s. A
    /// provider gives up a try at the try's own end, so what takes longer than four sevenths of the call's time is
    /// not answered; give it more by [`Outgoing::timeout`].
    pub const fn idempotent(mut self) -> Self {
        self.options.idempotent = true;
        self
    }

    /// Sends the request and waits for the answer.
    ///
    /// The call is run at most once: it is made again only where it certainly reached nobody, once with the service's
    /// token where a provider refused it for want of one, which it does before anything of it runs, and where
    /// [`Outgoing::idempotent`] says that it may be run again.
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
        call(mesh, &procedure, &options, encode(request)).await
    }
}

/// What a request is on the wire.
pub(super) fn encode<T: Serialize + ?Sized>(request: &T) -> Result<Payload, CallError> {
    codec::encode(request)
        .and_then(codec::without_caller)
        .map_err(|error| CallError::BadRequest(error.to_string()))
}

/// Makes a call, and counts it.
pub(super) async fn call<Res: DeserializeOwned>(
    mesh: &Mesh,
    procedure: &str,
    options: &Options,
    request: Result<Payload, CallError>,
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
        let answer = exchange::make(mesh, procedure, options, &request).await?;
        codec::decode(answer).map_err(|error| CallError::BadResponse(error.to_string()))
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
struct Unary(Payload);

impl Exchange for Unary {
    type Answer = Payload;

    async fn attempt(&self, pool: &Pool, attempt: Attempt) -> Result<Payload, PoolError> {
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
        pool.call(call).await.map(Payload)
    }
}
