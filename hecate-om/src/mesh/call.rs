//! Calls to other services.

use std::sync::Arc;
use std::time::Duration;

use macula_rust::cbor::Value;
use macula_rust::pool::{self, PoolError};
use macula_rust::station_link::{Confidentiality, LinkError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::call_error::GONE;
use super::codec::{self, Payload};
use super::presented::{self, Present, Presenting};
use super::tries::{self, Tries};
use super::ucan::Ucan;
use super::{CallError, Mesh, Up, traffic};
use crate::capability::{NodeId, Refusal, inherited_deadline};

/// How long a call may take where nobody says (macula's default).
const DEFAULT_PATIENCE: Duration = Duration::from_secs(5);
/// The longest a call may take (macula's limit).
const MAX_PATIENCE: Duration = Duration::from_secs(600);
/// How long after a call that found no link is made again.
const RELINK: Duration = Duration::from_millis(100);
/// How often a call that reached nobody is made again, and how long after.
const AGAIN: [Duration; 3] = [
    Duration::from_millis(20),
    Duration::from_millis(100),
    Duration::from_millis(400),
];

/// Whoever serves the procedure, in macula's words.
const ANY: [u8; 32] = [0; 32];

/// A call being made; see [`Mesh::procedure`].
#[derive(Debug)]
#[must_use = "nothing is called before `call`"]
pub struct Outgoing<'a> {
    mesh: &'a Mesh,
    procedure: String,
    patience: Duration,
    provider: Option<NodeId>,
    present: Present,
    confidentiality: Confidentiality,
    idempotent: bool,
}

impl<'a> Outgoing<'a> {
    pub(super) const fn new(mesh: &'a Mesh, procedure: String) -> Self {
        Self {
            mesh,
            procedure,
            patience: DEFAULT_PATIENCE,
            provider: None,
            present: Present::WhenAsked,
            confidentiality: Confidentiality::Preferred,
            idempotent: false,
        }
    }

