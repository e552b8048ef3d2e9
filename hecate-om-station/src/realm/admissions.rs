//! Who was admitted to what, and when each node was last there.

use crate::state::{Admitted, AdmittedNode};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Admissions kept at most; the one longest unused goes first.
const MAX_ADMISSIONS: usize = 4096;

/// How long an admission is kept unused.
const KEPT_MS: i64 = 30 * DAY_MS;

/// How stale what is written may get while somebody is there.
const WRITTEN_MS: i64 = DAY_MS;

/// The admissions, and how recently each was used.
#[derive(Debug)]
pub(super) struct Admissions {
    admitted: Admitted,
    /// When the admissions were last written; never, at first.
    written_ms: i64,
    /// Whether a node was seen since.
    seen: bool,
}

impl Admissions {
    /// The admissions of `admitted` that are not forgotten by `now_ms`.
    pub(super) fn new(mut admitted: Admitted, now_ms: i64) -> Self {
        admitted.retain(|_, seen_ms| *seen_ms > now_ms - KEPT_MS);
        let mut admissions = Self {
            admitted,
            written_ms: 0,
            seen: false,
        };
        while admissions.admitted.len() > MAX_ADMISSIONS {
            admissions.forget_oldest();
        }
        admissions
    }

    /// The admissions, about to be written.
    pub(super) fn written(&mut self, now_ms: i64) -> Admitted {
        self.written_ms = now_ms;
        self.seen = false;
        self.admitted.clone()
    }

    /// Whether what is written of the nodes seen since is worth writing anew.
    pub(super) fn is_stale(&self, now_ms: i64) -> bool {
        self.seen && now_ms - self.written_ms > WRITTEN_MS
    }

    pub(super) fn is_admitted(&self, node: &[u8; 32]) -> bool {
        self.admitted.keys().any(|admitted| admitted.node == *node)
    }

    /// Admits `node` to `org`; whether it was not yet.
    pub(super) fn admit(&mut self, org: &str, node: [u8; 32], now_ms: i64) -> bool {
        let admitted = AdmittedNode {
            org: org.to_owned(),
            node,
        };
        let is_new = self.admitted.insert(admitted, now_ms).is_none();
        if self.admitted.len() > MAX_ADMISSIONS {
            self.forget_oldest();
        }
        is_new
    }

    /// Forgets that `node` was admitted to `org`.
    pub(super) fn revoke(&mut self, org: &str, node: [u8; 32]) {
        let org = org.to_owned();
        self.admitted.remove(&AdmittedNode { org, node });
    }

    fn forget_oldest(&mut self) {
        let oldest = self.admitted.iter().min_by_key(|(_, seen_ms)| **seen_ms);
        if let Some(oldest) = oldest.map(|(admitted, _)| admitted.clone()) {
            self.admitted.remove(&oldest);
        }
    }

    /// Notes that `node` is there: the orgs it was admitted to.
    pub(super) fn seen(&mut self, node: &[u8; 32], now_ms: i64) -> Vec<String> {
        let mut orgs = Vec::new();
        for (admitted, seen_ms) in &mut self.admitted {
            if admitted.node == *node {
                *seen_ms = now_ms;
                self.seen = true;
                orgs.push(admitted.org.clone());
            }
        }
        orgs
    }

    /// The admissions of the nodes seen after `since_ms`.
    pub(super) fn live(&self, since_ms: i64) -> Vec<(String, [u8; 32])> {
        let live = self.admitted.iter().filter(|(_, seen)| **seen > since_ms);
        live.map(|(admitted, _)| (admitted.org.clone(), admitted.node))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_admission_is_live_as_long_as_its_node_was_seen_lately() {
        let mut admissions = Admissions::new(Admitted::new(), 0);
        assert!(admissions.admit("acme", [1; 32], 100));
        assert!(!admissions.admit("acme", [1; 32], 100), "admitted before");
        assert_eq!(admissions.live(99).len(), 1);
        assert!(admissions.live(100).is_empty());
        assert_eq!(admissions.seen(&[1; 32], 200), ["acme"]);
        assert!(admissions.seen(&[2; 32], 200).is_empty());
        assert_eq!(admissions.live(100).len(), 1);
    }

    #[test]
    fn a_node_that_stays_is_worth_writing_once_a_day() {
        let mut admissions = Admissions::new(Admitted::new(), 0);
        admissions.admit("acme", [1; 32], 0);
        let _ = admissions.written(0);
        admissions.seen(&[1; 32], DAY_MS);
        assert!(!admissions.is_stale(DAY_MS));
        assert!(admissions.is_stale(DAY_MS + 1));
        let node = AdmittedNode {
            org: "acme".to_owned(),
            node: [1; 32],
        };
        assert_eq!(admissions.written(DAY_MS + 1).get(&node), Some(&DAY_MS));
        assert!(!admissions.is_stale(3 * DAY_MS), "nobody was there since");
    }

    #[test]
    fn unused_admissions_are_forgotten_and_their_number_is_bounded() {
        let mut admissions = Admissions::new(Admitted::new(), 0);
        for n in 0..=MAX_ADMISSIONS {
            let mut node = [0; 32];
            node[..8].copy_from_slice(&n.to_be_bytes());
            admissions.admit("acme", node, n as i64);
        }
        assert_eq!(admissions.admitted.len(), MAX_ADMISSIONS);
        assert!(!admissions.is_admitted(&[0; 32]), "the oldest went");
        let later = Admissions::new(admissions.admitted.clone(), KEPT_MS + 1000);
        assert!(later.admitted.len() < MAX_ADMISSIONS);
    }
}
