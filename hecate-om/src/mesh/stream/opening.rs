//! Opening a stream.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use macula_rust::frame::StreamMode;
use macula_rust::pool::{Pool, PoolError, StreamCall};
use macula_rust::station_link::LinkError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::caller::CallerStream;
use super::served::REFUSED;
use super::session::Session;
use super::{StreamSender, Streaming, Upload};
use crate::capability::{Kind, NodeId, Refusal};
use crate::codec::Payload;
use crate::mesh::call_error::{
    ADMITTED_AFTER, GONE, NOT_ADMITTED, NOT_FOUND, OVERLOADED, UNAUTHORIZED,
};
use crate::mesh::exchange::{self, Attempt, Exchange};
use crate::mesh::mismatch::{self, Built, Failed};
use crate::mesh::options::Options;
use crate::mesh::presented::Present;
use crate::mesh::providers::{CallOutcome, LoadBalancer, Node};
use crate::mesh::shield::shielded;
use crate::mesh::{CallError, Mesh, Outgoing, call, traffic};

/// How long the end of the link to a station that refused an opening as overloaded is waited for. A
/// station that stops ends its links once the calls under way through it are answered.
const GOODBYE: Duration = Duration::from_secs(3);

/// Opens streams: the untyped ways, by a procedure's name.
impl Outgoing<'_> {
    /// Opens a stream that the provider answers `request` with.
    ///
    /// [`Outgoing::timeout`] bounds the opening, which returns once that is sent. How a provider
    /// refused it, the first [`Streaming::next`] says. A stream is reopened only if it certainly
    /// did not run: with the token that its provider requires, at a second provider if the first is
    /// busy, or once a station or a provider that went away is back; and only within the timeout.
    ///
    /// # Errors
    ///
    /// [`CallError`] says what happened and whether anything was sent.
    pub async fn open_stream<Req, Item>(self, request: &Req) -> Result<Streaming<Item>, CallError>
    where
        Req: Serialize + ?Sized,
        Item: DeserializeOwned + Send + 'static,
    {
        let stream = self.opened(request, StreamMode::ServerStream).await?;
        Ok(Streaming::new(stream))
    }

    /// Opens a stream of items to the provider, which it answers once; see [`Outgoing::open_stream`].
    ///
    /// # Errors
    ///
    /// As [`Outgoing::open_stream`].
    pub async fn open_upload<Req, Item, Res>(
        self,
        request: &Req,
    ) -> Result<Upload<Item, Res>, CallError>
    where
        Req: Serialize + ?Sized,
        Item: Serialize,
        Res: DeserializeOwned,
    {
        let stream = self.opened(request, StreamMode::ClientStream).await?;
        Ok(Upload::new(stream))
    }

    /// Opens a stream each way; see [`Outgoing::open_stream`].
    ///
    /// # Errors
    ///
    /// As [`Outgoing::open_stream`].
    pub async fn open_both_ways<Req, Sent, Item>(
        self,
        request: &Req,
    ) -> Result<(StreamSender<Sent>, Streaming<Item>), CallError>
    where
        Req: Serialize + ?Sized,
        Sent: Serialize,
        Item: DeserializeOwned + Send + 'static,
    {
        let stream = self.opened(request, StreamMode::Bidi).await?;
        Ok((
            StreamSender::new(Arc::clone(&stream)),
            Streaming::new(stream),
        ))
    }

    async fn opened<Req: Serialize + ?Sized>(
        self,
        request: &Req,
        mode: StreamMode,
    ) -> Result<Arc<CallerStream>, CallError> {
        let (mesh, procedure, options) = self.into_parts();
        let request = call::encode(request)?;
        let order = Order::new(mesh, procedure, options, request, mode, None);
        CallerStream::open(order).await
    }
}

/// Parameters of a stream's opening, kept for reopening.
#[derive(Debug)]
pub(super) struct Order {
    mesh: Mesh,
    procedure: String,
    options: Options,
    request: Payload,
    mode: StreamMode,
    built: Option<Built>,
}

/// How to reopen a stream that certainly did not run.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reopen {
    /// With the token that the provider requires.
    Presenting,
    /// At another provider, because this one is busy for this time.
    Elsewhere(Duration),
    /// After a delay, because the station knows of no provider.
    NoProvider,
    /// After a delay, because the provider reported that it does not serve the procedure.
    NotServed,
    /// Once a link is lost: the station did not pass the opening on, as it stops or is overloaded.
    AfterTheStation,
}

