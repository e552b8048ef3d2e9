//! Execution of a call or of a stream's opening: choice of provider, credentials and retries.

use std::future::Future;
use std::time::Duration;

use hecate_om_manifest::names::is_procedure;
use macula_rust::pool::{Pool, PoolError};
use macula_rust::station_link::LinkError;
use tokio::time::Instant;

use super::attempt::Attempt;
use super::credentials::CallCredentials;
use super::error::GONE;
use super::options::CallOptions;
use super::providers::{ANY_PROVIDER, CallOutcome, LoadBalancer, Node, Unavailable};
use super::retry::{self, RetryPolicy, UNREACHED_DELAYS, UNREACHED_RETRIES};
use crate::capability::{NodeId, Refusal};
use crate::mesh::connection::Uplink;
use crate::mesh::{CallError, Mesh};

/// Delay before retrying a call that found no link.
const RELINK_DELAY: Duration = Duration::from_millis(100);
/// Delay before retrying a call that reached no provider while the links settle.
const SETTLING_DELAY: Duration = Duration::from_millis(250);

/// Most busy providers that one call tries. Further tries would only increase their load.
const MAX_BUSY_PROVIDERS: u32 = 2;

/// Operation that may need several tries: a call, or the opening of a stream.
pub(in crate::mesh) trait RpcOperation: Sync {
    type Answer: Send;

    /// Whether the operation ends with the provider's answer. If so, the operation's duration
    /// measures the provider.
    const MEASURES_PROVIDER: bool;

    /// Returns the provider that an earlier operation tried, which is avoided while there are
    /// others.
    fn tried(&self) -> Option<Node> {
        None
    }

    /// Makes one try. Returns the answer, and the node that answered.
    fn attempt(
        &self,
        pool: &Pool,
        attempt: Attempt,
    ) -> impl Future<Output = Result<(Self::Answer, Node), PoolError>> + Send;
}

/// Executes an operation, and returns its result and the node that answered, if any. The operation
/// is retried only if no handler ran, or if the options allow retries.
pub(in crate::mesh) async fn execute<O: RpcOperation>(
    mesh: &Mesh,
    procedure: &str,
    options: &CallOptions,
    operation: &O,
) -> (Result<O::Answer, CallError>, Option<NodeId>) {
    let mut by = None;
    let result = run(mesh, procedure, options, operation, &mut by).await;
    (result, by.map(NodeId::from_bytes))
}

