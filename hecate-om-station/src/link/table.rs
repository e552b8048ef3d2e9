//! The linked clients, one link per node.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Link, MAX_LINKS};

/// The linked clients by node id.
#[derive(Debug, Default)]
pub(crate) struct Links {
    by_node: Mutex<HashMap<[u8; 32], Arc<Link>>>,
    /// Cloned by each link until it is dropped.
    held: Arc<()>,
}

impl Links {
    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Arc<Link>>> {
        self.by_node.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether there is room for a node that is not linked.
    pub(crate) fn has_room(&self) -> bool {
        self.lock().len() < MAX_LINKS
    }

    /// Inserts `link` and returns the node's earlier link. Fails if the table is full.
    pub(crate) fn insert(&self, link: Arc<Link>) -> Result<Option<Arc<Link>>, ()> {
        let mut links = self.lock();
        if links.len() >= MAX_LINKS && !links.contains_key(&link.node) {
            return Err(());
        }
        Ok(links.insert(link.node, link))
    }

    /// Removes `link`, unless a later link of its node has replaced it.
    pub(crate) fn remove(&self, link: &Arc<Link>) {
        let mut links = self.lock();
        let current = links.get(&link.node);
        if current.is_some_and(|current| Arc::ptr_eq(current, link)) {
            links.remove(&link.node);
        }
    }

    /// Returns the number of links.
    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    /// Returns what a new link holds, so that [`held`](Self::held) counts it.
    pub(crate) fn hold(&self) -> Arc<()> {
        Arc::clone(&self.held)
    }

    /// Returns the number of links in memory, ended ones included.
    pub(crate) fn held(&self) -> usize {
        Arc::strong_count(&self.held) - 1
    }

    pub(crate) fn get(&self, node: &[u8; 32]) -> Option<Arc<Link>> {
        self.lock().get(node).cloned()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Link>> {
        self.lock().values().cloned().collect()
    }
}