impl Order {
    pub(super) fn new(
        mesh: &Mesh,
        procedure: String,
        options: Options,
        request: Payload,
        mode: StreamMode,
        built: Option<Built>,
    ) -> Self {
        Self {
            mesh: mesh.clone(),
            procedure,
            options,
            request,
            mode,
            built,
        }
    }

    pub(super) const fn mode(&self) -> StreamMode {
        self.mode
    }

    pub(super) fn procedure(&self) -> &str {
        &self.procedure
    }

    /// Returns the opening's timeout, and when it ends.
    pub(super) fn deadline(&self) -> (Duration, Instant) {
        self.options.deadline()
    }

    /// Returns whether a provider that was not found may be about to advertise again.
    pub(super) fn links_settle(&self) -> bool {
        self.mesh.relinks.settle()
    }

    /// Opens the stream within `timeout` and counts the call; avoids `tried` if there is another
    /// provider.
    pub(super) async fn open(
        &self,
        tried: Option<Node>,
        timeout: Duration,
    ) -> Result<Arc<Session>, CallError> {
        let options = Options {
            patience: timeout,
            ..self.options.clone()
        };
        let span = tracing::info_span!(
            "outgoing",
            procedure = self.procedure,
            stream = self.mode.name(),
            outcome = tracing::field::Empty,
            duration_ms = tracing::field::Empty,
        );
        let known = self.mesh.traffic().of(&self.procedure);
        let running = known.begin(&span);
        let opening = Opening { order: self, tried };
        let opened = exchange::make(&self.mesh, &self.procedure, &options, &opening)
            .instrument(span.clone())
            .await
            .0;
        running.end(traffic::outcome(&opened));
        opened.map(Arc::new)
    }

    /// Returns how to reopen the stream after it ended with `end` and is not known to have run;
    /// `None` if it must not be reopened. `shown` tells whether a token was presented.
    pub(super) fn again(&self, end: &LinkError, shown: bool) -> Option<Reopen> {
        let LinkError::Stream {
            code,
            message,
            relay,
        } = end
        else {
            return None;
        };
        // A handler that ran may end its stream with any code. Only the station sends relay errors,
        // and the SDK of a provider sends its refusals of an opening without a message.
        let is_sdk = message.is_empty();
        match code.as_str() {
            GONE if *relay => Some(Reopen::NoProvider),
            OVERLOADED if *relay => Some(Reopen::AfterTheStation),
            _ if *relay => None,
            NOT_FOUND if is_sdk => Some(Reopen::NotServed),
            UNAUTHORIZED if is_sdk && !shown => {
                let authority = self.mesh.authority();
                let own = matches!(self.options.present, Present::WhenAsked | Present::AtOnce);
                if !own || authority.token().is_none() {
                    return None;
                }
                authority.asked_by(&self.procedure);
                Some(Reopen::Presenting)
            }
            _ if self.options.provider.is_some() => None,
            REFUSED => busy(&Refusal::from_detail(message)).map(Reopen::Elsewhere),
            code if is_sdk && NOT_ADMITTED.contains(&code) => {
                Some(Reopen::Elsewhere(ADMITTED_AFTER))
            }
            _ => None,
        }
    }

    /// Returns why a stream at `provider` ended with `error`: a mismatch of types or kinds if the
    /// provider's description shows one.
    pub(super) async fn explained(&self, provider: Node, error: CallError) -> CallError {
        // The station knows of no provider, so none can be asked.
        if matches!(&error, CallError::Wire { code, .. } if code == GONE) {
            return error;
        }
        let failed = Failed {
            procedure: &self.procedure,
            kind: kind(self.mode),
            built: self.built,
            provider: NodeId::from_bytes(provider),
            left: Duration::ZERO,
        };
        // Boxed, because the layout of this future counts towards the `recursion_limit` of the
        // author's crate.
        mismatch::explained(&self.mesh, failed, error).boxed().await
    }

    /// Returns whether a link is lost after `since`, for which it waits until `deadline` at most. A
    /// station that is overloaded and does not stop keeps its links.
    pub(super) async fn loses_a_link(&self, since: Instant, deadline: Instant) -> bool {
        let until = deadline.min(Instant::now() + GOODBYE);
        let change = self.mesh.relinks.change(since);
        tokio::time::timeout_at(until, change).await.is_ok()
    }

