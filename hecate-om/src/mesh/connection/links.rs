//! The links as they are now, for who reports them.

use std::collections::BTreeSet;

use crate::mesh::{Link, Mesh};

/// The links that are up.
#[derive(Debug, Default)]
pub(crate) struct LinksNow {
    /// The stations that hold what the service advertises.
    pub(crate) stations: BTreeSet<[u8; 32]>,
    /// How many links were made for calls alone.
    pub(crate) direct: usize,
}

impl Mesh {
    /// The links that are up now.
    pub(crate) fn links(&self) -> LinksNow {
        let pool = match &*self.links.borrow() {
            Link::Up(up) => up.pool.clone(),
            Link::Pending | Link::Absent => return LinksNow::default(),
        };
        let mut now = LinksNow::default();
        for link in pool.status().into_iter().filter(|link| link.up) {
            if link.direct {
                now.direct += 1
            } else {
                now.stations.insert(link.station);
            }
        }
        now
    }
}
