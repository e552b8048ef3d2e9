//! Limits of a capability's calls, checked before its handler runs: size, rate and concurrency.
//!
//! Size and rate are the inbound guard of hecate-om (Erlang), with the same defaults and the same
//! texts on the wire. Callers cannot make a capability's memory grow: each capability has at most
//! `max_distinct_callers` entries for each of two windows, `queue` waiting calls and `concurrency`
//! running calls. The memory that one caller can use in the admission of macula-rust is limited
//! where the links are made.

mod audit;
mod concurrency;
mod control;
mod local;
mod rate;
mod window;

pub(crate) use concurrency::Permit;
pub(crate) use control::{GuardControl, GuardStatus, LimitsSet};
pub use local::LocalGuard;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use concurrency::{ConcurrencyLimiter, MAX_DEFAULT_QUEUE};
pub(crate) use rate::WindowReport;
use rate::{RateLimiter, RateStatus};
#[cfg(test)]
pub(crate) use window::TopCaller;
pub(crate) use window::WindowStats;

use super::{Access, AllowList, Capability, Limits, NodeId, Refusal};
use crate::config::{AllowedRanges, LimitKey, RateLimits};

/// Default timeout of a handler (`handler_timeout_ms` in hecate-om (Erlang)).
const DEFAULT_TIMEOUT: Duration =
    Duration::from_millis(hecate_om_manifest::Limits::DEFAULT_TIMEOUT_MS);
/// Default number of concurrent calls of a capability: the number of requests that macula-rust
/// holds from the link of one station.
const DEFAULT_CONCURRENCY: u32 = hecate_om_manifest::Limits::DEFAULT_CONCURRENCY;

/// Limits of a capability at boot: the limits that are set, and defaults for all others.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EffectiveLimits {
    /// The limits that `set_limits` can change.
    pub(crate) rate: RateLimits,
    pub(crate) timeout: Duration,
    pub(crate) concurrency: u32,
    pub(crate) queue: u32,
}

impl EffectiveLimits {
    pub(crate) fn new(limits: &Limits) -> Self {
        let concurrency = limits.concurrency.unwrap_or(DEFAULT_CONCURRENCY);
        Self {
            rate: RateLimits::new(limits),
            timeout: limits
                .timeout_ms
                .map_or(DEFAULT_TIMEOUT, Duration::from_millis),
            concurrency,
            queue: limits.queue.unwrap_or(concurrency.min(MAX_DEFAULT_QUEUE)),
        }
    }
}

/// Guard of one capability.
#[derive(Debug)]
pub(crate) struct Guard {
    pub(crate) timeout: Duration,
    /// The nodes that may call; `None` if `access` lists none.
    allowed: Option<&'static AllowList>,
    rate: Mutex<RateLimiter>,
    concurrency: ConcurrencyLimiter,
    denied: DenialCounters,
}

/// Reason to deny a call. The texts of the refusals are the same as in hecate-om (Erlang), because
/// callers match them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Denial {
    Size {
        bytes: u64,
        max: u64,
    },
    Rate,
    /// The window already has `max_distinct_callers` other callers.
    Distinct,
}

/// Number of denied calls since the service started.
#[derive(Debug, Default)]
struct DenialCounters {
    caller: AtomicU64,
    size: AtomicU64,
    rate: AtomicU64,
    distinct: AtomicU64,
    busy: AtomicU64,
}

/// Numbers of calls denied since the service started, and of current calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GuardCounts {
    /// Number of calls denied because their caller is not listed.
    pub(crate) denied_caller: u64,
    /// Number of calls denied because of their size.
    pub(crate) denied_size: u64,
    /// Number of calls denied because of the rate of their caller or of all callers.
    pub(crate) denied_rate: u64,
    /// Number of calls denied because the window had too many other callers.
    pub(crate) denied_distinct: u64,
    /// Number of calls denied because the queue was full, or because no permit became free in time.
    pub(crate) denied_busy: u64,
    /// Number of running calls.
    pub(crate) running: u64,
    /// Number of queued calls.
    pub(crate) queued: u64,
    /// Number of callers above their limit in the current window.
    pub(crate) callers_over_limit: u64,
}

