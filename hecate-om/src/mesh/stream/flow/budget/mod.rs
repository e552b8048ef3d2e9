//! Budget of the credit of a node's callers: bytes that they may send before the handlers consume
//! them.
//!
//! The SDK holds items that no handler has consumed, within one bound per caller and one for the
//! node, and aborts a stream that exceeds either. So callers get no more credit than there is room:
//!
//! - Every stream has [`INITIAL_CREDIT`] from its opening. Further credit comes out of two budgets,
//!   each with a limit for the node and one per caller. Grants of up to a window use one budget and
//!   larger grants the other, so that neither kind uses up the other's.
//! - A grant is acquired from the node and the caller at once, so a waiting grant holds nothing. A
//!   grant that fits is made at once. But after [`OVERDUE_AFTER`], the oldest grant that waits for
//!   the node goes first, and so does the oldest of a caller that waits for that caller. So no grant
//!   is starved by smaller ones.
//! - Credit is never revoked. Credit that is unused for [`LAPSE_AFTER`] while the handler waits for
//!   items lapses: it returns to the node, and still counts for its caller until it is used or the
//!   stream ends. So unused credit of one caller does not block the others. At most [`MAX_LAPSED`]
//!   bytes of all callers are lapsed at once, because all of them may still arrive, and the node's
//!   bound has room for them. Further unused credit lapses once lapsed credit is used or its streams
//!   end.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::mesh::connection::admission::{
    MAX_STREAMS, MAX_STREAMS_OF_ONE_CALLER, MAX_UNREAD, MAX_UNREAD_OF_ONE_CALLER,
};
use crate::mesh::stream::WINDOW;

const MIB: u64 = 1024 * 1024;
/// Credit of a caller before the first grant.
pub(in crate::mesh::stream) const INITIAL_CREDIT: u64 = 64 * 1024;
/// Most credit of one stream: the largest item and its frame.
pub(super) const MAX_CREDIT: u64 = 16 * MIB;
/// Time after which a waiting grant goes before younger ones.
const OVERDUE_AFTER: Duration = Duration::from_secs(2);
/// Time without an item, while the handler waits for one, after which unused credit lapses.
pub(super) const LAPSE_AFTER: Duration = Duration::from_secs(10);

/// Bytes of each budget: of grants of up to a window, and of larger ones.
type Amounts = [u64; 2];

/// Most credit of all streams beyond [`INITIAL_CREDIT`].
const NODE_LIMITS: Amounts = [32 * MIB, 80 * MIB];
/// Most credit of one caller's streams beyond [`INITIAL_CREDIT`].
const CALLER_LIMITS: Amounts = [16 * MIB, 48 * MIB];
/// Most lapsed bytes, of all callers together.
const MAX_LAPSED: u64 = 16 * MIB;

/// Returns the memory that the credit may take in the SDK: a frame of the smallest item takes up to
/// a third more than its cost.
const fn memory([small, large]: Amounts, streams: usize) -> u64 {
    (small + large + streams as u64 * INITIAL_CREDIT) / 3 * 4
}

const _: () = {
    let node = memory([NODE_LIMITS[0], NODE_LIMITS[1] + MAX_LAPSED], MAX_STREAMS);
    assert!(node <= MAX_UNREAD as u64);
    let caller = memory(CALLER_LIMITS, MAX_STREAMS_OF_ONE_CALLER);
    assert!(caller <= MAX_UNREAD_OF_ONE_CALLER as u64);
    assert!(MAX_CREDIT <= CALLER_LIMITS[1] && WINDOW <= CALLER_LIMITS[0]);
};

/// Returns the index of the budget that a grant of `bytes` uses.
fn budget_index(bytes: u64) -> usize {
    usize::from(bytes > WINDOW)
}

type Caller = [u8; 32];

/// Credit budgets of a node.
#[derive(Debug, Clone, Default)]
pub(super) struct CreditBudget(Arc<Mutex<Ledger>>);

