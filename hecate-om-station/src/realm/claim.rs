//! The claim: a node asks its realm to authorize it to serve an org's
//! procedures. Its wire identity is the claim; the payload names the org, and
//! labels for people.

use macula_rust::cbor::Value;
use macula_rust::node_key::NodeKey;
use macula_rust::record::{
    self, Authorization, ProcedureAdvertisementOptions, new_procedure_advertisement,
    org_directory_key, procedure_delegation_key,
};
use tracing::debug;

use super::authority::ISSUE;
use super::org::is_org_name;
use super::{Realm, Refused, put};
use crate::clock::now_ms;
use crate::config::Admission;
use crate::dht::Dht;
use crate::procedures::Refusal;

/// The claim's procedure after the realm's name.
const CLAIM: &str = "_realm/_realm/identity/request_provider_authorization_v1";

/// What a claim that waits for a person is answered, word for word.
pub(super) const NOT_ADMITTED: &str = "not_admitted";

impl Realm {
    /// Whether `procedure` is the claim.
    pub(crate) fn is_claim(&self, procedure: &str) -> bool {
        self.is_own(procedure, CLAIM)
    }

    /// Whether `procedure` is the realm's own `name`; the org of its procedures
    /// is its name.
    pub(super) fn is_own(&self, procedure: &str, name: &str) -> bool {
        procedure
            .strip_prefix(self.identity.name.as_str())
            .and_then(|rest| rest.strip_prefix('/'))
            == Some(name)
    }

    /// Answers a claim by `node`. Once granted, the node's chain is in the
    /// DHT before the answer is.
    pub(crate) fn claim(
        &self,
        dht: &Dht,
        node: &[u8; 32],
        payload: &Value,
    ) -> Result<Value, Refusal> {
        let text = |key: &str| payload.get(key).and_then(text_or_bytes);
        let Some(org) = text("org") else {
            return Err(Refusal::handler(
                "the claim names no org: `org` is a text of its payload",
            ));
        };
        if !is_org_name(&org) {
            return Err(Refusal::handler(format!(
                "`{org}` is not an org name: lower-case letters, digits, `.`, `_` and `-`, \
                 starting with a letter or digit, at most 128 bytes"
            )));
        }
        if org == self.identity.name {
            return Err(Refusal::handler(format!(
                "the org `{org}` is the realm's own"
            )));
        }
        match (self.policy)(&org, node) {
            Admission::Grant => {}
            Admission::Pending => return Err(Refusal::handler(NOT_ADMITTED)),
            Admission::Refuse(why) => return Err(Refusal::handler(why)),
        }
        self.publish(dht, &org, node)?;
        if self.admissions().admit(&org, *node, now_ms()) {
            self.save_admissions();
        }
        debug!(
            org,
            node = hex::encode(node),
            service = text("service_name"),
            host = text("box"),
            "node admitted"
        );
        Ok(Value::Map(vec![
            (Value::text("org"), Value::text(org)),
            (Value::text("status"), Value::text("issued")),
        ]))
    }

    /// Advertises the claim and the request for authority, served by the
    /// station's node `key` through the station: an ordinary call finds them
    /// as it finds any procedure.
    pub(crate) fn advertise(&self, dht: &Dht, key: &NodeKey) {
        for name in [CLAIM, ISSUE] {
            match self.advertisement(dht, key, name) {
                Ok(()) => debug!(name, "advertised"),
                Err(why) => tracing::warn!(name, %why, "not advertised"),
            }
        }
    }

    fn advertisement(&self, dht: &Dht, key: &NodeKey, name: &str) -> Result<(), Refused> {
        self.publish(dht, &self.identity.name, &self.station)?;
        let org = &self.identity.name;
        let held = self.orgs.get(org, &self.directory, self.key.profile())?;
        let found = |slot| dht.find(&slot).ok_or(Refused::Store("not_found"));
        let directory = found(org_directory_key(&self.identity.id, org))?;
        let delegation = found(procedure_delegation_key(&held.key_id(), &self.station))?;
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
            &format!("{org}/{name}"),
            &[self.station],
            &options,
        )?;
        put(dht, &record::encode(&record::sign(&advertisement, key)?)?)
    }
}

/// Erlang nodes send texts as byte strings, so both are read.
fn text_or_bytes(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Bytes(bytes) => String::from_utf8(bytes.clone()).ok(),
        _ => None,
    }
}
