//! One window of calls: who made how many, and what was denied.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::Denial;
use crate::capability::NodeId;

/// How many callers the figures name.
const TOP: usize = 10;

/// The calls of one window. It takes no memory before its first call, and at most `max_distinct_callers` entries.
#[derive(Debug, Default)]
pub(super) struct Window {
    /// Milliseconds since 1970, a multiple of the window's length.
    pub(super) start: u64,
    callers: HashMap<NodeId, u64>,
    /// Calls within their caller's budget.
    together: u64,
    over: u64,
    denied_rate: u64,
    denied_size: u64,
}

/// What a window saw, by the names of `get_limits` and of the fact `denials_observed`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Figures {
    pub(crate) global_count: u64,
    pub(crate) distinct_callers: u64,
    pub(crate) callers_over_limit: u64,
    pub(crate) top_callers: Vec<TopCaller>,
    pub(crate) denied_rate: u64,
    pub(crate) denied_size: u64,
}

/// A caller and how many calls it made, those denied for their rate among them.
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

impl Window {
    pub(super) fn begin(start: u64) -> Self {
        Self {
            start,
            ..Self::default()
        }
    }

    /// Counts a call, and says whether it may go on.
    ///
    /// A caller over its budget takes nothing from that of all: otherwise one caller alone could shut out the
    /// others. A caller that would be one too many leaves no trace but the count of what was denied.
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
            self.over += u64::from(count == per_caller_max + 1);
            return Err(Denial::Rate);
        }
        self.together += 1;
        if self.together > global_max {
            self.denied_rate += 1;
            return Err(Denial::Rate);
        }
        Ok(())
    }

    pub(super) fn too_large(&mut self) {
        self.denied_size += 1;
    }

    /// Counts anew who is over a budget that has changed.
    pub(super) fn recount(&mut self, per_caller_max: u64) {
        let over = self.callers.values().filter(|n| **n > per_caller_max);
        self.over = over.count() as u64;
    }

    /// Whether anything was denied, or a caller is over its budget.
    pub(super) const fn troubled(&self) -> bool {
        self.denied_rate > 0 || self.denied_size > 0 || self.over > 0
    }

    pub(super) const fn over(&self) -> u64 {
        self.over
    }

    pub(super) fn figures(&self) -> Figures {
        let mut callers: Vec<(NodeId, u64)> = self.callers.iter().map(|(c, n)| (*c, *n)).collect();
        callers.sort_unstable_by_key(|(caller, count)| (std::cmp::Reverse(*count), *caller));
        callers.truncate(TOP);
        let top_callers = callers
            .into_iter()
            .map(|(caller, count)| TopCaller::new(caller, count))
            .collect();
        Figures {
            global_count: self.together,
            distinct_callers: self.callers.len() as u64,
            callers_over_limit: self.over,
            top_callers,
            denied_rate: self.denied_rate,
            denied_size: self.denied_size,
        }
    }

    #[cfg(test)]
    pub(super) fn entries(&self) -> usize {
        self.callers.capacity()
    }
}
