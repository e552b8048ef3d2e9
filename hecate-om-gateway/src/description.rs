//! Descriptions of capabilities and facts, fetched from the service that has them.

use std::time::Duration;

use hecate_om::{Mesh, call::CallError, identity::NodeId};
use hecate_om_manifest::{
    Access, Capability, Confidential, Dedupe, Deprecated, Kind, Limits, Publication,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Response of a service's `info`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ServiceInfo {
    /// Name of the service.
    pub name: String,
    /// Version of the service.
    pub version: String,
    /// Description of the service; may be empty.
    #[serde(default)]
    pub description: String,
    /// Status of the service, such as `ok`.
    pub status: String,
    /// Time since the start of the service, in seconds.
    pub uptime_s: u64,
}

/// Response of `describe_capabilities`.
#[derive(Debug, Deserialize)]
pub struct ServiceDescription<T = CapabilityDescription> {
    /// The capabilities.
    pub rpc: Vec<T>,
    /// The subscribed topics.
    #[serde(default)]
    pub pubsub: Vec<FactDescription>,
    /// The published facts.
    #[serde(default)]
    pub publications: Vec<FactDescription>,
}

/// Description of a subscribed topic or of a published fact.
#[derive(Debug, Deserialize)]
pub struct FactDescription {
    /// The topic.
    pub topic: String,
    /// Documentation; may be empty.
    #[serde(default)]
    pub description: String,
    /// Name of the fact's type, if the topic has one.
    pub fact: Option<String>,
    fact_schema: Option<String>,
}

/// Description of a capability, with the fields that callers need.
#[derive(Debug, Deserialize)]
pub struct CapabilityDescription {
    /// Name of the capability, without its version.
    pub name: String,
    version: u32,
    /// Procedure, `<org>/<name>`.
    pub procedure: String,
    #[serde(default)]
    description: String,
    access: Access,
    #[serde(flatten)]
    limits: Limits,
    request: Option<String>,
    response: Option<String>,
    inbound: Option<String>,
    confidential: Option<Confidential>,
    #[serde(default)]
    idempotent: bool,
    dedupe: Option<Dedupe>,
    #[serde(default)]
    kind: Kind,
    deprecated: Option<Deprecated>,
    request_schema: Option<String>,
    response_schema: Option<String>,
    inbound_schema: Option<String>,
}

/// Fetches the info of an org's service, from the given node or from any.
///
/// # Errors
///
/// Returns the [`CallError`] of the call.
pub async fn info(
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

/// Fetches the info and the description of an org's service, from the given node or from any.
///
/// # Errors
///
/// Returns the [`CallError`] of the call that failed.
pub async fn fetch<T: DeserializeOwned>(
    mesh: &Mesh,
    org: &str,
    node: Option<NodeId>,
    timeout: Duration,
) -> Result<(ServiceInfo, ServiceDescription<T>), CallError> {
    let info = info(mesh, org, node, timeout).await?;
    let describe = format!("{org}/{}.describe_capabilities", info.name);
    let mut described = mesh.procedure(describe).timeout(timeout);
    if let Some(node) = node {
        described = described.provider(node);
    }
    let described = described.call::<(), ServiceDescription<T>>(&()).await?;
    Ok((info, described))
}

impl From<FactDescription> for Publication {
    fn from(fact: FactDescription) -> Self {
        Self {
            doc: Some(fact.description).filter(|doc| !doc.is_empty()),
            fact: fact.fact,
            fact_schema: fact.fact_schema.and_then(|text| text.parse().ok()),
            ..Self::new(fact.topic)
        }
    }
}

impl From<CapabilityDescription> for Capability {
    fn from(capability: CapabilityDescription) -> Self {
        // Schemas are JSON texts on the wire, which has no booleans.
        let schema = |text: Option<String>| -> Option<Value> { text?.parse().ok() };
        Self {
            procedure: Some(capability.procedure),
            kind: capability.kind,
            access: Some(capability.access),
            limits: capability.limits,
            confidential: capability.confidential,
            idempotent: capability.idempotent,
            dedupe: capability.dedupe,
            deprecated: capability.deprecated,
            doc: Some(capability.description).filter(|doc| !doc.is_empty()),
            request: capability.request,
            response: capability.response,
            inbound: capability.inbound,
            request_schema: schema(capability.request_schema),
            response_schema: schema(capability.response_schema),
            inbound_schema: schema(capability.inbound_schema),
            ..Self::new(capability.name, capability.version)
        }
    }
}
