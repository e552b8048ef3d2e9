//! Credit of the callers of served streams: bytes that they may send before the handlers consume
//! them.
//!
//! The SDK holds the items that a handler has not consumed, within one bound per caller and one for
//! all, and aborts a stream beyond either. So callers receive no more credit than there is room:
//! [`INITIAL`] for every stream from its opening, and the rest out of a budget.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};

use crate::mesh::admission::{
    MAX_STREAMS, MAX_STREAMS_OF_ONE_CALLER, MAX_UNREAD, MAX_UNREAD_OF_ONE_CALLER,
};

/// Credit of a caller before the first grant.
pub(super) const INITIAL: u64 = 64 * 1024;
/// Most credit of one stream: the largest item and its frame.
pub(super) const LARGEST: u64 = 16 * 1024 * 1024;
/// Most credit of all streams beyond [`INITIAL`].
const ALL: usize = 112 * 1024 * 1024;
/// Most credit of one caller's streams beyond [`INITIAL`].
const ONE_CALLER: usize = 48 * 1024 * 1024;

/// A frame of the smallest item takes up to a third more than it counts.
const fn held(promised: usize) -> usize {
    promised / 3 * 4
}

const _: () = {
    assert!(held(ALL + MAX_STREAMS * INITIAL as usize) <= MAX_UNREAD);
    assert!(
        held(ONE_CALLER + MAX_STREAMS_OF_ONE_CALLER * INITIAL as usize) <= MAX_UNREAD_OF_ONE_CALLER
    );
    assert!(LARGEST as usize <= ONE_CALLER);
};

/// Budget of a node.
#[derive(Debug, Clone)]
pub(super) struct Budget(Arc<Semaphore>);

impl Default for Budget {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(ALL)))
    }
}

impl Budget {
    /// Returns a share for a new caller.
    pub(super) fn share(&self) -> Share {
        Share {
            all: Arc::clone(&self.0),
            caller: Arc::new(Semaphore::new(ONE_CALLER)),
        }
    }
}

/// Share of one caller, common to its streams.
#[derive(Debug, Clone)]
pub(super) struct Share {
    all: Arc<Semaphore>,
    caller: Arc<Semaphore>,
}

impl Share {
    /// Acquires `bytes` of the budget as soon as they are free.
    pub(super) async fn take(&self, bytes: u64) -> Taken {
        let bytes = permits(bytes);
        // The caller's share first: a caller that has used it up must not hold budget of the
        // others.
        let caller = Arc::clone(&self.caller).acquire_many_owned(bytes).await;
        let all = Arc::clone(&self.all).acquire_many_owned(bytes).await;
        Taken {
            permits: caller.ok().zip(all.ok()),
        }
    }

    /// Acquires `bytes` of the budget if half of it stays free, so that streams with an unused
    /// window never block the others.
    pub(super) fn take_spare(&self, bytes: u64) -> Option<Taken> {
        let bytes = permits(bytes);
        let spare = |of: &Arc<Semaphore>, total: usize| -> Result<_, TryAcquireError> {
            if of.available_permits() < total / 2 + bytes as usize {
                return Err(TryAcquireError::NoPermits);
            }
            Arc::clone(of).try_acquire_many_owned(bytes)
        };
        let caller = spare(&self.caller, ONE_CALLER).ok()?;
        let all = spare(&self.all, ALL).ok()?;
        Some(Taken {
            permits: Some((caller, all)),
        })
    }
}

fn permits(bytes: u64) -> u32 {
    // No grant is larger, so none waits for more than can ever be free.
    u32::try_from(bytes.min(LARGEST)).unwrap_or(u32::MAX)
}

/// Part of a budget, released when dropped.
#[derive(Debug, Default)]
pub(super) struct Taken {
    permits: Option<(OwnedSemaphorePermit, OwnedSemaphorePermit)>,
}

impl Taken {
    fn bytes(&self) -> u64 {
        let bytes = self
            .permits
            .as_ref()
            .map_or(0, |(of_caller, _)| of_caller.num_permits());
        bytes as u64
    }

