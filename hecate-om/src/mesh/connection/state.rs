//! State of this node's links, shared by all users of the mesh.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use macula_rust::node_key::NodeKey;
use macula_rust::pool::Pool;
use tokio::sync::watch;

use super::authority::Authority;
use super::unconfirmed_facts::UnconfirmedFacts;
use super::{Identity, Relinks, Router};
use crate::capability::NodeId;
use crate::config::{Profile, RealmConfig};

/// This node's identity on the mesh, and its links once connected. Clones share both.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    links: watch::Receiver<LinkState>,
    key: Arc<NodeKey>,
    node_id: NodeId,
    authority: Arc<Authority>,
    relinks: Arc<Relinks>,
    pub(super) unconfirmed_facts: Arc<UnconfirmedFacts>,
}

/// State of the links.
#[derive(Clone)]
enum LinkState {
    /// The node is still connecting.
    Pending,
    /// There is no mesh: `HECATE_MESH=optional` without stations.
    Absent,
    /// The links are up. The SDK restores lost links.
    Up(Uplink),
}

/// Links of one pool, and the trusted realm.
#[derive(Clone)]
pub(in crate::mesh) struct Uplink {
    pub(in crate::mesh) pool: Pool,
    /// For every operation that may dial a station.
    pub(in crate::mesh) router: Router,
    pub(in crate::mesh) realm: Arc<RealmConfig>,
    pub(in crate::mesh) profile: Profile,
    /// This node's signing key.
    pub(in crate::mesh) key: Arc<NodeKey>,
    /// Identity of these links, which differs from that of their replacements.
    id: Arc<()>,
}

/// Receiver of the links of a [`Connection`], for tasks that follow the links.
#[derive(Debug, Clone)]
pub(in crate::mesh) struct UplinkReceiver(watch::Receiver<LinkState>);

/// Error: there are no links, with the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(in crate::mesh) struct NotConnected(pub(in crate::mesh) &'static str);

/// Setter of a [`Connection`]'s link state.
#[derive(Debug, Clone)]
pub(crate) struct MeshSetter {
    links: watch::Sender<LinkState>,
    pub(super) relinks: Arc<Relinks>,
    unconfirmed_facts: Arc<UnconfirmedFacts>,
}

impl Connection {
    /// Returns a connection without links, and the setter of its link state.
    pub(crate) fn pending(identity: &Identity, authority: Arc<Authority>) -> (Self, MeshSetter) {
        let (sender, links) = watch::channel(LinkState::Pending);
        let relinks = Arc::<Relinks>::default();
        let unconfirmed_facts = Arc::<UnconfirmedFacts>::default();
        let connection = Self {
            links,
            key: Arc::clone(&identity.key),
            node_id: identity.node_id,
            authority,
            relinks: Arc::clone(&relinks),
            unconfirmed_facts: Arc::clone(&unconfirmed_facts),
        };
        let setter = MeshSetter {
            links: sender,
            relinks,
            unconfirmed_facts,
        };
        (connection, setter)
    }

    pub(crate) const fn node_id(&self) -> NodeId {
        self.node_id
    }

    /// Returns this node's signing key.
    pub(in crate::mesh) fn key(&self) -> &NodeKey {
        &self.key
    }

    pub(crate) fn authority(&self) -> &Authority {
        &self.authority
    }

    pub(in crate::mesh) fn relinks(&self) -> &Relinks {
        &self.relinks
    }

    /// Returns a receiver of the current links and their replacements.
    pub(in crate::mesh) fn subscribe(&self) -> UplinkReceiver {
        UplinkReceiver(self.links.clone())
    }

    /// Returns the links, if connected.
    pub(in crate::mesh) fn uplink(&self) -> Option<Uplink> {
        self.links.borrow().uplink()
    }

    /// Returns whether the node runs without a mesh.
    pub(in crate::mesh) fn is_absent(&self) -> bool {
        matches!(&*self.links.borrow(), LinkState::Absent)
    }

    /// Returns whether other links have replaced `up`, or are about to.
    pub(in crate::mesh) fn has_replaced(&self, up: &Uplink) -> bool {
        match &*self.links.borrow() {
            LinkState::Up(current) => !Arc::ptr_eq(&current.id, &up.id),
            LinkState::Pending => true,
            LinkState::Absent => false,
        }
    }

