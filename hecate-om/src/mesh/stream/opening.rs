//! Opening of streams.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use macula_rust::frame::StreamMode;
use macula_rust::pool::{PoolError, StreamCall};
use macula_rust::station_link::{Confidentiality, LinkError};
use tokio::time::Instant;
use tracing::Instrument as _;

use super::served::REFUSED;
use super::session::StreamSession;
use crate::capability::{Kind, NodeId, Refusal};
use crate::codec::Payload;
use crate::mesh::call::error::{
    ADMITTED_AFTER, GONE, NOT_ADMITTED, NOT_FOUND, OVERLOADED, SEALED_REFUSED, UNAUTHORIZED,
};
use crate::mesh::call::mismatch::{self, CallerSchema, FailedCall};
use crate::mesh::call::operation::{self, RpcOperation};
use crate::mesh::call::options::CallOptions;
use crate::mesh::call::providers::{CallOutcome, LoadBalancer, Node};
use crate::mesh::call::{Attempt, CallError, Calls, metrics};
use crate::mesh::connection::{Router, shielded};

/// Time limit for the loss of a link whose station refused an opening as overloaded. A station that
/// is stopping ends its links after the calls in flight are answered.
const GOODBYE: Duration = Duration::from_secs(3);

/// Parameters of a stream's opening, stored for reopening.
#[derive(Debug)]
pub(super) struct OpenRequest {
    calls: Arc<Calls>,
    procedure: String,
    options: CallOptions,
    payload: Payload,
    mode: StreamMode,
    caller: Option<CallerSchema>,
}

/// How to reopen a stream that certainly did not run.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reopen {
    /// With the token that the provider requires.
    WithToken,
    /// Sealed to the provider's new key.
    WithNewKey,
    /// At another provider, because this provider is busy for this time.
    OtherProvider(Duration),
    /// After a delay, because the station knows of no provider.
    NoProvider,
    /// After a delay, because the provider reported that it does not serve the procedure.
    NotServed,
    /// After the loss of a link, because the station did not relay the opening: the station is
    /// stopping or overloaded.
    AfterLinkLoss,
}

impl OpenRequest {
    pub(super) fn new(
        calls: &Arc<Calls>,
        procedure: String,
        options: CallOptions,
        payload: Payload,
        mode: StreamMode,
        caller: Option<CallerSchema>,
    ) -> Self {
        Self {
            calls: Arc::clone(calls),
            procedure,
            options,
            payload,
            mode,
            caller,
        }
    }

    pub(super) const fn mode(&self) -> StreamMode {
        self.mode
    }

    pub(super) fn procedure(&self) -> &str {
        &self.procedure
    }

    /// Returns the timeout and the deadline of the opening.
    pub(super) fn deadline(&self) -> (Duration, Instant) {
        self.options.deadline()
    }

    /// Returns whether a missing provider may be about to advertise again.
    pub(super) fn links_settle(&self) -> bool {
        self.calls.connection.relinks().is_settling()
    }

    /// Opens the stream within `timeout`, and counts the call. Avoids the provider `tried` if there
    /// is another. If `must_seal` is true, opens the stream only at a provider with a key.
    pub(super) async fn open(
        &self,
        tried: Option<Node>,
        must_seal: bool,
        timeout: Duration,
    ) -> Result<Arc<StreamSession>, CallError> {
        let mut options = CallOptions {
            timeout,
            ..self.options.clone()
        };
        if must_seal {
            options.confidentiality = Confidentiality::Required;
        }
        let span = tracing::info_span!(
            "outgoing",
            procedure = self.procedure,
            stream = self.mode.name(),
            outcome = tracing::field::Empty,
            duration_ms = tracing::field::Empty,
        );
        let of_procedure = self.calls.metrics.of(&self.procedure);
        let running = of_procedure.start(&span);
        let opening = OpenOperation {
            request: self,
            tried,
        };
        let opened = operation::execute(&self.calls, &self.procedure, &options, &opening)
            .instrument(span.clone())
            .await
            .0;
        running.end(metrics::outcome(&opened));
        opened.map(Arc::new)
    }

    /// Returns how to reopen a stream that ended with `end` and is not known to have run, or `None`
    /// if it must not be reopened. `shown` is true if a token was presented.
    pub(super) fn how_to_reopen(&self, end: &LinkError, shown: bool) -> Option<Reopen> {
        let LinkError::Stream {
            code,
            message,
            relay,
        } = end
        else {
            return None;
        };
        // A handler that ran may end its stream with any code. Relay errors come only from the
        // station, and the SDK of a provider refuses an opening without a message.
        let is_sdk = message.is_empty();
        match code.as_str() {
            GONE if *relay => Some(Reopen::NoProvider),
            OVERLOADED if *relay => Some(Reopen::AfterLinkLoss),
            _ if *relay => None,
            NOT_FOUND if is_sdk => Some(Reopen::NotServed),
            SEALED_REFUSED => Some(Reopen::WithNewKey),
            UNAUTHORIZED if is_sdk && !shown => {
                let authority = self.calls.connection.authority();
                if !self.options.token.may_add_token() || authority.token().is_none() {
                    return None;
                }
                authority.record_required_by(&self.procedure);
                Some(Reopen::WithToken)
            }
            _ if self.options.provider.is_some() => None,
            REFUSED => busy(&Refusal::from_detail(message)).map(Reopen::OtherProvider),
            code if is_sdk && NOT_ADMITTED.contains(&code) => {
                Some(Reopen::OtherProvider(ADMITTED_AFTER))
            }
            _ => None,
        }
    }

