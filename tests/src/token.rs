//! Tokens of the development realm of a sandbox.

use std::time::{SystemTime, UNIX_EPOCH};

use hecate_om::identity::{NodeId, Ucan};
use hecate_om::macula::node_key::{NodeKey, Purpose};
use hecate_om::macula::profile::Profile;
use hecate_om::macula::ucan;

use crate::Sandbox;

impl Sandbox {
    /// Signs a token with a permission for the whole realm, issued to `node`.
    ///
    /// # Panics
    ///
    /// If there is no development mesh.
    #[must_use]
    pub fn token(&self, node: NodeId, permission: &str) -> Ucan {
        let token = self.token_text(node, permission);
        token.parse().expect("a valid token")
    }

    /// Like [`Sandbox::token`], as text.
    ///
    /// # Panics
    ///
    /// If there is no development mesh.
    #[must_use]
    pub fn token_text(&self, node: NodeId, permission: &str) -> String {
        let mesh = self.mesh_info();
        let realm = mesh["realm"]["name"].as_str().expect("a text");
        self.token_on(node, &format!("mri:realm:{realm}"), permission)
    }

    /// Like [`Sandbox::token_text`], for one resource.
    ///
    /// # Panics
    ///
    /// If there is no development mesh.
    #[must_use]
    pub fn token_on(&self, node: NodeId, resource: &str, permission: &str) -> String {
        let options = ucan::Options {
            exp: in_seconds(3_600),
            ..ucan::Options::default()
        };
        signed_token(&self.realm_key(), node, resource, permission, &options)
    }

    /// Returns the key of the development realm.
    ///
    /// # Panics
    ///
    /// If there is no development mesh.
    #[must_use]
    pub fn realm_key(&self) -> NodeKey {
        let mesh = self.mesh_info();
        let profile = mesh["profile"].as_str().expect("a text");
        let profile = Profile::parse(profile).expect("the profile is known");
        let key = self.mesh_file().with_file_name("realm.key");
        let realm = NodeKey::load(&key, Purpose::Identity, profile);
        realm.expect("the realm's key is on this machine")
    }
}

/// Returns a time in Unix seconds, relative to now.
///
/// # Panics
///
/// If the clock is before 1970.
#[must_use]
pub fn in_seconds(seconds: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.expect("the clock is after 1970").as_secs();
    i64::try_from(now).expect("a time") + seconds
}

/// Signs a token with any key.
///
/// # Panics
///
/// If the key cannot sign.
#[must_use]
pub fn signed_token(
    key: &NodeKey,
    node: NodeId,
    resource: &str,
    permission: &str,
    options: &ucan::Options,
) -> String {
    let capability = ucan::Capability {
        with: resource.to_owned(),
        can: permission.to_owned(),
    };
    let token = ucan::create(key, node.as_bytes(), &[capability], options);
    String::from_utf8(token.expect("the key can sign")).expect("a text")
}
