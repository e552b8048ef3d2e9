//! The orgs of the realm. Each org has its own key, so that a delegation is valid for one org only.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use macula_rust::node_key::{NodeKey, key_id_of};
use macula_rust::profile::Profile;

use super::{MAX_DELEGATION_LIFE, PublishError};
use crate::storage::{NO_PUZZLE, StateDirectory, load_or_generate};

/// Maximum number of orgs in memory.
const MAX_ORGS: usize = 1024;

/// Age after which the time of a delegation's signature is dropped: the delegation has expired.
const STALE_MS: i64 = MAX_DELEGATION_LIFE.as_millis() as i64;

/// An org: its key, and when its directory and delegations were last signed.
#[derive(Debug)]
pub(super) struct Org {
    key: NodeKey,
    key_id: [u8; 32],
    signed: Mutex<SignatureTimes>,
}

/// Times of the latest signatures, in Unix milliseconds.
#[derive(Debug, Default)]
struct SignatureTimes {
    directory_ms: Option<i64>,
    delegations_ms: HashMap<[u8; 32], i64>,
}

impl Org {
    pub(super) fn key(&self) -> &NodeKey {
        &self.key
    }

    pub(super) fn key_id(&self) -> [u8; 32] {
        self.key_id
    }

    fn signed(&self) -> MutexGuard<'_, SignatureTimes> {
        self.signed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn directory_is_due(&self, now_ms: i64, interval_ms: i64) -> bool {
        is_due(self.signed().directory_ms, now_ms, interval_ms)
    }

    pub(super) fn directory_signed(&self, now_ms: i64) {
        self.signed().directory_ms = Some(now_ms);
    }

    pub(super) fn delegation_is_due(&self, node: &[u8; 32], now_ms: i64, interval_ms: i64) -> bool {
        let signed_ms = self.signed().delegations_ms.get(node).copied();
        is_due(signed_ms, now_ms, interval_ms)
    }

    pub(super) fn delegation_signed(&self, node: [u8; 32], now_ms: i64) {
        let mut signed = self.signed();
        let stale = now_ms - STALE_MS;
        signed.delegations_ms.retain(|_, at| *at > stale);
        signed.delegations_ms.insert(node, now_ms);
    }

    pub(super) fn delegation_revoked(&self, node: &[u8; 32]) {
        self.signed().delegations_ms.remove(node);
    }
}

/// Returns whether a signature is missing, older than the interval, or dated in the future because
/// the clock was set back.
fn is_due(signed_ms: Option<i64>, now_ms: i64, interval_ms: i64) -> bool {
    signed_ms.is_none_or(|signed| !(0..interval_ms).contains(&(now_ms - signed)))
}

/// The orgs that were used since the station's start.
#[derive(Debug, Default)]
pub(super) struct Orgs {
    by_name: Mutex<HashMap<String, Arc<Org>>>,
    /// Locked while a key is generated, so that an org gets only one key, and concurrent claims use
    /// only one core.
    generating: Mutex<()>,
}

impl Orgs {
    fn by_name(&self) -> MutexGuard<'_, HashMap<String, Arc<Org>>> {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the org `name`, or `None` if it is not in memory. Fails if there is no room to add
    /// it.
    fn loaded(&self, name: &str) -> Result<Option<Arc<Org>>, PublishError> {
        let orgs = self.by_name();
        match orgs.get(name) {
            Some(org) => Ok(Some(org.clone())),
            None if orgs.len() >= MAX_ORGS => Err(PublishError::TooManyOrgs),
            None => Ok(None),
        }
    }

    /// Returns the org `name`. Its key is loaded or generated at the first use.
    pub(super) fn get(
        &self,
        name: &str,
        directory: &StateDirectory,
        profile: Profile,
    ) -> Result<Arc<Org>, PublishError> {
        if let Some(org) = self.loaded(name)? {
            return Ok(org);
        }
        let path = directory.org_key(name);
        // An existing key file is complete, so loading it need not wait for the generation of other
        // keys, which takes up to a second each.
        let _generating = (!path.exists()).then(|| {
            self.generating
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        });
        if let Some(org) = self.loaded(name)? {
            return Ok(org);
        }
        let key = load_or_generate(&path, profile, NO_PUZZLE)?;
        let org = Arc::new(Org {
            key_id: key_id_of(&key.public_key(), profile),
            key,
            signed: Mutex::default(),
        });
        Ok(self.by_name().entry(name.to_owned()).or_insert(org).clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concurrent_requests_for_an_org_generate_one_key() {
        let temporary = tempfile::tempdir().unwrap();
        let directory = StateDirectory::open(Some(temporary.path())).unwrap();
        let orgs = Orgs::default();
        let get = || orgs.get("acme", &directory, Profile::PqPure).unwrap();
        let orgs: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(get)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        assert!(orgs.iter().all(|org| Arc::ptr_eq(org, &orgs[0])));
    }

    #[test]
    fn an_org_with_a_key_does_not_wait_for_the_generation_of_others() {
        let temporary = tempfile::tempdir().unwrap();
        let directory = StateDirectory::open(Some(temporary.path())).unwrap();
        let get = |orgs: &Orgs| orgs.get("acme", &directory, Profile::PqPure).unwrap();
        let saved = get(&Orgs::default());
        let restarted = Orgs::default();
        let _generating = restarted.generating.lock().unwrap();
        assert_eq!(get(&restarted).key_id(), saved.key_id());
    }

    #[test]
    fn a_signature_is_due_again_after_its_interval_or_if_the_clock_was_set_back() {
        assert!(is_due(None, 100, 10));
        assert!(!is_due(Some(95), 100, 10));
        assert!(is_due(Some(90), 100, 10));
        assert!(is_due(Some(101), 100, 10));
    }
}
