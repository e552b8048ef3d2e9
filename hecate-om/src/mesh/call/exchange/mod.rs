//! Execution of a call or of a stream's opening: choice of provider, credentials, and retries.

use std::future::Future;
use std::time::Duration;

use hecate_om_manifest::names::is_procedure;
use macula_rust::pool::{Pool, PoolError};
use macula_rust::station_link::{Confidentiality, LinkError};
use tokio::time::Instant;

use super::error::GONE;
use super::options::Options;
use super::presented::Presenting;
use super::providers::{ANY, CallOutcome, LoadBalancer, Node, Unavailable};
use super::tries::{self, Tries};
use crate::backoff::BackoffPolicy;
use crate::capability::{NodeId, Refusal};
use crate::mesh::{CallError, Mesh};

/// Delay before a call that found no link is retried.
const RELINK: Duration = Duration::from_millis(100);
/// Delays before a call that reached no provider is retried.
const RETRY: BackoffPolicy =
    BackoffPolicy::new(Duration::from_millis(20), 4.5, Duration::from_millis(400));
/// Most retries of a call that reached no provider.
const RETRIES: usize = 3;
/// Delay before such a call is retried while the links settle.
const SETTLING: Duration = Duration::from_millis(250);

/// Most busy providers that one call asks: asking more would only add load to full providers.
const PROVIDERS: u32 = 2;

/// One try: its target, and everything it carries beside the payload.
#[derive(Debug)]
pub(in crate::mesh) struct Attempt {
    pub(in crate::mesh) realm: [u8; 32],
    pub(in crate::mesh) procedure: String,
    /// The target node, or [`ANY`].
    pub(in crate::mesh) provider: Node,
    pub(in crate::mesh) token: Option<Vec<u8>>,
    pub(in crate::mesh) proofs: Vec<Vec<u8>>,
    pub(in crate::mesh) confidential: Confidentiality,
    /// Timeout of the try.
    pub(in crate::mesh) timeout: Duration,
}

/// An operation that may take several tries: a call, or the opening of a stream.
pub(in crate::mesh) trait Exchange: Sync {
    type Answer: Send;

    /// Whether it ends with the provider's answer, so that its duration measures the provider.
    const TIMED: bool;

    /// The provider to avoid while there are others, because an earlier exchange asked it.
    fn tried(&self) -> Option<Node> {
        None
    }

    /// Makes one try; returns the answer and the node that answered.
    fn attempt(
        &self,
        pool: &Pool,
        attempt: Attempt,
    ) -> impl Future<Output = Result<(Self::Answer, Node), PoolError>> + Send;
}

/// Executes an exchange. It is retried only if nothing of it ran, or if the options allow it. Also
/// returns the node that answered, if any.
pub(in crate::mesh) async fn make<E: Exchange>(
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
    let (timeout, deadline) = options.deadline();
    let left = || deadline.saturating_duration_since(Instant::now());
    let is_balanced = options.provider.is_none();
    let mut presenting = Presenting::new(mesh, procedure, &options.present);
    let mut balancer = LoadBalancer::new(&mesh.providers, procedure);
    if let Some(tried) = exchange.tried() {
        balancer.tried(tried);
    }
    let mut delays = RETRY.start().take(RETRIES);
    // Once the links have changed, providers that serve may not be listed yet.
    let settling = || mesh.relinks.settle().then_some(SETTLING);
    let mut tries = Tries::new(options.idempotent);
    // The number of busy providers asked, and their shortest busy time.
    let (mut declined, mut least_wait) = (0, Duration::MAX);
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
        if attempt.provider == ANY {
            attempt.provider = match balancer.pick(&up, share).await {
                Ok(node) => node,
                Err(Unavailable::Busy(wait)) => {
                    return Err(tries.end(all_busy(wait.min(least_wait))));
                }
                Err(Unavailable::NoProvider) => match delays.next().or_else(settling) {
                    // A restarting provider is listed again in a moment.
                    Some(pause) if pause < left() => {
                        tokio::time::sleep(pause).await;
                        continue;
                    }
                    _ => {
                        let procedure = procedure.to_owned();
                        return Err(tries.end(CallError::NoProvider { procedure }));
                    }
                },
            };
        }
        let sent_to = attempt.provider;
        let Some(pick) = balancer.start(sent_to, until).await else {
            continue;
        };
        attempt.timeout = until.saturating_duration_since(Instant::now());
        if attempt.timeout.is_zero() {
            continue;
        }
        let outcome = exchange.attempt(&up.pool, attempt).await;
        let took = pick.took();
        let error = match outcome {
            Ok((answer, by)) => {
                *answered_by = Some(by);
                let outcome = if E::TIMED {
                    CallOutcome::Answered(took)
                } else {
                    CallOutcome::Unknown
                };
                balancer.learn(&pick, Some(by), outcome);
                return Ok(answer);
            }
            Err(error) => error,
        };
        let by = responded_by(&error);
        if presenting.is_asked(&error) {
            balancer.learn(&pick, by, CallOutcome::Unknown);
            continue;
        }
        *answered_by = by;
        // The links are being replaced and nothing was sent, so the call waits for them as for the
        // first link.
        let relinks = match &error {
            PoolError::NoLink(_) => true,
            PoolError::Closed => mesh.has_left(&up),
            _ => false,
        };
        let error = CallError::of(error, procedure, timeout);
        balancer.learn(&pick, by, said(&error, took));
        drop(pick);
        // It waits for a provider that is yet to advertise again, which spends no try.
        let settles = settling().filter(|_| reached_nobody(&error));
        let went_to = by.unwrap_or(sent_to);
        let pause = if relinks {
            Some(RELINK)
        } else if is_balanced && may_go_elsewhere(&error, sent_to) {
            balancer.tried(went_to);
            declined += u32::from(by.is_some());
            least_wait = least_wait.min(busy_for(&error).unwrap_or(Duration::MAX));
            let others = balancer.others(&up, left() / 2).await;
            match error {
                // Not every call may ask all busy providers one after another.
                CallError::Refused(_) | CallError::Unauthorized { .. } => {
                    let again = others && declined < PROVIDERS && balancer.may_retry();
                    again.then_some(Duration::ZERO)
                }
                _ if others => Some(Duration::ZERO),
                CallError::Wire { .. } => {
                    balancer.forget_tried();
                    delays.next()
                }
                _ => balancer.leave_to_macula().then_some(Duration::ZERO),
            }
        } else if is_gone(&error) {
            delays.next()
        } else if settles.is_some() {
            None
        } else {
            balancer.tried(went_to);
            (tries.again(&error) && balancer.may_retry()).then_some(tries::PAUSE)
        };
        let pause = pause.or_else(|| settles.inspect(|_| balancer.forget_tried()));
        match pause {
            Some(pause) if pause < left() => {
                tracing::debug!(procedure, "called again: {error}");
                if !pause.is_zero() {
                    tokio::time::sleep(pause).await;
                }
            }
            _ => return Err(tries.end(with_least_wait(error, least_wait))),
        }
    }
}

