//! The development realm: it signs what a real realm signs, and answers the
//! claim and the request for authority that a real realm answers, so that
//! nothing above differs.
//!
//! The realm key signs an org directory for each claimed org, naming the org's
//! key; the org key signs a delegation for each node admitted to the org. Both
//! live shortly (6 hours, 30 minutes), so they are signed anew as long as
//! somebody needs them.

mod admissions;
mod authority;
mod claim;
mod device_request;
mod org;
mod realms;
mod records;
mod revocation;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use macula_rust::node_key::NodeKey;
use macula_rust::record::RecordError;
use tokio::sync::Semaphore;
use tracing::{debug, warn};

use crate::authority::AuthorityPolicy;
use crate::clock::now_ms;
use crate::config::{Admission, AdmissionPolicy, MAX_DELEGATION_LIFE};
use crate::dht::Dht;
use crate::procedures::Refusal;
use crate::state::{AdmittedNode, NO_PUZZLE, StateDirectory, load_or_generate};
use crate::{RealmIdentity, StationError};

use admissions::Admissions;
use device_request::Nonces;
pub(crate) use org::is_org_name;
use org::{Org, Orgs};
pub(crate) use realms::Realms;

/// Claims, and requests for authority, answered at a time.
const MAX_CLAIMS: usize = 64;

/// A directory is signed anew well before its providers would feel its end.
const DIRECTORY_RESIGNED_MS: i64 = 60 * 60 * 1000;

/// How long after its link ended a node's delegations are kept signed.
const GRACE_MS: i64 = 30 * 60 * 1000;

/// The development realm.
pub(crate) struct Realm {
    identity: RealmIdentity,
    key: NodeKey,
    /// The station's node, which serves the claim.
    station: [u8; 32],
    policy: AdmissionPolicy,
    authority: AuthorityPolicy,
    nonces: Nonces,
    delegation_life: Duration,
    directory: StateDirectory,
    pub(crate) claims: Arc<Semaphore>,
    orgs: Orgs,
    admissions: Mutex<Admissions>,
    /// Held from the snapshot of the admissions to its being written, so that
    /// of two writes the one of the later snapshot is the later.
    saving: Mutex<()>,
    /// Why chains are not being published, each told once.
    unpublished: Mutex<HashSet<String>>,
}

impl std::fmt::Debug for Realm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Realm")
            .field("name", &self.identity.name)
            .finish_non_exhaustive()
    }
}

impl Realm {
    /// The realm `name`, with the key and the admissions kept in `directory`,
    /// served by `station`.
    pub(crate) fn open(
        name: &str,
        directory: StateDirectory,
        station: &NodeKey,
        policy: AdmissionPolicy,
        authority: AuthorityPolicy,
        delegation_life: Duration,
    ) -> Result<Self, StationError> {
        if !is_org_name(name) {
            return Err(StationError::RealmName(name.to_owned()));
        }
        let profile = station.profile();
        let key = load_or_generate(&directory.realm_key(), profile, NO_PUZZLE)?;
        let public = key.public_key();
        let admitted = AdmittedNode::load(&directory.admitted())?;
        Ok(Self {
            identity: RealmIdentity {
                name: name.to_owned(),
                id: records::realm_id(name),
                key: public,
            },
            station: station
                .node_id()
                .map_err(|why| StationError::crypto("node id", &why))?,
            policy,
            authority,
            nonces: Nonces::default(),
            delegation_life: delegation_life.min(MAX_DELEGATION_LIFE),
            claims: Arc::new(Semaphore::new(MAX_CLAIMS)),
            orgs: Orgs::default(),
            admissions: Mutex::new(Admissions::new(admitted, now_ms())),
            saving: Mutex::default(),
            unpublished: Mutex::default(),
            directory,
            key,
        })
    }

    pub(crate) fn identity(&self) -> &RealmIdentity {
        &self.identity
    }

    fn admissions(&self) -> MutexGuard<'_, Admissions> {
        self.admissions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether `node` was admitted to any org.
    pub(crate) fn is_admitted(&self, node: &[u8; 32]) -> bool {
        self.admissions().is_admitted(node)
    }

    /// Signs and publishes what a node about to be linked needs to serve.
    pub(crate) fn link_up(&self, dht: &Dht, node: &[u8; 32]) {
        let now = now_ms();
        let orgs = self.admissions().seen(node, now);
        self.save_when_stale(now);
        for org in orgs {
            if let Some(why) = self.publish_for(dht, &org, node) {
                self.tell(why);
            }
        }
    }

