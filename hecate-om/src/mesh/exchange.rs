//! How a call is made, or a stream opened: whom it goes to, what it presents, and when it is made again.

use std::future::Future;
use std::time::Duration;

use macula_rust::pool::{Pool, PoolError};
use macula_rust::station_link::{Confidentiality, LinkError};
use tokio::time::Instant;

use super::call_error::GONE;
use super::options::Options;
use super::presented::Presenting;
use super::providers::{ANY, Choosing, Node, Said};
use super::tries::{self, Tries};
use super::{CallError, Mesh};
use crate::backoff::BackoffPolicy;
use crate::capability::{NodeId, Refusal};

/// How long after a call that found no link is made again.
const RELINK: Duration = Duration::from_millis(100);
/// Delays until a call that reached no provider is made again.
const RETRY: BackoffPolicy =
    BackoffPolicy::new(Duration::from_millis(20), 4.5, Duration::from_millis(400));
/// How often a call that reached no provider is made again.
const RETRIES: usize = 3;

/// How long a provider is left alone whose guard refuses without saying until when: about what is left of a window.
pub(super) const BUSY: Duration = Duration::from_secs(1);

/// One try: where it goes, and what it carries beside the payload.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) realm: [u8; 32],
    pub(super) procedure: String,
    /// [`ANY`], or the node that it is for.
    pub(super) provider: Node,
    pub(super) token: Option<Vec<u8>>,
    pub(super) proofs: Vec<Vec<u8>>,
    pub(super) confidential: Confidentiality,
    /// How long the try may take.
    pub(super) timeout: Duration,
}

/// What is sent, as often as it takes: a call, or the opening of a stream.
pub(super) trait Exchange: Sync {
    type Answer: Send;

    /// Whether it ends with the provider's answer, so that the time it takes is the provider's.
    const TIMED: bool;

    /// Whom it is not to go to while there are others, as an earlier one of it did.
    fn tried(&self) -> Option<Node> {
        None
    }

    /// Makes one try: the answer, and the node that it is of.
    fn attempt(
        &self,
        pool: &Pool,
        attempt: Attempt,
    ) -> impl Future<Output = Result<(Self::Answer, Node), PoolError>> + Send;
}

/// Makes an exchange: at most once, but where nothing of it was run, and where the options say that it may be. Also who
/// answered, where somebody did.
pub(super) async fn make<E: Exchange>(
    mesh: &Mesh,
    procedure: &str,
    options: &Options,
    exchange: &E,
) -> (Result<E::Answer, CallError>, Option<NodeId>) {
    let mut by = None;
    let result = made(mesh, procedure, options, exchange, &mut by).await;
    (result, by.map(NodeId::from_bytes))
}

