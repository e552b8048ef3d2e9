//! The development mesh of this machine, as its file and its lock describe it.

use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::path::PathBuf;

use hecate_om_station::dev_mesh::{MeshFile, default_state_dir};

/// Variables of a realm's stations; with one of them set, the development mesh is not used.
const OF_STATIONS: [&str; 4] = [
    "MACULA_STATION_SEEDS",
    "MACULA_STATION_NODE_IDS",
    "HECATE_REALM",
    "HECATE_REALM_KEY",
];

/// The development mesh that was started in a folder.
#[derive(Debug)]
pub(super) struct LocalMesh {
    folder: PathBuf,
    file: MeshFile,
}

impl LocalMesh {
    /// The mesh that a client with this environment connects to; `None` if it is another one or was never started.
    pub(super) fn of(variable: impl Fn(&str) -> Option<OsString>) -> Option<Self> {
        // As the runtime reads them: a value that is blank or a single unexpanded variable is not set.
        let set = |name: &str| {
            let value = variable(name)?.to_string_lossy().trim().to_owned();
            let is_unset = value.is_empty() || value.starts_with("${") && value.ends_with('}');
            (!is_unset).then_some(value)
        };
        // The configuration file may name stations.
        let may_be_realm = set("HECATE_CONFIG").is_some()
            || set("HECATE_MESH").is_some_and(|mesh| mesh != "dev")
            || OF_STATIONS.iter().any(|name| set(name).is_some());
        if may_be_realm {
            return None;
        }
        Self::kept_in(default_state_dir())
    }

    /// The mesh whose file is in a folder.
    fn kept_in(folder: PathBuf) -> Option<Self> {
        let file = MeshFile::read(&folder).ok()??;
        Some(Self { folder, file })
    }

    /// Refuses a profile that the mesh does not have.
    pub(super) fn check_profile(&self, profile: &str) -> Result<(), String> {
        let own = &self.file.profile;
        if own == profile {
            return Ok(());
        }
        Err(format!(
            "the development mesh has the profile `{own}`; leave out `--profile`"
        ))
    }

    /// Whether a process hosts the mesh: it holds the lock on the file `lock`. What cannot be read counts as hosted.
    pub(super) fn is_hosted(&self) -> bool {
        // Shared, and released at once, so that two commands do not take each other for a host.
        match File::open(self.folder.join("lock")) {
            Ok(lock) => matches!(
                lock.try_lock_shared(),
                Err(TryLockError::WouldBlock | TryLockError::Error(_))
            ),
            Err(error) => error.kind() != std::io::ErrorKind::NotFound,
        }
    }

    /// Describes a mesh that no process hosts.
    pub(super) fn ended(&self) -> String {
        format!(
            "the host of the development mesh in `{}` has exited; start a service or `hecate-om dev`",
            self.folder.join(MeshFile::NAME).display()
        )
    }
}

#[cfg(test)]
mod tests {
    use hecate_om_station::dev_mesh::{MeshRealm, MeshStation};

    use super::*;

    fn kept_in(folder: &std::path::Path) -> LocalMesh {
        let file = MeshFile {
            station: MeshStation {
                host: "127.0.0.1".into(),
                port: 1,
                node_id: "0a".repeat(32),
            },
            realm: MeshRealm {
                name: "hecate.dev".into(),
                id: "0b".repeat(32),
                key: "0c".into(),
            },
            profile: "pq_pure".into(),
        };
        file.write(folder).unwrap();
        LocalMesh::kept_in(folder.to_owned()).unwrap()
    }

    #[test]
    fn another_profile_than_the_meshs_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mesh = kept_in(folder.path());
        assert_eq!(mesh.check_profile("pq_pure"), Ok(()));
        let refusal = mesh.check_profile("pq_hybrid").unwrap_err();
        assert_eq!(
            refusal,
            "the development mesh has the profile `pq_pure`; leave out `--profile`"
        );
    }

    #[test]
    fn a_mesh_is_hosted_while_its_lock_is_held() {
        let folder = tempfile::tempdir().unwrap();
        let mesh = kept_in(folder.path());
        assert!(!mesh.is_hosted());
        let lock = File::create(folder.path().join("lock")).unwrap();
        assert!(!mesh.is_hosted());
        lock.lock().unwrap();
        assert!(mesh.is_hosted());
        drop(lock);
        assert!(!mesh.is_hosted());
        let ended = mesh.ended();
        assert!(ended.contains("mesh.json` has exited"), "{ended}");
    }

    #[test]
    fn with_the_stations_of_a_realm_the_development_mesh_is_not_used() {
        for name in OF_STATIONS.iter().chain(&["HECATE_CONFIG", "HECATE_MESH"]) {
            let set = |asked: &str| (asked == *name).then(|| "required".into());
            assert!(LocalMesh::of(set).is_none(), "{name}");
        }
    }
}
