//! Info of a service.

use std::time::Duration;

use hecate_om::{Mesh, call::CallError, identity::NodeId};
use serde::{Deserialize, Serialize};

/// Response of a service's `info`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ServiceInfo {
    pub(super) name: String,
    pub(super) version: String,
    #[serde(default)]
    description: String,
    pub(super) status: String,
    pub(super) uptime_s: u64,
}

/// Fetches the info of an org's service.
pub(super) async fn info(
    mesh: &Mesh,
    org: &str,
    node: Option<NodeId>,
    timeout: Duration,
) -> Result<ServiceInfo, CallError> {
    let mut outgoing = mesh.procedure(format!("{org}/info")).timeout(timeout);
    if let Some(node) = node {
        outgoing = outgoing.provider(node);
    }
    outgoing.call(&()).await
}
