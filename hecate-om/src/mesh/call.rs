//! Calls to other services.

use std::time::Duration;

use macula_rust::pool::{self, PoolError};
use macula_rust::station_link::LinkError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::Mesh;
use super::codec::{self, Payload};
use crate::capability::{NodeId, Refusal, inherited_deadline};

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

/// A call being made; see [`Mesh::procedure`].
#[derive(Debug)]
#[must_use = "nothing is called before `call`"]
pub struct Outgoing<'a> {
    mesh: &'a Mesh,
    procedure: String,
    patience: Duration,
    provider: Option<NodeId>,
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
            | Self::TimedOut(_)
            | Self::Link(_) => true,
            Self::Refused(refusal) => refusal.retryable(),
            Self::Wire { code, .. } => matches!(
                code.as_str(),
                "temporary_relay_failure" | "overloaded" | "unavailable" | GONE
            ),
            Self::BadProcedure(_) | Self::BadRequest(_) | Self::BadResponse(_) => false,
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

    /// Sends the request and waits for the answer.
    ///
    /// The call is run at most once: it is made again only where it certainly reached nobody.
    ///
    /// # Errors
    ///
    /// [`CallError`] says what happened and whether anything was sent.
    pub async fn call<Req, Res>(self, request: &Req) -> Result<Res, CallError>
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
        let mut again = AGAIN.into_iter();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let up = self.mesh.up(left).await?;
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(CallError::NotConnected("no time was left to send it"));
            }
            let outcome = up
                .pool
                .call(pool::Call {
                    realm: up.realm.id,
                    procedure: self.procedure.clone(),
                    provider: self.provider.map_or([0; 32], |id| *id.as_bytes()),
                    payload: payload.0.clone(),
                    timeout: left,
                    ..pool::Call::default()
                })
                .await;
            let (error, pause) = match outcome {
                Ok(answer) => return Ok(Payload(answer)),
                // The links are being made anew, and nothing was sent: it is waited for, as for the first of them.
                Err(error @ PoolError::NoLink(_)) => (self.error(error, patience), Some(RELINK)),
                Err(error) => {
                    let error = self.error(error, patience);
                    let gone = matches!(&error, CallError::Wire { code, .. } if code == GONE);
                    (error, gone.then(|| again.next()).flatten())
                }
            };
            match pause {
                Some(pause) if pause < deadline.saturating_duration_since(Instant::now()) => {
                    tokio::time::sleep(super::jittered(pause)).await;
                }
                _ => return Err(error),
            }
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
            PoolError::Confidentiality(error) => CallError::BadRequest(format!("{error:?}")),
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
