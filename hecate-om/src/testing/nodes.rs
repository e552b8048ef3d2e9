//! What a node on the mesh begins with: its path, its folder and key, its configuration.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{self, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;

use super::{Path, TestMesh, keys, lock};
use crate::boot_refusal::{BootRefusal, Reason};
use crate::capability::NodeId;
use crate::client::Client;
use crate::config::{Layers, LayersError, Profile, Stations};
use crate::mesh::{Authority, Identity};

impl TestMesh {
    /// A path to the station at this address.
    pub(super) async fn path(&self, addr: SocketAddr) -> Path {
        let path = Path::to(addr).await;
        path.expect("loopback has a free port for the path of a node")
    }

    /// The folder of a node, with a key in it: one that no other has, or for a name always the same.
    pub(super) async fn node(&self, instance: Option<&str>) -> PathBuf {
        let another = || self.nodes.fetch_add(1, Ordering::Relaxed);
        let number = match instance {
            None => another(),
            Some(name) => *lock(&self.instances)
                .entry(name.to_owned())
                .or_insert_with(another),
        };
        folder(number, &self.folder).await
    }

    /// Configuration of a node: its station and realm, its folder, and `settings` over both. `own` are
    /// the variables that the service declares for itself.
    pub(super) fn layers<'s>(
        stations: &Stations,
        path: &Path,
        folder: &path::Path,
        settings: impl IntoIterator<Item = (&'s str, &'s str)>,
        own: &[&'static str],
    ) -> Result<Layers, LayersError> {
        let station = &stations.seeds[0];
        let realm = &stations.realm;
        let folder = folder.display().to_string();
        let environment = [
            ("HECATE_MESH", "required".to_owned()),
            ("MACULA_STATION_SEEDS", path.addr().to_string()),
            ("MACULA_STATION_NODE_IDS", hex::encode(station.node_id)),
            ("HECATE_REALM", hex::encode(realm.id)),
            ("HECATE_REALM_KEY", hex::encode(&realm.key)),
            ("HECATE_REALM_NAME", realm.name.clone()),
            ("HECATE_PROFILE", "pq_pure".to_owned()),
            ("HECATE_CLAIM_RETRY", "1s".to_owned()),
            ("HECATE_HEALTH_ADDR", "127.0.0.1".to_owned()),
            ("HECATE_HEALTH_PORT", "0".to_owned()),
            ("HECATE_SECRETS_DIR", folder.clone()),
            ("HECATE_STATE_DIR", folder),
        ];
        let settings = settings
            .into_iter()
            .map(|(variable, value)| (variable, value.to_owned()));
        let environment: Vec<(&str, String)> = environment.into_iter().chain(settings).collect();
        let variables = environment
            .iter()
            .map(|(variable, value)| (OsString::from(variable), OsString::from(value)));
        let layers = Layers::gather(variables, &BTreeMap::new(), None, own)?;
        // The environment of a process may hold variables of other programs; this one may not.
        let wrong: Vec<_> = environment
            .iter()
            .filter_map(|(variable, _)| layers.stranger(variable))
            .map(|stranger| BootRefusal::new(Reason::SETTING_UNKNOWN, stranger))
            .collect();
        if wrong.is_empty() {
            Ok(layers)
        } else {
            Err(LayersError {
                wrong,
                readable: Box::new(layers),
            })
        }
    }

    /// The identity whose key is in the folder.
    pub(super) async fn identity(folder: &path::Path) -> Identity {
        let key = folder.join("identity.key");
        let reading =
            tokio::task::spawn_blocking(move || Identity::load_or_create(&key, Profile::PqPure));
        let identity = reading.await.expect("reading a key does not panic");
        identity.unwrap_or_else(|error| panic!("a node of the test has no identity: {error}"))
    }
}

/// Another node that only calls, with the authority that `authority` makes for it.
pub(super) async fn caller(
    nodes: &AtomicUsize,
    folders: &TempDir,
    stations: &Stations,
    authority: impl FnOnce(NodeId) -> Authority,
) -> Client {
    let number = nodes.fetch_add(1, Ordering::Relaxed);
    let identity = TestMesh::identity(&folder(number, folders).await).await;
    let authority = authority(identity.node_id);
    Client::begin(stations.clone(), identity, Profile::PqPure, authority, None)
}

async fn folder(number: usize, folders: &TempDir) -> PathBuf {
    let folder = folders.path().join(format!("node-{number}"));
    let key = folder.join("identity.key");
    if !key.exists() {
        let given = keys::give(format!("node-{number}"), key).await;
        given.expect("a node of the test has a key");
    }
    folder
}
