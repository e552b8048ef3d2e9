//! Ids of the facts that a subscription has received last.

use std::collections::{HashSet, VecDeque};

use crate::capability::NodeId;
use crate::publication::FactId;

/// Maximum number of ids that a subscription remembers, 0.4 MB with both collections.
const MAX_REMEMBERED: usize = 4_096;

/// Publisher and id of a fact. Another publisher's fact of the same id is another fact, so that no
/// node can suppress the facts of others.
type Key = (NodeId, FactId);

/// The ids, in order of their arrival.
#[derive(Debug, Default)]
pub(super) struct RecentIds {
    known: HashSet<Key>,
    oldest_first: VecDeque<Key>,
}

impl RecentIds {
    pub(super) fn contains(&self, key: &Key) -> bool {
        self.known.contains(key)
    }

    /// Adds an id, and forgets the oldest one if there are too many.
    pub(super) fn insert(&mut self, key: Key) {
        if !self.known.insert(key) {
            return;
        }
        self.oldest_first.push_back(key);
        if self.oldest_first.len() > MAX_REMEMBERED
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(publisher: u8, id: usize) -> Key {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&id.to_be_bytes());
        (
            NodeId::from_bytes([publisher; 32]),
            FactId::from_bytes(bytes),
        )
    }

    #[test]
    fn the_last_ids_of_each_publisher_are_remembered() {
        let mut recent = RecentIds::default();
        recent.insert(key(1, 0));
        recent.insert(key(1, 0));
        assert!(recent.contains(&key(1, 0)));
        assert!(!recent.contains(&key(2, 0)));
        for id in 1..MAX_REMEMBERED {
            recent.insert(key(1, id));
        }
        assert!(recent.contains(&key(1, 0)));
        recent.insert(key(2, 0));
        assert!(!recent.contains(&key(1, 0)));
        assert!(recent.contains(&key(1, 1)) && recent.contains(&key(2, 0)));
        assert_eq!(recent.known.len(), MAX_REMEMBERED);
    }
}