async fn made<E: Exchange>(
    mesh: &Mesh,
    procedure: &str,
    options: &Options,
    exchange: &E,
    answered_by: &mut Option<Node>,
) -> Result<E::Answer, CallError> {
    if !is_procedure(procedure) {
        return Err(CallError::BadProcedure(procedure.to_owned()));
    }
    let (patience, deadline) = options.deadline();
    let left = || deadline.saturating_duration_since(Instant::now());
    let mut presenting = Presenting::new(mesh, procedure, &options.present);
    let mut choosing = Choosing::new(&mesh.providers, procedure);
    if let Some(tried) = exchange.tried() {
        choosing.tried(tried);
    }
    let mut again = RETRY.start().take(RETRIES);
    let mut tries = Tries::new(options.idempotent);
    loop {
        let up = match mesh.up(left()).await {
            Ok(up) => up,
            Err(error) => return Err(tries.end(error)),
        };
        let mut attempt = Attempt {
            realm: up.realm.id,
            procedure: procedure.to_owned(),
            provider: options.provider.map_or(ANY, |id| *id.as_bytes()),
            token: None,
            proofs: Vec::new(),
            confidential: options.confidentiality,
            timeout: Duration::ZERO,
        };
        if let Err(error) = presenting.put(&mut attempt, deadline).await {
            return Err(tries.end(error));
        }
        if left().is_zero() {
            return Err(tries.end(CallError::NotConnected("no time was left to send it")));
        }
        let share = tries.share(left());
        let until = Instant::now() + share;
        let chosen = attempt.provider == ANY;
        if chosen {
            attempt.provider = choosing.next(&up, share).await;
        }
        let sent_to = attempt.provider;
        let time = until.saturating_duration_since(Instant::now());
        attempt.timeout = time.max(Duration::from_millis(1));
        let trying = choosing.begin(sent_to);
        let outcome = exchange.attempt(&up.pool, attempt).await;
        let took = trying.took();
        drop(trying);
        let error = match outcome {
            Ok((answer, by)) => {
                *answered_by = Some(by);
                let said = if E::TIMED {
                    Said::Answered(took)
                } else {
                    Said::Nothing
                };
                choosing.learn(sent_to, Some(by), said);
                return Ok(answer);
            }
            Err(error) if presenting.is_asked(&error) => continue,
            Err(error) => error,
        };
        let by = responded_by(&error);
        *answered_by = by;
        // The links are being made anew, and nothing was sent: it is waited for, as for the first of them.
        let relinked = matches!(error, PoolError::NoLink(_)).then_some(RELINK);
        let error = CallError::of(error, procedure, patience);
        choosing.learn(sent_to, by, said(&error, took));
        let went_to = by.unwrap_or(sent_to);
        let pause = match (&error, relinked) {
            (_, Some(relink)) => Some(relink),
            // Nothing of it was run, so it may go to somebody else at once.
            (error, None) if chosen && not_run(error, sent_to) => {
                choosing.tried(went_to);
                let others = choosing.others(&up, left() / 2).await;
                match error {
                    _ if others => Some(Duration::ZERO),
                    CallError::Refused(_) => None,
                    CallError::Wire { .. } => {
                        choosing.forget_tried();
                        again.next()
                    }
                    _ => choosing.leave_to_macula().then_some(Duration::ZERO),
                }
            }
            (CallError::Wire { code, .. }, None) if code == GONE => again.next(),
            (error, None) => {
                choosing.tried(went_to);
                tries.again(error).then_some(tries::PAUSE)
            }
        };
        match pause {
            Some(pause) if pause < left() => {
                tracing::debug!(procedure, "called again: {error}");
                if !pause.is_zero() {
                    tokio::time::sleep(pause).await;
                }
            }
            _ => return Err(tries.end(error)),
        }
    }
}

/// The node that answered with an error of its own.
fn responded_by(error: &PoolError) -> Option<Node> {
    match error {
        PoolError::Link(LinkError::Provider { responded_by, .. }) => Some(*responded_by),
        _ => None,
    }
}

/// Whether an exchange that ended with `error` was certainly run nowhere, and may be somewhere else: `busy` and
/// `rate_limited` are a guard's words, said before a handler is run. That nobody can be called is final where macula had
/// the choice.
fn not_run(error: &CallError, sent_to: Node) -> bool {
    match error {
        CallError::Refused(refusal) => busy(refusal).is_some(),
        CallError::Wire { code, .. } => code == GONE,
        CallError::NoProvider { .. }
        | CallError::Unreachable { .. }
        | CallError::NoKemKey { .. } => sent_to != ANY,
        _ => false,
    }
}

/// How long a provider's guard wants to be left alone.
pub(super) fn busy(refusal: &Refusal) -> Option<Duration> {
    matches!(refusal.code(), "busy" | "rate_limited").then(|| refusal.wait().unwrap_or(BUSY))
}

/// What the end of a try says of the provider.
fn said(error: &CallError, took: Duration) -> Said {
    match error {
        CallError::Refused(refusal) => match (busy(refusal), refusal.code()) {
            (Some(wait), _) => Said::Busy(wait),
            (None, "timeout" | "panicked" | "shutting_down" | "unavailable") => Said::Failed(took),
            (None, _) => Said::Answered(took),
        },
        CallError::Wire { code, .. } if code == GONE => Said::Gone,
        CallError::NoProvider { .. } | CallError::Unreachable { .. } => Said::Gone,
        CallError::Wire { .. } | CallError::TimedOut(_) | CallError::Link(_) => Said::Failed(took),
        _ => Said::Nothing,
    }
}

/// `<org>/<name>` with something in both; what the names may be is the provider's side to check.
fn is_procedure(procedure: &str) -> bool {
    procedure.len() <= 512
        && procedure
            .split_once('/')
            .is_some_and(|(org, name)| !org.is_empty() && org != "_" && !name.is_empty())
}
