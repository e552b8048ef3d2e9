//! What a call must pass before its handler runs: its size, then its rate, then a place to run.
//!
//! The first two are the ancestor's inbound guard, with its defaults and its words on the wire; the third is ours.
//! Whatever callers do, a capability holds at most `max_distinct_callers` entries for each of two windows, `queue`
//! waiting calls and `concurrency` running ones. What one caller may have held at the SDK's admission is bounded
//! where the links are made (`mesh::connection`).

mod audit;
mod control;
mod place;
mod rate;
mod window;

pub(crate) use control::{GuardControl, LimitsSet, Stats};
pub(crate) use place::Place;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use place::{MAX_DEFAULT_QUEUE, Places};
pub(crate) use rate::Report;
use rate::{Rate, Status};
pub(crate) use window::Figures;
#[cfg(test)]
pub(crate) use window::TopCaller;

use super::{Capability, Limits, NodeId, Refusal};
use crate::config::{Bounds, Envelope, LimitKey};

/// How long a handler may take where the attribute does not say (upstream's `handler_timeout_ms`).
const DEFAULT_TIMEOUT: Duration =
    Duration::from_millis(hecate_om_manifest::Limits::DEFAULT_TIMEOUT_MS);
/// How many calls of one capability run at once where the attribute does not say: as many as macula holds of
/// one station's link (its `share`).
const DEFAULT_CONCURRENCY: u32 = hecate_om_manifest::Limits::DEFAULT_CONCURRENCY;

/// All the limits of a capability as it boots: what is set, else its default.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EffectiveLimits {
    /// What `set_limits` may move later.
    pub(crate) bounds: Bounds,
    pub(crate) timeout: Duration,
    pub(crate) concurrency: u32,
    pub(crate) queue: u32,
}

impl EffectiveLimits {
    pub(crate) fn of(limits: &Limits) -> Self {
        let concurrency = limits.concurrency.unwrap_or(DEFAULT_CONCURRENCY);
        Self {
            bounds: Bounds::of(limits),
            timeout: limits
                .timeout_ms
                .map_or(DEFAULT_TIMEOUT, Duration::from_millis),
            concurrency,
            queue: limits.queue.unwrap_or(concurrency.min(MAX_DEFAULT_QUEUE)),
        }
    }
}

/// One capability's guard.
#[derive(Debug)]
pub(crate) struct Guard {
    pub(crate) timeout: Duration,
    rate: Mutex<Rate>,
    places: Places,
    denied: Denied,
}

/// Why a call may not go on. Each is its refusal in upstream's exact text, on which its callers match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Denial {
    Size {
        bytes: u64,
        max: u64,
    },
    Rate,
    /// The window has as many callers as it may have, and this would be one more.
    Distinct,
}

/// How many calls were denied since the service started.
#[derive(Debug, Default)]
struct Denied {
    size: AtomicU64,
    rate: AtomicU64,
    distinct: AtomicU64,
    busy: AtomicU64,
}

/// What a guard has denied since the service started, and what it holds now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GuardCounts {
    /// Calls denied for their size.
    pub(crate) denied_size: u64,
    /// Calls denied for their caller's rate, or that of all.
    pub(crate) denied_rate: u64,
    /// Calls denied as their caller was one too many in the window.
    pub(crate) denied_distinct: u64,
    /// Calls for which there was no place, at once or before their deadline.
    pub(crate) denied_busy: u64,
    /// Calls that run now.
    pub(crate) running: u64,
    /// Calls that wait for a place now.
    pub(crate) queued: u64,
    /// Callers over their budget in the window now.
    pub(crate) callers_over_limit: u64,
}

impl Guard {
    pub(crate) fn of(capability: &Capability) -> Self {
        let EffectiveLimits {
            bounds,
            timeout,
            concurrency,
            queue,
        } = EffectiveLimits::of(&capability.limits);
        Self {
            timeout,
            rate: Mutex::new(Rate::new(bounds)),
            places: Places::new(concurrency, queue, timeout),
            denied: Denied::default(),
        }
    }

    /// Whether a call of `bytes` bytes may go on to wait for a place.
    pub(crate) fn admit(&self, caller: NodeId, bytes: u64) -> Result<(), Refusal> {
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

    /// Whether an item of a stream under way is small enough.
    pub(crate) fn fits(&self, bytes: u64) -> Result<(), Refusal> {
        let max = self.rate().0.max_bytes();
        if bytes <= max {
            return Ok(());
        }
        self.denied.size.fetch_add(1, Ordering::Relaxed);
        Err(too_large(bytes, max))
    }

    /// A place for a call, held while it runs, waiting at most `patience` for it.
    pub(crate) async fn place(&self, patience: Duration) -> Result<Place<'_>, Refusal> {
        self.places.take(patience).await.inspect_err(|_| {
            self.denied.busy.fetch_add(1, Ordering::Relaxed);
        })
    }

    pub(crate) fn counts(&self) -> GuardCounts {
        let (mut rate, now) = self.rate();
        let callers_over_limit = rate.over(now);
        drop(rate);
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        GuardCounts {
            denied_size: load(&self.denied.size),
            denied_rate: load(&self.denied.rate),
            denied_distinct: load(&self.denied.distinct),
            denied_busy: load(&self.denied.busy),
            running: self.places.running() as u64,
            queued: self.places.queued() as u64,
            callers_over_limit,
        }
    }

    fn status(&self) -> Status {
        let (mut rate, now) = self.rate();
        rate.status(now)
    }

    fn set(
        &self,
        changes: &[(LimitKey, u64)],
        envelope: &Envelope,
        tier: &str,
        caller: NodeId,
    ) -> Result<(Bounds, Bounds), Refusal> {
        let (mut rate, _) = self.rate();
        rate.set(changes, envelope, tier, caller)
    }

    pub(crate) fn report(&self, patience: Duration) -> Option<Report> {
        let (mut rate, now) = self.rate();
        rate.report(now, u64::try_from(patience.as_millis()).unwrap_or(u64::MAX))
    }

    pub(crate) fn reported(&self, start: u64) {
        self.rate().0.reported(start);
    }

    /// The rate, and the time: read while it is held, so that no call is counted in a window that another has ended.
    fn rate(&self) -> (MutexGuard<'_, Rate>, u64) {
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
