//! The mesh: the links to the stations, what this node serves there, and the calls it makes.

mod call;
mod connection;
mod content;
mod fact;
#[cfg(all(test, feature = "dev-mesh"))]
mod nodes;
mod serve;
mod stream;

pub use call::{Advertised, CallBuilder, CallError, TypedCall};
pub(crate) use call::{Orgs, OutgoingCallMetrics};
pub use connection::MeshHandles;
pub use connection::authority::IdentitySpec;
pub use connection::ucan::{Ucan, UcanError};
pub(crate) use connection::{
    Authority, Identity, PoolHandle, admission::out_of_reach, authority::AuthorityState,
    connect_unsealed,
};
#[cfg(feature = "dev-mesh")]
pub(crate) use connection::{DevMesh, running};
pub use content::{Content, ContentError, ContentIdError, Fetch, Fetchable, Shared};
pub use fact::{
    Changed, PublishError, Publishing, SubscribeError, Subscriber, Subscription, Subscriptions,
    Topic, topic,
};
pub(crate) use fact::{FactStats, Facts, Listener, Standing, SubscriptionSupervisor};
/// The SDK beneath, in the version that this crate runs on; outside of its promises ([`MeshHandles`]).
pub use macula_rust as macula;
pub use serve::LocalDispatch;
#[cfg(feature = "dev-mesh")]
pub use serve::ManyCapabilities;
pub(crate) use serve::{
    Board, ClaimState, Grant, Labels, Publication, Publisher, Residence, Sealing, Serving, Site,
    check_confidential,
};
pub use stream::{
    ClientStream, KindHandle, ResponseStream, StreamBuilder, StreamSender, StreamingKind,
};

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use macula_rust::node_key::NodeKey;
use macula_rust::pool::Pool;
use tokio::sync::watch;

use self::call::{MismatchCache, Providers};
use self::connection::Relinks;
use crate::capability::NodeId;
use crate::config::{Profile, Realm, Stations};

/// This node on the mesh: what calls other services.
///
/// A service has it from [`Boot::mesh`](crate::Boot::mesh), or borrows it in a handler as `&Mesh`, for the
/// runtime provides it. It is cheap to clone, and good before the first station is linked and after the last is
/// lost: a call waits for a link until its own deadline.
///
/// ```
/// use hecate_om::{Mesh, Refusal, capability};
///
/// #[capability("echo.say")]
/// async fn say(text: String) -> String {
///     text
/// }
///
/// # #[allow(dead_code)]
/// async fn ask(mesh: &Mesh, question: String) -> Result<String, Refusal> {
///     // By its type, or by its name where there is none.
///     let answer = mesh.call::<say>(&question).org("hecate-echo").await?;
///     let again: String = mesh.procedure("hecate-echo/echo.say").call(&answer).await?;
///     Ok(again)
/// }
/// ```
#[derive(Clone)]
pub struct Mesh {
    links: watch::Receiver<Link>,
    node_id: NodeId,
    authority: Arc<Authority>,
    call_metrics: Arc<OutgoingCallMetrics>,
    facts: Arc<Facts>,
    providers: Arc<Providers>,
    relinks: Arc<Relinks>,
    mismatches: Arc<MismatchCache>,
    orgs: Arc<Orgs>,
    content: Arc<content::Contents>,
}

/// Where the node's links stand.
#[derive(Clone)]
enum Link {
    /// The service is still on its way to the mesh.
    Pending,
    /// There is no mesh: `HECATE_MESH=optional` with no station.
    Absent,
    /// The links are up, or will be again.
    Up(Up),
}

/// The links, and the realm that is trusted over them.
#[derive(Clone)]
struct Up {
    pool: Pool,
    realm: Realm,
    profile: Profile,
    /// What this node signs with.
    key: Arc<NodeKey>,
    /// Distinguishes these links from their replacements.
    id: Arc<()>,
}

/// The end of a [`Mesh`] that says where the links stand.
#[derive(Debug, Clone)]
pub(crate) struct MeshSetter {
    links: watch::Sender<Link>,
    relinks: Arc<Relinks>,
}

