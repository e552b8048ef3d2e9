//! `station.json`: the settings that a station keeps across restarts.

use std::path::Path;

use macula_rust::profile::Profile;
use serde::{Deserialize, Serialize};

use super::files::{read_optional, write_atomic};
use crate::{StationError, clock};

/// Maximum size of the file, in bytes.
const MAX_BYTES: u64 = 64 * 1024;

/// The settings of a station, in the form of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Settings {
    profile: String,
    realm: String,
    /// The UDP port, which clients remember.
    pub(crate) port: u16,
    #[serde(with = "hex::serde")]
    reset_secret: [u8; 32],
}

impl Settings {
    /// Creates the settings of a first start, with a new reset secret.
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

    /// Loads the settings at `path`, which must match `profile` and `realm`. Returns `None` before
    /// the first start.
    pub(crate) fn load(
        path: &Path,
        profile: Profile,
        realm: &str,
    ) -> Result<Option<Self>, StationError> {
        let read = read_optional(path, MAX_BYTES).map_err(|source| StationError::File {
            path: path.to_path_buf(),
            source,
        })?;
        let Some(contents) = read else {
            return Ok(None);
        };
        let settings: Self =
            serde_json::from_slice(&contents).map_err(|error| StationError::Damaged {
                path: path.to_path_buf(),
                problem: error.to_string(),
            })?;
        if settings.profile != profile.name() {
            return Err(StationError::OtherProfile {
                path: path.to_path_buf(),
                existing: settings.profile,
                requested: profile.name().to_owned(),
            });
        }
        if settings.realm != realm {
            return Err(StationError::OtherRealm {
                path: path.to_path_buf(),
                existing: settings.realm,
                requested: realm.to_owned(),
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
        let mut text = serde_json::to_vec_pretty(self).map_err(|error| file(error.into()))?;
        text.push(b'\n');
        write_atomic(path, &text).map_err(file)
    }

    /// Returns the secret from which quinn's stateless reset tokens and connection ids are derived.
    /// With this secret, a restarted station resets old connections at once; otherwise they would
    /// remain until their idle timeout.
    pub(crate) fn reset_secret(&self) -> &[u8; 32] {
        &self.reset_secret
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_round_trip() {
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
    fn a_damaged_file_is_refused_and_left_unchanged() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("station.json");
        std::fs::write(&path, b"{\"profile\":").unwrap();
        let refused = Settings::load(&path, Profile::PqPure, "r").unwrap_err();
        assert!(matches!(refused, StationError::Damaged { .. }), "{refused}");
        assert_eq!(std::fs::read(&path).unwrap(), b"{\"profile\":");
    }
}
