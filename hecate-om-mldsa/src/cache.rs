//! Private keys that were used lately, as AWS-LC expanded them.

use std::ffi::c_int;
use std::sync::{Arc, Mutex, PoisonError};

use crate::ParameterSet;
use crate::evp::{self, Key};

/// Expanded private keys of this process.
pub(crate) static PRIVATE_KEYS: KeyCache = KeyCache::new();

/// Number of keys kept. A service has one or two; a test hosts a few in its process.
const CAPACITY: usize = 16;

/// Name of a kept key. It contains a hash of the key's bytes, which does not reveal them.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Name {
    algorithm: c_int,
    hash: [u8; 32],
}

impl Name {
    pub(crate) fn new(p: ParameterSet, private_key: &[u8]) -> Self {
        Self {
            algorithm: p.algorithm(),
            hash: evp::sha256(private_key),
        }
    }
}

/// The keys used last. The lock is held only to find or store a key, never while one is used.
pub(crate) struct KeyCache {
    /// The key used last is at the end.
    entries: Mutex<Vec<(Name, Arc<Key>)>>,
}

impl KeyCache {
    const fn new() -> Self {
        Self {
            entries: Mutex::new(Vec::new()),
        }
    }

    pub(crate) fn get(&self, name: &Name) -> Option<Arc<Key>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let at = entries.iter().position(|(kept, _)| kept == name)?;
        entries[at..].rotate_left(1);
        entries.last().map(|(_, key)| Arc::clone(key))
    }

    /// Stores a key. The key that was not used for longest is dropped, which erases it unless a
    /// signature with it is being made; that one's end erases it.
    pub(crate) fn insert(&self, name: Name, key: Arc<Key>) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.iter().any(|(kept, _)| *kept == name) {
            return;
        }
        if entries.len() == CAPACITY {
            entries.remove(0);
        }
        entries.push((name, key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ML_DSA_44, ML_DSA_65};

    fn insert(cache: &KeyCache, seed: u8) -> (Name, Arc<Key>) {
        let seed = [seed; 32];
        let name = Name::new(ML_DSA_44, &seed);
        let key = Key::from_private(ML_DSA_44.algorithm(), &seed).expect("a seed is expanded");
        let key = Arc::new(key);
        cache.insert(name.clone(), Arc::clone(&key));
        (name, key)
    }

    #[test]
    fn the_key_unused_for_longest_is_dropped_when_the_cache_is_full() {
        let cache = KeyCache::new();
        let (first, first_key) = insert(&cache, 0);
        let (second, second_key) = insert(&cache, 1);
        for seed in 2..CAPACITY {
            insert(&cache, seed as u8);
        }
        assert!(cache.get(&first).is_some());
        insert(&cache, CAPACITY as u8);

        assert!(cache.get(&first).is_some());
        assert!(cache.get(&second).is_none());
        assert_eq!(Arc::strong_count(&first_key), 2);
        assert_eq!(
            Arc::strong_count(&second_key),
            1,
            "the cache holds it still"
        );
    }

    #[test]
    fn a_key_stored_by_two_threads_is_kept_once() {
        let cache = KeyCache::new();
        insert(&cache, 7);
        insert(&cache, 7);
        assert_eq!(cache.entries.lock().expect("no panic").len(), 1);
    }

    #[test]
    fn one_seed_is_two_keys_under_two_parameter_sets() {
        let cache = KeyCache::new();
        insert(&cache, 9);
        assert!(cache.get(&Name::new(ML_DSA_65, &[9; 32])).is_none());
    }
}
