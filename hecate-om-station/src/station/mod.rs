//! A running station.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use macula_rust::node_key::{NodeKey, PUZZLE_DIFFICULTY};
use quinn::{Endpoint, VarInt};
use tracing::info;

use crate::clock::now_ms;
use crate::config::{Shared, StationConfig};
use crate::credentials::Credentials;
use crate::dht::{Dht, RecordStore};
use crate::hub::{Hub, Policies};
use crate::maintenance::{Reach, maintain, renew_records};
use crate::realm::{Realm, Realms, is_org_name};
use crate::session::{End, accept};
use crate::state::{Settings, StateDirectory, copy_if_missing, load_or_generate};
use crate::{AuthorityGrant, LinkView, Profile, StationError, tls};

/// How long a closing station waits for the calls it relays to be answered, and
/// how often it looks.
const ANSWER_WAIT: Duration = Duration::from_secs(5);
const ANSWER_POLL: Duration = Duration::from_millis(20);

/// How long a stopping station waits for its clients' links to close.
const CLOSE_WAIT: Duration = Duration::from_secs(3);

/// Refuses a realm name before a directory is named by it.
fn check_realm_name(name: &str) -> Result<(), StationError> {
    if is_org_name(name) {
        Ok(())
    } else {
        Err(StationError::RealmName(name.to_owned()))
    }
}

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
/// stations, and serves a realm of its own, or several, which admit the nodes that
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
            more_realms,
            shared,
            admit,
            admission,
            authority,
            delegation_life,
            registration,
            identity_key,
        } = config;
        let opened = tokio::task::spawn_blocking(move || {
            let directory = StateDirectory::open(directory.as_deref())?;
            let realm_name = match &shared {
                Some(Shared { realms, .. }) => realms[0].name.clone(),
                None => realm_name,
            };
            let kept = Settings::load(&directory.settings(), profile, &realm_name)?;
            let settings = directory.settings();
            if let Some(given) = identity_key {
                copy_if_missing(&given, &directory.station_key())?;
            }
            let key = load_or_generate(&directory.station_key(), profile, PUZZLE_DIFFICULTY)?;
            let (realms, dht) = match shared {
                Some(Shared { realms, records }) => {
                    let realms = Realms::of_others(realms, directory);
                    let dht = Dht::new(profile, realms.key_ids(profile), records);
                    (realms, dht)
                }
                None => {
                    let records = directory.records();
                    let open = |name: &str, directory| {
                        let (admission, authority) = (admission.clone(), authority.clone());
                        Realm::open(name, directory, &key, admission, authority, delegation_life)
                    };
                    let mut realms = Vec::new();
                    for (index, name) in more_realms.iter().enumerate() {
                        check_realm_name(name)?;
                        if *name == realm_name || more_realms[..index].contains(name) {
                            return Err(StationError::RealmTwice(name.clone()));
                        }
                        realms.push(open(name, directory.realm(name)?)?);
                    }
                    // Last, as it takes the directory, and first of all realms.
                    realms.insert(0, open(&realm_name, directory)?);
                    let realms = Realms::own(realms);
                    let dht = Dht::new(profile, realms.key_ids(profile), RecordStore::default());
                    (realms, dht.kept_in(records)?)
                }
            };
            Ok((settings, kept, key, realms, dht))
        });
        let (path, kept, key, realms, dht): (_, Option<Settings>, NodeKey, Realms, Dht) = opened
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
                    None => Settings::new(profile, &realms.identities()[0].name, addr.port())?,
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
            dht,
            realms,
            Policies {
                admit,
                registration,
            },
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
            realm = hub.realms.identities()[0].name,
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

    /// The station's realm: the first of [`Station::realms`].
    pub fn realm(&self) -> &RealmIdentity {
        &self.realms()[0]
    }

    /// The realms whose procedures are served through the station: its own, then
    /// [`StationConfig::more_realms`].
    pub fn realms(&self) -> &[RealmIdentity] {
        self.hub.realms.identities()
    }

    /// What another station is to share with this one, by
    /// [`StationConfig::shared`].
    pub fn shared(&self) -> Shared {
        Shared {
            realms: self.realms().to_vec(),
            records: self.hub.dht.store(),
        }
    }

    /// The nodes linked now, in no order.
    pub fn links(&self) -> Vec<LinkView> {
        LinkView::all(&self.hub)
    }

    /// How many streams the station relays now.
    pub fn streams(&self) -> usize {
        self.hub.relayed_streams()
    }

    /// Ends the link of `node`, as a restart of the station does: the node receives
    /// a goodbye (`closed`) and may link again. Returns whether it was linked.
    pub fn end_link(&self, node: &[u8; 32]) -> bool {
        let link = self.hub.links.get(node);
        if let Some(link) = &link {
            link.end(End::Closed);
        }
        link.is_some()
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
    /// [`StationError::Crypto`] if the realm's key cannot sign, or another
    /// station has it ([`StationConfig::shared`]).
    pub fn token(&self, node: &[u8; 32], grant: &AuthorityGrant) -> Result<String, StationError> {
        match self.hub.realms.served() {
            [own, ..] => own.issue(node, grant),
            [] => Err(StationError::crypto(
                "token",
                &"another station serves the realm",
            )),
        }
    }

    /// Takes back what the realm granted `node` for `org`: its delegation is
    /// gone, and it is told of each procedure that it is not authorized any
    /// more. Its next claim is decided by [`StationConfig::admission`], as any
    /// is, so a revocation that is to last begins there.
    pub fn revoke(&self, org: &str, node: &[u8; 32]) {
        for realm in self.hub.realms.served() {
            realm.revoke(&self.hub.dht, org, node);
        }
        if let Some(link) = self.hub.links.get(node) {
            self.hub.routes.revoke(&link, org);
        }
    }

    /// Stops the station: its clients are told goodbye and its port is free
    /// when this returns. Before, the calls it relays get five seconds to be
    /// answered. Meanwhile it passes on new calls only of nodes that are still to
    /// answer one, and refuses streams as `overloaded`. A client whose calls were
    /// all answered is told `drained`: a call that it still waits for was not
    /// passed on, and may be made again. The links then get three seconds to close.
    pub async fn close(self) {
        self.hub.pending.close();
        let answered = async {
            let hub = &self.hub;
            while hub.pending.any_awaited(now_ms(), &hub.links) {
                tokio::time::sleep(ANSWER_POLL).await;
            }
        };
        if tokio::time::timeout(ANSWER_WAIT, answered).await.is_err() {
            info!("the station stops with calls under way through it");
        }
        // Before a link is told `drained`, which says that its later calls are not
        // passed on.
        self.hub.pending.stop();
        for link in self.hub.links.all() {
            if link.is_drained() {
                link.end(End::Drained);
            }
        }
        self.hub.stopping.cancel();
        self.hub.tasks.close();
        let _ = tokio::time::timeout(CLOSE_WAIT, self.hub.tasks.wait()).await;
        self.endpoint.close(VarInt::from_u32(0), b"shutdown");
        let _ = tokio::time::timeout(CLOSE_WAIT, self.endpoint.wait_idle()).await;
        self.hub.dht.keep();
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

#[cfg(test)]
mod tests;
