//! The calls passed on and not answered yet, by the hash of their request. A
//! hash covers the caller too, where a request id is only the caller's own.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use bytes::Bytes;

use crate::session::{Link, Links};

/// Calls waiting at most: one caller's, and all together.
const MAX_PER_CALLER: usize = 16_384;
const MAX_TOTAL: usize = 131_072;

/// How long past a request's deadline its reply is still passed on.
const GRACE_MS: i64 = 5_000;

/// The farthest a deadline may lie ahead, as macula's providers have it, with
/// the clock tolerance; a call that names a later one waits no longer here.
const MAX_WAIT_MS: i64 = 15 * 60 * 1000;

/// A request's hash.
pub(crate) type RequestHash = [u8; 48];

#[derive(Debug)]
struct Pending {
    caller: Weak<Link>,
    /// The provider's node id, whose reply alone is passed on.
    provider: [u8; 32],
    forgotten_at: i64,
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(caller) = self.caller.upgrade() {
            caller.pending_calls.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// Why a call is not passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotPassedOn {
    /// There is no room for another pending call.
    Overloaded,
    /// The station closes.
    Closing,
}

/// Which calls are passed on.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum PassedOn {
    #[default]
    All,
    /// Those of nodes that are still to answer a call: they may need theirs for
    /// the answer.
    OfProviders,
    None,
}

/// The pending calls of all links.
#[derive(Debug, Default)]
pub(crate) struct PendingCalls {
    calls: Mutex<Calls>,
}

#[derive(Debug, Default)]
struct Calls {
    by_hash: HashMap<RequestHash, Pending>,
    passed_on: PassedOn,
}

impl Calls {
    /// Whether a call waits for the reply of `provider`.
    fn is_to_answer(&self, provider: &[u8; 32]) -> bool {
        let mut pending = self.by_hash.values();
        pending.any(|call| call.provider == *provider)
    }

    /// Whether calls of `caller` are passed on.
    fn passes_on(&self, caller: &[u8; 32]) -> bool {
        match self.passed_on {
            PassedOn::All => true,
            PassedOn::OfProviders => self.is_to_answer(caller),
            PassedOn::None => false,
        }
    }
}

impl PendingCalls {
    fn lock(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on, only calls of nodes that are still to answer one are passed
    /// on.
    pub(crate) fn close(&self) {
        self.lock().passed_on = PassedOn::OfProviders;
    }

    /// From now on, no call is passed on.
    pub(crate) fn stop(&self) {
        self.lock().passed_on = PassedOn::None;
    }

    /// Whether no call is passed on any more.
    pub(crate) fn has_stopped(&self) -> bool {
        self.lock().passed_on == PassedOn::None
    }

    /// Whether the station closes.
    pub(super) fn is_closing(&self) -> bool {
        self.lock().passed_on != PassedOn::All
    }

    /// Notes that `caller` awaits `provider`'s reply to `request` until its
    /// `deadline` (Unix milliseconds).
    pub(super) fn begin(
        &self,
        request: RequestHash,
        caller: &Arc<Link>,
        provider: [u8; 32],
        deadline: u64,
        now_ms: i64,
    ) -> Result<(), NotPassedOn> {
        // Locked until the call is counted: a caller without pending calls may be
        // told that none of its calls is passed on any more.
        let mut calls = self.lock();
        if !calls.passes_on(&caller.node) {
            return Err(NotPassedOn::Closing);
        }
        if calls.by_hash.len() >= MAX_TOTAL
            || caller.pending_calls.load(Ordering::Relaxed) >= MAX_PER_CALLER
        {
            return Err(NotPassedOn::Overloaded);
        }
        caller.pending_calls.fetch_add(1, Ordering::Relaxed);
        let deadline = i64::try_from(deadline).unwrap_or(i64::MAX);
        let pending = Pending {
            caller: Arc::downgrade(caller),
            provider,
            forgotten_at: deadline.min(now_ms + MAX_WAIT_MS) + GRACE_MS,
        };
        calls.by_hash.insert(request, pending);
        Ok(())
    }

    /// Ends the wait for `request` with the reply that came from `provider`;
    /// returns whether it was waited for. A reply from any other node ends
    /// nothing.
    pub(super) fn answer(&self, request: &RequestHash, provider: &[u8; 32], reply: Bytes) -> bool {
        let mut calls = self.lock();
        let call = match calls.by_hash.entry(*request) {
            Entry::Occupied(call) if call.get().provider == *provider => call.remove(),
            _ => return false,
        };
        let caller = call.caller.upgrade();
        // Queued before the call counts as answered, since a link without unanswered calls may be
        // told goodbye at once.
        if let Some(caller) = &caller {
            caller.send(reply);
        }
        caller.is_some()
    }

    /// Ends the wait for a call that is not passed on.
    pub(super) fn forget(&self, request: &RequestHash) {
        self.lock().by_hash.remove(request);
    }

    /// Whether a call is under way whose caller still waits, and whose provider
    /// can still answer.
    pub(crate) fn any_awaited(&self, now_ms: i64, links: &Links) -> bool {
        self.lock().by_hash.values().any(|call| {
            call.forgotten_at > now_ms
                && call.caller.strong_count() > 0
                && links.get(&call.provider).is_some()
        })
    }

    /// Forgets the calls nobody waits for any more.
    pub(crate) fn sweep(&self, now_ms: i64) {
        self.lock()
            .by_hash
            .retain(|_, call| call.forgotten_at > now_ms && call.caller.strong_count() > 0);
    }
}