    /// Returns the error of a stream that ended at `provider` with `error`: a mismatch of types or
    /// kinds if the provider's description shows a mismatch, otherwise `error`.
    pub(super) async fn diagnose(&self, provider: Node, error: CallError) -> CallError {
        // The station knows no provider whose description could be requested.
        if matches!(&error, CallError::Wire { code, .. } if code == GONE) {
            return error;
        }
        let failed = FailedCall {
            procedure: &self.procedure,
            kind: kind(self.mode),
            caller: self.caller,
            provider: NodeId::from_bytes(provider),
            remaining: Duration::ZERO,
        };
        // Boxed, because the layout of this future counts towards the `recursion_limit` of the
        // author's crate.
        mismatch::diagnose(&self.calls, failed, error).boxed().await
    }

    /// Waits until `deadline` for the loss of a link after `since`. Returns whether a link was
    /// lost. An overloaded station that is not stopping does not end its links.
    pub(super) async fn link_lost_since(&self, since: Instant, deadline: Instant) -> bool {
        let until = deadline.min(Instant::now() + GOODBYE);
        let change = self.calls.connection.relinks().changed_since(since);
        tokio::time::timeout_at(until, change).await.is_ok()
    }

    /// Records that `provider` no longer serves the procedure.
    pub(super) fn record_gone(&self, provider: Node) {
        let mut balancer = LoadBalancer::new(&self.calls.providers, &self.procedure);
        balancer.record(provider, CallOutcome::Gone);
    }

    /// Records that `busy` is busy for `wait`. Returns whether another provider may be tried. A
    /// lookup of providers ends at `deadline`.
    pub(super) async fn has_other_provider(
        &self,
        busy: Node,
        wait: Duration,
        deadline: Instant,
    ) -> bool {
        let remaining = || deadline.saturating_duration_since(Instant::now());
        let Ok(up) = self.calls.connection.up(remaining()).await else {
            return false;
        };
        let mut balancer = LoadBalancer::new(&self.calls.providers, &self.procedure);
        balancer.avoid(busy);
        let others = balancer.has_others(&up, remaining()).await;
        balancer.record(busy, CallOutcome::Busy(wait));
        others && balancer.may_retry()
    }
}

/// Returns the kind of the capabilities that are opened in this mode.
const fn kind(mode: StreamMode) -> Kind {
    match mode {
        StreamMode::ServerStream => Kind::ServerStreaming,
        StreamMode::ClientStream => Kind::ClientStreaming,
        StreamMode::Bidi => Kind::Bidirectional,
    }
}

/// Returns the busy time of the provider, if its guard refused.
fn busy(refusal: &Refusal) -> Option<Duration> {
    let busy = matches!(refusal.code(), "busy" | "rate_limited");
    busy.then(|| refusal.retry_after().unwrap_or(ADMITTED_AFTER))
}

/// Opening of a stream, as an RPC operation.
#[derive(Debug)]
struct OpenOperation<'a> {
    request: &'a OpenRequest,
    tried: Option<Node>,
}

impl RpcOperation for OpenOperation<'_> {
    type Answer = StreamSession;

    // A stream is open once the station has accepted the opening, so the duration does not measure
    // the provider.
    const MEASURES_PROVIDER: bool = false;

    fn tried(&self) -> Option<Node> {
        self.tried
    }

    async fn attempt(
        &self,
        router: &Router,
        attempt: Attempt,
    ) -> Result<(Self::Answer, Node), PoolError> {
        let until = Instant::now() + attempt.timeout;
        let call = StreamCall {
            realm: attempt.realm,
            procedure: attempt.procedure,
            provider: attempt.provider,
            mode: self.request.mode,
            payload: self.request.payload.0.clone(),
            deadline: attempt.timeout,
            token: attempt.token,
            proofs: attempt.proofs,
            confidential: attempt.confidential,
        };
        let router = router.clone();
        // Wrapped in a session, so that the stream is cancelled if the caller is gone.
        let opening = shielded(
            async move {
                let procedure = call.procedure.clone();
                let stream = router.open_stream(call, until).await?;
                Ok(StreamSession::new(stream, router, procedure))
            }
            .boxed(),
        );
        let opened = tokio::time::timeout_at(until, opening).await;
        let session = opened.unwrap_or(Err(PoolError::Link(LinkError::CallTimeout)))?;
        let provider = session.stream.request().target;
        Ok((session, provider))
    }
}

#[cfg(test)]
mod tests {
    use macula_rust::pool::LinkEvent;

    use super::*;
    use crate::mesh::call::Orgs;
    use crate::mesh::call::unary::encode_request;
    use crate::mesh::connection::{Authority, Connection, Identity};

    #[tokio::test(start_paused = true)]
    async fn the_wait_for_the_loss_of_a_link_is_bounded() {
        let identity = Identity::for_tests();
        let (connection, _setter) = Connection::pending(&identity, Arc::new(Authority::none()));
        let calls = Arc::new(Calls::new(connection, Orgs::default()));
        let payload = encode_request(&()).unwrap();
        let (procedure, mode) = ("acme/read".to_owned(), StreamMode::ServerStream);
        let request =
            OpenRequest::new(&calls, procedure, CallOptions::DEFAULT, payload, mode, None);
        let opened = Instant::now();
        let (_, deadline) = request.deadline();
        assert!(!request.link_lost_since(opened, deadline).await);
        // The clock is paused, so only the wait advances it.
        assert!(opened.elapsed() <= GOODBYE + Duration::from_millis(1));
        for up in [true, false] {
            calls.connection.relinks().record(&LinkEvent {
                station: [1; 32],
                direct: false,
                up,
                error: None,
            });
        }
        assert!(request.link_lost_since(opened, deadline).await);
    }
}
