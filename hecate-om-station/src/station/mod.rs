//! A running station.

mod counts;
mod frame_input;
mod link_view;
mod open;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use quinn::{Endpoint, VarInt};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tracing::info;

use crate::clock::now_ms;
use crate::config::{Shared, StationConfig};
use crate::credentials::Credentials;
use crate::endpoint::{self, DialAddress};
use crate::link::CloseReason;
use crate::maintenance::{maintain, renew_records};
use crate::policy::TokenGrant;
use crate::realm::RealmIdentity;
use crate::session::accept;
use crate::state::{Policies, StationState};
use crate::{Profile, StationError, relay};

pub use counts::Counts;
pub use link_view::LinkView;
use open::{Opened, bind, open, save_settings};

/// Maximum time until the calls relayed by a closing station are answered.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
const ANSWER_POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Maximum time until the links of a stopping station are closed.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// A development station. It runs until it is closed or dropped.
///
/// It speaks macula's wire 1.0 to clients of its profile. It has no peer stations, and serves one
/// or more realms, which admit the nodes that [`StationConfig::claim_policy`] grants.
#[derive(Debug)]
pub struct Station {
    state: Arc<StationState>,
    endpoint: Endpoint,
    addr: SocketAddr,
}

impl Station {
    /// Starts a station. The identity key, realm key, port and secret of QUIC resets are in the
    /// station's directory; missing ones are created there. A station that is started again on the
    /// same directory has the same node id, realm and port.
    ///
    /// # Errors
    ///
    /// A [`StationError`] if the directory or a file in it cannot be used, is damaged, or belongs
    /// to another profile or realm, or if the port is taken. On an error, no file is overwritten.
    pub async fn start(config: StationConfig) -> Result<Self, StationError> {
        let (profile, ip, port) = (config.profile, config.bind, config.port);
        let policies = Policies {
            link_policy: config.link_policy.clone(),
            registration_policy: config.registration_policy.clone(),
            frame_policy: config.frame_policy.clone(),
        };
        let opened = tokio::task::spawn_blocking(move || open(config)).await;
        let Opened {
            settings_path,
            settings,
            key,
            realms,
            dht,
        } = opened.map_err(|error| StationError::crypto("state", &error))??;
        let saved_port = settings.as_ref().map(|settings| settings.port);
        let (socket, addr) = bind(ip, port, saved_port).await?;
        let realm = realms.identities()[0].name.clone();
        let settings = save_settings(settings, &settings_path, profile, &realm, addr.port())?;
        let (server_config, leaf) = endpoint::server_config()?;
        let endpoint = endpoint::listen(socket, server_config, settings.reset_secret())
            .map_err(|source| StationError::Bind { addr, source })?;
        let node = key
            .node_id()
            .map_err(|error| StationError::crypto("node id", &error))?;
        let credentials = Credentials::new(&key, &leaf, now_ms())
            .map_err(|error| StationError::crypto("TLS binding", &error))?;
        let state = StationState::new(Arc::new(key), node, credentials, dht, realms, policies);
        let state = Arc::new(state);
        let address = DialAddress::from(addr);
        let renewed = tokio::task::spawn_blocking({
            let (state, address) = (state.clone(), address.clone());
            move || renew_records(&state, &address)
        });
        renewed
            .await
            .map_err(|error| StationError::crypto("records", &error))?;
        state.tasks.spawn(accept(state.clone(), endpoint.clone()));
        state.tasks.spawn(maintain(state.clone(), address));
        info!(
            node = hex::encode(node),
            %addr,
            realm,
            profile = profile.name(),
            "station started"
        );
        Ok(Self {
            state,
            endpoint,
            addr,
        })
    }

    /// Returns the station's node id, which clients pin.
    pub fn node_id(&self) -> [u8; 32] {
        self.state.node
    }

    /// Returns the UDP address that the station listens on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Returns the station's main realm, the first of [`realms`](Self::realms).
    pub fn realm(&self) -> &RealmIdentity {
        &self.realms()[0]
    }

    /// Returns the realms whose procedures are served through the station: its main realm, then
    /// [`StationConfig::more_realms`].
    pub fn realms(&self) -> &[RealmIdentity] {
        self.state.realms.identities()
    }

