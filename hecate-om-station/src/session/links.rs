//! The clients linked now, one link per node id.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Link;

/// Links at most: the programs of one machine.
pub(crate) const MAX_LINKS: usize = 256;

/// The linked clients by node id.
#[derive(Debug, Default)]
pub(crate) struct Links {
    by_node: Mutex<HashMap<[u8; 32], Arc<Link>>>,
}

impl Links {
    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Arc<Link>>> {
        self.by_node.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a client that is not linked yet would find room.
    pub(super) fn has_room(&self) -> bool {
        self.lock().len() < MAX_LINKS
    }

    /// Holds `link`, handing back the same node's earlier link. `Err` when
    /// the station is full.
    pub(super) fn hold(&self, link: Arc<Link>) -> Result<Option<Arc<Link>>, ()> {
        let mut links = self.lock();
        if links.len() >= MAX_LINKS && !links.contains_key(&link.node) {
            return Err(());
        }
        Ok(links.insert(link.node, link))
    }

    /// Lets `link` go, unless a later link took its place.
    pub(super) fn release(&self, link: &Arc<Link>) {
        let mut links = self.lock();
        if links
            .get(&link.node)
            .is_some_and(|held| Arc::ptr_eq(held, link))
        {
            links.remove(&link.node);
        }
    }

    pub(crate) fn get(&self, node: &[u8; 32]) -> Option<Arc<Link>> {
        self.lock().get(node).cloned()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Link>> {
        self.lock().values().cloned().collect()
    }
}
