//! The realm of a service.

use std::sync::{Arc, OnceLock};

use crate::config::Config;

/// A realm: its name, its id, and the public key that verifies the realm's signatures. Cheap to
/// clone.
///
/// A service obtains its realm from [`Boot::realm`](crate::Boot::realm).
#[derive(Debug, Clone)]
pub struct Realm {
    name: String,
    id: [u8; 32],
    key: Arc<OnceLock<Vec<u8>>>,
}

impl Realm {
    /// Returns the configured realm, or the realm of the development mesh, whose name is fixed.
    pub(crate) fn from_config(config: &Config) -> Option<Self> {
        if let Some(stations) = &config.stations {
            return Some(Self {
                name: stations.realm.name.clone(),
                id: stations.realm.id,
                key: Arc::new(OnceLock::from(stations.realm.key.clone())),
            });
        }
        #[cfg(feature = "dev-mesh")]
        if config.mode == crate::config::MeshMode::Dev {
            use sha2::{Digest as _, Sha256};
            let name = hecate_om_station::DEFAULT_REALM_NAME;
            return Some(Self {
                name: name.to_owned(),
                id: Sha256::digest(name).into(),
                key: Arc::new(OnceLock::new()),
            });
        }
        None
    }

    /// Sets the key of the development mesh's realm, after the mesh is joined.
    pub(crate) fn set_key(&self, key: &[u8]) {
        self.key.get_or_init(|| key.to_owned());
    }

    /// Returns the realm's name, as in `io.macula` (`HECATE_REALM_NAME`).
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the realm's id, the SHA-256 of its name (`HECATE_REALM`).
    #[must_use]
    pub const fn id(&self) -> [u8; 32] {
        self.id
    }

    /// Returns the realm's public key in its wire format (`HECATE_REALM_KEY`). `None` only on a
    /// development mesh while `start` runs, because the mesh is joined after `start`.
    #[must_use]
    pub fn key(&self) -> Option<&[u8]> {
        self.key.get().map(Vec::as_slice)
    }
}
