//! State that all parts of a running station share.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use macula_rust::node_key::NodeKey;
use macula_rust::profile::Profile;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::warn;

use crate::credentials::Credentials;
use crate::dht::Dht;
use crate::link::{Link, Links};
use crate::name::QualifiedName;
use crate::policy::{
    FramePolicy, LinkPolicy, Registration, RegistrationKind, RegistrationPolicy,
    RegistrationRefusal,
};
use crate::realm::Realms;
use crate::routing::{PendingCalls, Routes, Subscriptions};

/// Maximum number of relayed streams of all links. Each stream may buffer an unverified STREAM_OPEN
/// of up to 1 MiB.
const MAX_STREAMS: usize = 1024;

/// Policies for links, registrations and frames.
pub(crate) struct Policies {
    pub(crate) link_policy: LinkPolicy,
    pub(crate) registration_policy: RegistrationPolicy,
    pub(crate) frame_policy: Option<FramePolicy>,
}

/// Shared state of a running station.
pub(crate) struct StationState {
    pub(crate) key: Arc<NodeKey>,
    pub(crate) node: [u8; 32],
    pub(crate) credentials: Credentials,
    pub(crate) links: Links,
    pub(crate) routes: Routes,
    pub(crate) pending: PendingCalls,
    pub(crate) subscriptions: Subscriptions,
    /// One permit for each further stream that may be relayed.
    pub(crate) streams: Arc<Semaphore>,
    /// Number of bytes in the send queues of all links.
    pub(crate) queued_bytes: Arc<AtomicUsize>,
    pub(crate) dht: Dht,
    pub(crate) realms: Realms,
    policies: Policies,
    pub(crate) stopping: CancellationToken,
    pub(crate) tasks: TaskTracker,
}

impl StationState {
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
            subscriptions: Subscriptions::default(),
            streams: Arc::new(Semaphore::new(MAX_STREAMS)),
            queued_bytes: Arc::default(),
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

    /// Returns whether the link policy admits `node`.
    pub(crate) fn admits(&self, node: &[u8; 32]) -> bool {
        (self.policies.link_policy)(node)
    }

    /// Returns the policy for the frames of a new link.
    pub(crate) fn frame_policy(&self) -> Option<FramePolicy> {
        self.policies.frame_policy.clone()
    }

    /// Returns the number of streams that are relayed.
    pub(crate) fn relayed_streams(&self) -> usize {
        MAX_STREAMS - self.streams.available_permits()
    }

    /// Asks the policy about a valid registration of `name` by `link`.
    pub(crate) fn check_registration(
        &self,
        kind: RegistrationKind,
        name: &QualifiedName,
        link: &Link,
    ) -> Result<(), RegistrationRefusal> {
        (self.policies.registration_policy)(&Registration {
            kind,
            realm: &name.realm,
            name: &name.text,
            node: &link.node,
        })
    }

    /// Removes the registrations of a closed link. Calls that its node has not answered get no
    /// error from the station: the node may have run them, and `unknown_next_peer` would deny that.
    pub(crate) fn remove_registrations(&self, link: &Arc<Link>) {
        self.routes.remove_link(link);
        self.subscriptions.remove_link(link);
        self.realms.node_unlinked(&link.node);
    }

    /// Publishes the delegations of a node that is about to be linked.
    pub(crate) async fn publish_delegations(self: &Arc<Self>, node: [u8; 32]) {
        if !self.realms.is_admitted(&node) {
            return;
        }
        let state = self.clone();
        // Signing takes milliseconds, so it runs on a blocking thread.
        let published =
            tokio::task::spawn_blocking(move || state.realms.node_linked(&state.dht, &node)).await;
        if let Err(error) = published {
            warn!(%error, "a node's delegations were not published");
        }
    }
}

impl fmt::Debug for StationState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StationState")
            .field("node", &hex::encode(self.node))
            .field("realms", &self.realms)
            .finish_non_exhaustive()
    }
}