#[derive(Debug)]
struct Ledger {
    free: Amounts,
    /// Lapsed bytes; see [`MAX_LAPSED`].
    lapsed: u64,
    /// Credit of each caller that has any.
    held: HashMap<Caller, Amounts>,
    /// Waiting grants, the oldest first.
    waiting: Vec<WaitingGrant>,
}

#[derive(Debug)]
struct WaitingGrant {
    caller: Caller,
    bytes: u64,
    since: Instant,
    credit: oneshot::Sender<Credit>,
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            free: NODE_LIMITS,
            lapsed: 0,
            held: HashMap::new(),
            waiting: Vec::new(),
        }
    }
}

impl Ledger {
    fn free_for(&self, caller: &Caller, budget: usize) -> u64 {
        let held = self.held.get(caller).map_or(0, |held| held[budget]);
        CALLER_LIMITS[budget] - held
    }

    fn book(&mut self, caller: Caller, bytes: u64) {
        let budget = budget_index(bytes);
        self.free[budget] -= bytes;
        self.held.entry(caller).or_default()[budget] += bytes;
    }

    /// Books the waiting grants that can be made now, and returns them.
    fn book_waiting(&mut self) -> Vec<WaitingGrant> {
        let now = Instant::now();
        // Where an overdue grant waits, younger ones wait behind it.
        let mut is_reserved = [false; 2];
        let mut reserved_callers = HashSet::new();
        let mut granted = Vec::new();
        for waiting in std::mem::take(&mut self.waiting) {
            let (bytes, budget) = (waiting.bytes, budget_index(waiting.bytes));
            if waiting.credit.is_closed() {
                continue;
            }
            let is_overdue = waiting.since + OVERDUE_AFTER <= now;
            let caller = (waiting.caller, budget);
            if reserved_callers.contains(&caller) {
                self.waiting.push(waiting);
            } else if self.free_for(&waiting.caller, budget) < bytes {
                if is_overdue {
                    reserved_callers.insert(caller);
                }
                self.waiting.push(waiting);
            } else if is_reserved[budget] || self.free[budget] < bytes {
                is_reserved[budget] |= is_overdue;
                self.waiting.push(waiting);
            } else {
                self.book(waiting.caller, bytes);
                granted.push(waiting);
            }
        }
        granted
    }
}

impl CreditBudget {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the part of `caller`, which all its streams share.
    pub(super) fn for_caller(&self, caller: Caller) -> CallerBudget {
        CallerBudget {
            budget: self.clone(),
            caller,
        }
    }

    fn grant_waiting(&self) {
        let granted = self.ledger().book_waiting();
        for waiting in granted {
            let credit = Credit::new(self.for_caller(waiting.caller), waiting.bytes);
            // Released by its drop if nobody waits for it any more.
            let _ = waiting.credit.send(credit);
        }
    }
}

/// One caller's part of the budgets.
#[derive(Debug, Clone)]
pub(super) struct CallerBudget {
    budget: CreditBudget,
    caller: Caller,
}

impl CallerBudget {
    /// Acquires `bytes`, in the turn of a grant that has waited since `since`.
    pub(super) async fn acquire(&self, bytes: u64, since: Instant) -> Credit {
        let (credit, granted) = oneshot::channel();
        let waiting = WaitingGrant {
            caller: self.caller,
            // Bounded, so that no grant waits for more than can ever be free.
            bytes: bytes.min(MAX_CREDIT),
            since,
            credit,
        };
        {
            let mut ledger = self.budget.ledger();
            let at = ledger.waiting.partition_point(|other| other.since <= since);
            ledger.waiting.insert(at, waiting);
        }
        self.budget.grant_waiting();
        match granted.await {
            Ok(credit) => credit,
            // The ledger keeps the sender while this waits.
            Err(_) => std::future::pending().await,
        }
    }

