//! Credit of the callers of served streams: bytes that they may send before the handlers consume
//! them.
//!
//! The SDK holds the items that a handler has not consumed, within one bound per caller and one for
//! all, and aborts a stream beyond either. So callers receive no more credit than there is room:
//!
//! - Every stream has [`INITIAL`] from its opening, whatever the others hold. More comes out of two
//!   budgets, each with a part for the node and one for each caller: grants of up to a window share
//!   one, larger grants the other, so that neither kind uses up the other's.
//! - A grant takes from the node's and the caller's part at once, so one that waits holds nothing.
//!   One that fits is made at once, whatever waits before it; but after [`PATIENCE`] the oldest that
//!   waits for the node's part goes first, so that no grant waits for ever behind smaller ones; and
//!   likewise the caller's oldest that waits for the caller's part, among the grants of that caller.
//! - A promise is kept. One that is unused while its handler waits for items for [`UNUSED`] lapses:
//!   it returns to the node's part, and stays with its caller's until it is used or the stream ends.
//!   So lapsed promises of one caller keep nothing from the others. At most [`LAPSED`] bytes are
//!   lapsed at once, of all callers together, because each of them may still arrive: the node's
//!   bound has room for them. What is unused beyond that lapses once other lapsed promises are used
//!   or their streams end. The caller's bound needs no such room, because a caller never has more
//!   credit than its part.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::WINDOW;
use crate::mesh::admission::{
    MAX_STREAMS, MAX_STREAMS_OF_ONE_CALLER, MAX_UNREAD, MAX_UNREAD_OF_ONE_CALLER,
};

const MIB: u64 = 1024 * 1024;
/// Credit of a caller before the first grant.
pub(super) const INITIAL: u64 = 64 * 1024;
/// Most credit of one stream: the largest item and its frame.
pub(super) const LARGEST: u64 = 16 * MIB;
/// Time after which a waiting grant goes before younger ones.
const PATIENCE: Duration = Duration::from_secs(2);
/// Time without an item, while the handler waits for one, after which a promise lapses.
pub(super) const UNUSED: Duration = Duration::from_secs(10);

/// Bytes of each budget: of grants of up to a window, and of larger ones.
type Amounts = [u64; 2];

/// Most credit of all streams beyond [`INITIAL`].
const ALL: Amounts = [32 * MIB, 80 * MIB];
/// Most credit of one caller's streams beyond [`INITIAL`].
const ONE_CALLER: Amounts = [16 * MIB, 48 * MIB];

/// Most bytes of lapsed promises, of all callers together.
const LAPSED: u64 = 16 * MIB;

/// A frame of the smallest item takes up to a third more than it counts.
const fn held([small, large]: Amounts, streams: usize) -> u64 {
    (small + large + streams as u64 * INITIAL) / 3 * 4
}

const _: () = {
    assert!(held([ALL[0], ALL[1] + LAPSED], MAX_STREAMS) <= MAX_UNREAD as u64);
    let one_caller = held(ONE_CALLER, MAX_STREAMS_OF_ONE_CALLER);
    assert!(one_caller <= MAX_UNREAD_OF_ONE_CALLER as u64);
    assert!(LARGEST <= ONE_CALLER[1] && WINDOW <= ONE_CALLER[0]);
};

/// Returns the budget that a grant of `bytes` comes out of.
fn of(bytes: u64) -> usize {
    usize::from(bytes > WINDOW)
}

type Caller = [u8; 32];

/// Budgets of a node.
#[derive(Debug, Clone, Default)]
pub(super) struct Budget(Arc<Mutex<Books>>);

#[derive(Debug)]
struct Books {
    free: Amounts,
    /// Bytes that lapsed promises hold; see [`LAPSED`].
    lapsed: u64,
    /// What each caller holds, if it holds any.
    held: HashMap<Caller, Amounts>,
    /// The grants that wait, the oldest first.
    waiting: Vec<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    caller: Caller,
    bytes: u64,
    since: Instant,
    grant: oneshot::Sender<Taken>,
}

impl Default for Books {
    fn default() -> Self {
        Self {
            free: ALL,
            lapsed: 0,
            held: HashMap::new(),
            waiting: Vec::new(),
        }
    }
}

impl Books {
    fn free_of(&self, caller: &Caller, budget: usize) -> u64 {
        let held = self.held.get(caller).map_or(0, |held| held[budget]);
        ONE_CALLER[budget] - held
    }

    fn book(&mut self, caller: Caller, bytes: u64) {
        let budget = of(bytes);
        self.free[budget] -= bytes;
        self.held.entry(caller).or_default()[budget] += bytes;
    }

    /// Books the waiting grants that may be made now, and returns them.
    fn grants(&mut self) -> Vec<Waiting> {
        let now = Instant::now();
        let mut is_kept = [false; 2];
        let mut is_kept_of = HashSet::new();
        let mut granted = Vec::new();
        for waiting in std::mem::take(&mut self.waiting) {
            let (bytes, budget) = (waiting.bytes, of(waiting.bytes));
            if waiting.grant.is_closed() {
                continue;
            }
            let is_overdue = waiting.since + PATIENCE <= now;
            let of_caller = (waiting.caller, budget);
            if is_kept_of.contains(&of_caller) {
                self.waiting.push(waiting);
            } else if self.free_of(&waiting.caller, budget) < bytes {
                if is_overdue {
                    is_kept_of.insert(of_caller);
                }
                self.waiting.push(waiting);
            } else if is_kept[budget] || self.free[budget] < bytes {
                is_kept[budget] |= is_overdue;
                self.waiting.push(waiting);
            } else {
                self.book(waiting.caller, bytes);
                granted.push(waiting);
            }
        }
        granted
    }
}

