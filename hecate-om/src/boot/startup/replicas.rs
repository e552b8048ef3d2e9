//! The instances of the service, as its schedules with `replicas = one` see them.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use hecate_om_manifest::procedure;

use crate::builtin::DRAINING;
use crate::mesh::{CallError, Mesh};
use crate::node_id::NodeId;
use crate::schedule::{Node, ReplicaView};

/// The instances that the mesh advertises in the service's org.
pub(super) struct AdvertisedReplicas {
    pub(super) mesh: Mesh,
    pub(super) org: Arc<str>,
}

impl ReplicaView for AdvertisedReplicas {
    fn look_up(&self, capability: String) -> BoxFuture<'static, Option<Vec<Node>>> {
        let (mesh, procedure) = (self.mesh.clone(), procedure(&self.org, &capability, 1));
        Box::pin(async move { mesh.live_providers(&procedure).await })
    }

    fn answers(
        &self,
        capability: String,
        node: Node,
        timeout: Duration,
    ) -> BoxFuture<'static, bool> {
        let (mesh, procedure) = (self.mesh.clone(), procedure(&self.org, &capability, 1));
        Box::pin(async move {
            let call = mesh.procedure(procedure).timeout(timeout);
            match call.provider(NodeId::from_bytes(node)).call(&()).await {
                Ok(()) => true,
                // An instance that is too busy to answer does run.
                Err(CallError::Refused(refusal)) => refusal.code() != DRAINING,
                Err(_) => false,
            }
        })
    }
}
