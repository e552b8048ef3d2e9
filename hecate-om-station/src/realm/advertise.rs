//! Advertisements of the realm's procedures, so that nodes find them like any other procedure.

use macula_rust::node_key::NodeKey;
use macula_rust::record::{
    self, Authorization, ProcedureAdvertisementOptions, new_procedure_advertisement,
    org_directory_key, procedure_delegation_key,
};
use tracing::{debug, warn};

use super::procedure::RealmProcedure;
use super::{PublishError, Realm, put};
use crate::dht::Dht;

impl Realm {
    /// Advertises the realm's procedures as served by the station's node, whose key is `key`.
    pub(crate) fn advertise(&self, dht: &Dht, key: &NodeKey) {
        for procedure in RealmProcedure::ALL {
            let name = procedure.name();
            match self.advertise_procedure(dht, key, name) {
                Ok(()) => debug!(name, "procedure of the realm advertised"),
                Err(error) => warn!(name, %error, "procedure of the realm not advertised"),
            }
        }
    }

    fn advertise_procedure(
        &self,
        dht: &Dht,
        key: &NodeKey,
        name: &str,
    ) -> Result<(), PublishError> {
        // The realm is also an org, which delegates to the station's node.
        let org_name = &self.identity.name;
        self.publish(dht, org_name, &self.station)?;
        let profile = self.key.profile();
        let org = self.orgs.get(org_name, &self.directory, profile)?;
        let find = |slot| dht.find(&slot).ok_or(PublishError::Store("not_found"));
        let directory = find(org_directory_key(&self.identity.id, org_name))?;
        let delegation = find(procedure_delegation_key(&org.key_id(), &self.station))?;
        let options = ProcedureAdvertisementOptions {
            authorization: Authorization::Delegation {
                org_directory: directory.to_vec(),
                procedure_delegation: delegation.to_vec(),
            },
            ..Default::default()
        };
        let advertisement = new_procedure_advertisement(
            &self.station,
            &self.identity.id,
            &format!("{org_name}/{name}"),
            &[self.station],
            &options,
        )?;
        put(dht, &record::encode(&record::sign(&advertisement, key)?)?)
    }
}
