//! The connection of a service to its mesh, made in the background.

use std::sync::Arc;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::capability::{Access, Registry};
use crate::config::Config;
use crate::mesh::{
    self, Authority, ClaimLabels, Identity, LinkOptions, MeshSession, MeshSetter, MeshTarget,
    Publisher, Sealing, Serving, StatusTable,
};

/// A service's connection to its mesh.
pub(crate) struct MeshConnection {
    /// Task that connects. It returns the handles to withdraw the capabilities and close the links,
    /// or `None` if no station was ever linked.
    pub(crate) serving: JoinHandle<Option<(Serving, mesh::PoolHandle)>>,
    /// Token that stops connecting when cancelled.
    pub(crate) connecting: CancellationToken,
}

/// The node key, and the tokens that the node presents to providers.
pub(crate) struct NodeCredentials {
    pub(crate) identity: Identity,
    pub(crate) authority: Arc<Authority>,
}

impl MeshConnection {
    /// Starts to connect, claim and publish in the background.
    pub(crate) fn start(
        target: MeshTarget,
        credentials: NodeCredentials,
        config: &Config,
        mesh: MeshSetter,
        registry: Arc<Registry>,
        statuses: Arc<StatusTable>,
        default_access: Access,
    ) -> Self {
        let NodeCredentials {
            identity,
            authority,
        } = credentials;
        let connecting = CancellationToken::new();
        let cancelled = connecting.clone();
        let publisher = Publisher {
            registry,
            statuses,
            realm: target.stations.realm.clone(),
            profile: config.profile,
            labels: ClaimLabels {
                org: config.org.to_string(),
                service_name: config.service_name.clone(),
                box_name: config.box_name.clone(),
            },
            default_access,
            sealing: Sealing::start(config.kem_advertise),
            claim_retry: config.claim_retry,
            clock: config.clock.clone(),
        };
        let session = MeshSession {
            target,
            identity,
            options: LinkOptions {
                profile: config.profile,
                kem_advertise: config.kem_advertise,
                held_requests: config.held_requests,
            },
            mesh,
            publisher,
            authority,
        };
        let serving = tokio::spawn(async move { session.run(&cancelled).await });
        Self {
            serving,
            connecting,
        }
    }
}
