//! `station.json`: what else makes a restarted station the same station.

use std::path::Path;

use macula_rust::profile::Profile;
use serde::{Deserialize, Serialize};

use super::files::{read_if_there, write_whole};
use crate::{StationError, clock};

/// The most a load reads.
const MAX_BYTES: u64 = 64 * 1024;

/// A station's settings, as the file holds them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Settings {
    profile: String,
    realm: String,
    /// The UDP port, which clients know and the node keeps.
    pub(crate) port: u16,
    #[serde(with = "hex::serde")]
    reset_secret: [u8; 32],
}

impl Settings {
    /// The settings of a first start, not yet written.
    pub(crate) fn new(profile: Profile, realm: &str, port: u16) -> Result<Self, StationError> {
        let reset_secret = clock::random()
            .ok_or_else(|| StationError::crypto("reset secret", &"no randomness"))?;
        Ok(Self {
            profile: profile.name().to_owned(),
            realm: realm.to_owned(),
            port,
            reset_secret,
        })
    }

    /// The settings kept at `path`, which must be of `profile` and `realm`;
    /// `None` before the first start.
    pub(crate) fn load(
        path: &Path,
        profile: Profile,
        realm: &str,
    ) -> Result<Option<Self>, StationError> {
        let read = read_if_there(path, MAX_BYTES).map_err(|source| StationError::File {
            path: path.to_path_buf(),
            source,
        })?;
        let Some(contents) = read else {
            return Ok(None);
        };
        let settings: Self =
            serde_json::from_slice(&contents).map_err(|why| StationError::Damaged {
                path: path.to_path_buf(),
                what: why.to_string(),
            })?;
        if settings.profile != profile.name() {
            return Err(StationError::OtherProfile {
                path: path.to_path_buf(),
                kept: settings.profile,
                wanted: profile.name().to_owned(),
            });
        }
        if settings.realm != realm {
            return Err(StationError::OtherRealm {
                path: path.to_path_buf(),
                kept: settings.realm,
                wanted: realm.to_owned(),
            });
        }
        Ok(Some(settings))
    }

    pub(crate) fn with_port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    pub(crate) fn save(&self, path: &Path) -> Result<(), StationError> {
        let file = |source| StationError::File {
            path: path.to_path_buf(),
            source,
        };
        let mut text = serde_json::to_vec_pretty(self).map_err(|why| file(why.into()))?;
        text.push(b'\n');
        write_whole(path, &text).map_err(file)
    }

    /// The secret quinn's stateless reset tokens and connection ids derive
    /// from: with it a restarted station tells old connections at once that
    /// it does not know them, where they would else wait out their idle
    /// timeout.
    pub(crate) fn reset_secret(&self) -> &[u8; 32] {
        &self.reset_secret
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_load_as_they_were_saved() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("station.json");
        assert_eq!(Settings::load(&path, Profile::PqPure, "r").unwrap(), None);
        let settings = Settings::new(Profile::PqPure, "r", 7).unwrap();
        settings.save(&path).unwrap();
        let loaded = Settings::load(&path, Profile::PqPure, "r").unwrap();
        assert_eq!(loaded, Some(settings));
    }

    #[test]
    fn another_profile_or_realm_is_refused_naming_both() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("station.json");
        Settings::new(Profile::PqPure, "r", 7)
            .unwrap()
            .save(&path)
            .unwrap();
        let profile = Settings::load(&path, Profile::PqHybrid, "r")
            .unwrap_err()
            .to_string();
        assert!(
            profile.contains("pq_pure") && profile.contains("pq_hybrid"),
            "{profile}"
        );
        let realm = Settings::load(&path, Profile::PqPure, "other")
            .unwrap_err()
            .to_string();
        assert!(
            realm.contains("`r`") && realm.contains("`other`"),
            "{realm}"
        );
    }

    #[test]
    fn a_damaged_file_is_refused_and_left_as_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("station.json");
        std::fs::write(&path, b"{\"profile\":").unwrap();
        let refused = Settings::load(&path, Profile::PqPure, "r").unwrap_err();
        assert!(matches!(refused, StationError::Damaged { .. }), "{refused}");
        assert_eq!(std::fs::read(&path).unwrap(), b"{\"profile\":");
    }
}
