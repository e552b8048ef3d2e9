//! Credit of the caller of one stream.

use tokio::time::Instant;

use super::budget::{INITIAL, Taken};

/// What the caller of one stream may send, and the part of the budgets that this takes.
#[derive(Debug)]
pub(super) struct Promise {
    /// Total bytes of the stream that it may send, if more than [`INITIAL`] beyond the consumed
    /// bytes.
    limit: u64,
    held: Option<Taken>,
    /// The limit that the caller knows.
    told: u64,
    /// Since when the caller has waited for a grant.
    waiting_since: Option<Instant>,
}

impl Default for Promise {
    fn default() -> Self {
        Self {
            limit: 0,
            held: None,
            told: INITIAL,
            waiting_since: None,
        }
    }
}

impl Promise {
    /// Returns the total bytes of the stream that the caller may send.
    pub(super) fn limit(&self, taken: u64) -> u64 {
        self.limit.max(taken + INITIAL)
    }

    /// Returns [`Promise::limit`] for an answer to the caller.
    pub(super) fn tell(&mut self, taken: u64) -> u64 {
        self.told = self.limit(taken);
        self.told
    }

    /// Returns whether the caller may send more than it knows of.
    pub(super) fn has_news(&self, taken: u64) -> bool {
        self.limit(taken) > self.told
    }

    /// Returns since when the caller waits for a grant, which may take several requests.
    pub(super) fn waiting_since(&mut self) -> Instant {
        *self.waiting_since.get_or_insert_with(Instant::now)
    }

    /// Records that the caller waits for no grant.
    pub(super) fn met(&mut self) {
        self.waiting_since = None;
    }

    /// Returns how much of the budget a grant of `limit` still needs.
    pub(super) fn missing(&self, limit: u64, taken: u64) -> u64 {
        limit.saturating_sub(self.limit(taken))
    }

    /// Extends the credit by the bytes in `more`.
    pub(super) fn extend(&mut self, more: Taken, taken: u64) {
        self.limit = self.limit(taken) + more.bytes();
        match &mut self.held {
            Some(held) => held.add(more),
            none => *none = Some(more),
        }
        self.met();
        self.settle(taken);
    }

    /// Releases the budget that is no longer needed once `taken` bytes are consumed.
    pub(super) fn settle(&mut self, taken: u64) {
        if let Some(held) = &mut self.held {
            held.shrink_to(self.limit.saturating_sub(taken + INITIAL));
        }
    }

    /// Returns the unused credit to the node's budgets, as far as credit may lapse; the caller may
    /// still use it.
    pub(super) fn lapse(&mut self) {
        if let Some(held) = &mut self.held {
            held.lapse();
        }
    }
}
