//! Facts that macula-rust dropped on the links.

use std::collections::BTreeMap;

use futures_util::FutureExt as _;
use macula_rust::pool::Pool;

/// macula-rust's counter of the facts that a link received and had no room for. A link holds 64
/// facts of a topic until they are forwarded, and may read more than that at once.
const COUNTER: &str = "event_overflow";

/// Number of facts that each link has dropped, by the link's serial number.
#[derive(Debug)]
pub(super) struct LinkDrops(BTreeMap<u64, u64>);

impl LinkDrops {
    /// Starts to count the facts that the links of `pool` drop.
    pub(super) fn new(pool: &Pool) -> Self {
        Self(counts(pool))
    }

    /// Returns the number of facts that the links have dropped since the last call, of all topics
    /// together.
    pub(super) fn new_drops(&mut self, pool: &Pool) -> u64 {
        let before = std::mem::replace(&mut self.0, counts(pool));
        let drops = self.0.iter().map(|(serial, count)| {
            let counted = before.get(serial).copied().unwrap_or(0);
            count.saturating_sub(counted)
        });
        drops.sum()
    }
}

/// Returns the counters of the links that are up. The end of a link has a gap of its own.
fn counts(pool: &Pool) -> BTreeMap<u64, u64> {
    let up = pool.status().into_iter().filter(|link| link.up);
    let links = up.filter_map(|link| pool.link_to(&link.station).now_or_never()?.ok());
    let count = |link: macula_rust::station_link::Link| {
        let dropped = link.unrouted().get(COUNTER).copied().unwrap_or(0);
        (link.serial(), dropped)
    };
    links.map(count).collect()
}
