//! `mesh.json`: all that another program needs to join the mesh.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::DevMeshError;
use crate::endpoint::DialAddress;
use crate::storage::{read_optional, write_atomic};
use crate::{Profile, Station};

/// Maximum size of the file, in bytes.
const MAX_BYTES: u64 = 64 * 1024;

/// Contents of `mesh.json`: how to join the mesh. Ids and keys are lower-case hex.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeshFile {
    /// The station to dial.
    pub station: MeshStation,
    /// The mesh's realm.
    pub realm: MeshRealm,
    /// The crypto profile, `pq_pure` or `pq_hybrid`.
    pub profile: String,
}

/// The station of a [`MeshFile`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeshStation {
    /// The address that the station listens on.
    pub host: String,
    /// The UDP port.
    pub port: u16,
    /// The station's node id, which clients pin, as 64 hex digits.
    pub node_id: String,
}

/// The realm of a [`MeshFile`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeshRealm {
    /// The realm's name.
    pub name: String,
    /// The realm's id, as 64 hex digits: the SHA-256 of its name.
    pub id: String,
    /// The realm's public key in its wire form, as hex.
    pub key: String,
}

impl MeshFile {
    /// The file's name in the mesh's directory.
    pub const NAME: &'static str = "mesh.json";

    /// Creates the file's contents for `station`.
    pub fn new(station: &Station) -> Self {
        let realm = station.realm();
        let address = DialAddress::from(station.addr());
        Self {
            station: MeshStation {
                host: address.host,
                port: address.port,
                node_id: hex::encode(station.node_id()),
            },
            realm: MeshRealm {
                name: realm.name.clone(),
                id: hex::encode(realm.id),
                key: hex::encode(&realm.key),
            },
            profile: station.profile().name().to_owned(),
        }
    }

    /// Reads the mesh file in `directory`. Returns `None` if the file is missing.
    ///
    /// # Errors
    ///
    /// [`DevMeshError::Path`] if the file cannot be read, [`DevMeshError::Damaged`] if its contents
    /// are invalid.
    pub fn read(directory: &Path) -> Result<Option<Self>, DevMeshError> {
        let path = directory.join(Self::NAME);
        let read = read_optional(&path, MAX_BYTES);
        let Some(contents) = read.map_err(|source| DevMeshError::Path {
            path: path.clone(),
            source,
        })?
        else {
            return Ok(None);
        };
        let file = serde_json::from_slice::<Self>(&contents)
            .map_err(|error| error.to_string())
            .and_then(Self::validate);
        file.map(Some)
            .map_err(|problem| DevMeshError::Damaged { path, problem })
    }

    /// Writes the file into `directory`, atomically.
    ///
    /// # Errors
    ///
    /// [`DevMeshError::Path`] if the file cannot be written.
    pub fn write(&self, directory: &Path) -> Result<(), DevMeshError> {
        let path = directory.join(Self::NAME);
        let written = serde_json::to_vec_pretty(self)
            .map_err(std::io::Error::from)
            .and_then(|mut text| {
                text.push(b'\n');
                write_atomic(&path, &text)
            });
        written.map_err(|source| DevMeshError::Path { path, source })
    }

    /// Checks that ids and keys are hex, and that the profile exists.
    fn validate(self) -> Result<Self, String> {
        let id = |name: &str, hex: &str| match hex::decode(hex) {
            Ok(bytes) if bytes.len() == 32 => Ok(()),
            _ => Err(format!("`{name}` is not 64 hex digits")),
        };
        id("station.node_id", &self.station.node_id)?;
        id("realm.id", &self.realm.id)?;
        hex::decode(&self.realm.key).map_err(|error| format!("`realm.key`: {error}"))?;
        Profile::parse(&self.profile).map_err(|error| format!("`profile`: {error}"))?;
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> MeshFile {
        MeshFile {
            station: MeshStation {
                host: "127.0.0.1".into(),
                port: 4433,
                node_id: "0a".repeat(32),
            },
            realm: MeshRealm {
                name: "hecate.dev".into(),
                id: "0b".repeat(32),
                key: "0c".repeat(100),
            },
            profile: "pq_pure".into(),
        }
    }

    #[test]
    fn a_mesh_file_round_trips() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(MeshFile::read(directory.path()).unwrap(), None);
        file().write(directory.path()).unwrap();
        assert_eq!(MeshFile::read(directory.path()).unwrap(), Some(file()));
    }

    #[test]
    fn the_format_is_what_other_programs_read() {
        let value = serde_json::to_value(file()).unwrap();
        let expected = serde_json::json!({
            "station": {"host": "127.0.0.1", "port": 4433, "node_id": "0a".repeat(32)},
            "realm": {"name": "hecate.dev", "id": "0b".repeat(32), "key": "0c".repeat(100)},
            "profile": "pq_pure",
        });
        assert_eq!(value, expected);
    }

    #[test]
    fn a_damaged_mesh_file_is_refused_naming_the_field() {
        let directory = tempfile::tempdir().unwrap();
        let mut damaged = file();
        damaged.station.node_id.pop();
        damaged.write(directory.path()).unwrap();
        let refused = MeshFile::read(directory.path()).unwrap_err().to_string();
        assert!(refused.contains("`station.node_id`"), "{refused}");
        assert!(refused.contains("mesh.json"), "{refused}");
    }
}
