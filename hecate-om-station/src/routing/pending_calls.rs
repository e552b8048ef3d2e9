//! Relayed calls that wait for a reply, by the hash of the request. A request id is unique only per
//! caller; the hash also covers the caller.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use bytes::Bytes;

use crate::link::{Link, Links};

/// Maximum number of pending calls: of one caller, and of all callers together.
pub(super) const MAX_PER_CALLER: usize = 16_384;
const MAX_TOTAL: usize = 131_072;

/// Time after a request's deadline in which its reply is still relayed.
pub(super) const GRACE_MS: i64 = 5_000;

/// Maximum time until a deadline, as for macula's providers, with the clock tolerance. A call with
/// a later deadline is forgotten at this time.
pub(super) const MAX_WAIT_MS: i64 = 15 * 60 * 1000;

type RequestHash = [u8; 48];

#[derive(Debug)]
struct PendingCall {
    caller: Weak<Link>,
    /// The only node whose reply is relayed.
    provider: [u8; 32],
    expires_at: i64,
}

impl Drop for PendingCall {
    fn drop(&mut self) {
        if let Some(caller) = self.caller.upgrade() {
            // `Release`, so that a thread that reads 0 queues a GOODBYE after the reply.
            caller.pending_calls.fetch_sub(1, Ordering::Release);
        }
    }
}

/// Reason why a call is not forwarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ForwardError {
    /// There are too many pending calls.
    Overloaded,
    /// The station is closing.
    Closing,
}

/// Rule for the calls that the station forwards.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Forwarding {
    #[default]
    All,
    /// Calls of nodes that have a call to answer, because the answer may require further calls.
    BusyProviders,
    None,
}

/// The pending calls of all links.
#[derive(Debug, Default)]
pub(crate) struct PendingCalls {
    calls: Mutex<Calls>,
}

#[derive(Debug, Default)]
struct Calls {
    by_hash: HashMap<RequestHash, PendingCall>,
    forwarding: Forwarding,
}

impl Calls {
    fn is_busy(&self, provider: &[u8; 32]) -> bool {
        let mut pending = self.by_hash.values();
        pending.any(|call| call.provider == *provider)
    }

    fn forwards(&self, caller: &[u8; 32]) -> bool {
        match self.forwarding {
            Forwarding::All => true,
            Forwarding::BusyProviders => self.is_busy(caller),
            Forwarding::None => false,
        }
    }
}

impl PendingCalls {
    fn lock(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the number of pending calls of all links.
    pub(crate) fn total(&self) -> usize {
        self.lock().by_hash.len()
    }

    /// Stops forwarding calls, except those of nodes that have a call to answer.
    pub(crate) fn close(&self) {
        self.lock().forwarding = Forwarding::BusyProviders;
    }

    /// Stops forwarding calls.
    pub(crate) fn stop(&self) {
        self.lock().forwarding = Forwarding::None;
    }

    /// Returns whether [`stop`](Self::stop) was called.
    pub(crate) fn has_stopped(&self) -> bool {
        self.lock().forwarding == Forwarding::None
    }

    /// Returns whether [`close`](Self::close) or [`stop`](Self::stop) was called.
    pub(crate) fn is_closing(&self) -> bool {
        self.lock().forwarding != Forwarding::All
    }

    /// Registers a call of `caller` that `provider` is to answer until `deadline` (Unix
    /// milliseconds).
    pub(crate) fn register(
        &self,
        request: RequestHash,
        caller: &Arc<Link>,
        provider: [u8; 32],
        deadline: u64,
        now_ms: i64,
    ) -> Result<(), ForwardError> {
        // Lock until the call is counted: once calls are no longer forwarded, a caller without
        // pending calls receives `drained`.
        let mut calls = self.lock();
        if !calls.forwards(&caller.node) {
            return Err(ForwardError::Closing);
        }
        if calls.by_hash.len() >= MAX_TOTAL
            || caller.pending_calls.load(Ordering::Relaxed) >= MAX_PER_CALLER
        {
            return Err(ForwardError::Overloaded);
        }
        caller.pending_calls.fetch_add(1, Ordering::Relaxed);
        let deadline = i64::try_from(deadline).unwrap_or(i64::MAX);
        let pending = PendingCall {
            caller: Arc::downgrade(caller),
            provider,
            expires_at: deadline.min(now_ms + MAX_WAIT_MS) + GRACE_MS,
        };
        calls.by_hash.insert(request, pending);
        Ok(())
    }

    /// Sends `reply` to the caller of `request` and removes the call, if the call waits for a reply
    /// of `provider`. Returns whether the reply was sent.
    pub(crate) fn complete(
        &self,
        request: &RequestHash,
        provider: &[u8; 32],
        reply: Bytes,
    ) -> bool {
        let mut calls = self.lock();
        let call = match calls.by_hash.entry(*request) {
            Entry::Occupied(call) if call.get().provider == *provider => call.remove(),
            _ => return false,
        };
        let caller = call.caller.upgrade();
        // Queue the reply before the call stops counting: a caller without pending calls may
        // receive a GOODBYE at once.
        if let Some(caller) = &caller {
            caller.send(reply);
        }
        caller.is_some()
    }

    /// Removes a call that could not be forwarded.
    pub(crate) fn remove(&self, request: &RequestHash) {
        self.lock().by_hash.remove(request);
    }

    /// Returns whether any call can still be answered: its caller and its provider are linked.
    pub(crate) fn any_awaited(&self, now_ms: i64, links: &Links) -> bool {
        self.lock().by_hash.values().any(|call| {
            call.expires_at > now_ms
                && call.caller.strong_count() > 0
                && links.get(&call.provider).is_some()
        })
    }

    /// Removes the calls that expired or whose caller is gone.
    pub(crate) fn sweep(&self, now_ms: i64) {
        self.lock()
            .by_hash
            .retain(|_, call| call.expires_at > now_ms && call.caller.strong_count() > 0);
    }
}