async fn run<O: RpcOperation>(
    mesh: &Mesh,
    procedure: &str,
    options: &CallOptions,
    operation: &O,
    answered_by: &mut Option<Node>,
) -> Result<O::Answer, CallError> {
    if !is_procedure(procedure) {
        return Err(CallError::BadProcedure(procedure.to_owned()));
    }
    let (timeout, deadline) = options.deadline();
    let remaining = || deadline.saturating_duration_since(Instant::now());
    let is_balanced = options.provider.is_none();
    let mut credentials = CallCredentials::new(mesh, procedure, &options.token);
    let mut balancer = LoadBalancer::new(&mesh.providers, procedure);
    if let Some(tried) = operation.tried() {
        balancer.avoid(tried);
    }
    let mut delays = UNREACHED_DELAYS.start().take(UNREACHED_RETRIES as usize);
    // After a change of the links, providers may not have advertised again yet.
    let settling_delay = || {
        mesh.connection()
            .relinks()
            .is_settling()
            .then_some(SETTLING_DELAY)
    };
    let mut retries = RetryPolicy::new(options.idempotent);
    // Number of busy providers that refused, and the shortest busy time they reported.
    let (mut declined, mut least_wait) = (0, Duration::MAX);
    loop {
        let up = match mesh.up(remaining()).await {
            Ok(up) => up,
            Err(error) => return Err(retries.final_error(error)),
        };
        let mut attempt = new_attempt(&up, procedure, options);
        if let Err(error) = credentials.attach(&mut attempt, deadline).await {
            return Err(retries.final_error(error));
        }
        if remaining().is_zero() {
            return Err(retries.final_error(CallError::NotConnected(
                "the timeout ended before a provider could be called",
            )));
        }
        let try_timeout = retries.per_try_timeout(remaining());
        let until = Instant::now() + try_timeout;
        if attempt.provider == ANY_PROVIDER {
            attempt.provider = match balancer.pick(&up, try_timeout).await {
                Ok(node) => node,
                Err(Unavailable::Busy(wait)) => {
                    return Err(retries.final_error(all_busy(wait.min(least_wait))));
                }
                Err(Unavailable::NoProvider) => match delays.next().or_else(settling_delay) {
                    // A restarting provider is listed again soon.
                    Some(delay) if delay < remaining() => {
                        tokio::time::sleep(delay).await;
                        continue;
                    }
                    _ => {
                        let procedure = procedure.to_owned();
                        return Err(retries.final_error(CallError::NoProvider { procedure }));
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
        let result = operation.attempt(&up.pool, attempt).await;
        let elapsed = pick.elapsed();
        let error = match result {
            Ok((answer, by)) => {
                *answered_by = Some(by);
                let outcome = if O::MEASURES_PROVIDER {
                    CallOutcome::Answered(elapsed)
                } else {
                    CallOutcome::Unknown
                };
                balancer.record_try(&pick, Some(by), outcome);
                return Ok(answer);
            }
            Err(error) => error,
        };
        let by = responded_by(&error);
        if credentials.should_retry_with_token(&error) {
            balancer.record_try(&pick, by, CallOutcome::Unknown);
            continue;
        }
        *answered_by = by;
        let is_relinking = is_relinking(mesh, &up, &error);
        let error = CallError::from_pool_error(error, procedure, timeout);
        balancer.record_try(&pick, by, outcome(&error, elapsed));
        drop(pick);
        // Waiting for a provider to advertise again does not count as a try.
        let settles = settling_delay().filter(|_| reached_no_provider(&error));
        let went_to = by.unwrap_or(sent_to);
        let delay = if is_relinking {
            Some(RELINK_DELAY)
        } else if is_balanced && may_go_elsewhere(&error, sent_to) {
            balancer.avoid(went_to);
            declined += u32::from(by.is_some());
            least_wait = least_wait.min(busy_for(&error).unwrap_or(Duration::MAX));
            let others = balancer.has_others(&up, remaining() / 2).await;
            match error {
                // A call must not try all busy providers one after another.
                CallError::Refused(_) | CallError::Unauthorized { .. } => {
                    let retried = others && declined < MAX_BUSY_PROVIDERS && balancer.may_retry();
                    retried.then_some(Duration::ZERO)
                }
                _ if others => Some(Duration::ZERO),
                CallError::Wire { .. } => {
                    balancer.clear_avoided();
                    delays.next()
                }
                _ => balancer.delegate_to_macula().then_some(Duration::ZERO),
            }
        } else if is_gone(&error) {
            delays.next()
        } else if settles.is_some() {
            None
        } else {
            balancer.avoid(went_to);
            (retries.should_retry(&error) && balancer.may_retry()).then_some(retry::RETRY_DELAY)
        };
        let delay = delay.or_else(|| settles.inspect(|_| balancer.clear_avoided()));
        match delay {
            Some(delay) if delay < remaining() => {
                tracing::debug!(procedure, %error, "retrying call");
                if !delay.is_zero() {
                    tokio::time::sleep(delay).await;
                }
            }
            _ => return Err(retries.final_error(with_least_wait(error, least_wait))),
        }
    }
}

/// Returns a try without a token and without a timeout, at the provider that the options name.
fn new_attempt(up: &Uplink, procedure: &str, options: &CallOptions) -> Attempt {
    Attempt {
        realm: up.realm.id,
        procedure: procedure.to_owned(),
        provider: options.provider.map_or(ANY_PROVIDER, |id| *id.as_bytes()),
        token: None,
        proofs: Vec::new(),
        confidential: options.confidentiality,
        timeout: Duration::ZERO,
    }
}

/// Returns whether nothing was sent because the links are being replaced. The call then waits for
/// the new links.
fn is_relinking(mesh: &Mesh, up: &Uplink, error: &PoolError) -> bool {
    match error {
        PoolError::NoLink(_) => true,
        PoolError::Closed => mesh.connection().has_replaced(up),
        _ => false,
    }
}

/// Returns the node that answered with its own error.
fn responded_by(error: &PoolError) -> Option<Node> {
    match error {
        PoolError::Link(LinkError::Provider { responded_by, .. }) => Some(*responded_by),
        _ => None,
    }
}

/// Returns whether an operation that failed with `error` certainly did not run and may be sent to
/// another provider. If macula-rust chose the provider, a missing provider is final.
fn may_go_elsewhere(error: &CallError, sent_to: Node) -> bool {
    match error {
        CallError::NoProvider { .. }
        | CallError::Unreachable { .. }
        | CallError::NoKemKey { .. } => sent_to != ANY_PROVIDER,
        CallError::Refused(_) | CallError::Wire { .. } | CallError::Unauthorized { .. } => {
            retry::did_not_run(error)
        }
        _ => false,
    }
}

/// Returns whether no provider was found or reached.
fn reached_no_provider(error: &CallError) -> bool {
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
        CallError::Refused(refusal) if retry::did_not_run(error) => {
            refusal.retry_after().filter(|wait| !wait.is_zero())
        }
        _ => None,
    }
}

/// Returns the error of a call that was not sent because all known providers are busy.
fn all_busy(wait: Duration) -> CallError {
    let text = "every provider reported that it is busy";
    CallError::Refused(Refusal::new("busy", text).with_retry_after(wait))
}

/// Returns the last provider's refusal, with the shortest busy time of the tried providers.
fn with_least_wait(error: CallError, least_wait: Duration) -> CallError {
    match error {
        CallError::Refused(refusal)
            if refusal.retry_after().is_some_and(|wait| least_wait < wait) =>
        {
            CallError::Refused(refusal.with_retry_after(least_wait))
        }
        error => error,
    }
}

/// Returns the outcome of a failed try for its provider. A refusal that does not depend on the
/// request counts as a failure: it arrives faster than any real answer, so the provider would
/// otherwise seem the fastest.
fn outcome(error: &CallError, elapsed: Duration) -> CallOutcome {
    match error {
        CallError::Refused(refusal) => match refusal.code() {
            "busy" | "rate_limited" => {
                busy_for(error).map_or(CallOutcome::Declined, CallOutcome::Busy)
            }
            "timeout" | "panicked" | "shutting_down" | "unavailable" | "invalid_request"
            | "invalid_response" => CallOutcome::Failed(elapsed),
            _ => CallOutcome::Answered(elapsed),
        },
        CallError::NoProvider { .. } | CallError::Unreachable { .. } => CallOutcome::Gone,
        error if is_gone(error) => CallOutcome::Gone,
        CallError::Wire { .. }
        | CallError::TimedOut(_)
        | CallError::Link(_)
        | CallError::Unauthorized { .. }
        | CallError::NoKemKey { .. }
        | CallError::NotConfidential { .. } => CallOutcome::Failed(elapsed),
        _ => CallOutcome::Unknown,
    }
}

#[cfg(all(test, feature = "dev-mesh"))]
mod tests;
