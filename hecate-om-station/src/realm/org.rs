//! The orgs of the realm, each with a key of its own: the delegation of one
//! org says nothing of another.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use macula_rust::node_key::{NodeKey, key_id_of};
use macula_rust::profile::Profile;

use super::Refused;
use crate::config::MAX_DELEGATION_LIFE;
use crate::state::{NO_PUZZLE, StateDirectory, load_or_generate};

/// Orgs held at most.
const MAX_ORGS: usize = 1024;

/// Past the longest life of a delegation, when it was signed says nothing.
const STALE_MS: i64 = MAX_DELEGATION_LIFE.as_millis() as i64;

/// The longest org name. It leaves a procedure most of its 512 bytes, and
/// makes a file name everywhere.
const MAX_ORG_BYTES: usize = 128;

/// Whether `name` is an org name: `^[a-z0-9][a-z0-9._-]*$`.
pub(crate) fn is_org_name(name: &str) -> bool {
    let letter_or_digit = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    name.len() <= MAX_ORG_BYTES
        && name.bytes().next().is_some_and(letter_or_digit)
        && name
            .bytes()
            .all(|c| letter_or_digit(c) || matches!(c, b'.' | b'_' | b'-'))
}

/// An org: its key, and when what it needs was last signed, in Unix
/// milliseconds.
#[derive(Debug)]
pub(super) struct Org {
    key: NodeKey,
    key_id: [u8; 32],
    signed: Mutex<Signed>,
}

#[derive(Debug, Default)]
struct Signed {
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

    fn signed(&self) -> MutexGuard<'_, Signed> {
        self.signed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn directory_is_due(&self, now_ms: i64, every_ms: i64) -> bool {
        is_due(self.signed().directory_ms, now_ms, every_ms)
    }

    pub(super) fn directory_signed(&self, now_ms: i64) {
        self.signed().directory_ms = Some(now_ms);
    }

    pub(super) fn delegation_is_due(&self, node: &[u8; 32], now_ms: i64, every_ms: i64) -> bool {
        is_due(
            self.signed().delegations_ms.get(node).copied(),
            now_ms,
            every_ms,
        )
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

/// Whether what was signed at `signed_ms` is to be signed anew; a clock set
/// back makes it due too.
fn is_due(signed_ms: Option<i64>, now_ms: i64, every_ms: i64) -> bool {
    signed_ms.is_none_or(|signed| !(0..every_ms).contains(&(now_ms - signed)))
}

/// The orgs somebody claimed since the station started.
#[derive(Debug, Default)]
pub(super) struct Orgs {
    by_name: Mutex<HashMap<String, Arc<Org>>>,
    /// Held while a key is made: one org never gets two, and as many claims as
    /// come together take one core and not all.
    making: Mutex<()>,
}

impl Orgs {
    fn by_name(&self) -> MutexGuard<'_, HashMap<String, Arc<Org>>> {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The org `name`, or `None` where it is not held yet but may be.
    fn held(&self, name: &str) -> Result<Option<Arc<Org>>, Refused> {
        let orgs = self.by_name();
        match orgs.get(name) {
            Some(org) => Ok(Some(org.clone())),
            None if orgs.len() >= MAX_ORGS => Err(Refused::TooManyOrgs),
            None => Ok(None),
        }
    }

    /// The org `name`, whose key is loaded or made where it is not held yet.
    pub(super) fn get(
        &self,
        name: &str,
        directory: &StateDirectory,
        profile: Profile,
    ) -> Result<Arc<Org>, Refused> {
        if let Some(org) = self.held(name)? {
            return Ok(org);
        }
        let path = directory.org_key(name);
        // A key that is there is loaded past those being made, which take up
        // to a second each. It got there whole.
        let _making =
            (!path.exists()).then(|| self.making.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some(org) = self.held(name)? {
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
    fn an_org_asked_for_by_many_at_once_gets_one_key() {
        let temporary = tempfile::tempdir().unwrap();
        let directory = StateDirectory::open(Some(temporary.path())).unwrap();
        let orgs = Orgs::default();
        let get = || orgs.get("acme", &directory, Profile::PqPure).unwrap();
        let got: Vec<_> = std::thread::scope(|scope| {
            let asked: Vec<_> = (0..8).map(|_| scope.spawn(get)).collect();
            asked.into_iter().map(|got| got.join().unwrap()).collect()
        });
        assert!(got.iter().all(|org| Arc::ptr_eq(org, &got[0])));
    }

    #[test]
    fn an_org_with_a_key_does_not_wait_for_one_being_made() {
        let temporary = tempfile::tempdir().unwrap();
        let directory = StateDirectory::open(Some(temporary.path())).unwrap();
        let get = |orgs: &Orgs| orgs.get("acme", &directory, Profile::PqPure).unwrap();
        let kept = get(&Orgs::default());
        let restarted = Orgs::default();
        let _making = restarted.making.lock().unwrap();
        assert_eq!(get(&restarted).key_id(), kept.key_id());
    }

    #[test]
    fn org_names_follow_the_grammar() {
        for name in ["acme", "0x", "hecate-om", "io.macula", "a_b"] {
            assert!(is_org_name(name), "{name}");
        }
        let long = "a".repeat(MAX_ORG_BYTES + 1);
        for name in [
            "",
            "_",
            "Acme",
            "-a",
            ".a",
            "a/b",
            "a b",
            "é",
            "~00",
            long.as_str(),
        ] {
            assert!(!is_org_name(name), "{name}");
        }
    }

    #[test]
    fn what_was_signed_is_due_again_after_its_interval_or_a_clock_set_back() {
        assert!(is_due(None, 100, 10));
        assert!(!is_due(Some(95), 100, 10));
        assert!(is_due(Some(90), 100, 10));
        assert!(is_due(Some(101), 100, 10));
    }
}
