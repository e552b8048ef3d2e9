//! Verification of the realm's reply.

use std::collections::HashMap;

use macula_rust::cbor::Value;
use macula_rust::node_key::node_id_of;
use macula_rust::ucan::{self, Context, Policy, covers};

use super::{IdentitySpec, IssuedToken};
use crate::capability::NodeId;
use crate::config::{Profile, RealmConfig};
use crate::mesh::connection::claims::claims;
use crate::mesh::connection::macula_profile;
use crate::mesh::connection::ucan::Ucan;

/// Largest accepted difference between the realm's clock and this node's clock, as in macula-rust.
const SKEW_SECONDS: u64 = 5 * 60;

/// Expected properties of a token.
#[derive(Debug)]
pub(super) struct Expected<'a> {
    pub(super) node: NodeId,
    pub(super) realm: &'a RealmConfig,
    pub(super) profile: Profile,
    pub(super) spec: &'a IdentitySpec,
    /// Current Unix time in seconds.
    pub(super) now: u64,
}

impl Expected<'_> {
    /// Returns the verified token in the realm's reply, or the reason why the reply is unusable.
    pub(super) fn verify(&self, reply: &Value) -> Result<IssuedToken, String> {
        // Erlang sends a string either as text or as bytes.
        let token = match reply.get("ucan") {
            Some(Value::Text(token)) => token.clone().into_bytes(),
            Some(Value::Bytes(token)) => token.clone(),
            _ => return Err("the reply has no `ucan`".into()),
        };
        let profile = macula_profile(self.profile);
        // Without proofs, so the realm's own key must have signed the token.
        let policy = Policy::UcanRequired {
            issuer: node_id_of(&self.realm.key, profile),
        };
        let context = Context {
            caller: *self.node.as_bytes(),
            profile,
            now: i64::try_from(self.now).unwrap_or(i64::MAX),
            request: None,
            proofs: HashMap::new(),
        };
        ucan::authorize(&token, &policy, &context).map_err(|refusal| refusal.name().to_owned())?;
        let claims = claims(&token, &[]).ok_or("it has a duplicate claim")?;
        let max_lifetime = u64::from(self.spec.ttl_days).saturating_mul(24 * 60 * 60);
        let remaining = claims.expires.saturating_sub(self.now);
        if remaining > max_lifetime.saturating_add(SKEW_SECONDS) {
            return Err(format!(
                "it is valid for {remaining} s, over the `ttl_days = {}` of the manifest",
                self.spec.ttl_days
            ));
        }
        let realm = format!("mri:realm:{}", self.realm.name);
        let is_granted = |action: &&str| {
            let granted = claims.grants().iter();
            granted
                .clone()
                .any(|g| g.permission() == *action && covers(&realm, g.resource()))
        };
        let (granted, missing) = self.spec.permissions.iter().copied().partition(is_granted);
        Ok(IssuedToken {
            ucan: Ucan::new(token, Vec::new()),
            expires: claims.expires,
            granted,
            missing,
        })
    }
}
