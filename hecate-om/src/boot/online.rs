//! Going online: what takes the service to the mesh, in the background.

use std::sync::Arc;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::capability::{Access, Registry};
use crate::config::Config;
use crate::mesh::{
    self, Authority, Board, Identity, Labels, MeshSetter, Publisher, Residence, Sealing, Serving,
    Site,
};

/// The service's presence on the mesh, once it has a link.
pub(crate) struct Online {
    pub(crate) serving: JoinHandle<Option<(Serving, mesh::PoolHandle)>>,
    pub(crate) connecting: CancellationToken,
}

/// This node: who it is, and what it may do elsewhere.
pub(crate) struct Node {
    pub(crate) identity: Identity,
    pub(crate) authority: Arc<Authority>,
}

impl Online {
    /// Goes online in the background: connects, claims, publishes.
    pub(crate) fn go(
        site: Site,
        node: Node,
        config: &Config,
        mesh: MeshSetter,
        registry: Arc<Registry>,
        board: Arc<Board>,
        default_access: Access,
    ) -> Self {
        let Node {
            identity,
            authority,
        } = node;
        let connecting = CancellationToken::new();
        let cancelled = connecting.clone();
        let profile = config.profile;
        let publisher = Publisher {
            registry,
            board,
            realm: site.stations.realm.clone(),
            profile,
            labels: Labels {
                org: config.org.to_string(),
                service_name: config.service_name.clone(),
                box_name: config.box_name.clone(),
            },
            default_access,
            sealing: Sealing::begin(config.kem_advertise),
            claim_retry: config.claim_retry,
            clock: config.clock.clone(),
        };
        let residence = Residence {
            site,
            identity,
            profile,
            mesh,
            publisher,
            authority,
            kem_advertise: config.kem_advertise,
            held_requests: config.held_requests,
        };
        let serving = tokio::spawn(async move { residence.settle(&cancelled).await });
        Self {
            serving,
            connecting,
        }
    }
}