    fn add(&mut self, more: Self) {
        match (&mut self.permits, more.permits) {
            (Some((caller, all)), Some((more_of_caller, more_of_all))) => {
                caller.merge(more_of_caller);
                all.merge(more_of_all);
            }
            (none @ None, more) => *none = more,
            (Some(_), None) => {}
        }
    }

    /// Releases all but `bytes`.
    fn shrink_to(&mut self, bytes: u64) {
        let excess = usize::try_from(self.bytes().saturating_sub(bytes)).unwrap_or(usize::MAX);
        if let Some((caller, all)) = &mut self.permits {
            drop((caller.split(excess), all.split(excess)));
        }
    }
}

/// Credit of the caller of one stream.
#[derive(Debug, Default)]
pub(super) struct Promise {
    /// Total bytes of the stream that it may send, if more than [`INITIAL`] beyond the consumed
    /// bytes.
    limit: u64,
    held: Taken,
}

impl Promise {
    /// Returns the total bytes of the stream that the caller may send.
    pub(super) fn limit(&self, taken: u64) -> u64 {
        self.limit.max(taken + INITIAL)
    }

    /// Returns how much of the budget a grant of `limit` still needs.
    pub(super) fn missing(&self, limit: u64, taken: u64) -> u64 {
        limit.saturating_sub(self.limit(taken))
    }

    /// Extends the credit by the bytes in `more`.
    pub(super) fn extend(&mut self, more: Taken, taken: u64) {
        self.limit = self.limit(taken) + more.bytes();
        self.held.add(more);
        self.settle(taken);
    }

    /// Releases the budget that is no longer needed once `taken` bytes are consumed.
    pub(super) fn settle(&mut self, taken: u64) {
        self.held
            .shrink_to(self.limit.saturating_sub(taken + INITIAL));
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::super::WINDOW;
    use super::*;

    #[tokio::test]
    async fn what_is_promised_comes_out_of_the_budget_and_returns_as_it_is_taken() {
        let budget = Budget::default();
        let share = budget.share();
        let mut promise = Promise::default();
        assert_eq!(promise.limit(0), INITIAL);
        let missing = promise.missing(2 * WINDOW, 0);
        assert_eq!(missing, 2 * WINDOW - INITIAL);
        promise.extend(share.take(missing).await, 0);
        assert_eq!(promise.limit(0), 2 * WINDOW);
        assert_eq!(share.all.available_permits() as u64, ALL as u64 - missing);

        promise.settle(WINDOW);
        assert_eq!(promise.limit(WINDOW), 2 * WINDOW, "a promise is kept");
        assert_eq!(
            share.caller.available_permits() as u64,
            ONE_CALLER as u64 - (WINDOW - INITIAL)
        );
        promise.settle(3 * WINDOW);
        assert_eq!(share.all.available_permits(), ALL);
        assert_eq!(promise.limit(3 * WINDOW), 3 * WINDOW + INITIAL);
    }

    #[tokio::test]
    async fn one_caller_takes_its_share_and_the_others_have_theirs() {
        let budget = Budget::default();
        let (greedy, modest) = (budget.share(), budget.share());
        let taken = [
            greedy.take(LARGEST).await,
            greedy.take(LARGEST).await,
            greedy.take(LARGEST).await,
        ];
        assert!(greedy.take(1).now_or_never().is_none());
        assert!(greedy.take_spare(1).is_none());
        assert!(modest.take(LARGEST).now_or_never().is_some());
        drop(taken);
        assert!(greedy.take(LARGEST).now_or_never().is_some());
    }

    #[tokio::test]
    async fn windows_that_may_not_be_used_leave_half_of_the_budget() {
        let budget = Budget::default();
        let mut taken = Vec::new();
        for _ in 0..8 {
            let share = budget.share();
            taken.extend(std::iter::from_fn(|| share.take_spare(WINDOW)));
        }
        assert!(budget.0.available_permits() >= ALL / 2);
        assert!(taken.len() >= ALL / 2 / WINDOW as usize - 1);
    }
}
