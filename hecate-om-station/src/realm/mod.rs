//! The development realm. It signs the records of a real realm and answers the same two procedures:
//! the claim of an org, and the request for a UCAN.
//!
//! The realm key signs an org directory for each claimed org, which names the org's key. The org
//! key signs a delegation for each node admitted to the org. Directories live for 6 hours and
//! delegations for 30 minutes; both are renewed as long as a node needs them.

mod admissions;
mod advertise;
mod claim;
mod membership;
mod org;
mod procedure;
mod realms;
mod records;
mod revoke;
mod signed_request;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use macula_rust::cbor::Value;
use macula_rust::node_key::NodeKey;
use macula_rust::record::RecordError;
use tokio::sync::Semaphore;
use tracing::{debug, warn};

use crate::StationError;
use crate::clock::now_ms;
use crate::dht::Dht;
use crate::name::is_org_name;
use crate::policy::{ClaimDecision, ClaimPolicy, TokenPolicy};
use crate::provider_error::ProviderError;
use crate::storage::{AdmittedNode, NO_PUZZLE, StateDirectory, load_or_generate};

use admissions::Admissions;
use org::Orgs;
pub(crate) use procedure::RealmProcedure;
pub(crate) use realms::Realms;
use signed_request::Nonces;

/// Maximum lifetime of a delegation (wire 1.0 §5.1).
pub(crate) const MAX_DELEGATION_LIFE: Duration = Duration::from_secs(30 * 60);

/// Maximum number of claims and UCAN requests answered concurrently.
const MAX_REQUESTS: usize = 64;

/// Age at which an org directory is renewed, well before its expiry.
const DIRECTORY_RENEWAL_MS: i64 = 60 * 60 * 1000;

/// Time after the end of a node's link in which its delegations are still renewed.
const GRACE_MS: i64 = 30 * 60 * 1000;

/// Public identity of a realm.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RealmIdentity {
    /// The realm's name, which is the org of its own procedures.
    pub name: String,
    /// The realm's id: the SHA-256 of its name.
    pub id: [u8; 32],
    /// The realm's public key in its wire form, which members pin.
    pub key: Vec<u8>,
}

/// The policies of a realm.
#[derive(Clone)]
pub(crate) struct RealmPolicies {
    pub(crate) claim_policy: ClaimPolicy,
    pub(crate) token_policy: TokenPolicy,
    pub(crate) delegation_life: Duration,
}

/// The development realm.
pub(crate) struct Realm {
    identity: RealmIdentity,
    key: NodeKey,
    /// The station's node, which serves the realm's procedures.
    station: [u8; 32],
    policies: RealmPolicies,
    nonces: Nonces,
    directory: StateDirectory,
    /// One permit for each further claim or UCAN request that may be answered concurrently.
    pub(crate) requests: Arc<Semaphore>,
    orgs: Orgs,
    admissions: Mutex<Admissions>,
    /// Locked from the snapshot of the admissions until it is written, so that an older snapshot
    /// never overwrites a newer one.
    saving: Mutex<()>,
    /// Publication errors that were logged and still occur.
    publish_errors: Mutex<HashSet<String>>,
}

impl std::fmt::Debug for Realm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Realm")
            .field("name", &self.identity.name)
            .finish_non_exhaustive()
    }
}

