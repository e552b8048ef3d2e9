//! The folder, key and configuration of a node on a test's mesh.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;

use super::keys;
use crate::boot_refusal::{BootRefusal, Reason};
use crate::capability::NodeId;
use crate::client::Client;
use crate::config::{Layers, LayersError, OwnVariables, Profile, Stations};
use crate::mesh::{Authority, Identity};

/// Returns the configuration of a node: its station, realm and folder, overridden by `settings`.
/// `own` are the variables and settings that the service declares.
pub(super) fn layers<'s>(
    stations: &Stations,
    station_addr: SocketAddr,
    folder: &Path,
    settings: impl IntoIterator<Item = (&'s str, &'s str)>,
    own: OwnVariables,
) -> Result<Layers, LayersError> {
    let station = &stations.seeds[0];
    let realm = &stations.realm;
    let folder = folder.display().to_string();
    let environment = [
        ("HECATE_MESH", "required".to_owned()),
        ("MACULA_STATION_SEEDS", station_addr.to_string()),
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
    let layers = Layers::merge(variables, &BTreeMap::new(), None, own)?;
    // The environment of a process may contain variables of other programs, but here each unknown
    // variable is a mistake.
    let refusals: Vec<_> = environment
        .iter()
        .filter_map(|(variable, _)| layers.unknown_variable(variable))
        .map(|unknown| BootRefusal::new(Reason::SETTING_UNKNOWN, unknown))
        .collect();
    if refusals.is_empty() {
        Ok(layers)
    } else {
        Err(LayersError {
            errors: refusals,
            readable: Box::new(layers),
        })
    }
}

/// Loads the identity from the key in a folder.
pub(super) async fn identity(folder: &Path) -> Identity {
    let key = folder.join("identity.key");
    let reading =
        tokio::task::spawn_blocking(move || Identity::load_or_create(&key, Profile::PqPure));
    let identity = reading.await.expect("reading a key does not panic");
    identity.unwrap_or_else(|error| panic!("a test node has no identity: {error}"))
}

/// Starts another node that only calls, with the authority that `authority` returns for the node.
pub(super) async fn caller(
    nodes: &AtomicUsize,
    folders: &TempDir,
    stations: &Stations,
    authority: impl FnOnce(NodeId) -> Authority,
) -> Client {
    let number = nodes.fetch_add(1, Ordering::Relaxed);
    let identity = identity(&folder(number, folders).await).await;
    let authority = authority(identity.node_id);
    Client::start(stations.clone(), identity, Profile::PqPure, authority, None)
}

/// Returns the folder of a node, which contains the node's key.
pub(super) async fn folder(number: usize, folders: &TempDir) -> PathBuf {
    let folder = folders.path().join(format!("node-{number}"));
    let key = folder.join("identity.key");
    if !key.exists() {
        let copied = keys::copy_to(format!("node-{number}"), key).await;
        copied.expect("a test node gets a key");
    }
    folder
}