    /// Returns the links. Waits up to `timeout` for the first link.
    pub(in crate::mesh) async fn up(&self, timeout: Duration) -> Result<Uplink, NotConnected> {
        let mut links = self.links.clone();
        let ready = links.wait_for(|link| !matches!(link, LinkState::Pending));
        match tokio::time::timeout(timeout, ready).await {
            Ok(Ok(link)) => link.uplink().ok_or(NotConnected::ABSENT),
            Ok(Err(_)) => Err(NotConnected::SHUTTING_DOWN),
            Err(_) => Err(NotConnected::UNREACHABLE),
        }
    }
}

impl LinkState {
    fn uplink(&self) -> Option<Uplink> {
        match self {
            Self::Up(up) => Some(up.clone()),
            Self::Pending | Self::Absent => None,
        }
    }
}

impl UplinkReceiver {
    /// Waits for links, also if the node runs without a mesh. Returns `None` once the node has no
    /// links and will have none, because it has ended.
    pub(in crate::mesh) async fn up(&mut self) -> Option<Uplink> {
        let is_up = |state: &LinkState| matches!(state, LinkState::Up(_));
        let state = self.0.wait_for(is_up).await;
        state.ok()?.uplink()
    }

    /// Waits until the links change after the last [`UplinkReceiver::up`]. Waits forever if the
    /// node has ended.
    pub(in crate::mesh) async fn changed(&mut self) {
        if !self.changed_or_ended().await {
            std::future::pending().await
        }
    }

    /// Waits until the links change after the last [`UplinkReceiver::up`]. Returns false if no
    /// others will follow, because the node has ended.
    pub(in crate::mesh) async fn changed_or_ended(&mut self) -> bool {
        self.0.changed().await.is_ok()
    }
}

impl NotConnected {
    pub(in crate::mesh) const ABSENT: Self =
        Self("no station is configured (HECATE_MESH=optional)");
    pub(in crate::mesh) const UNREACHABLE: Self = Self("no station could be reached in time");
    pub(in crate::mesh) const SHUTTING_DOWN: Self = Self("the service is shutting down");
}

impl Uplink {
    pub(super) fn new(
        router: Router,
        realm: RealmConfig,
        profile: Profile,
        key: Arc<NodeKey>,
    ) -> Self {
        Self {
            pool: router.pool().clone(),
            router,
            realm: Arc::new(realm),
            profile,
            key,
            id: Arc::default(),
        }
    }
}

impl MeshSetter {
    /// Records that the node runs without a mesh.
    pub(crate) fn absent(&self) {
        self.links.send_replace(LinkState::Absent);
    }

    /// Records that the links are to the development mesh in this folder.
    pub(crate) fn is_of_dev_mesh(&self, folder: PathBuf) {
        self.relinks.is_of_dev_mesh(folder);
    }

    /// Records that other links are about to replace the current links, so that calls wait for the
    /// new links.
    pub(in crate::mesh) fn replacing(&self) {
        self.relinks.replacing();
        self.links.send_replace(LinkState::Pending);
    }

    pub(super) fn up(&self, up: Uplink) {
        self.unconfirmed_facts.add(&up.pool);
        self.links.send_replace(LinkState::Up(up));
    }
}

impl fmt::Debug for LinkState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pending => "Pending",
            Self::Absent => "Absent",
            Self::Up(_) => "Up",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn links_are_waited_for_until_the_timeout_unless_there_will_be_none() {
        let authority = Arc::new(Authority::none());
        let (connection, setter) = Connection::pending(&Identity::for_tests(), authority);
        let timeout = Duration::from_secs(5);
        let since = tokio::time::Instant::now();
        let unreachable = connection.up(timeout).await.err();
        assert_eq!(unreachable, Some(NotConnected::UNREACHABLE));
        assert_eq!(since.elapsed(), timeout);

        let (absent, ()) = tokio::join!(connection.up(timeout), async { setter.absent() });
        assert_eq!(absent.err(), Some(NotConnected::ABSENT));
        assert_eq!(since.elapsed(), timeout, "without further delay");
    }
}
