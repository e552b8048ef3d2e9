//! Execution of a call or of a stream's opening: choice of provider, credentials and retries.

mod failure;

use std::future::Future;
use std::iter::Take;
use std::time::Duration;

use hecate_om_manifest::names::is_procedure;
use macula_rust::pool::PoolError;
use tokio::time::Instant;

use super::attempt::Attempt;
use super::credentials::CallCredentials;
use super::options::CallOptions;
use super::providers::{ANY_PROVIDER, CallOutcome, LoadBalancer, Node, Pick, Unavailable};
use super::retry::{RETRY_DELAY, RetryPolicy, UNREACHED_DELAYS, UNREACHED_RETRIES};
use super::{CallError, Calls};
use crate::backoff::Backoff;
use crate::capability::NodeId;
use crate::mesh::connection::{Router, Uplink};
use failure::{
    all_busy, busy_for, is_gone, may_go_elsewhere, outcome, reached_no_provider, responded_by,
    with_least_wait,
};

/// Delay before retrying a call that found no link.
const RELINK_DELAY: Duration = Duration::from_millis(100);
/// Delay before retrying a call that reached no provider while the links settle.
const SETTLING_DELAY: Duration = Duration::from_millis(250);

/// Maximum number of busy providers that one call tries. Further tries would only increase their
/// load.
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
        router: &Router,
        attempt: Attempt,
    ) -> impl Future<Output = Result<(Self::Answer, Node), PoolError>> + Send;
}

/// Executes an operation, and returns its result and the node that answered, if any. The operation
/// is retried only if no handler ran, or if the options allow retries.
pub(in crate::mesh) async fn execute<O: RpcOperation>(
    calls: &Calls,
    procedure: &str,
    options: &CallOptions,
    operation: &O,
) -> (Result<O::Answer, CallError>, Option<NodeId>) {
    let mut execution = Execution::new(calls, procedure, options, operation);
    let result = execution.run().await;
    let Execution {
        retries,
        answered_by,
        ..
    } = execution;
    (
        result.map_err(|error| retries.final_error(error)),
        answered_by.map(NodeId::from_bytes),
    )
}

/// Execution of one operation, with the state of its tries.
struct Execution<'a, O> {
    calls: &'a Calls,
    procedure: &'a str,
    options: &'a CallOptions,
    operation: &'a O,
    timeout: Duration,
    deadline: Instant,
    credentials: CallCredentials<'a>,
    balancer: LoadBalancer<'a>,
    retries: RetryPolicy,
    /// Delays after tries that reached no provider.
    unreached_delays: Take<Backoff>,
    /// Number of busy providers that refused.
    declined: u32,
    /// Shortest busy time that they reported.
    least_wait: Duration,
    /// Node that answered the last try.
    answered_by: Option<Node>,
}

impl<'a, O: RpcOperation> Execution<'a, O> {
    fn new(
        calls: &'a Calls,
        procedure: &'a str,
        options: &'a CallOptions,
        operation: &'a O,
    ) -> Self {
        let (timeout, deadline) = options.deadline();
        let mut balancer = LoadBalancer::new(&calls.providers, procedure);
        if let Some(tried) = operation.tried() {
            balancer.avoid(tried);
        }
        Self {
            calls,
            procedure,
            options,
            operation,
            timeout,
            deadline,
            credentials: CallCredentials::new(calls, procedure, &options.token),
            balancer,
            retries: RetryPolicy::new(options.idempotent && options.key.is_none()),
            unreached_delays: UNREACHED_DELAYS.start().take(UNREACHED_RETRIES as usize),
            declined: 0,
            least_wait: Duration::MAX,
            answered_by: None,
        }
    }

    /// Makes tries until one is answered or must not be retried. Returns the error of the last try.
    async fn run(&mut self) -> Result<O::Answer, CallError> {
        if !is_procedure(self.procedure) {
            return Err(CallError::BadProcedure(self.procedure.to_owned()));
        }
        loop {
            let up = self.calls.connection.up(self.remaining()).await?;
            let mut attempt = self.new_attempt(&up);
            self.credentials.attach(&mut attempt, self.deadline).await?;
            let try_timeout = self.try_timeout()?;
            let until = Instant::now() + try_timeout;
            if attempt.provider == ANY_PROVIDER {
                let picked = match &self.options.key {
                    Some(key) => self.balancer.pick_by_key(&up, key, try_timeout).await,
                    None => self.balancer.pick(&up, try_timeout).await,
                };
                match picked {
                    Ok(node) => attempt.provider = node,
                    Err(unavailable) => {
                        tokio::time::sleep(self.delay_without_provider(unavailable)?).await;
                        continue;
                    }
                }
            }
            let Some(pick) = self.balancer.start(attempt.provider, until).await else {
                continue;
            };
            attempt.timeout = until.saturating_duration_since(Instant::now());
            if attempt.timeout.is_zero() {
                continue;
            }
            let error = match self.operation.attempt(&up.router, attempt).await {
                Ok((answer, by)) => {
                    self.record_answer(&pick, by);
                    return Ok(answer);
                }
                Err(error) => error,
            };
            let delay = self.delay_after(error, pick, &up).await?;
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
        }
    }

    fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Returns a try without a token and without a timeout, at the provider that the options name.
    fn new_attempt(&self, up: &Uplink) -> Attempt {
        let provider = self.options.provider;
        Attempt {
            realm: up.realm.id,
            procedure: self.procedure.to_owned(),
            provider: provider.map_or(ANY_PROVIDER, |id| *id.as_bytes()),
            token: None,
            proofs: Vec::new(),
            confidential: self.options.confidentiality,
            timeout: Duration::ZERO,
        }
    }

