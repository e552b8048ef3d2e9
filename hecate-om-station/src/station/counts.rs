//! How much a station holds.

use crate::state::StationState;

/// Number of entries of each kind that a station holds: what has ended is not counted for long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Linked nodes.
    pub links: usize,
    /// Links in memory: those of linked nodes, and ended ones until their last task has ended.
    pub held_links: usize,
    /// Advertised procedures of all links.
    pub procedures: usize,
    /// Subscriptions of all links.
    pub subscriptions: usize,
    /// Relayed calls without a reply, until five seconds after their deadline.
    pub pending_calls: usize,
    /// Relayed streams.
    pub streams: usize,
    /// Records in the station's part of the DHT, and in that of each station that shares it.
    pub records: usize,
}

impl Counts {
    pub(super) fn new(state: &StationState) -> Self {
        Self {
            links: state.links.len(),
            held_links: state.links.held(),
            procedures: state.routes.total(),
            subscriptions: state.subscriptions.total(),
            pending_calls: state.pending.total(),
            streams: state.relayed_streams(),
            records: state.dht.total(),
        }
    }
}
