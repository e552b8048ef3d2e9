//! The nodes admitted to orgs, with the time when each node was last seen.

use crate::storage::{Admitted, AdmittedNode};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Maximum number of admissions. Beyond it, the least recently used admission is removed.
const MAX_ADMISSIONS: usize = 4096;

/// Time after which an unused admission is removed.
const UNUSED_MS: i64 = 30 * DAY_MS;

/// Maximum age of the saved times while nodes are linked.
const SAVE_INTERVAL_MS: i64 = DAY_MS;

/// The admissions, with the time of the last use of each.
#[derive(Debug)]
pub(super) struct Admissions {
    admitted: Admitted,
    /// Time of the last save; 0 before the first.
    saved_ms: i64,
    /// Whether a node was seen since the last save.
    changed: bool,
}

impl Admissions {
    /// Creates the table of the admissions in `admitted` that were used recently.
    pub(super) fn new(mut admitted: Admitted, now_ms: i64) -> Self {
        admitted.retain(|_, seen_ms| *seen_ms > now_ms - UNUSED_MS);
        let mut admissions = Self {
            admitted,
            saved_ms: 0,
            changed: false,
        };
        while admissions.admitted.len() > MAX_ADMISSIONS {
            admissions.remove_oldest();
        }
        admissions
    }

    /// Returns the admissions to save now.
    pub(super) fn snapshot(&mut self, now_ms: i64) -> Admitted {
        self.saved_ms = now_ms;
        self.changed = false;
        self.admitted.clone()
    }

    /// Returns whether nodes were seen since the last save, and that save is more than a day old.
    pub(super) fn is_stale(&self, now_ms: i64) -> bool {
        self.changed && now_ms - self.saved_ms > SAVE_INTERVAL_MS
    }

    pub(super) fn is_admitted(&self, node: &[u8; 32]) -> bool {
        self.admitted.keys().any(|admitted| admitted.node == *node)
    }

    /// Admits `node` to `org`. Returns whether the admission is new.
    pub(super) fn admit(&mut self, org: &str, node: [u8; 32], now_ms: i64) -> bool {
        let admitted = AdmittedNode {
            org: org.to_owned(),
            node,
        };
        let is_new = self.admitted.insert(admitted, now_ms).is_none();
        if self.admitted.len() > MAX_ADMISSIONS {
            self.remove_oldest();
        }
        is_new
    }

    /// Removes the admission of `node` to `org`.
    pub(super) fn revoke(&mut self, org: &str, node: [u8; 32]) {
        let org = org.to_owned();
        self.admitted.remove(&AdmittedNode { org, node });
    }

    fn remove_oldest(&mut self) {
        let oldest = self.admitted.iter().min_by_key(|(_, seen_ms)| **seen_ms);
        if let Some(oldest) = oldest.map(|(admitted, _)| admitted.clone()) {
            self.admitted.remove(&oldest);
        }
    }

    /// Records that `node` is linked. Returns the orgs that it was admitted to.
    pub(super) fn record_seen(&mut self, node: &[u8; 32], now_ms: i64) -> Vec<String> {
        let mut orgs = Vec::new();
        for (admitted, seen_ms) in &mut self.admitted {
            if admitted.node == *node {
                *seen_ms = now_ms;
                self.changed = true;
                orgs.push(admitted.org.clone());
            }
        }
        orgs
    }

    /// Returns the org and node of each admission used after `since_ms`.
    pub(super) fn seen_since(&self, since_ms: i64) -> Vec<(String, [u8; 32])> {
        let recent = self.admitted.iter().filter(|(_, seen)| **seen > since_ms);
        recent
            .map(|(admitted, _)| (admitted.org.clone(), admitted.node))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_admission_is_renewed_only_if_its_node_was_seen_recently() {
        let mut admissions = Admissions::new(Admitted::new(), 0);
        assert!(admissions.admit("acme", [1; 32], 100));
        assert!(!admissions.admit("acme", [1; 32], 100), "admitted before");
        assert_eq!(admissions.seen_since(99).len(), 1);
        assert!(admissions.seen_since(100).is_empty());
        assert_eq!(admissions.record_seen(&[1; 32], 200), ["acme"]);
        assert!(admissions.record_seen(&[2; 32], 200).is_empty());
        assert_eq!(admissions.seen_since(100).len(), 1);
    }

    #[test]
    fn the_time_of_a_linked_node_is_saved_once_a_day() {
        let mut admissions = Admissions::new(Admitted::new(), 0);
        admissions.admit("acme", [1; 32], 0);
        let _ = admissions.snapshot(0);
        admissions.record_seen(&[1; 32], DAY_MS);
        assert!(!admissions.is_stale(DAY_MS));
        assert!(admissions.is_stale(DAY_MS + 1));
        let node = AdmittedNode {
            org: "acme".to_owned(),
            node: [1; 32],
        };
        assert_eq!(admissions.snapshot(DAY_MS + 1).get(&node), Some(&DAY_MS));
        assert!(!admissions.is_stale(3 * DAY_MS), "no node was seen since");
    }

    #[test]
    fn unused_admissions_are_removed_and_their_number_is_bounded() {
        let mut admissions = Admissions::new(Admitted::new(), 0);
        for n in 0..=MAX_ADMISSIONS {
            let mut node = [0; 32];
            node[..8].copy_from_slice(&n.to_be_bytes());
            admissions.admit("acme", node, n as i64);
        }
        assert_eq!(admissions.admitted.len(), MAX_ADMISSIONS);
        assert!(!admissions.is_admitted(&[0; 32]), "the oldest was removed");
        let later = Admissions::new(admissions.admitted.clone(), UNUSED_MS + 1000);
        assert!(later.admitted.len() < MAX_ADMISSIONS);
    }
}
