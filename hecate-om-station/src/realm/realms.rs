//! The realms of a station.

use std::collections::HashSet;
use std::sync::Arc;

use macula_rust::node_key::{NodeKey, key_id_of};
use macula_rust::profile::Profile;

use super::Realm;
use crate::RealmIdentity;
use crate::dht::Dht;
use crate::state::StateDirectory;

/// The realms whose procedures are served through a station: those that it
/// serves itself, and those that other stations serve.
#[derive(Debug)]
pub(crate) struct Realms {
    own: Vec<Arc<Realm>>,
    trusted: Vec<RealmIdentity>,
    /// The station's directory, where no realm of its own holds it.
    _directory: Option<StateDirectory>,
}

impl Realms {
    /// The realms that the station serves, of which the first is its own.
    pub(crate) fn own(own: Vec<Realm>) -> Self {
        Self {
            trusted: own.iter().map(|realm| realm.identity().clone()).collect(),
            own: own.into_iter().map(Arc::new).collect(),
            _directory: None,
        }
    }

    /// Realms that other stations serve, at a station that is kept in
    /// `directory`.
    pub(crate) fn of_others(trusted: Vec<RealmIdentity>, directory: StateDirectory) -> Self {
        Self {
            own: Vec::new(),
            trusted,
            _directory: Some(directory),
        }
    }

    /// Every realm that the station knows.
    pub(crate) fn identities(&self) -> &[RealmIdentity] {
        &self.trusted
    }

    /// The realms that the station serves.
    pub(crate) fn served(&self) -> &[Arc<Realm>] {
        &self.own
    }

    /// The realm `id`, if the station serves it.
    pub(crate) fn serving(&self, id: &[u8; 32]) -> Option<&Arc<Realm>> {
        self.own.iter().find(|realm| realm.identity().id == *id)
    }

    /// The key of the realm `id`; the station trusts no other.
    pub(crate) fn key_of(&self, id: &[u8; 32]) -> Option<Vec<u8>> {
        let trusted = self.trusted.iter().find(|realm| realm.id == *id);
        trusted.map(|realm| realm.key.clone())
    }

    /// The key ids of all realms, as records name their signers.
    pub(crate) fn key_ids(&self, profile: Profile) -> Vec<[u8; 32]> {
        let keys = self.trusted.iter().map(|realm| &realm.key);
        keys.map(|key| key_id_of(key, profile)).collect()
    }

    /// Whether `node` was admitted to any org.
    pub(crate) fn is_admitted(&self, node: &[u8; 32]) -> bool {
        self.own.iter().any(|realm| realm.is_admitted(node))
    }

    /// Signs and publishes what a node about to be linked needs to serve.
    pub(crate) fn link_up(&self, dht: &Dht, node: &[u8; 32]) {
        for realm in &self.own {
            realm.link_up(dht, node);
        }
    }

    /// Takes note that a node's link ended.
    pub(crate) fn link_down(&self, node: &[u8; 32]) {
        for realm in &self.own {
            realm.link_down(node);
        }
    }

    /// Renews the signatures that are due.
    pub(crate) fn refresh(&self, dht: &Dht, linked: &HashSet<[u8; 32]>) {
        for realm in &self.own {
            realm.refresh(dht, linked);
        }
    }

    /// Advertises what the realms answer, served by the station's node `key`.
    pub(crate) fn advertise(&self, dht: &Dht, key: &NodeKey) {
        for realm in &self.own {
            realm.advertise(dht, key);
        }
    }
}
