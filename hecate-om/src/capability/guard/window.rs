//! Counts of calls in one window, by caller.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use schemars::JsonSchema;
use serde::Serialize;

use super::Denial;
use crate::capability::NodeId;

/// Number of callers in [`WindowStats::top_callers`].
const TOP_CALLERS: usize = 10;

/// Calls in one window, with at most `max_distinct_callers` entries.
#[derive(Debug, Default)]
pub(super) struct CallWindow {
    /// Start of the window in milliseconds since 1970, a multiple of the window's length.
    pub(super) start: u64,
    callers: HashMap<NodeId, u64>,
    /// Number of calls within the limit of their callers.
    global_count: u64,
    callers_over_limit: u64,
    denied_rate: u64,
    denied_size: u64,
}

/// Counts of calls in one window, with the field names of `get_limits` and of the fact
/// `denials_observed`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct WindowStats {
    pub(crate) global_count: u64,
    pub(crate) distinct_callers: u64,
    pub(crate) callers_over_limit: u64,
    pub(crate) top_callers: Vec<TopCaller>,
    pub(crate) denied_rate: u64,
    pub(crate) denied_size: u64,
}

/// A caller and the number of its calls, including calls denied because of the rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct TopCaller {
    caller: String,
    count: u64,
}

impl TopCaller {
    pub(crate) fn new(caller: NodeId, count: u64) -> Self {
        Self {
            caller: caller.to_string(),
            count,
        }
    }
}

impl CallWindow {
    pub(super) fn starting_at(start: u64) -> Self {
        Self {
            start,
            ..Self::default()
        }
    }

    /// Counts a call, or denies it.
    ///
    /// Calls above a caller's own limit do not count towards the limit of all callers, so that no
    /// caller can lock out the others. A new caller beyond `max_distinct_callers` gets no entry.
    pub(super) fn count(
        &mut self,
        caller: NodeId,
        per_caller_max: u64,
        global_max: u64,
        max_distinct_callers: u64,
    ) -> Result<(), Denial> {
        let full = self.callers.len() as u64 >= max_distinct_callers;
        let count = match self.callers.get_mut(&caller) {
            Some(count) => {
                *count += 1;
                *count
            }
            None if full => {
                self.denied_rate += 1;
                return Err(Denial::Distinct);
            }
            None => {
                self.callers.insert(caller, 1);
                1
            }
        };
        if count > per_caller_max {
            self.denied_rate += 1;
            self.callers_over_limit += u64::from(count == per_caller_max + 1);
            return Err(Denial::Rate);
        }
        self.global_count += 1;
        if self.global_count > global_max {
            self.denied_rate += 1;
            return Err(Denial::Rate);
        }
        Ok(())
    }

    /// Counts a call that was denied because of its size.
    pub(super) fn count_too_large(&mut self) {
        self.denied_size += 1;
    }

    /// Updates the number of callers above their limit, after the limit has changed.
    pub(super) fn count_callers_over_limit(&mut self, per_caller_max: u64) {
        let over = self.callers.values().filter(|n| **n > per_caller_max);
        self.callers_over_limit = over.count() as u64;
    }

    /// Returns whether a call was denied or a caller is above its limit.
    pub(super) const fn has_denials(&self) -> bool {
        self.denied_rate > 0 || self.denied_size > 0 || self.callers_over_limit > 0
    }

    pub(super) const fn callers_over_limit(&self) -> u64 {
        self.callers_over_limit
    }

    pub(super) fn stats(&self) -> WindowStats {
        let top_callers = self.top_callers();
        let top_callers = top_callers
            .into_iter()
            .map(|(count, Reverse(caller))| TopCaller::new(caller, count))
            .collect();
        WindowStats {
            global_count: self.global_count,
            distinct_callers: self.callers.len() as u64,
            callers_over_limit: self.callers_over_limit,
            top_callers,
            denied_rate: self.denied_rate,
            denied_size: self.denied_size,
        }
    }

    /// Returns the callers with the most calls, the most first. Calls wait for this, so it takes one
    /// pass and no copy of the callers.
    fn top_callers(&self) -> Vec<(u64, Reverse<NodeId>)> {
        let mut top: BinaryHeap<Reverse<(u64, Reverse<NodeId>)>> = BinaryHeap::new();
        for (caller, count) in &self.callers {
            let entry = Reverse((*count, Reverse(*caller)));
            if top.len() < TOP_CALLERS {
                top.push(entry);
            } else if let Some(mut least) = top.peek_mut().filter(|least| entry < **least) {
                *least = entry;
            }
        }
        let top = top.into_sorted_vec();
        top.into_iter().map(|Reverse(entry)| entry).collect()
    }

    #[cfg(test)]
    pub(super) fn entries(&self) -> usize {
        self.callers.capacity()
    }
}