    /// Waits at most so long, instead of 5 s; never past the deadline of the call being answered, where this one
    /// is made in a handler, and never longer than 10 min.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.patience = timeout.min(MAX_PATIENCE);
        self
    }

    /// Calls this node, not any that serves the procedure.
    pub const fn provider(mut self, provider: NodeId) -> Self {
        self.provider = Some(provider);
        self
    }

    /// Makes the call under this action of the service's `identity_spec`: the service's token, which the realm gives
    /// for what `actions` names, is presented at once, and waited for within the call's time where it is not there
    /// yet.
    ///
    /// Without it, the service's token is presented to providers of procedures that have asked for one. It is made
    /// out to this node, so whoever sees it can do nothing with it.
    pub fn action(mut self, action: impl Into<String>) -> Self {
        self.present = Present::Action(action.into());
        self
    }

    /// Presents this token, not the service's own.
    pub fn ucan(mut self, ucan: Ucan) -> Self {
        self.present = Present::Own(ucan);
        self
    }

    /// Makes the call sealed end to end only, so that no station reads it: a provider that names no key to seal to is
    /// never called. Without this the call is sealed wherever the provider names a key, and made in the clear to one
    /// that names none.
    pub const fn confidential(mut self) -> Self {
        self.confidentiality = Confidentiality::Required;
        self
    }

    /// Says that running the call twice does no more than running it once, so that it may be made again where it
    /// may have been run: after a try that was not answered in time, after a link that failed underneath it.
    ///
    /// There are at most three tries, at different providers where there are several. They share the call's time, each
    /// with twice as long as the one before: of the 5 s that a call has where nobody says, 0.7 s, 1.4 s and 2.9 s. A
    /// provider gives up a try at the try's own end, so what takes longer than four sevenths of the call's time is
    /// not answered; give it more by [`Outgoing::timeout`].
    pub const fn idempotent(mut self) -> Self {
        self.idempotent = true;
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
        let procedure = self.procedure.clone();
        let span = tracing::info_span!(
            "outgoing",
            procedure,
            outcome = tracing::field::Empty,
            duration_ms = tracing::field::Empty,
        );
        let traffic = Arc::clone(&self.mesh.traffic);
        let (known, answered);
        known = traffic.of(&procedure);
        let mut running = known.begin(&span);
        let result = self.exchange(request).instrument(span.clone()).await;
        if matches!(result, Ok(_) | Err(CallError::Refused(_))) {
            answered = traffic.answered(&procedure);
            running = running.moved(&answered);
        }
        running.end(traffic::outcome(&result));
        result
    }

    async fn exchange<Req, Res>(self, request: &Req) -> Result<Res, CallError>
    where
        Req: Serialize + ?Sized,
        Res: DeserializeOwned,
    {
        if !is_procedure(&self.procedure) {
            return Err(CallError::BadProcedure(self.procedure));
        }
        let payload = codec::encode(request)
            .and_then(codec::without_caller)
            .map_err(|error| CallError::BadRequest(error.to_string()))?;
        let answer = self.send(payload).await?;
        codec::decode(answer).map_err(|error| CallError::BadResponse(error.to_string()))
    }

    async fn send(&self, payload: Payload) -> Result<Payload, CallError> {
        let patience = inherited_deadline().map_or(self.patience, |left| left.min(self.patience));
        let deadline = Instant::now() + patience;
        let left = || deadline.saturating_duration_since(Instant::now());
        let mut presenting = Presenting::new(self.mesh, &self.procedure, &self.present);
        let mut again = AGAIN.into_iter();
        let mut tries = Tries::new(self.idempotent);
        loop {
            let up = match self.mesh.up(left()).await {
                Ok(up) => up,
                Err(error) => return Err(tries.end(error)),
            };
            let mut call = pool::Call {
                realm: up.realm.id,
                procedure: self.procedure.clone(),
                provider: self.provider.map_or(ANY, |id| *id.as_bytes()),
                payload: payload.0.clone(),
                confidential: self.confidentiality,
                ..pool::Call::default()
            };
            if let Err(error) = presenting.put(&mut call, deadline).await {
                return Err(tries.end(error));
            }
            if left().is_zero() {
                return Err(tries.end(CallError::NotConnected("no time was left to send it")));
            }
            let (error, pause) = match self.once(&up, call, &mut tries, left()).await {
                Ok(answer) => return Ok(Payload(answer)),
                Err(error) if presenting.is_asked(&error) => continue,
                // The links are being made anew, and nothing was sent: it is waited for, as for the first of them.
                Err(error @ PoolError::NoLink(_)) => (self.error(error, patience), Some(RELINK)),
                Err(error) => {
                    let error = self.error(error, patience);
                    let pause = match &error {
                        CallError::Wire { code, .. } if code == GONE => again.next(),
                        error => tries.again(error).then_some(tries::PAUSE),
                    };
                    (error, pause)
                }
            };
            match pause {
                Some(pause) if pause < left() => {
                    tracing::debug!(procedure = self.procedure, "called again: {error}");
                    tokio::time::sleep(super::jittered(pause)).await;
                }
                _ => return Err(tries.end(error)),
            }
        }
    }

    /// One try, within its share of what is left.
    async fn once(
        &self,
        up: &Up,
        mut call: pool::Call,
        tries: &mut Tries,
        left: Duration,
    ) -> Result<Value, PoolError> {
        let share = tries.share(left);
        let until = Instant::now() + share;
        if call.provider == ANY && tries.made() > 0 {
            call.provider = self.another(up, tries.made(), share).await;
        }
        let left = until.saturating_duration_since(Instant::now());
        call.timeout = left.max(Duration::from_millis(1));
        up.pool.call(call).await
    }

    /// Whom a later try goes to: the providers in turn, the freshest first, where macula's own choice began.
    async fn another(&self, up: &Up, made: u32, share: Duration) -> [u8; 32] {
        let providers = up.pool.providers(&up.realm.id, &self.procedure);
        match tokio::time::timeout(share / 2, providers).await {
            Ok(Ok(providers)) if !providers.is_empty() => {
                providers[made as usize % providers.len()].node
            }
            // Nothing is known of others; the call itself says why.
            _ => ANY,
        }
    }

    fn error(&self, error: PoolError, patience: Duration) -> CallError {
        let procedure = || self.procedure.clone();
        match error {
            PoolError::NoProvider(tried) if tried.is_empty() => CallError::NoProvider {
                procedure: procedure(),
            },
            PoolError::NoProvider(_)
            | PoolError::NoStationEndpoint(_)
            | PoolError::StationNotReached { .. }
            | PoolError::DirectLinksFull => CallError::Unreachable {
                procedure: procedure(),
                reason: error.to_string(),
            },
            PoolError::NoLink(_) | PoolError::Closed => {
                CallError::NotConnected("no station is linked now")
            }
            PoolError::Link(LinkError::Provider { code, detail, .. }) => {
                match (code.as_str(), detail) {
                    ("handler_error", Some(detail)) => {
                        CallError::Refused(Refusal::from_detail(&detail))
                    }
                    (_, detail) => CallError::Wire { code, detail },
                }
            }
            PoolError::Link(LinkError::Relay { code, .. }) => {
                CallError::Wire { code, detail: None }
            }
            PoolError::Link(LinkError::CallTimeout) => CallError::TimedOut(patience),
            PoolError::Confidentiality(error)
            | PoolError::Link(LinkError::Confidentiality(error)) => {
                presented::not_confidential(&self.procedure, &error)
            }
            PoolError::Link(error @ LinkError::SealedRefused { .. }) => {
                CallError::NotConfidential {
                    procedure: procedure(),
                    reason: error.to_string(),
                }
            }
            PoolError::Link(LinkError::Frame(error)) => CallError::BadRequest(error.to_string()),
            PoolError::Link(LinkError::FrameTooLarge(bytes)) => {
                CallError::BadRequest(format!("{bytes} bytes are over the wire's frame of 16 MiB"))
            }
            other => CallError::Link(other.to_string()),
        }
    }
}

/// `<org>/<name>` with something in both; what the names may be is the provider's side to check.
fn is_procedure(procedure: &str) -> bool {
    procedure.len() <= 512
        && procedure
            .split_once('/')
            .is_some_and(|(org, name)| !org.is_empty() && org != "_" && !name.is_empty())
}