    /// Records that `provider` no longer serves the procedure.
    pub(super) fn left(&self, provider: Node) {
        let mut balancer = LoadBalancer::new(&self.mesh.providers, &self.procedure);
        balancer.record(provider, CallOutcome::Gone);
    }

    /// Records that `busy` is busy for `wait`, and returns whether other providers serve the
    /// procedure, for which it waits until `deadline` at most.
    pub(super) async fn has_others(&self, busy: Node, wait: Duration, deadline: Instant) -> bool {
        let remaining = || deadline.saturating_duration_since(Instant::now());
        let Ok(up) = self.mesh.up(remaining()).await else {
            return false;
        };
        let mut balancer = LoadBalancer::new(&self.mesh.providers, &self.procedure);
        balancer.tried(busy);
        let others = balancer.others(&up, remaining()).await;
        balancer.record(busy, CallOutcome::Busy(wait));
        others && balancer.may_retry()
    }
}

/// Returns the kind of the capabilities that are opened in this mode.
const fn kind(mode: StreamMode) -> Kind {
    match mode {
        StreamMode::ServerStream => Kind::Streamer,
        StreamMode::ClientStream => Kind::ClientStream,
        StreamMode::Bidi => Kind::Bidi,
    }
}

/// Returns how long the provider is busy, if its guard refused.
fn busy(refusal: &Refusal) -> Option<Duration> {
    let busy = matches!(refusal.code(), "busy" | "rate_limited");
    busy.then(|| refusal.wait().unwrap_or(ADMITTED_AFTER))
}

/// One opening of a stream.
#[derive(Debug)]
struct Opening<'a> {
    order: &'a Order,
    tried: Option<Node>,
}

impl Exchange for Opening<'_> {
    type Answer = Session;

    // It is open once the station has it; how long the provider takes is not known by then.
    const TIMED: bool = false;

    fn tried(&self) -> Option<Node> {
        self.tried
    }

    async fn attempt(
        &self,
        pool: &Pool,
        attempt: Attempt,
    ) -> Result<(Self::Answer, Node), PoolError> {
        let until = Instant::now() + attempt.timeout;
        let call = StreamCall {
            realm: attempt.realm,
            procedure: attempt.procedure,
            provider: attempt.provider,
            mode: self.order.mode,
            payload: self.order.request.0.clone(),
            deadline: attempt.timeout,
            token: attempt.token,
            proofs: attempt.proofs,
            confidential: attempt.confidential,
        };
        loop {
            let (pool, call) = (pool.clone(), call.clone());
            // As a session, it is left if its caller is gone.
            let opening = shielded(async move {
                let procedure = call.procedure.clone();
                let stream = pool.open_stream(call).await?;
                Ok(Session::new(stream, pool, procedure))
            });
            match tokio::time::timeout_at(until, opening).await {
                // The SDK's own timeout of an opening expired, whatever timeout was set. The SDK
                // returns a stream once its opening is sent, so nothing was sent.
                Ok(Err(PoolError::Link(LinkError::CallTimeout))) if Instant::now() < until => {}
                Ok(opened) => {
                    return opened.map(|session| {
                        let provider = session.stream.request().target;
                        (session, provider)
                    });
                }
                Err(_) => return Err(PoolError::Link(LinkError::CallTimeout)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use macula_rust::pool::LinkEvent;

    use super::*;
    use crate::config::Profile;
    use crate::mesh::{Authority, Identity};

    #[tokio::test(start_paused = true)]
    async fn a_link_that_is_not_lost_is_waited_for_no_longer_than_a_goodbye_takes() {
        let node = Identity::ephemeral(Profile::PqPure).unwrap().node_id;
        let (mesh, _setter) = Mesh::pending(node, Arc::new(Authority::none()));
        let request = call::encode(&()).unwrap();
        let (procedure, mode) = ("acme/read".to_owned(), StreamMode::ServerStream);
        let order = Order::new(&mesh, procedure, Options::DEFAULT, request, mode, None);
        let opened = Instant::now();
        let (_, deadline) = order.deadline();
        assert!(!order.loses_a_link(opened, deadline).await);
        // The clock is paused, so only the wait itself takes time.
        assert!(opened.elapsed() <= GOODBYE + Duration::from_millis(1));
        for up in [true, false] {
            mesh.relinks.changed(&LinkEvent {
                station: [1; 32],
                direct: false,
                up,
                error: None,
            });
        }
        assert!(order.loses_a_link(opened, deadline).await);
    }
}
