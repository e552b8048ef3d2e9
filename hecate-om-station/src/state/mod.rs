//! What a station keeps between starts, in one directory readable by its
//! owner only: its identity key, the realm key and the org keys, its settings
//! (profile, realm, port, reset secret) and the admitted nodes.

mod admitted;
mod files;
mod keys;
mod settings;

use std::path::{Path, PathBuf};

pub(crate) use admitted::{Admitted, AdmittedNode};
pub(crate) use files::{create_private_directory, read_if_there, write_whole};
pub(crate) use keys::{NO_PUZZLE, copy_if_missing, load_or_generate};
pub(crate) use settings::Settings;

use crate::StationError;

/// The file of the realm key.
pub(crate) const REALM_KEY: &str = "realm.key";

/// A station's state directory.
#[derive(Debug)]
pub(crate) struct StateDirectory {
    path: PathBuf,
    /// Removes the directory of an ephemeral station when it is dropped.
    _temporary: Option<tempfile::TempDir>,
}

impl StateDirectory {
    /// Opens `path`, making it where it is missing; `None` for a temporary
    /// one.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, StationError> {
        let Some(path) = path else {
            let temporary =
                tempfile::TempDir::with_prefix("hecate-station-").map_err(|source| {
                    StationError::Directory {
                        path: std::env::temp_dir(),
                        source,
                    }
                })?;
            return Ok(Self {
                path: temporary.path().to_path_buf(),
                _temporary: Some(temporary),
            });
        };
        create_private_directory(path).map_err(|source| StationError::Directory {
            path: path.to_path_buf(),
            source,
        })?;
        Ok(Self {
            path: path.to_path_buf(),
            _temporary: None,
        })
    }

    pub(crate) fn station_key(&self) -> PathBuf {
        self.path.join("station.key")
    }

    pub(crate) fn realm_key(&self) -> PathBuf {
        self.path.join(REALM_KEY)
    }

    /// The key file of an org, whose name the caller has validated: it holds
    /// no separator and does not start with a dot.
    pub(crate) fn org_key(&self, org: &str) -> PathBuf {
        self.path.join("orgs").join(format!("{org}.key"))
    }

    /// The directory of a further realm, whose name the caller has validated.
    pub(crate) fn realm(&self, name: &str) -> Result<Self, StationError> {
        Self::open(Some(&self.path.join("realms").join(name)))
    }

    pub(crate) fn records(&self) -> PathBuf {
        self.path.join("records")
    }

    pub(crate) fn settings(&self) -> PathBuf {
        self.path.join("station.json")
    }

    pub(crate) fn admitted(&self) -> PathBuf {
        self.path.join("admitted.json")
    }
}
