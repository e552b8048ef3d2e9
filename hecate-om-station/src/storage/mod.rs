//! The state of a station between starts, in one directory that only its owner can read: identity
//! key, realm keys, org keys, settings (profile, realm, port, reset secret), admissions and
//! records.

mod admitted;
mod files;
mod keys;
mod settings;

use std::path::{Path, PathBuf};

pub(crate) use admitted::{Admitted, AdmittedNode};
pub(crate) use files::{create_private_directory, read_optional, write_atomic};
pub(crate) use keys::{NO_PUZZLE, copy_if_missing, load_or_generate};
pub(crate) use settings::Settings;

use crate::StationError;

/// Name of the realm key's file.
pub(crate) const REALM_KEY: &str = "realm.key";

/// A station's state directory.
#[derive(Debug)]
pub(crate) struct StateDirectory {
    path: PathBuf,
    /// Removes the directory of an ephemeral station when it is dropped.
    _temporary: Option<tempfile::TempDir>,
}

impl StateDirectory {
    /// Opens the directory at `path`, and creates it if it is missing. `None` creates a temporary
    /// directory.
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

    /// Returns the path of an org's key file. The caller has validated the name: it has no
    /// separator and does not start with a dot.
    pub(crate) fn org_key(&self, org: &str) -> PathBuf {
        self.path.join("orgs").join(format!("{org}.key"))
    }

    /// Opens the directory of a further realm. The caller has validated the name.
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
