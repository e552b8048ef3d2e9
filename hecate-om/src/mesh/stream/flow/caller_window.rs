//! Send window of the caller of a served stream.

use tokio::time::Instant;

use super::budget::{Credit, INITIAL_CREDIT};

/// Limit on what the caller of one stream may send, and the credit in use.
#[derive(Debug)]
pub(super) struct CallerWindow {
    /// Total bytes of the stream that the caller may send, if more than [`INITIAL_CREDIT`] beyond
    /// the consumed bytes.
    limit: u64,
    credit: Option<Credit>,
    /// Limit in the last answer to the caller.
    announced: u64,
    /// Time since which the caller has waited for credit.
    waiting_since: Option<Instant>,
}

impl Default for CallerWindow {
    fn default() -> Self {
        Self {
            limit: 0,
            credit: None,
            announced: INITIAL_CREDIT,
            waiting_since: None,
        }
    }
}

impl CallerWindow {
    /// Returns the total bytes of the stream that the caller may send.
    pub(super) fn limit(&self, consumed: u64) -> u64 {
        self.limit.max(consumed + INITIAL_CREDIT)
    }

    /// Returns [`CallerWindow::limit`], and records it as the last answer to the caller.
    pub(super) fn announce(&mut self, consumed: u64) -> u64 {
        self.announced = self.limit(consumed);
        self.announced
    }

    /// Returns whether the caller may send more than the last answer allowed.
    pub(super) fn exceeds_announced(&self, consumed: u64) -> bool {
        self.limit(consumed) > self.announced
    }

    /// Returns the time since which the caller waits for credit, over all requests for the same
    /// credit.
    pub(super) fn waiting_since(&mut self) -> Instant {
        *self.waiting_since.get_or_insert_with(Instant::now)
    }

    /// Records that the caller no longer waits for credit.
    pub(super) fn end_wait(&mut self) {
        self.waiting_since = None;
    }

    /// Returns the credit that is missing for the caller to send up to `limit`.
    pub(super) fn missing(&self, limit: u64, consumed: u64) -> u64 {
        limit.saturating_sub(self.limit(consumed))
    }

    /// Extends the window by `credit`.
    pub(super) fn extend(&mut self, credit: Credit, consumed: u64) {
        self.limit = self.limit(consumed) + credit.bytes();
        match &mut self.credit {
            Some(held) => held.merge(credit),
            none => *none = Some(credit),
        }
        self.end_wait();
        self.release_unneeded(consumed);
    }

    /// Releases the credit that is not needed after `consumed` bytes are consumed.
    pub(super) fn release_unneeded(&mut self, consumed: u64) {
        if let Some(credit) = &mut self.credit {
            credit.shrink_to(self.limit.saturating_sub(consumed + INITIAL_CREDIT));
        }
    }

    /// Lets unused credit lapse. The caller may still use the credit.
    pub(super) fn lapse(&mut self) {
        if let Some(credit) = &mut self.credit {
            credit.lapse();
        }
    }
}