    /// Takes note that a node's link ended: its grace begins.
    pub(crate) fn link_down(&self, node: &[u8; 32]) {
        let _ = self.admissions().seen(node, now_ms());
    }

    /// Renews the signatures that are due: the station's own chain, and those of the
    /// nodes in `linked` and of the ones gone for no longer than the grace.
    pub(crate) fn refresh(&self, dht: &Dht, linked: &HashSet<[u8; 32]>) {
        let now = now_ms();
        let live = {
            let mut admissions = self.admissions();
            for node in linked {
                let _ = admissions.seen(node, now);
            }
            admissions.live(now - GRACE_MS)
        };
        self.save_when_stale(now);
        let mut unpublished = HashSet::new();
        for (org, node) in live {
            if let Some(why) = self.publish_for(dht, &org, &node) {
                self.tell(why.clone());
                unpublished.insert(why);
            }
        }
        // What went well this time is told anew when it fails again.
        *self.unpublished() = unpublished;
    }

    fn unpublished(&self) -> MutexGuard<'_, HashSet<String>> {
        self.unpublished
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Warns of `why`, once: what is due is tried again at every tick.
    fn tell(&self, why: String) {
        if !self.unpublished().contains(&why) {
            warn!(%why, "authorization not published");
            self.unpublished().insert(why);
        }
    }

    /// Publishes what the policy still grants; why not, where it failed.
    fn publish_for(&self, dht: &Dht, org: &str, node: &[u8; 32]) -> Option<String> {
        if (self.policy)(org, node) != Admission::Grant {
            debug!(org, node = hex::encode(node), "admission no longer granted");
            return None;
        }
        let why = self.publish(dht, org, node).err()?;
        debug!(org, node = hex::encode(node), %why, "authorization not published");
        Some(why.to_string())
    }

    /// Puts the org's directory and the node's delegation into the DHT, each
    /// where what stands there is missing or due.
    fn publish(&self, dht: &Dht, org: &str, node: &[u8; 32]) -> Result<(), Refused> {
        let now = now_ms();
        let held = self.orgs.get(org, &self.directory, self.key.profile())?;
        if held.directory_is_due(now, DIRECTORY_RESIGNED_MS) {
            let wire = records::org_directory(&self.key, &self.identity.id, org, held.key_id())?;
            put(dht, &wire)?;
            held.directory_signed(now);
        }
        // The station's own is no service's: what is tried out on those must
        // not stop the claim.
        let life = if *node == self.station {
            MAX_DELEGATION_LIFE
        } else {
            self.delegation_life
        };
        let resigned_ms = i64::try_from(life.as_millis() / 3).unwrap_or(i64::MAX);
        if held.delegation_is_due(node, now, resigned_ms) {
            put(dht, &delegation(&held, node, life)?)?;
            held.delegation_signed(*node, now);
        }
        Ok(())
    }

    /// Writes the admissions where what is written of them is a day old, so
    /// that a node linked for long is not forgotten as long unused.
    fn save_when_stale(&self, now_ms: i64) {
        if self.admissions().is_stale(now_ms) {
            self.save_admissions();
        }
    }

    fn save_admissions(&self) {
        let _saving = self.saving.lock().unwrap_or_else(PoisonError::into_inner);
        let admitted = self.admissions().written(now_ms());
        if let Err(why) = AdmittedNode::save(&admitted, &self.directory.admitted()) {
            warn!(%why, path = %self.directory.admitted().display(), "admissions not kept");
        }
    }
}

/// Why the realm's records were not published.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("{0}")]
    Key(#[from] StationError),
    #[error("{0}")]
    Record(#[from] RecordError),
    #[error("the station's store refused the record: {0}")]
    Store(&'static str),
    #[error("the realm holds as many orgs as it can")]
    TooManyOrgs,
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        Self::handler(refused.to_string())
    }
}

fn delegation(org: &Org, node: &[u8; 32], life: Duration) -> Result<Vec<u8>, RecordError> {
    records::procedure_delegation(org.key(), org.key_id(), node, life)
}

fn put(dht: &Dht, wire: &[u8]) -> Result<(), Refused> {
    dht.put(wire)
        .map_err(|refusal| Refused::Store(refusal.name()))
}

#[cfg(test)]
mod tests;