impl Guard {
    pub(crate) fn new(capability: &Capability) -> Self {
        let EffectiveLimits {
            rate,
            timeout,
            concurrency,
            queue,
        } = EffectiveLimits::new(&capability.limits);
        Self {
            timeout,
            allowed: match capability.access {
                Some(Access::Listed(list)) => Some(list),
                _ => None,
            },
            rate: Mutex::new(RateLimiter::new(rate)),
            concurrency: ConcurrencyLimiter::new(concurrency, queue, timeout),
            denied: DenialCounters::default(),
        }
    }

    /// Checks the caller, size and rate of a call of `bytes` bytes. A call of a caller that is not
    /// listed counts towards no rate.
    pub(crate) fn admit(&self, caller: NodeId, bytes: u64) -> Result<(), Refusal> {
        if self.allowed.is_some_and(|allowed| !allowed.admits(caller)) {
            self.denied.caller.fetch_add(1, Ordering::Relaxed);
            let text = "only the nodes that the service lists may call this";
            return Err(Refusal::new("unauthorized", text));
        }
        let (mut rate, now) = self.rate();
        let denial = match rate.count(caller, bytes, now) {
            Ok(()) => return Ok(()),
            Err(denial) => denial,
        };
        drop(rate);
        let (count, refusal) = match denial {
            Denial::Size { bytes, max } => (&self.denied.size, too_large(bytes, max)),
            Denial::Rate => (&self.denied.rate, Refusal::new("rate_limited", "")),
            Denial::Distinct => (&self.denied.distinct, Refusal::new("rate_limited", "")),
        };
        count.fetch_add(1, Ordering::Relaxed);
        Err(refusal)
    }

    /// Checks the size of an item of a stream.
    pub(crate) fn check_size(&self, bytes: u64) -> Result<(), Refusal> {
        let max = self.rate().0.max_bytes();
        if bytes <= max {
            return Ok(());
        }
        self.denied.size.fetch_add(1, Ordering::Relaxed);
        Err(too_large(bytes, max))
    }

    /// Waits at most `timeout` from `now` for a permit to run a call.
    pub(crate) async fn acquire(
        &self,
        now: Instant,
        timeout: Duration,
    ) -> Result<Permit<'_>, Refusal> {
        self.concurrency
            .acquire(now, timeout)
            .await
            .inspect_err(|_| {
                self.denied.busy.fetch_add(1, Ordering::Relaxed);
            })
    }

    pub(crate) fn counts(&self) -> GuardCounts {
        let (mut rate, now) = self.rate();
        let callers_over_limit = rate.callers_over_limit(now);
        drop(rate);
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        GuardCounts {
            denied_caller: load(&self.denied.caller),
            denied_size: load(&self.denied.size),
            denied_rate: load(&self.denied.rate),
            denied_distinct: load(&self.denied.distinct),
            denied_busy: load(&self.denied.busy),
            running: self.concurrency.running() as u64,
            queued: self.concurrency.queued() as u64,
            callers_over_limit,
        }
    }

    fn status(&self) -> RateStatus {
        let (mut rate, now) = self.rate();
        rate.status(now)
    }

    fn set(
        &self,
        changes: &[(LimitKey, u64)],
        ranges: &AllowedRanges,
        permission: &str,
        caller: NodeId,
    ) -> Result<(RateLimits, RateLimits), Refusal> {
        let (mut rate, _) = self.rate();
        rate.set(changes, ranges, permission, caller)
    }

    fn reset(&self, limits: RateLimits, node: NodeId) -> RateLimits {
        self.rate().0.reset(limits, node)
    }

    /// Returns the window to report; see [`RateLimiter::report`].
    pub(crate) fn report(&self, after: Duration) -> Option<WindowReport> {
        let (mut rate, now) = self.rate();
        rate.report(now, u64::try_from(after.as_millis()).unwrap_or(u64::MAX))
    }

    /// Marks the window with this start as reported.
    pub(crate) fn mark_reported(&self, start: u64) {
        self.rate().0.mark_reported(start);
    }

    /// Locks the rate limiter, and returns it with the current time. The time is read under the
    /// lock, so that no call is counted in a window that another call has already ended.
    fn rate(&self) -> (MutexGuard<'_, RateLimiter>, u64) {
        let rate = self.rate.lock().unwrap_or_else(PoisonError::into_inner);
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(0));
        (rate, now)
    }
}

fn too_large(bytes: u64, max: u64) -> Refusal {
    let log = format!("{bytes} bytes, over the {max} of `max_bytes`");
    Refusal::new("payload_too_large", "").log(log)
}

#[cfg(test)]
mod tests;
