//! What the realm answered, held against what was asked.

use std::collections::HashMap;

use macula_rust::cbor::Value;
use macula_rust::node_key::node_id_of;
use macula_rust::ucan::{self, Context, Policy, covers};

use super::Held;
use crate::capability::NodeId;
use crate::config::{Profile, Realm};
use crate::mesh::IdentitySpec;
use crate::mesh::connection::ucan::{Ucan, claims};
use crate::mesh::macula_profile;

/// How far the realm's clock may be from ours (macula's tolerance).
const SKEW_SECONDS: u64 = 5 * 60;

/// Whom a token must be for, and from.
#[derive(Debug)]
pub(super) struct Expected<'a> {
    pub(super) node: NodeId,
    pub(super) realm: &'a Realm,
    pub(super) profile: Profile,
    pub(super) spec: &'a IdentitySpec,
    /// Unix seconds.
    pub(super) now: u64,
}

impl Expected<'_> {
    /// The token of the realm's reply, where it is what was asked for; else what is wrong with it.
    pub(super) fn held(&self, reply: &Value) -> Result<Held, String> {
        // Erlang sends a text as text or as bytes.
        let token = match reply.get("ucan") {
            Some(Value::Text(token)) => token.clone().into_bytes(),
            Some(Value::Bytes(token)) => token.clone(),
            _ => return Err("the reply has no `ucan`".into()),
        };
        let profile = macula_profile(self.profile);
        // With no parents: the realm's own key must have signed this very token.
        let from_the_realm = Policy::UcanRequired {
            issuer: node_id_of(&self.realm.key, profile),
        };
        let here = Context {
            caller: *self.node.as_bytes(),
            profile,
            now: i64::try_from(self.now).unwrap_or(i64::MAX),
            request: None,
            proofs: HashMap::new(),
        };
        ucan::authorize(&token, &from_the_realm, &here)
            .map_err(|refusal| refusal.name().to_owned())?;
        let claims = claims(&token, &[]).ok_or("it has a claim twice")?;
        let longest = u64::from(self.spec.ttl_days).saturating_mul(24 * 60 * 60);
        let left = claims.expires.saturating_sub(self.now);
        if left > longest.saturating_add(SKEW_SECONDS) {
            return Err(format!(
                "it is good for {left} s, over the `ttl_days = {}` of the manifest",
                self.spec.ttl_days
            ));
        }
        let all = format!("mri:realm:{}", self.realm.name);
        let is_granted = |action: &&str| {
            let granted = claims.capabilities().iter();
            granted
                .clone()
                .any(|g| g.can() == *action && covers(&all, g.with()))
        };
        let (granted, missing) = self.spec.actions.iter().copied().partition(is_granted);
        Ok(Held {
            ucan: Ucan::alone(token),
            expires: claims.expires,
            granted,
            missing,
        })
    }
}
