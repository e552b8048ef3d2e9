//! Revocation of an admission.

use macula_rust::record::procedure_delegation_key;
use tracing::{debug, warn};

use super::Realm;
use crate::dht::Dht;

impl Realm {
    /// Removes the admission of `node` to `org`, and its delegation from the DHT.
    pub(crate) fn revoke(&self, dht: &Dht, org: &str, node: &[u8; 32]) {
        self.admissions().revoke(org, *node);
        self.save_admissions();
        match self.orgs.get(org, &self.directory, self.key.profile()) {
            Ok(signer) => {
                signer.delegation_revoked(node);
                let slot = procedure_delegation_key(&signer.key_id(), node);
                dht.remove(&slot, &signer.key_id());
                debug!(org, node = hex::encode(node), "admission revoked");
            }
            Err(error) => warn!(org, %error, "delegation not revoked"),
        }
    }
}
