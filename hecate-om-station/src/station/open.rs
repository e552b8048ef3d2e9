//! Steps before a station listens: opens its directory, keys, realms and records, and binds a port.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};

use macula_rust::node_key::{NodeKey, PUZZLE_DIFFICULTY};

use crate::config::{Shared, StationConfig};
use crate::dht::{Dht, RecordStore};
use crate::name::is_org_name;
use crate::realm::{Realm, RealmPolicies, Realms};
use crate::storage::{Settings, StateDirectory, copy_if_missing, load_or_generate};
use crate::{Profile, StationError, endpoint};

/// State that a station loads from its directory.
pub(super) struct Opened {
    pub(super) settings_path: PathBuf,
    /// The saved settings; `None` at the first start.
    pub(super) settings: Option<Settings>,
    pub(super) key: NodeKey,
    pub(super) realms: Realms,
    pub(super) dht: Dht,
}

/// Opens a station's directory, and creates missing files.
pub(super) fn open(config: StationConfig) -> Result<Opened, StationError> {
    let directory = StateDirectory::open(config.directory.as_deref())?;
    let realm_name = match &config.shared {
        Some(Shared { realms, .. }) => &realms[0].name,
        None => &config.realm_name,
    };
    let settings_path = directory.settings();
    let settings = Settings::load(&settings_path, config.profile, realm_name)?;
    if let Some(source) = &config.identity_key {
        copy_if_missing(source, &directory.station_key())?;
    }
    let key = load_or_generate(&directory.station_key(), config.profile, PUZZLE_DIFFICULTY)?;
    let (realms, dht) = match config.shared {
        Some(Shared { realms, records }) => {
            let realms = Realms::served_elsewhere(realms, directory);
            let dht = Dht::new(config.profile, realms.key_ids(config.profile), records);
            (realms, dht)
        }
        None => open_realms(&config, directory, &key)?,
    };
    Ok(Opened {
        settings_path,
        settings,
        key,
        realms,
        dht,
    })
}

/// Opens the realms that the station serves itself, and the saved records.
fn open_realms(
    config: &StationConfig,
    directory: StateDirectory,
    key: &NodeKey,
) -> Result<(Realms, Dht), StationError> {
    let policies = RealmPolicies {
        claim_policy: config.claim_policy.clone(),
        token_policy: config.token_policy.clone(),
        delegation_life: config.delegation_life,
    };
    let records = directory.records();
    let mut realms = Vec::new();
    for (index, name) in config.more_realms.iter().enumerate() {
        // Check before a directory gets this name.
        if !is_org_name(name) {
            return Err(StationError::RealmName(name.clone()));
        }
        if *name == config.realm_name || config.more_realms[..index].contains(name) {
            return Err(StationError::DuplicateRealm(name.clone()));
        }
        let directory = directory.realm(name)?;
        realms.push(Realm::open(name, directory, key, policies.clone())?);
    }
    // Open the main realm last, because it owns the directory; it is the first in the list.
    let main = Realm::open(&config.realm_name, directory, key, policies)?;
    realms.insert(0, main);
    let realms = Realms::served_here(realms);
    let realm_keys = realms.key_ids(config.profile);
    let dht = Dht::new(config.profile, realm_keys, RecordStore::default());
    Ok((realms, dht.with_file(records)?))
}

/// Binds the configured port, the saved one, or a free one.
pub(super) async fn bind(
    ip: IpAddr,
    configured: Option<u16>,
    saved: Option<u16>,
) -> Result<(UdpSocket, SocketAddr), StationError> {
    let requested = SocketAddr::new(ip, configured.or(saved).unwrap_or(0));
    let socket = match requested.port() {
        0 => endpoint::bind_free(requested)?,
        _ => endpoint::bind(requested).await?,
    };
    match socket.local_addr() {
        Ok(addr) => Ok((socket, addr)),
        Err(source) => Err(StationError::Bind {
            addr: requested,
            source,
        }),
    }
}

/// Returns the settings with `port`, and saves them if they are new or the port has changed.
pub(super) fn save_settings(
    saved: Option<Settings>,
    path: &Path,
    profile: Profile,
    realm: &str,
    port: u16,
) -> Result<Settings, StationError> {
    let settings = match saved {
        Some(saved) if saved.port == port => return Ok(saved),
        Some(saved) => saved.with_port(port),
        None => Settings::new(profile, realm, port)?,
    };
    settings.save(path)?;
    Ok(settings)
}