/// Returns the node that answered with its own error.
fn responded_by(error: &PoolError) -> Option<Node> {
    match error {
        PoolError::Link(LinkError::Provider { responded_by, .. }) => Some(*responded_by),
        _ => None,
    }
}

/// Returns whether an exchange that failed with `error` certainly ran nowhere and may go to another
/// provider. If macula had the choice, the absence of a provider is final.
fn may_go_elsewhere(error: &CallError, sent_to: Node) -> bool {
    match error {
        CallError::NoProvider { .. }
        | CallError::Unreachable { .. }
        | CallError::NoKemKey { .. } => sent_to != ANY,
        CallError::Refused(_) | CallError::Wire { .. } | CallError::Unauthorized { .. } => {
            tries::ran_nothing(error)
        }
        _ => false,
    }
}

/// Returns whether no provider was found or reached.
fn reached_nobody(error: &CallError) -> bool {
    let is_missing = matches!(
        error,
        CallError::NoProvider { .. } | CallError::Unreachable { .. }
    );
    is_missing || is_gone(error)
}

fn is_gone(error: &CallError) -> bool {
    matches!(error, CallError::Wire { code, .. } if code == GONE)
}

/// Returns the busy time that the provider reported.
fn busy_for(error: &CallError) -> Option<Duration> {
    match error {
        CallError::Refused(refusal) if tries::ran_nothing(error) => {
            refusal.wait().filter(|wait| !wait.is_zero())
        }
        _ => None,
    }
}

/// Returns the error of a call whose known providers are all busy and were not asked.
fn all_busy(wait: Duration) -> CallError {
    let text = "every provider is busy by its own word, so none was asked";
    CallError::Refused(Refusal::new("busy", text).retry_after(wait))
}

/// Returns the last provider's refusal, with the shortest busy time of the asked providers.
fn with_least_wait(error: CallError, least_wait: Duration) -> CallError {
    match error {
        CallError::Refused(refusal) if refusal.wait().is_some_and(|wait| least_wait < wait) => {
            CallError::Refused(refusal.retry_after(least_wait))
        }
        error => error,
    }
}

/// Returns the provider's outcome of a try. A refusal that does not depend on the request counts as
/// a failure: such a provider answers sooner than any that does the work.
fn said(error: &CallError, took: Duration) -> CallOutcome {
    match error {
        CallError::Refused(refusal) => match refusal.code() {
            "busy" | "rate_limited" => {
                busy_for(error).map_or(CallOutcome::Declined, CallOutcome::Busy)
            }
            "timeout" | "panicked" | "shutting_down" | "unavailable" | "invalid_request"
            | "invalid_response" => CallOutcome::Failed(took),
            _ => CallOutcome::Answered(took),
        },
        CallError::NoProvider { .. } | CallError::Unreachable { .. } => CallOutcome::Gone,
        error if is_gone(error) => CallOutcome::Gone,
        CallError::Wire { .. }
        | CallError::TimedOut(_)
        | CallError::Link(_)
        | CallError::Unauthorized { .. }
        | CallError::NoKemKey { .. }
        | CallError::NotConfidential { .. } => CallOutcome::Failed(took),
        _ => CallOutcome::Unknown,
    }
}

#[cfg(all(test, feature = "dev-mesh"))]
mod tests;