impl Budget {
    fn books(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the part of `caller`, common to its streams.
    pub(super) fn share(&self, caller: Caller) -> Share {
        Share {
            budget: self.clone(),
            caller,
        }
    }

    fn serve(&self) {
        let granted = self.books().grants();
        for waiting in granted {
            let taken = Taken::new(self.share(waiting.caller), waiting.bytes);
            // Returned and released if nobody waits for it any more.
            let _ = waiting.grant.send(taken);
        }
    }
}

/// Part of one caller.
#[derive(Debug, Clone)]
pub(super) struct Share {
    budget: Budget,
    caller: Caller,
}

impl Share {
    /// Acquires `bytes`, as one that has waited since `since`.
    pub(super) async fn take(&self, bytes: u64, since: Instant) -> Taken {
        let (grant, granted) = oneshot::channel();
        let waiting = Waiting {
            caller: self.caller,
            // No grant is larger, so none waits for more than can ever be free.
            bytes: bytes.min(LARGEST),
            since,
            grant,
        };
        {
            let mut books = self.budget.books();
            let at = books.waiting.partition_point(|other| other.since <= since);
            books.waiting.insert(at, waiting);
        }
        self.budget.serve();
        match granted.await {
            Ok(taken) => taken,
            // The budget keeps the sender while this waits.
            Err(_) => std::future::pending().await,
        }
    }

    /// Acquires `bytes` if half of the budget stays free, so that streams with an unused window
    /// never block the others.
    pub(super) fn take_spare(&self, bytes: u64) -> Option<Taken> {
        let (bytes, budget) = (bytes.min(LARGEST), of(bytes));
        let mut books = self.budget.books();
        let is_spare = |free: u64, all: u64| free >= all / 2 + bytes;
        if !is_spare(books.free[budget], ALL[budget])
            || !is_spare(books.free_of(&self.caller, budget), ONE_CALLER[budget])
        {
            return None;
        }
        books.book(self.caller, bytes);
        Some(Taken::new(self.clone(), bytes))
    }

    /// Returns what lapses of `of_node` to the node, and nothing to the caller.
    fn lapse(&self, of_node: &mut Amounts) {
        {
            let mut books = self.budget.books();
            for (budget, booked) in of_node.iter_mut().enumerate() {
                let lapses = (*booked).min(LAPSED - books.lapsed);
                *booked -= lapses;
                books.free[budget] += lapses;
                books.lapsed += lapses;
            }
        }
        self.budget.serve();
    }

    /// Releases parts of a grant; what the caller's exceeds the node's by has lapsed before.
    fn release(&self, of_node: Amounts, of_caller: Amounts) {
        {
            let mut books = self.budget.books();
            books.lapsed -= of_caller.iter().sum::<u64>() - of_node.iter().sum::<u64>();
            for (free, released) in books.free.iter_mut().zip(of_node) {
                *free += released;
            }
            if let Some(held) = books.held.get_mut(&self.caller) {
                for (held, released) in held.iter_mut().zip(of_caller) {
                    *held -= released;
                }
                if *held == Amounts::default() {
                    books.held.remove(&self.caller);
                }
            }
        }
        self.budget.serve();
    }
}

/// Part of the budgets, released when dropped.
#[derive(Debug)]
pub(super) struct Taken {
    share: Share,
    of_caller: Amounts,
    /// Less than the caller's by what has lapsed.
    of_node: Amounts,
}

impl Taken {
    fn new(share: Share, bytes: u64) -> Self {
        let mut amounts = Amounts::default();
        amounts[of(bytes)] = bytes;
        Self {
            share,
            of_caller: amounts,
            of_node: amounts,
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.of_caller.iter().sum()
    }

    pub(super) fn add(&mut self, mut more: Self) {
        for budget in 0..2 {
            self.of_caller[budget] += std::mem::take(&mut more.of_caller[budget]);
            self.of_node[budget] += std::mem::take(&mut more.of_node[budget]);
        }
    }

    /// Releases all but `bytes`, first what has lapsed.
    pub(super) fn shrink_to(&mut self, bytes: u64) {
        let mut excess = self.bytes().saturating_sub(bytes);
        if excess == 0 {
            return;
        }
        let (mut of_node, mut of_caller) = (Amounts::default(), Amounts::default());
        for budget in (0..2).rev() {
            let part = excess.min(self.of_caller[budget]);
            let lapsed = self.of_caller[budget] - self.of_node[budget];
            of_caller[budget] = part;
            of_node[budget] = part.saturating_sub(lapsed);
            self.of_caller[budget] -= of_caller[budget];
            self.of_node[budget] -= of_node[budget];
            excess -= part;
        }
        self.share.release(of_node, of_caller);
    }

    /// Returns to the node what may lapse, and nothing to the caller.
    pub(super) fn lapse(&mut self) {
        if self.of_node != Amounts::default() {
            self.share.lapse(&mut self.of_node);
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.shrink_to(0);
    }
}

#[cfg(test)]
mod tests;
