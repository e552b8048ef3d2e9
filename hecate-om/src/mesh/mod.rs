//! The mesh: links to the stations, serving, calls, streams, facts and contents.

mod api;
mod call;
mod connection;
mod content;
mod fact;
#[cfg(all(test, feature = "dev-mesh"))]
mod first_use;
mod identity;
#[cfg(all(test, feature = "dev-mesh"))]
mod nodes;
mod serve;
mod stream;

pub use call::{Advertised, CallBuilder, CallError, TypedCall};
pub(crate) use call::{Orgs, OutgoingCallMetrics};
#[cfg(feature = "macula")]
pub use connection::MeshHandles;
pub use connection::authority::IdentitySpec;
pub use connection::ucan::{Ucan, UcanError};
pub(crate) use connection::{
    Authority, Connection, Identity, LinkOptions, MeshSetter, NamedKeyError, PoolHandle,
    admission::out_of_reach, authority::AuthorityState, check_stations, connect,
    refused_handshakes, unknown_on_the_wire,
};
#[cfg(feature = "dev-mesh")]
pub(crate) use connection::{DevMesh, running};
pub use content::{
    Content, ContentError, ContentIdError, Fetch, Fetchable, Shared, VerifiedRoot, verify_block,
    verify_root,
};
pub use fact::{
    Changed, FactBuilder, PublishBuilder, PublishError, Publishing, SubscribeError, Subscriber,
    Subscription, Subscriptions, topic,
};
pub(crate) use fact::{
    FactStats, Facts, SubscriptionSpec, SubscriptionState, SubscriptionSupervisor,
};
pub use identity::{
    Asserted, DelegateError, OwnershipError, OwnershipProof, ProveError, SignError, Signature,
    SignatureError, VerifyError,
};
/// The SDK, in the version that this crate uses. Exempt from semver; see [`MeshHandles`].
#[cfg(feature = "macula")]
pub use macula_rust as macula;
#[cfg(feature = "dev-mesh")]
pub use serve::ManyCapabilities;
pub(crate) use serve::{
    ClaimLabels, ClaimState, Grant, MeshSession, MeshTarget, PublicationStatus, Publisher, Sealing,
    Serving, StatusTable, check_confidential,
};
pub use serve::{LocalDispatch, accepted_claims};
pub use stream::{
    ClientStream, KindHandle, LocalFlow, ResponseStream, StreamBuilder, StreamSender, StreamingKind,
};

use std::fmt;
use std::sync::Arc;

use self::call::Calls;
use self::content::Contents;

/// This node's handle on the mesh, for calls, streams, facts and contents.
///
/// A service obtains the handle from [`Boot::mesh`](crate::Boot::mesh), or borrows it in a handler
/// as `&Mesh`. Clones are cheap. The handle is usable before the first station is linked and while
/// links are lost: a call waits for a link until the call's deadline.
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
///     // By type, or by name if there is no type.
///     let answer = mesh.call::<say>(&question).org("hecate-echo").await?;
///     let again: String = mesh.procedure("hecate-echo/echo.say").call(&answer).await?;
///     Ok(again)
/// }
/// ```
#[derive(Clone)]
pub struct Mesh {
    connection: Connection,
    calls: Arc<Calls>,
    facts: Arc<Facts>,
    contents: Arc<Contents>,
    ownership: Arc<identity::Replays>,
}

impl Mesh {
    /// Returns a mesh without links, and the setter of its link state.
    pub(crate) fn pending(identity: &Identity, authority: Arc<Authority>) -> (Self, MeshSetter) {
        let (connection, setter) = Connection::pending(identity, authority);
        let mesh = Self {
            calls: Arc::new(Calls::new(connection.clone(), Orgs::default())),
            facts: Arc::new(Facts::new(connection.clone())),
            contents: Arc::new(Contents::new(connection.clone())),
            ownership: Arc::default(),
            connection,
        };
        (mesh, setter)
    }

    /// Sets the default orgs of called capabilities.
    pub(crate) fn with_orgs(self, orgs: Orgs) -> Self {
        Self {
            calls: Arc::new(Calls::new(self.connection.clone(), orgs)),
            ..self
        }
    }

    pub(crate) const fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(crate) fn authority(&self) -> &Authority {
        self.connection.authority()
    }

    /// Returns the metrics of outgoing calls.
    pub(crate) fn call_metrics(&self) -> &OutgoingCallMetrics {
        &self.calls.metrics
    }

    /// Returns the nodes that serve a procedure now; `None` if no station answered in time.
    pub(crate) async fn live_providers(&self, procedure: &str) -> Option<Vec<[u8; 32]>> {
        self.calls.live_providers(procedure).await
    }

    pub(crate) fn contents(&self) -> &Contents {
        &self.contents
    }

    pub(crate) const fn facts(&self) -> &Arc<Facts> {
        &self.facts
    }
}

impl fmt::Debug for Mesh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mesh({})", self.node_id())
    }
}
