//! What every part of a running station shares.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use macula_rust::node_key::NodeKey;
use macula_rust::profile::Profile;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::warn;

use crate::config::{
    LinkPolicy, Registration, RegistrationKind, RegistrationPolicy, RegistrationRefusal,
};
use crate::credentials::Credentials;
use crate::dht::Dht;
use crate::realm::Realms;
use crate::relay::{Name, PendingCalls, Routes, Topics};
use crate::session::{Link, Links};

/// Streams relayed at a time, over all links. Each may hold an open of 1 MiB
/// that was not verified yet.
const MAX_STREAMS: usize = 1024;

/// What decides about nodes and their registrations.
pub(crate) struct Policies {
    pub(crate) admit: LinkPolicy,
    pub(crate) registration: RegistrationPolicy,
}

/// A running station's shared state.
pub(crate) struct Hub {
    pub(crate) key: Arc<NodeKey>,
    pub(crate) node: [u8; 32],
    pub(crate) credentials: Credentials,
    pub(crate) links: Links,
    pub(crate) routes: Routes,
    pub(crate) pending: PendingCalls,
    pub(crate) topics: Topics,
    pub(crate) streams: Arc<Semaphore>,
    /// The bytes that wait to be written to all links.
    pub(crate) outboxes: Arc<AtomicUsize>,
    pub(crate) dht: Dht,
    pub(crate) realms: Realms,
    policies: Policies,
    pub(crate) stopping: CancellationToken,
    pub(crate) tasks: TaskTracker,
}

impl Hub {
    pub(crate) fn new(
        key: Arc<NodeKey>,
        node: [u8; 32],
        credentials: Credentials,
        dht: Dht,
        realms: Realms,
        policies: Policies,
    ) -> Self {
        Self {
            node,
            credentials,
            links: Links::default(),
            routes: Routes::default(),
            pending: PendingCalls::default(),
            topics: Topics::default(),
            streams: Arc::new(Semaphore::new(MAX_STREAMS)),
            outboxes: Arc::default(),
            dht,
            realms,
            policies,
            stopping: CancellationToken::new(),
            tasks: TaskTracker::new(),
            key,
        }
    }

    pub(crate) fn profile(&self) -> Profile {
        self.key.profile()
    }

    /// Whether `node` may link.
    pub(crate) fn admits(&self, node: &[u8; 32]) -> bool {
        (self.policies.admit)(node)
    }

    /// Streams relayed now.
    pub(crate) fn relayed_streams(&self) -> usize {
        MAX_STREAMS - self.streams.available_permits()
    }

    /// The verdict on a registration of `name` by `link`, of which everything
    /// else holds.
    pub(crate) fn judge(
        &self,
        kind: RegistrationKind,
        name: &Name,
        link: &Link,
    ) -> Result<(), RegistrationRefusal> {
        (self.policies.registration)(&Registration {
            kind,
            realm: &name.realm,
            name: &name.text,
            node: &link.node,
        })
    }

    /// Drops what an ended link leaves behind. Calls it was to answer are not
    /// answered in its place: it may have acted on them, and `unknown_next_peer`
    /// would tell the caller it had not.
    pub(crate) fn forget(&self, link: &Arc<Link>) {
        self.routes.forget(link);
        self.topics.forget(link);
        self.realms.link_down(&link.node);
    }

    /// Publishes the delegations of a node that is about to be linked.
    pub(crate) async fn realm_link_up(self: &Arc<Self>, node: [u8; 32]) {
        if !self.realms.is_admitted(&node) {
            return;
        }
        let hub = self.clone();
        // Signing takes milliseconds each, so it is kept off the async threads.
        let published =
            tokio::task::spawn_blocking(move || hub.realms.link_up(&hub.dht, &node)).await;
        if let Err(why) = published {
            warn!(%why, "a node's delegations were not published");
        }
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub")
            .field("node", &hex::encode(self.node))
            .field("realms", &self.realms)
            .finish_non_exhaustive()
    }
}
