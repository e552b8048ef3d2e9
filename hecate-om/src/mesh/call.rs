//! Calls to other services.

use std::sync::Arc;
use std::time::Duration;

use macula_rust::cbor::Value;
use macula_rust::pool::{self, PoolError};
use macula_rust::station_link::LinkError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::codec::{self, Payload};
use super::presented::{self, Present, Presenting};
use super::tries::{self, Tries};
use super::ucan::Ucan;
use super::{Mesh, Up, traffic};
use crate::capability::{Confidential, NodeId, Refusal, inherited_deadline};

/// How long a call may take where nobody says (macula's default).
const DEFAULT_PATIENCE: Duration = Duration::from_secs(5);
/// The longest a call may take (macula's limit).
const MAX_PATIENCE: Duration = Duration::from_secs(600);
/// The code of a call that reached nobody: the provider it went to no longer serves the procedure.
const GONE: &str = "unknown_next_peer";
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
    confidential: Option<Confidential>,
    idempotent: bool,
}

/// Why a call has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// No station is linked, so nothing was sent.
    #[error("the call was not sent: {0}")]
    NotConnected(&'static str),
    /// The procedure is no procedure's name.
    #[error("`{0}` is not a procedure; write `<org>/<name>`, as in `hecate-echo/echo.say`")]
    BadProcedure(String),
    /// The request does not fit the wire, so nothing was sent.
    #[error("the request does not fit the wire: {0}")]
    BadRequest(String),
    /// Nobody on the mesh serves the procedure, as far as the realm's grants go.
    #[error("nobody serves `{procedure}` now")]
    NoProvider {
        /// The procedure that was called.
        procedure: String,
    },
    /// Providers are known, and none could be reached, so nothing was sent.
    #[error("no provider of `{procedure}` could be reached: {reason}")]
    Unreachable {
        /// The procedure that was called.
        procedure: String,
        /// What each attempt met.
        reason: String,
    },
    /// The provider's handler refused.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// The provider or a station answered an error of the wire's own, `unauthorized` for one.
    #[error("the provider answered `{code}`{}", detail.as_deref().map(|d| format!(": {d}")).unwrap_or_default())]
    Wire {
        /// The wire's name of the error.
        code: String,
        /// What came with it.
        detail: Option<String>,
    },
    /// The call was to be made under an action that the service does not declare, so nothing was sent.
    #[error(
        "the service's `actions` do not name `{action}`; add it to `#[hecate_service(actions = [\"{action}\", …])]`"
    )]
    UndeclaredAction {
        /// The action.
        action: String,
    },
    /// The realm has given the service no token for the action, so nothing was sent.
    #[error("there is no token for the action `{action}`: {reason}")]
    NoAuthority {
        /// The action.
        action: String,
        /// How the service stands with its realm.
        reason: String,
    },
    /// No provider names a key to seal to, and the call was to be sealed; nothing was sent.
    #[error(
        "no provider of `{procedure}` can be called sealed: none names a key (HECATE_KEM_ADVERTISE=enabled on its side makes it)"
    )]
    NoKemKey {
        /// The procedure that was called.
        procedure: String,
    },
    /// The call could not be kept confidential, and was not taken in the clear instead.
    #[error("the call of `{procedure}` could not be kept confidential: {reason}")]
    NotConfidential {
        /// The procedure that was called.
        procedure: String,
        /// What was in the way.
        reason: String,
    },
    /// No answer came in time. Whether the call was run is not known.
    #[error("no answer came within {0:?}; whether the call was run is not known")]
    TimedOut(Duration),
    /// The answer is not what the caller expects.
    #[error("the answer is not of the expected type: {0}")]
    BadResponse(String),
    /// The link failed underneath the call. Whether the call was run is not known.
    #[error("the link to the station failed during the call: {0}")]
    Link(String),
}

impl CallError {
    /// Whether the same call may succeed when made again, as far as one can know; a call that timed out may have
    /// been run.
    #[must_use]
    pub fn retryable(&self) -> bool {
        match self {
            Self::NotConnected(_)
            | Self::NoProvider { .. }
            | Self::Unreachable { .. }
            | Self::NoAuthority { .. }
            | Self::TimedOut(_)
            | Self::Link(_) => true,
            Self::Refused(refusal) => refusal.retryable(),
            Self::Wire { code, .. } => matches!(
                code.as_str(),
                "temporary_relay_failure" | "overloaded" | "unavailable" | GONE
            ),
            Self::BadProcedure(_)
            | Self::BadRequest(_)
            | Self::UndeclaredAction { .. }
            | Self::NoKemKey { .. }
            | Self::NotConfidential { .. }
            | Self::BadResponse(_) => false,
        }
    }

    /// The error's stable name, for programs: `no_provider`, `timeout`, a refusal's code, …
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::NotConnected(_) => "not_connected",
            Self::BadProcedure(_) => "bad_procedure",
            Self::BadRequest(_) => "bad_request",
            Self::NoProvider { .. } => "no_provider",
            Self::Unreachable { .. } => "unreachable",
            Self::Refused(refusal) => refusal.code(),
            Self::Wire { code, .. } => code,
            Self::UndeclaredAction { .. } => "undeclared_action",
            Self::NoAuthority { .. } => "no_authority",
            Self::NoKemKey { .. } => "no_kem_key",
            Self::NotConfidential { .. } => "not_confidential",
            Self::TimedOut(_) => "timeout",
            Self::BadResponse(_) => "bad_response",
            Self::Link(_) => "link_failed",
        }
    }
}

/// A call made while answering another fails it under its own code; the text is for the log only, as it may name
/// what the first caller must not know.
impl From<CallError> for Refusal {
    fn from(error: CallError) -> Self {
        let text = "a service that this one needs did not answer";
        let refusal = Self::new(format!("upstream_{}", error.code()), text).log(error.to_string());
        match error.retryable() {
            true => refusal.retry_after(Duration::ZERO),
            false => refusal,
        }
    }
}

impl<'a> Outgoing<'a> {
    pub(super) const fn new(mesh: &'a Mesh, procedure: String) -> Self {
        Self {
            mesh,
            procedure,
            patience: DEFAULT_PATIENCE,
            provider: None,
            present: Present::WhenAsked,
            confidential: None,
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

    /// Whether the call is sealed end to end, so that no station reads it. Without this it is
    /// [`Confidential::Preferred`]: sealed to a provider that names a key, and in the clear to one that names none,
    /// which [`Confidential::Required`] never calls. [`Confidential::Off`] is an error: nobody calls in the clear
    /// by choice.
    pub const fn confidential(mut self, confidential: Confidential) -> Self {
        self.confidential = Some(confidential);
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
        let confidential = presented::confidentiality(self.confidential, &self.procedure)?;
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
                confidential,
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
