//! The development mesh of this machine, described by its file and lock.

use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::path::PathBuf;

use hecate_om_station::dev_mesh::{MeshFile, default_state_dir};

/// Variables that name a realm's stations. If one is set, the development mesh is not used.
const STATION_VARIABLES: [&str; 4] = [
    "MACULA_STATION_SEEDS",
    "MACULA_STATION_NODE_IDS",
    "HECATE_REALM",
    "HECATE_REALM_KEY",
];

/// A development mesh that was started in a folder.
#[derive(Debug)]
pub(super) struct LocalMesh {
    folder: PathBuf,
    file: MeshFile,
}

impl LocalMesh {
    /// Returns the development mesh, `None` if the environment names another mesh or it was never
    /// started.
    pub(super) fn from_env(variable: impl Fn(&str) -> Option<OsString>) -> Option<Self> {
        // As in the runtime, a blank value or an unexpanded variable counts as not set.
        let set = |name: &str| {
            let value = variable(name)?.to_string_lossy().trim().to_owned();
            let is_unset = value.is_empty() || value.starts_with("${") && value.ends_with('}');
            (!is_unset).then_some(value)
        };
        // The configuration file may name stations.
        let may_be_realm = set("HECATE_CONFIG").is_some()
            || set("HECATE_MESH").is_some_and(|mesh| mesh != "dev")
            || STATION_VARIABLES.iter().any(|name| set(name).is_some());
        if may_be_realm {
            return None;
        }
        Self::read(default_state_dir())
    }

    /// Reads the mesh's file in a folder.
    fn read(folder: PathBuf) -> Option<Self> {
        let file = MeshFile::read(&folder).ok()??;
        Some(Self { folder, file })
    }

    /// Checks that the mesh has this profile.
    pub(super) fn check_profile(&self, profile: &str) -> Result<(), String> {
        let actual = &self.file.profile;
        if actual == profile {
            return Ok(());
        }
        Err(format!(
            "the development mesh has the profile `{actual}`; leave out `--profile`"
        ))
    }

    /// Returns whether a process hosts the mesh and so holds the lock. An unreadable lock counts as
    /// held.
    pub(super) fn is_hosted(&self) -> bool {
        // Use a shared lock and release it at once, so that two commands do not mistake each other
        // for a host.
        match File::open(self.folder.join("lock")) {
            Ok(lock) => matches!(
                lock.try_lock_shared(),
                Err(TryLockError::WouldBlock | TryLockError::Error(_))
            ),
            Err(error) => error.kind() != std::io::ErrorKind::NotFound,
        }
    }

    /// Returns the error text of a mesh that no process hosts.
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

    fn read(folder: &std::path::Path) -> LocalMesh {
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
        LocalMesh::read(folder.to_owned()).unwrap()
    }

    #[test]
    fn a_profile_that_the_mesh_does_not_have_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mesh = read(folder.path());
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
        let mesh = read(folder.path());
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
        for name in STATION_VARIABLES
            .iter()
            .chain(&["HECATE_CONFIG", "HECATE_MESH"])
        {
            let set = |asked: &str| (asked == *name).then(|| "required".into());
            assert!(LocalMesh::from_env(set).is_none(), "{name}");
        }
    }
}
