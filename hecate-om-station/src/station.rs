//! A running station.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use macula_rust::node_key::{NodeKey, PUZZLE_DIFFICULTY};
use quinn::{Endpoint, VarInt};
use tracing::info;

use crate::clock::now_ms;
use crate::config::StationConfig;
use crate::credentials::Credentials;
use crate::hub::Hub;
use crate::maintenance::{Reach, maintain, renew_records};
use crate::realm::Realm;
use crate::session::accept;
use crate::state::{Settings, StateDirectory, copy_if_missing, load_or_generate};
use crate::{AuthorityGrant, Profile, StationError, tls};

/// How long a closing station waits for the calls it relays to be answered, and
/// how often it looks.
const ANSWER_WAIT: Duration = Duration::from_secs(5);
const ANSWER_POLL: Duration = Duration::from_millis(20);

/// How long a stopping station waits for its clients' links to close.
const CLOSE_WAIT: Duration = Duration::from_secs(3);

/// A realm, as its members know it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RealmIdentity {
    /// The realm's name, the first segment of the claim's procedure.
    pub name: String,
    /// The realm's id, the SHA-256 of its name.
    pub id: [u8; 32],
    /// The realm's public key as carried, which members pin.
    pub key: Vec<u8>,
}

/// A development station, running until it is closed or dropped.
///
/// It speaks macula's wire 1.0 to any client of its profile, keeps no peer
/// stations, and serves one realm of its own, which admits whoever
/// [`StationConfig::admission`] grants.
#[derive(Debug)]
pub struct Station {
    hub: Arc<Hub>,
    endpoint: Endpoint,
    addr: SocketAddr,
}

impl Station {
    /// Starts a station. What its directory does not hold yet is made there:
    /// the station's identity key, the realm key, the port, the secret its
    /// QUIC resets derive from. Started again on the same directory it is the
    /// same station in the same realm on the same port.
    ///
    /// # Errors
    ///
    /// A directory or file that cannot be used, is damaged, or belongs to
    /// another profile or realm; a port that is taken. No file is overwritten
    /// then.
    pub async fn start(config: StationConfig) -> Result<Self, StationError> {
        let StationConfig {
            directory,
            profile,
            bind,
            port,
            realm_name,
            admission,
            authority,
            delegation_life,
            registration,
            identity_key,
        } = config;
        let opened = tokio::task::spawn_blocking(move || {
            let directory = StateDirectory::open(directory.as_deref())?;
            let kept = Settings::load(&directory.settings(), profile, &realm_name)?;
            let settings = directory.settings();
            if let Some(given) = identity_key {
                copy_if_missing(&given, &directory.station_key())?;
            }
            let key = load_or_generate(&directory.station_key(), profile, PUZZLE_DIFFICULTY)?;
            let realm = Realm::open(
                &realm_name,
                directory,
                &key,
                admission,
                authority,
                delegation_life,
            )?;
            Ok((settings, kept, key, realm))
        });
        let (path, kept, key, realm): (_, Option<Settings>, NodeKey, Realm) = opened
            .await
            .map_err(|why| StationError::crypto("state", &why))??;
        let port = port.or(kept.as_ref().map(|kept| kept.port)).unwrap_or(0);
        let asked = SocketAddr::new(bind, port);
        let socket = match port {
            0 => tls::bind_free(asked)?,
            _ => tls::bind_kept(asked).await?,
        };
        let listen = |addr| move |source| StationError::Bind { addr, source };
        let addr = socket.local_addr().map_err(listen(asked))?;
        let settings = match kept {
            Some(kept) if kept.port == addr.port() => kept,
            kept => {
                let settings = match kept {
                    Some(kept) => kept.with_port(addr.port()),
                    None => Settings::new(profile, &realm.identity().name, addr.port())?,
                };
                settings.save(&path)?;
                settings
            }
        };
        let (server_config, leaf) = tls::server_config()?;
        let endpoint =
            tls::listen(socket, server_config, settings.reset_secret()).map_err(listen(addr))?;
        let node = key
            .node_id()
            .map_err(|why| StationError::crypto("node id", &why))?;
        let credentials = Credentials::new(&key, &leaf, now_ms())
            .map_err(|why| StationError::crypto("TLS binding", &why))?;
        let hub = Arc::new(Hub::new(
            Arc::new(key),
            node,
            credentials,
            realm,
            registration,
        ));
        let reach = Reach::of(addr);
        let first = tokio::task::spawn_blocking({
            let (hub, reach) = (hub.clone(), reach.clone());
            move || renew_records(&hub, &reach)
        });
        first
            .await
            .map_err(|why| StationError::crypto("records", &why))?;
        hub.tasks.spawn(accept(hub.clone(), endpoint.clone()));
        hub.tasks.spawn(maintain(hub.clone(), reach));
        info!(
            node = hex::encode(node),
            %addr,
            realm = hub.realm.identity().name,
            profile = profile.name(),
            "station started"
        );
        Ok(Self {
            hub,
            endpoint,
            addr,
        })
    }

    /// The station's node id, which its clients pin.
    pub fn node_id(&self) -> [u8; 32] {
        self.hub.node
    }

    /// The UDP address it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The realm it serves.
    pub fn realm(&self) -> &RealmIdentity {
        self.hub.realm.identity()
    }

    /// The profile it runs.
    pub fn profile(&self) -> Profile {
        self.hub.profile()
    }

    /// Signs a token of the realm for `node`, whatever
    /// [`StationConfig::authority`] would decide.
    ///
    /// # Errors
    ///
    /// [`StationError::Crypto`] if the realm's key cannot sign.
    pub fn token(&self, node: &[u8; 32], grant: &AuthorityGrant) -> Result<String, StationError> {
        self.hub.realm.issue(node, grant)
    }

    /// Takes back what the realm granted `node` for `org`: its delegation is
    /// gone, and it is told of each procedure that it is not authorized any
    /// more. Its next claim is decided by [`StationConfig::admission`], as any
    /// is, so a revocation that is to last begins there.
    pub fn revoke(&self, org: &str, node: &[u8; 32]) {
        self.hub.realm.revoke(&self.hub.dht, org, node);
        if let Some(link) = self.hub.links.get(node) {
            self.hub.routes.revoke(&link, org);
        }
    }

    /// Stops the station: its clients are told goodbye and its port is free
    /// when this returns. Before, the calls it relays get five seconds to be
    /// answered, in which new ones are refused as `overloaded`; the links then
    /// get three to close.
    pub async fn close(self) {
        self.hub.closing.store(true, Ordering::SeqCst);
        let answered = async {
            let hub = &self.hub;
            while hub.pending.any_awaited(now_ms(), &hub.links) {
                tokio::time::sleep(ANSWER_POLL).await;
            }
        };
        if tokio::time::timeout(ANSWER_WAIT, answered).await.is_err() {
            info!("the station stops with calls under way through it");
        }
        self.hub.stopping.cancel();
        self.hub.tasks.close();
        let _ = tokio::time::timeout(CLOSE_WAIT, self.hub.tasks.wait()).await;
        self.endpoint.close(VarInt::from_u32(0), b"shutdown");
        let _ = tokio::time::timeout(CLOSE_WAIT, self.endpoint.wait_idle()).await;
        let addr = self.addr;
        drop(self);
        // The endpoint lets its socket go from a task of its own.
        let _ = tls::bind_kept(addr).await;
    }
}

impl Drop for Station {
    fn drop(&mut self) {
        self.hub.stopping.cancel();
        self.hub.tasks.close();
        self.endpoint.close(VarInt::from_u32(0), b"shutdown");
    }
}
