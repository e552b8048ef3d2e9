//! The realms of a station.

use std::collections::HashSet;
use std::sync::Arc;

use macula_rust::node_key::{NodeKey, key_id_of};
use macula_rust::profile::Profile;

use super::{Realm, RealmIdentity};
use crate::dht::Dht;
use crate::storage::StateDirectory;

/// The realms whose procedures are served through a station: all by the station itself, or all by
/// another station.
#[derive(Debug)]
pub(crate) struct Realms {
    served: Vec<Arc<Realm>>,
    identities: Vec<RealmIdentity>,
    /// The station's directory, if no served realm owns it.
    _directory: Option<StateDirectory>,
}

impl Realms {
    /// Creates the realms that the station serves. The first is its main realm.
    pub(crate) fn served_here(realms: Vec<Realm>) -> Self {
        Self {
            identities: realms
                .iter()
                .map(|realm| realm.identity().clone())
                .collect(),
            served: realms.into_iter().map(Arc::new).collect(),
            _directory: None,
        }
    }

    /// Creates the realms that another station serves, for a station with this directory.
    pub(crate) fn served_elsewhere(
        identities: Vec<RealmIdentity>,
        directory: StateDirectory,
    ) -> Self {
        Self {
            served: Vec::new(),
            identities,
            _directory: Some(directory),
        }
    }

    /// Returns the identities of all realms.
    pub(crate) fn identities(&self) -> &[RealmIdentity] {
        &self.identities
    }

    /// Returns the realms that the station serves itself.
    pub(crate) fn served(&self) -> &[Arc<Realm>] {
        &self.served
    }

    /// Returns the realm with this id, if the station serves it itself.
    pub(crate) fn serving(&self, id: &[u8; 32]) -> Option<&Arc<Realm>> {
        self.served.iter().find(|realm| realm.identity().id == *id)
    }

    /// Returns the key of the realm with this id. The station trusts no other realm.
    pub(crate) fn key_of(&self, id: &[u8; 32]) -> Option<Vec<u8>> {
        let realm = self.identities.iter().find(|realm| realm.id == *id);
        realm.map(|realm| realm.key.clone())
    }

    /// Returns the key ids of all realms, by which records name their signers.
    pub(crate) fn key_ids(&self, profile: Profile) -> Vec<[u8; 32]> {
        let keys = self.identities.iter().map(|realm| &realm.key);
        keys.map(|key| key_id_of(key, profile)).collect()
    }

    /// Returns whether `node` was admitted to any org.
    pub(crate) fn is_admitted(&self, node: &[u8; 32]) -> bool {
        self.served.iter().any(|realm| realm.is_admitted(node))
    }

    /// Publishes the authorizations of a node that is about to be linked.
    pub(crate) fn node_linked(&self, dht: &Dht, node: &[u8; 32]) {
        for realm in &self.served {
            realm.node_linked(dht, node);
        }
    }

    /// Records the end of a node's link.
    pub(crate) fn node_unlinked(&self, node: &[u8; 32]) {
        for realm in &self.served {
            realm.node_unlinked(node);
        }
    }

    /// Renews the authorizations that are due.
    pub(crate) fn renew(&self, dht: &Dht, linked: &HashSet<[u8; 32]>) {
        for realm in &self.served {
            realm.renew(dht, linked);
        }
    }

    /// Advertises the realms' procedures as served by the station's node, whose key is `key`.
    pub(crate) fn advertise(&self, dht: &Dht, key: &NodeKey) {
        for realm in &self.served {
            realm.advertise(dht, key);
        }
    }
}
