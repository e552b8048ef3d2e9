//! Number of the facts that a link accepted, and that no station is known to have read.

use std::sync::{Mutex, MutexGuard, PoisonError};

use macula_rust::pool::Pool;

/// Maximum number of pools whose counters are read. Links are replaced only if the development mesh
/// moves, and a pool that was replaced several times ago has ended.
const MAX_POOLS: usize = 4;

/// Facts that a link accepted, and that no station is known to have read.
#[derive(Debug, Default)]
pub(super) struct UnconfirmedFacts(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The current pool is the last.
    pools: Vec<Pool>,
    /// Number of unconfirmed facts of earlier pools, and of those that the SDK does not count.
    before: u64,
    reported: u64,
}

impl UnconfirmedFacts {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds facts that the SDK does not count.
    pub(super) fn add_facts(&self, facts: u64) {
        self.state().before += facts;
    }

    /// Adds the pool of new links.
    pub(super) fn add(&self, pool: &Pool) {
        let mut state = self.state();
        if state.pools.len() == MAX_POOLS {
            let oldest = state.pools.remove(0);
            state.before += oldest.unsent_publications();
        }
        state.pools.push(pool.clone());
    }

    pub(super) fn total(&self) -> u64 {
        self.state().unconfirmed()
    }

    /// Returns the number of facts since the last call.
    pub(super) fn take_unreported(&self) -> u64 {
        let mut state = self.state();
        let total = state.unconfirmed();
        total - std::mem::replace(&mut state.reported, total)
    }
}

impl State {
    fn unconfirmed(&self) -> u64 {
        let pools = self.pools.iter().map(Pool::unsent_publications);
        self.before + pools.sum::<u64>()
    }
}
