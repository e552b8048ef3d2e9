//! Dispatch of calls with a key.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sha2::{Digest as _, Sha256};
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::{Dispatcher, time_budget};
use crate::capability::keyed::{CallId, Claim, Ended, FirstCall, unknown};
use crate::capability::{Call, Dedupe, Refusal};
use crate::codec::{self, Payload};

/// Removes the key from a request, and returns it; `None` if it has none. Refuses a key if the
/// capability keeps no answers, so that no caller relies on it in vain.
pub(in crate::capability) fn take_key(
    dedupe: Option<Dedupe>,
    payload: &mut Payload,
) -> Result<Option<(String, Dedupe)>, Refusal> {
    let key =
        codec::take_key(payload).map_err(|error| Refusal::new("invalid_key", error.to_string()))?;
    let Some(key) = key else { return Ok(None) };
    match dedupe {
        Some(dedupe) => Ok(Some((key, dedupe))),
        None => Err(Refusal::new(
            "key_unsupported",
            "the capability has no `dedupe`, so a repeat would run again; call without a key",
        )),
    }
}

impl Dispatcher {
    /// Runs the first call with a key, and answers its repeats.
    ///
    /// The handler runs in a task of its own until the capability's timeout, because a repeat may
    /// ask for its answer after the first caller has left.
    pub(super) async fn dispatch_keyed(
        self: &Arc<Self>,
        (key, dedupe): (String, Dedupe),
        payload: Payload,
        call: Call,
        arrived: Instant,
        deadline: Instant,
    ) -> Result<Payload, Refusal> {
        let until = arrived + time_budget(deadline - arrived)?;
        let id = CallId::new(call.caller, &call.procedure, &key);
        let bytes = codec::wire_bytes(&payload)
            .map_err(|error| Refusal::new("invalid_request", error.to_string()))?;
        let fingerprint = Sha256::digest(bytes).into();
        let mut payload = Some(payload);
        loop {
            match self.keyed.claim(id, fingerprint, dedupe).await? {
                Claim::Repeated(kept) => return kept.repeat(),
                Claim::First(first) => {
                    let ended = first.ended();
                    self.spawn_first(first, payload.take().unwrap_or_default(), call);
                    return match wait(ended, until).await? {
                        Ended::NotRun(refusal) | Ended::Unknown(refusal) => Err(refusal),
                        Ended::Answered(answer) => Result::clone(&answer),
                    };
                }
                Claim::Running(ended) => {
                    let _waiting = self.keyed.wait()?;
                    match wait(ended, until).await? {
                        // The first call was refused before it ran, so this one may be the first.
                        Ended::NotRun(_) => {}
                        Ended::Answered(answer) => return Result::clone(&answer),
                        Ended::Unknown(_) => return Err(unknown()),
                    }
                }
            }
        }
    }

    /// Runs the first call in a task, which counts as in flight.
    fn spawn_first(self: &Arc<Self>, first: FirstCall, payload: Payload, mut call: Call) {
        let arrived = Instant::now();
        let flight = self.in_flight.start(
            self.capability.name,
            call.caller,
            (arrived + self.guard.timeout).into_std(),
        );
        let this = Arc::clone(self);
        let task = async move {
            let _flight = flight;
            let permit = match this.guard.acquire(arrived, this.guard.timeout).await {
                Ok(permit) => permit,
                Err(refusal) => return first.not_run(refusal).await,
            };
            if let Err(refusal) = first.start().await {
                return first.not_run(refusal).await;
            }
            call.deadline_ms = deadline_ms(this.guard.timeout);
            // Only the capability's own timeout limits the run.
            let deadline = permit.acquired() + 2 * this.guard.timeout;
            let ran = this.run(payload, call, permit.acquired(), deadline).await;
            drop(permit);
            match ran {
                Ok(Err(refusal)) if is_free(&refusal) => first.not_run(refusal).await,
                Ok(answer) => first.answered(answer).await,
                Err(refusal) => first.unknown(refusal).await,
            }
        };
        tokio::spawn(task.in_current_span());
    }
}

/// Returns whether a call that its handler refused may run again with its key: the handler did not
/// run, or it reported that a repeat can succeed.
fn is_free(refusal: &Refusal) -> bool {
    refusal.is_before_run()
        || refusal.retryable()
        || matches!(refusal.code(), "busy" | "rate_limited")
}

/// Waits for the end of the first call. Its handler goes on if the wait ends first.
async fn wait(mut ended: watch::Receiver<Option<Ended>>, until: Instant) -> Result<Ended, Refusal> {
    let waiting = ended.wait_for(Option::is_some);
    match tokio::time::timeout_at(until, waiting).await {
        // `FirstCall` always sends an end, so an error or `None` cannot occur.
        Ok(ended) => Ok(ended
            .ok()
            .and_then(|ended| ended.clone())
            .unwrap_or_else(|| Ended::Unknown(unknown()))),
        Err(_) => Err(Refusal::new(
            "timeout",
            "the first call with this key still runs; repeat the call with the same key for its answer",
        )),
    }
}

fn deadline_ms(timeout: Duration) -> u64 {
    let since = (SystemTime::now() + timeout).duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}
