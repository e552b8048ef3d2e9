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
        let mesh = self.mesh_info();
        let profile = mesh["profile"].as_str().expect("a text");
        let profile = Profile::parse(profile).expect("the profile is known");
        let key = self.mesh_file().with_file_name("realm.key");
        let realm = NodeKey::load(&key, Purpose::Identity, profile);
        let realm = realm.expect("the realm's key is on this machine");
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.expect("the clock is after 1970").as_secs();
        let capability = ucan::Capability {
            with: resource.to_owned(),
            can: permission.to_owned(),
        };
        let options = ucan::Options {
            exp: i64::try_from(now).expect("a time") + 3_600,
            ..ucan::Options::default()
        };
        let token = ucan::create(&realm, node.as_bytes(), &[capability], &options);
        String::from_utf8(token.expect("the realm can sign")).expect("a text")
    }
}
