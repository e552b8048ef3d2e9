//! What a call must pass before its handler runs: the size of its payload, then the number that run at once.
//!
//! There is no rate here. What one caller may have held at the SDK's admission is bounded where the links are made
//! (`mesh::connect`).

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Capability, Refusal};

/// The largest request, in bytes of wire CBOR, where the attribute does not say (upstream's
/// `max_payload_external_size`).
const DEFAULT_MAX_BYTES: u64 = 65_536;
/// How long a handler may take where the attribute does not say (upstream's `handler_timeout_ms`).
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
/// How many calls of one capability run at once where the attribute does not say: as many as macula holds of
/// one station's link (its `share`).
const DEFAULT_CONCURRENCY: u32 = 1024;

/// When a caller told that a capability is busy may try again.
const BUSY_RETRY: Duration = Duration::from_millis(200);

/// One capability's limits.
#[derive(Debug)]
pub(crate) struct Guard {
    pub(crate) max_bytes: u64,
    pub(crate) timeout: Duration,
    pub(crate) concurrency: u32,
    running: Arc<Semaphore>,
}

impl Guard {
    pub(crate) fn of(capability: &Capability) -> Self {
        let concurrency = capability.limits.concurrency.unwrap_or(DEFAULT_CONCURRENCY);
        Self {
            max_bytes: capability.limits.max_bytes.unwrap_or(DEFAULT_MAX_BYTES),
            timeout: capability
                .limits
                .timeout_ms
                .map_or(DEFAULT_TIMEOUT, Duration::from_millis),
            concurrency,
            running: Arc::new(Semaphore::new(concurrency as usize)),
        }
    }

    /// A place for a call of `bytes` bytes, held while it runs; or why not. The size's refusal is upstream's
    /// exact text, on which its callers match.
    pub(crate) fn admit(&self, bytes: u64) -> Result<OwnedSemaphorePermit, Refusal> {
        if bytes > self.max_bytes {
            return Err(Refusal::new("payload_too_large", "").log(format!(
                "{bytes} bytes, over the {} of `max_bytes`",
                self.max_bytes
            )));
        }
        Arc::clone(&self.running).try_acquire_owned().map_err(|_| {
            Refusal::new(
                "busy",
                format!("{} calls of it are running", self.concurrency),
            )
            .retry_after(BUSY_RETRY)
        })
    }
}
