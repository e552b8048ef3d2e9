//! Guard without calls, for benchmarks.

use futures_util::FutureExt as _;
use tokio::time::Instant;

use super::{DEFAULT_TIMEOUT, Guard, Limits};
use crate::capability::{Capability, HandlerFuture, NodeId};
use crate::codec::Payload;

/// Limits that a benchmark does not reach, in one window.
const UNMETERED: Limits = Limits {
    window_ms: Some(u64::MAX),
    per_caller_max: Some(u32::MAX),
    global_max: Some(u32::MAX),
    max_distinct_callers: Some(u32::MAX),
    ..Limits::UNSET
};

/// Guard of a capability, whose limits are never reached.
#[derive(Debug)]
pub struct LocalGuard(Guard);

impl Default for LocalGuard {
    fn default() -> Self {
        let capability = Capability {
            limits: UNMETERED,
            ..Capability::new("local.guarded", |_| {
                HandlerFuture::new(async { Ok(Payload::default()) })
            })
        };
        Self(Guard::new(&capability))
    }
}

impl LocalGuard {
    /// Admits a small call of `caller`, which ends at once.
    ///
    /// # Panics
    ///
    /// If the call is refused.
    pub fn admit(&self, caller: [u8; 32]) {
        let admitted = self.0.admit(NodeId::from_bytes(caller), 64);
        admitted.expect("no limit is reached");
        let permit = self.0.acquire(Instant::now(), DEFAULT_TIMEOUT);
        let permit = permit.now_or_never().expect("a permit is free");
        permit.expect("a permit is free").end();
    }

    /// Returns the number of callers in the status of the limits, while calls wait for it.
    #[must_use]
    pub fn distinct_callers(&self) -> u64 {
        self.0.status().window.distinct_callers
    }
}