impl Realm {
    /// Opens the realm `name`, which is served by `station`, with the key and the admissions in
    /// `directory`.
    pub(crate) fn open(
        name: &str,
        directory: StateDirectory,
        station: &NodeKey,
        mut policies: RealmPolicies,
    ) -> Result<Self, StationError> {
        if !is_org_name(name) {
            return Err(StationError::RealmName(name.to_owned()));
        }
        policies.delegation_life = policies.delegation_life.min(MAX_DELEGATION_LIFE);
        let key = load_or_generate(&directory.realm_key(), station.profile(), NO_PUZZLE)?;
        let admitted = AdmittedNode::load(&directory.admitted())?;
        Ok(Self {
            identity: RealmIdentity {
                name: name.to_owned(),
                id: records::realm_id(name),
                key: key.public_key(),
            },
            station: station
                .node_id()
                .map_err(|error| StationError::crypto("node id", &error))?,
            policies,
            nonces: Nonces::default(),
            requests: Arc::new(Semaphore::new(MAX_REQUESTS)),
            orgs: Orgs::default(),
            admissions: Mutex::new(Admissions::new(admitted, now_ms())),
            saving: Mutex::default(),
            publish_errors: Mutex::default(),
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

    /// Returns whether `node` was admitted to any org.
    pub(crate) fn is_admitted(&self, node: &[u8; 32]) -> bool {
        self.admissions().is_admitted(node)
    }

    /// Publishes the authorizations of a node that is about to be linked.
    pub(crate) fn node_linked(&self, dht: &Dht, node: &[u8; 32]) {
        let now = now_ms();
        let orgs = self.admissions().record_seen(node, now);
        self.save_when_stale(now);
        for org in orgs {
            if let Some(error) = self.publish_if_granted(dht, &org, node) {
                self.report_publish_error(error);
            }
        }
    }

    /// Records the end of a node's link, which starts its grace period.
    pub(crate) fn node_unlinked(&self, node: &[u8; 32]) {
        let _ = self.admissions().record_seen(node, now_ms());
    }

    /// Renews the authorizations that are due, of the nodes in `linked` and of nodes in their grace
    /// period.
    pub(crate) fn renew(&self, dht: &Dht, linked: &HashSet<[u8; 32]>) {
        let now = now_ms();
        let live = {
            let mut admissions = self.admissions();
            for node in linked {
                let _ = admissions.record_seen(node, now);
            }
            admissions.seen_since(now - GRACE_MS)
        };
        self.save_when_stale(now);
        let mut errors = HashSet::new();
        for (org, node) in live {
            if let Some(error) = self.publish_if_granted(dht, &org, &node) {
                self.report_publish_error(error.clone());
                errors.insert(error);
            }
        }
        // An error that stopped and occurs again is logged again.
        *self.publish_errors() = errors;
    }

    fn publish_errors(&self) -> MutexGuard<'_, HashSet<String>> {
        self.publish_errors
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Logs a publication error only once, because the publication is retried at every tick.
    fn report_publish_error(&self, error: String) {
        if !self.publish_errors().contains(&error) {
            warn!(%error, "authorization not published");
            self.publish_errors().insert(error);
        }
    }

    /// Publishes the authorization of `node` for `org` if the policy still grants it. Returns the
    /// text of an error, if any.
    fn publish_if_granted(&self, dht: &Dht, org: &str, node: &[u8; 32]) -> Option<String> {
        if (self.policies.claim_policy)(org, node) != ClaimDecision::Grant {
            debug!(org, node = hex::encode(node), "admission no longer granted");
            return None;
        }
        let error = self.publish(dht, org, node).err()?;
        debug!(org, node = hex::encode(node), %error, "authorization not published");
        Some(error.to_string())
    }

    /// Stores the org's directory and the node's delegation in the DHT, if they are missing or due.
    fn publish(&self, dht: &Dht, name: &str, node: &[u8; 32]) -> Result<(), PublishError> {
        let now = now_ms();
        let org = self.orgs.get(name, &self.directory, self.key.profile())?;
        if org.directory_is_due(now, DIRECTORY_RENEWAL_MS) {
            let wire = records::org_directory(&self.key, &self.identity.id, name, org.key_id())?;
            put(dht, &wire)?;
            org.directory_signed(now);
        }
        // A shorter lifetime, set by a test, does not apply to the station's own delegation:
        // without that delegation no node finds the claim.
        let life = if *node == self.station {
            MAX_DELEGATION_LIFE
        } else {
            self.policies.delegation_life
        };
        let renewal_ms = i64::try_from(life.as_millis() / 3).unwrap_or(i64::MAX);
        if org.delegation_is_due(node, now, renewal_ms) {
            let wire = records::procedure_delegation(org.key(), org.key_id(), node, life)?;
            put(dht, &wire)?;
            org.delegation_signed(*node, now);
        }
        Ok(())
    }

    /// Saves the admissions if the file is a day old, so that a node with a long-lived link does
    /// not appear unused after a restart.
    fn save_when_stale(&self, now_ms: i64) {
        if self.admissions().is_stale(now_ms) {
            self.save_admissions();
        }
    }

    fn save_admissions(&self) {
        let _saving = self.saving.lock().unwrap_or_else(PoisonError::into_inner);
        let admitted = self.admissions().snapshot(now_ms());
        let path = self.directory.admitted();
        if let Err(error) = AdmittedNode::save(&admitted, &path) {
            warn!(%error, path = %path.display(), "admissions not saved");
        }
    }
}

/// Reason why a record of the realm was not published.
#[derive(Debug, thiserror::Error)]
enum PublishError {
    #[error("{0}")]
    Key(#[from] StationError),
    #[error("{0}")]
    Record(#[from] RecordError),
    #[error("the station's store refused the record: {0}")]
    Store(&'static str),
    #[error("the realm has the maximum number of orgs")]
    TooManyOrgs,
}

impl From<PublishError> for ProviderError {
    fn from(error: PublishError) -> Self {
        Self::handler(error.to_string())
    }
}

fn put(dht: &Dht, wire: &[u8]) -> Result<(), PublishError> {
    dht.put(wire)
        .map_err(|refusal| PublishError::Store(refusal.name()))
}

/// Returns the text of a value. Erlang nodes send text as byte strings, so both forms are accepted.
fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        Value::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