    /// Returns the timeout of the next try.
    fn try_timeout(&mut self) -> Result<Duration, CallError> {
        let remaining = self.remaining();
        if remaining.is_zero() {
            return Err(CallError::NotConnected(
                "the timeout ended before a provider could be called",
            ));
        }
        Ok(self.retries.per_try_timeout(remaining))
    }

    /// Returns the delay before the next try if there was no provider to call, or the error if there
    /// is no next try.
    fn delay_without_provider(&mut self, unavailable: Unavailable) -> Result<Duration, CallError> {
        if let Unavailable::Busy(wait) = unavailable {
            return Err(all_busy(wait.min(self.least_wait)));
        }
        // A restarting provider is listed again soon.
        let delay = self.unreached_delays.next();
        let delay = delay.or_else(|| self.is_settling().then_some(SETTLING_DELAY));
        let delay = delay.filter(|delay| *delay < self.remaining());
        delay.ok_or_else(|| CallError::NoProvider {
            procedure: self.procedure.to_owned(),
        })
    }

    /// Returns whether a missing provider may be about to advertise again after a change of the
    /// links. Waiting for the provider does not count as a try.
    fn is_settling(&self) -> bool {
        self.calls.connection.relinks().is_settling()
    }

    fn record_answer(&mut self, pick: &Pick, by: Node) {
        self.answered_by = Some(by);
        let outcome = if O::MEASURES_PROVIDER {
            CallOutcome::Answered(pick.elapsed())
        } else {
            CallOutcome::Unknown
        };
        self.balancer.record_try(pick, Some(by), outcome);
    }

    /// Returns the delay before the next try after a failed one, or the error if there is no next
    /// try.
    async fn delay_after(
        &mut self,
        error: PoolError,
        pick: Pick,
        up: &Uplink,
    ) -> Result<Duration, CallError> {
        let by = responded_by(&error);
        if self.credentials.should_retry_with_token(&error) {
            self.balancer.record_try(&pick, by, CallOutcome::Unknown);
            return Ok(Duration::ZERO);
        }
        self.answered_by = by;
        let is_relinking = self.is_relinking(&error, up);
        let error = CallError::from_pool_error(error, self.procedure, self.timeout);
        let outcome = outcome(&error, pick.elapsed());
        self.balancer.record_try(&pick, by, outcome);
        let sent_to = pick.node();
        drop(pick);
        let went_to = by.unwrap_or(sent_to);
        let is_settling = reached_no_provider(&error) && self.is_settling();
        let delay = if is_relinking {
            Some(RELINK_DELAY)
        } else if self.may_go_elsewhere(&error, sent_to) {
            self.balancer.avoid(went_to);
            let others = self.balancer.has_others(up, self.remaining() / 2).await;
            self.delay_elsewhere(&error, by.is_some(), others)
        } else if is_gone(&error) {
            self.unreached_delays.next()
        } else if is_settling {
            None
        } else {
            self.balancer.avoid(went_to);
            let may_retry = self.retries.should_retry(&error) && self.balancer.may_retry();
            may_retry.then_some(RETRY_DELAY)
        };
        let delay = match delay {
            None if is_settling => {
                self.balancer.clear_avoided();
                Some(SETTLING_DELAY)
            }
            delay => delay,
        };
        match delay.filter(|delay| *delay < self.remaining()) {
            Some(delay) => {
                tracing::debug!(procedure = self.procedure, %error, "retrying call");
                Ok(delay)
            }
            None => Err(with_least_wait(error, self.least_wait)),
        }
    }

    /// Returns the delay before a try at another provider, or `None` if there must be none.
    /// `answered` is true if the provider itself returned `error`, and `others` if there are other
    /// providers.
    fn delay_elsewhere(
        &mut self,
        error: &CallError,
        answered: bool,
        others: bool,
    ) -> Option<Duration> {
        self.declined += u32::from(answered);
        self.least_wait = self
            .least_wait
            .min(busy_for(error).unwrap_or(Duration::MAX));
        match error {
            // A call must not try all busy providers one after another.
            CallError::Refused(_) | CallError::Unauthorized { .. } => {
                let may_retry =
                    others && self.declined < MAX_BUSY_PROVIDERS && self.balancer.may_retry();
                may_retry.then_some(Duration::ZERO)
            }
            _ if others => Some(Duration::ZERO),
            CallError::Wire { .. } => {
                self.balancer.clear_avoided();
                self.unreached_delays.next()
            }
            _ => self.balancer.delegate_to_router().then_some(Duration::ZERO),
        }
    }

    /// Returns whether the call may go to another provider after a failed try. With a key, only if
    /// the provider is gone: a provider that refuses may have run an earlier call with the key.
    fn may_go_elsewhere(&self, error: &CallError, sent_to: Node) -> bool {
        self.options.provider.is_none()
            && (self.options.key.is_none() || reached_no_provider(error))
            && may_go_elsewhere(error, sent_to)
    }

    /// Returns whether nothing was sent because the links are being replaced. The call then waits
    /// for the new links.
    fn is_relinking(&self, error: &PoolError, up: &Uplink) -> bool {
        match error {
            PoolError::NoLink(_) => true,
            PoolError::Closed => self.calls.connection.has_replaced(up),
            _ => false,
        }
    }
}

#[cfg(all(test, feature = "dev-mesh"))]
mod tests;
