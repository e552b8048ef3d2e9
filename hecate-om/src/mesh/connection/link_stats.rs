//! Statistics of the links.

use std::collections::BTreeSet;

use super::Connection;

/// Links that are up now.
#[derive(Debug, Default)]
pub(crate) struct LinkStats {
    /// Linked stations where this node advertises.
    pub(crate) stations: BTreeSet<[u8; 32]>,
    /// Number of direct links. A direct link is created for the route of a call.
    pub(crate) direct: usize,
}

impl Connection {
    /// Returns the links that are up.
    pub(crate) fn link_stats(&self) -> LinkStats {
        let mut stats = LinkStats::default();
        let Some(up) = self.uplink() else {
            return stats;
        };
        for link in up.pool.status().into_iter().filter(|link| link.up) {
            if link.direct {
                stats.direct += 1
            } else {
                stats.stations.insert(link.station);
            }
        }
        stats
    }
}
