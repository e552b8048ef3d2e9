//! Credit budget of a node's callers: bytes that the callers may send before the handlers consume
//! them.
//!
//! The SDK buffers items that no handler has consumed, within one bound per caller and one bound
//! per node, and aborts a stream that exceeds a bound. Callers therefore get no more credit than
//! there is space:
//!
//! - Every stream has [`INITIAL_CREDIT`] from its opening. Further credit is allocated from two
//!   budgets, each with a limit for the node and a limit per caller. Grants of up to a window use
//!   one budget and larger grants use the other, so that neither kind exhausts the other's budget.
//! - A grant is acquired from the node and the caller at once, so a waiting grant reserves nothing.
//!   A grant that fits is made at once. After [`OVERDUE_AFTER`], however, the oldest grant that
//!   waits for the node is made first, as is the oldest grant of a caller that waits for that
//!   caller. Small grants can therefore not starve large grants.
//! - Credit is never revoked. Credit that is unused for [`LAPSE_AFTER`] while the handler waits for
//!   items lapses: it returns to the node, but still counts for its caller until it is used or the
//!   stream ends. Unused credit of one caller therefore does not block other callers. At most
//!   [`MAX_LAPSED`] bytes of all callers are lapsed at once, because all of these bytes may still
//!   arrive, and the node's bound has space for them. Further unused credit lapses once lapsed
//!   credit is used or its stream ends.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::mesh::connection::admission::{
    MAX_STREAMS, MAX_STREAMS_OF_ONE_CALLER, MAX_UNREAD, MAX_UNREAD_OF_ONE_CALLER,
};
use crate::mesh::stream::WINDOW;
use crate::sync::{Mutex, MutexGuard};

const MIB: u64 = 1024 * 1024;
/// Credit of a stream's caller before the first grant.
pub(in crate::mesh::stream) const INITIAL_CREDIT: u64 = 64 * 1024;
/// Maximum credit of one stream: the largest item with its frame.
pub(super) const MAX_CREDIT: u64 = 16 * MIB;
/// Waiting time after which a grant takes precedence over younger grants.
const OVERDUE_AFTER: Duration = Duration::from_secs(2);
/// Time without an item, while the handler waits for an item, after which unused credit lapses.
pub(super) const LAPSE_AFTER: Duration = Duration::from_secs(10);

/// Bytes of each budget: for grants of up to a window, and for larger grants.
type Amounts = [u64; 2];

/// Maximum credit of all streams beyond [`INITIAL_CREDIT`].
const NODE_LIMITS: Amounts = [32 * MIB, 80 * MIB];
/// Maximum credit of one caller's streams beyond [`INITIAL_CREDIT`].
const CALLER_LIMITS: Amounts = [16 * MIB, 48 * MIB];
/// Maximum number of lapsed bytes of all callers together.
const MAX_LAPSED: u64 = 16 * MIB;

/// Returns the memory that the credit may use in the SDK. The frame of a smallest item uses up to a
/// third more than the item's cost.
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
    /// Lapsed bytes, at most [`MAX_LAPSED`].
    lapsed: u64,
    /// Credit of each caller that has credit.
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

    /// Books and returns the waiting grants that can be made now.
    fn book_waiting(&mut self) -> Vec<WaitingGrant> {
        let now = Instant::now();
        // If an overdue grant waits, younger grants of the same budget wait behind it.
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

    /// Returns the budget of `caller`, shared by all streams of the caller.
    pub(super) fn for_caller(&self, caller: Caller) -> CallerBudget {
        CallerBudget {
            budget: self.clone(),
            caller,
        }
    }

    /// Returns whether no credit is in use.
    #[cfg(all(test, shuttle))]
    pub(super) fn is_unused(&self) -> bool {
        let ledger = self.ledger();
        ledger.free == NODE_LIMITS && ledger.lapsed == 0 && ledger.held.is_empty()
    }

    fn grant_waiting(&self) {
        let granted = self.ledger().book_waiting();
        for waiting in granted {
            let credit = Credit::new(self.for_caller(waiting.caller), waiting.bytes);
            // If the receiver is gone, dropping the credit releases it.
            let _ = waiting.credit.send(credit);
        }
    }
}

/// Budget of one caller.
#[derive(Debug, Clone)]
pub(super) struct CallerBudget {
    budget: CreditBudget,
    caller: Caller,
}

impl CallerBudget {
    /// Acquires `bytes`, with the priority of a grant that has waited since `since`.
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
        let mut wait = GrantWait {
            budget: &self.budget,
            granted,
        };
        self.budget.grant_waiting();
        match (&mut wait.granted).await {
            Ok(credit) => credit,
            // The ledger owns the sender during the wait.
            Err(_) => std::future::pending().await,
        }
    }

    /// Acquires `bytes` if half of the budget stays free, so that streams with an unused window
    /// never block other streams.
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

    /// Lets as much of `node_bytes` lapse as [`MAX_LAPSED`] allows.
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

    /// Releases parts of a grant. The excess of `caller_bytes` over `node_bytes` had lapsed before.
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

/// Wait for a grant. If the wait is dropped, the grants that waited behind this grant are made.
struct GrantWait<'a> {
    budget: &'a CreditBudget,
    granted: oneshot::Receiver<Credit>,
}

impl Drop for GrantWait<'_> {
    fn drop(&mut self) {
        if !self.granted.is_terminated() {
            self.granted.close();
            self.budget.grant_waiting();
        }
    }
}

/// Granted credit, released when dropped.
#[derive(Debug)]
pub(super) struct Credit {
    budget: CallerBudget,
    /// Bytes booked for the caller.
    caller_bytes: Amounts,
    /// Bytes booked for the node: `caller_bytes` without the lapsed bytes.
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

    /// Releases all credit except `bytes`. Lapsed bytes are released first.
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

    /// Lets the unused credit lapse, as far as [`MAX_LAPSED`] allows.
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

#[cfg(all(test, shuttle))]
mod interleavings;
#[cfg(test)]
mod tests;
