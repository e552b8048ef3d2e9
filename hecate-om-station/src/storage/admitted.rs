//! `admitted.json`: the nodes that the realm admitted to orgs. With this file, a restarted station,
//! or a process that takes over the mesh, serves the nodes without new claims.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::files::{read_optional, write_atomic};
use crate::StationError;
use crate::name::is_org_name;

/// Maximum size of the file, in bytes: room for more entries than the realm saves.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// A node admitted to an org.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AdmittedNode {
    pub(crate) org: String,
    pub(crate) node: [u8; 32],
}

/// The admitted nodes, each with the time when it was last linked, in Unix milliseconds.
pub(crate) type Admitted = BTreeMap<AdmittedNode, i64>;

#[derive(Serialize, Deserialize)]
struct AdmittedFile {
    admitted: Vec<AdmittedEntry>,
}

#[derive(Serialize, Deserialize)]
struct AdmittedEntry {
    org: String,
    #[serde(with = "hex::serde")]
    node: [u8; 32],
    last_seen_ms: i64,
}

impl AdmittedNode {
    /// Loads the admissions at `path`. Returns an empty map if the file is missing.
    pub(crate) fn load(path: &Path) -> Result<Admitted, StationError> {
        let read = read_optional(path, MAX_BYTES).map_err(|source| StationError::File {
            path: path.to_path_buf(),
            source,
        })?;
        let Some(contents) = read else {
            return Ok(Admitted::new());
        };
        let damaged = |problem: String| StationError::Damaged {
            path: path.to_path_buf(),
            problem,
        };
        let file: AdmittedFile =
            serde_json::from_slice(&contents).map_err(|error| damaged(error.to_string()))?;
        // The org becomes part of a file name, so names in this file are checked like those of
        // claims.
        if let Some(entry) = file.admitted.iter().find(|entry| !is_org_name(&entry.org)) {
            return Err(damaged(format!("`{}` is not an org name", entry.org)));
        }
        Ok(file
            .admitted
            .into_iter()
            .map(|entry| {
                let node = Self {
                    org: entry.org,
                    node: entry.node,
                };
                (node, entry.last_seen_ms)
            })
            .collect())
    }

    pub(crate) fn save(admitted: &Admitted, path: &Path) -> std::io::Result<()> {
        let entries = admitted
            .iter()
            .map(|(admitted, last_seen_ms)| AdmittedEntry {
                org: admitted.org.clone(),
                node: admitted.node,
                last_seen_ms: *last_seen_ms,
            });
        let file = AdmittedFile {
            admitted: entries.collect(),
        };
        let mut text = serde_json::to_vec_pretty(&file)?;
        text.push(b'\n');
        write_atomic(path, &text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn admissions_round_trip() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("admitted.json");
        assert_eq!(AdmittedNode::load(&path).unwrap(), Admitted::new());
        let node = AdmittedNode {
            org: "acme".into(),
            node: [7; 32],
        };
        let admitted = Admitted::from([(node, 42)]);
        AdmittedNode::save(&admitted, &path).unwrap();
        assert_eq!(AdmittedNode::load(&path).unwrap(), admitted);
    }

    #[test]
    fn an_org_name_outside_the_directory_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("admitted.json");
        let text = format!(
            r#"{{"admitted":[{{"org":"../evil","node":"{}","last_seen_ms":0}}]}}"#,
            "00".repeat(32)
        );
        std::fs::write(&path, text).unwrap();
        let refused = AdmittedNode::load(&path).unwrap_err();
        assert!(matches!(refused, StationError::Damaged { .. }), "{refused}");
    }
}