    /// Returns the station's realms and records, for [`StationConfig::shared`] of another station.
    pub fn shared(&self) -> Shared {
        Shared {
            realms: self.realms().to_vec(),
            records: self.state.dht.store(),
        }
    }

    /// Returns the linked nodes, in no particular order.
    pub fn links(&self) -> Vec<LinkView> {
        LinkView::all(&self.state)
    }

    /// Returns how much the station holds.
    pub fn counts(&self) -> Counts {
        Counts::new(&self.state)
    }

    /// Closes the link of `node`, as a restart of the station does: the node receives a GOODBYE
    /// (`closed`) and may link again. Returns whether the node was linked.
    pub fn end_link(&self, node: &[u8; 32]) -> bool {
        let link = self.state.links.get(node);
        if let Some(link) = &link {
            link.close(CloseReason::Closed);
        }
        link.is_some()
    }

    /// Returns the station's crypto profile.
    pub fn profile(&self) -> Profile {
        self.state.profile()
    }

    /// Signs a token of the main realm for `node`, without consulting
    /// [`StationConfig::token_policy`].
    ///
    /// # Errors
    ///
    /// [`StationError::Crypto`] if the realm's key cannot sign, or another station serves the realm
    /// ([`StationConfig::shared`]).
    pub fn token(&self, node: &[u8; 32], grant: &TokenGrant) -> Result<String, StationError> {
        match self.state.realms.served() {
            [main, ..] => main.sign_token(node, grant),
            [] => Err(StationError::crypto(
                "token",
                &"another station serves the realm",
            )),
        }
    }

    /// Revokes the admission of `node` to `org`. The node's delegation is removed, and the node
    /// receives `not_authorized` for each procedure that it advertised under `org`. If the node
    /// claims the org again, [`StationConfig::claim_policy`] decides; for a permanent revocation,
    /// change that policy first.
    pub fn revoke(&self, org: &str, node: &[u8; 32]) {
        for realm in self.state.realms.served() {
            realm.revoke(&self.state.dht, org, node);
        }
        if let Some(link) = self.state.links.get(node) {
            relay::revoke_org(&self.state, &link, org);
        }
    }

    /// Stops the station and frees its port.
    ///
    /// Relayed calls have five seconds to be answered. Meanwhile the station forwards new calls
    /// only of nodes that have a call to answer, and refuses streams as `overloaded`. Requests to
    /// the station itself are also answered within this time. Then every client receives a GOODBYE.
    /// The reason is `drained` if all calls of the client were answered: a call that the client
    /// still waits for was not forwarded, and can be retried. Links have five seconds to close.
    pub async fn close(self) {
        let state = &self.state;
        let until = Instant::now() + ANSWER_TIMEOUT;
        state.pending.close();
        let awaited = || state.pending.any_awaited(now_ms(), &state.links);
        let calls_answered = ends(awaited, until).await;
        // Stop before any client receives `drained`, which promises that later calls are not
        // forwarded.
        state.pending.stop();
        let answering = || {
            state
                .links
                .all()
                .iter()
                .any(|link| link.has_station_requests())
        };
        let requests_answered = ends(answering, until).await;
        if !(calls_answered && requests_answered) {
            info!("the station stops with unanswered calls");
        }
        state.stopping.cancel();
        state.tasks.close();
        let _ = timeout(CLOSE_TIMEOUT, state.tasks.wait()).await;
        self.endpoint.close(VarInt::from_u32(0), b"shutdown");
        let _ = timeout(CLOSE_TIMEOUT, self.endpoint.wait_idle()).await;
        state.dht.save();
        let addr = self.addr;
        drop(self);
        // Wait until the endpoint's task has released the socket.
        let _ = endpoint::bind(addr).await;
    }
}

/// Waits until `lasts` returns false. Returns false if it still returns true at `until`.
async fn ends(lasts: impl Fn() -> bool, until: Instant) -> bool {
    let ended = async {
        while lasts() {
            sleep(ANSWER_POLL_INTERVAL).await;
        }
    };
    timeout_at(until, ended).await.is_ok()
}

impl Drop for Station {
    fn drop(&mut self) {
        self.state.pending.stop();
        self.state.stopping.cancel();
        self.state.tasks.close();
        self.endpoint.close(VarInt::from_u32(0), b"shutdown");
    }
}

#[cfg(test)]
pub(crate) mod tests;
