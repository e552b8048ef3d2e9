//! The claim: a node asks the realm to authorize it to serve an org's procedures. The caller's node
//! id is the claimant; the payload names the org, and labels for people.

use macula_rust::cbor::Value;
use tracing::debug;

use super::{Realm, text};
use crate::clock::now_ms;
use crate::dht::Dht;
use crate::name::is_org_name;
use crate::policy::ClaimDecision;
use crate::provider_error::ProviderError;

impl Realm {
    /// Answers a claim by `node`. A granted claim is answered once the node's authorization is in
    /// the DHT.
    pub(super) fn claim(
        &self,
        dht: &Dht,
        node: &[u8; 32],
        payload: &Value,
    ) -> Result<Value, ProviderError> {
        let field = |key: &str| payload.get(key).and_then(text);
        let Some(org) = field("org") else {
            return Err(ProviderError::handler(
                "the claim names no org; set `org` in the payload",
            ));
        };
        if !is_org_name(org) {
            return Err(ProviderError::handler(format!(
                "`{org}` is not an org name: lower-case letters, digits, `.`, `_` and `-`, \
                 starting with a letter or digit, at most 128 bytes"
            )));
        }
        if org == self.identity.name {
            return Err(ProviderError::handler(format!(
                "the org `{org}` is reserved for the realm"
            )));
        }
        match (self.policies.claim_policy)(org, node) {
            ClaimDecision::Grant => {}
            ClaimDecision::Pending => return Err(ProviderError::not_admitted()),
            ClaimDecision::Refuse(reason) => return Err(ProviderError::handler(reason)),
        }
        self.publish(dht, org, node)?;
        if self.admissions().admit(org, *node, now_ms()) {
            self.save_admissions();
        }
        debug!(
            org,
            node = hex::encode(node),
            service = field("service_name"),
            host = field("box"),
            "node admitted"
        );
        Ok(Value::Map(vec![
            (Value::text("org"), Value::text(org)),
            (Value::text("status"), Value::text("issued")),
        ]))
    }
}
