//! What was granted, taken back.

use macula_rust::record::procedure_delegation_key;
use tracing::{debug, warn};

use super::Realm;
use crate::dht::Dht;

impl Realm {
    /// Forgets that `node` was admitted to `org`, and what says so in the DHT.
    pub(crate) fn revoke(&self, dht: &Dht, org: &str, node: &[u8; 32]) {
        self.admissions().revoke(org, *node);
        self.save_admissions();
        match self.orgs.get(org, &self.directory, self.key.profile()) {
            Ok(held) => {
                held.delegation_revoked(node);
                dht.remove(
                    &procedure_delegation_key(&held.key_id(), node),
                    &held.key_id(),
                );
                debug!(org, node = hex::encode(node), "admission revoked");
            }
            Err(why) => warn!(org, %why, "delegation not revoked"),
        }
    }
}