    /// Acquires `bytes` if half of the budget stays free, so that streams with an unused window
    /// never block the others.
    pub(super) fn try_acquire_spare(&self, bytes: u64) -> Option<Credit> {
        let bytes = bytes.min(MAX_CREDIT);
        let budget = budget_index(bytes);
        let mut ledger = self.budget.ledger();
        let is_spare = |free: u64, all: u64| free >= all / 2 + bytes;
        if !is_spare(ledger.free[budget], NODE_LIMITS[budget])
            || !is_spare(ledger.free_for(&self.caller, budget), CALLER_LIMITS[budget])
        {
            return None;
        }
        ledger.book(self.caller, bytes);
        Some(Credit::new(self.clone(), bytes))
    }

    /// Returns to the node what may lapse of `node_bytes`.
    fn lapse(&self, node_bytes: &mut Amounts) {
        {
            let mut ledger = self.budget.ledger();
            for (budget, booked) in node_bytes.iter_mut().enumerate() {
                let lapses = (*booked).min(MAX_LAPSED - ledger.lapsed);
                *booked -= lapses;
                ledger.free[budget] += lapses;
                ledger.lapsed += lapses;
            }
        }
        self.budget.grant_waiting();
    }

    /// Releases parts of a grant. What `caller_bytes` exceeds `node_bytes` by had lapsed.
    fn release(&self, node_bytes: Amounts, caller_bytes: Amounts) {
        {
            let mut ledger = self.budget.ledger();
            ledger.lapsed -= caller_bytes.iter().sum::<u64>() - node_bytes.iter().sum::<u64>();
            for (free, released) in ledger.free.iter_mut().zip(node_bytes) {
                *free += released;
            }
            if let Some(held) = ledger.held.get_mut(&self.caller) {
                for (held, released) in held.iter_mut().zip(caller_bytes) {
                    *held -= released;
                }
                if *held == Amounts::default() {
                    ledger.held.remove(&self.caller);
                }
            }
        }
        self.budget.grant_waiting();
    }
}

/// Granted credit, released when dropped.
#[derive(Debug)]
pub(super) struct Credit {
    budget: CallerBudget,
    /// Bytes booked for the caller.
    caller_bytes: Amounts,
    /// Bytes booked for the node: fewer by those that have lapsed.
    node_bytes: Amounts,
}

impl Credit {
    fn new(budget: CallerBudget, bytes: u64) -> Self {
        let mut amounts = Amounts::default();
        amounts[budget_index(bytes)] = bytes;
        Self {
            budget,
            caller_bytes: amounts,
            node_bytes: amounts,
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.caller_bytes.iter().sum()
    }

    pub(super) fn merge(&mut self, mut other: Self) {
        for budget in 0..2 {
            self.caller_bytes[budget] += std::mem::take(&mut other.caller_bytes[budget]);
            self.node_bytes[budget] += std::mem::take(&mut other.node_bytes[budget]);
        }
    }

    /// Releases all but `bytes`, lapsed bytes first.
    pub(super) fn shrink_to(&mut self, bytes: u64) {
        let mut excess = self.bytes().saturating_sub(bytes);
        if excess == 0 {
            return;
        }
        let (mut node_bytes, mut caller_bytes) = (Amounts::default(), Amounts::default());
        for budget in (0..2).rev() {
            let part = excess.min(self.caller_bytes[budget]);
            let lapsed = self.caller_bytes[budget] - self.node_bytes[budget];
            caller_bytes[budget] = part;
            node_bytes[budget] = part.saturating_sub(lapsed);
            self.caller_bytes[budget] -= caller_bytes[budget];
            self.node_bytes[budget] -= node_bytes[budget];
            excess -= part;
        }
        self.budget.release(node_bytes, caller_bytes);
    }

    /// Lets the credit lapse, as far as the node's bound allows.
    pub(super) fn lapse(&mut self) {
        if self.node_bytes != Amounts::default() {
            self.budget.lapse(&mut self.node_bytes);
        }
    }
}

impl Drop for Credit {
    fn drop(&mut self) {
        self.shrink_to(0);
    }
}

#[cfg(test)]
mod tests;