impl Mesh {
    /// A mesh that nothing is known of yet, and what tells it.
    pub(crate) fn pending(node_id: NodeId, authority: Arc<Authority>) -> (Self, MeshSetter) {
        let (sender, links) = watch::channel(Link::Pending);
        let relinks = Arc::<Relinks>::default();
        let mesh = Self {
            links,
            node_id,
            authority,
            call_metrics: Arc::new(OutgoingCallMetrics::new()),
            facts: Arc::new(Facts::new()),
            providers: Arc::default(),
            relinks: Arc::clone(&relinks),
            mismatches: Arc::default(),
            orgs: Arc::default(),
            content: Arc::new(content::Contents::new()),
        };
        let setter = MeshSetter {
            links: sender,
            relinks,
        };
        (mesh, setter)
    }

    /// The same, with what says which org a capability is called in.
    pub(crate) fn with_orgs(self, orgs: Orgs) -> Self {
        Self {
            orgs: Arc::new(orgs),
            ..self
        }
    }

    pub(crate) fn authority(&self) -> &Authority {
        &self.authority
    }

    /// This node's id, which other services see as the caller.
    #[must_use]
    pub const fn node_id(&self) -> NodeId {
        self.node_id
    }

    /// A call under way to a procedure, `<org>/<name>`, or `<org>/<name>_v<N>` for a version above 1.
    pub fn procedure(&self, procedure: impl Into<String>) -> CallBuilder<'_> {
        CallBuilder::new(self, procedure.into())
    }

    /// Returns the metrics of the calls that this node makes.
    pub(crate) fn call_metrics(&self) -> &OutgoingCallMetrics {
        &self.call_metrics
    }

    /// The facts published and listened to, for who counts them.
    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Returns whether other links have replaced `up`, or are about to.
    fn has_left(&self, up: &Up) -> bool {
        match &*self.links.borrow() {
            Link::Up(now) => !Arc::ptr_eq(&now.id, &up.id),
            Link::Pending => true,
            Link::Absent => false,
        }
    }

    /// The links, waiting for it at most so long.
    async fn up(&self, patience: Duration) -> Result<Up, CallError> {
        let mut links = self.links.clone();
        let ready = links.wait_for(|link| !matches!(link, Link::Pending));
        match tokio::time::timeout(patience, ready).await {
            Ok(Ok(link)) => match &*link {
                Link::Up(up) => Ok(up.clone()),
                _ => Err(CallError::NotConnected(
                    "no station is configured (HECATE_MESH=optional)",
                )),
            },
            Ok(Err(_)) => Err(CallError::NotConnected("the service is shutting down")),
            Err(_) => Err(CallError::NotConnected(
                "no station could be reached in time",
            )),
        }
    }
}

impl MeshSetter {
    pub(crate) fn absent(&self) {
        self.links.send_replace(Link::Absent);
    }

    /// Records that the links are to the development mesh in this folder.
    pub(crate) fn is_of_dev_mesh(&self, folder: std::path::PathBuf) {
        self.relinks.is_of_dev_mesh(folder);
    }

    /// Announces that the links are about to be replaced, so that calls wait for the new links.
    fn moves(&self) {
        self.relinks.moves();
        self.links.send_replace(Link::Pending);
    }

    fn up(&self, up: Up) {
        self.links.send_replace(Link::Up(up));
    }
}

impl fmt::Debug for Mesh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mesh({})", self.node_id)
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pending => "Pending",
            Self::Absent => "Absent",
            Self::Up(_) => "Up",
        })
    }
}

const fn macula_profile(profile: Profile) -> macula_rust::profile::Profile {
    match profile {
        Profile::PqHybrid => macula_rust::profile::Profile::PqHybrid,
        Profile::PqPure => macula_rust::profile::Profile::PqPure,
    }
}

/// Checks what only the profile can say of the configured stations.
pub(crate) fn check_stations(stations: &Stations, profile: Profile) -> Result<(), String> {
    let key = &stations.realm.key;
    if macula_rust::node_key::carried_key_well_formed(key, macula_profile(profile)) {
        Ok(())
    } else {
        Err(format!(
            "HECATE_REALM_KEY: a key of {} bytes is not a realm's public key in the profile {}; copy the whole key \
             that the realm publishes, and set HECATE_PROFILE to its profile",
            key.len(),
            profile.name()
        ))
    }
}
