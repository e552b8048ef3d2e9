//! Facts that macula-rust dropped on the links.

use std::collections::BTreeMap;

use crate::mesh::connection::Router;

/// macula-rust's counter of the facts that a link received and had no room for. A link holds 64
/// facts of a topic until they are forwarded, and may read more than that at once.
const COUNTER: &str = "event_overflow";

/// Number of facts that each link has dropped, by the link's serial number.
#[derive(Debug)]
pub(super) struct LinkDrops(BTreeMap<u64, u64>);

impl LinkDrops {
    /// Starts to count the facts that the links of `router` drop.
    pub(super) fn new(router: &Router) -> Self {
        Self(counts(router))
    }

    /// Returns the number of facts that the links have dropped since the last call, of all topics
    /// together.
    pub(super) fn new_drops(&mut self, router: &Router) -> u64 {
        let before = std::mem::replace(&mut self.0, counts(router));
        let drops = self.0.iter().map(|(serial, count)| {
            let counted = before.get(serial).copied().unwrap_or(0);
            count.saturating_sub(counted)
        });
        drops.sum()
    }
}

/// Returns the counters of the links that are up. The end of a link has a gap of its own.
fn counts(router: &Router) -> BTreeMap<u64, u64> {
    let links = router.links().into_iter();
    links
        .map(|link| {
            let dropped = link.unrouted().get(COUNTER).copied().unwrap_or(0);
            (link.serial(), dropped)
        })
        .collect()
}
