//! A service as it describes itself on the mesh.

use std::time::Duration;

use hecate_om::CallError;
use hecate_om_manifest::{
    Access, Capability, Confidential, Deprecated, Kind, Limits, Manifest, is_reserved, procedure,
};
use serde::Deserialize;
use serde_json::Value;

use super::ls;
use crate::flags::MeshFlags;
use crate::output::Failure;

/// What `describe_capabilities` answers, as far as callers need it.
#[derive(Debug, Deserialize)]
struct Description {
    rpc: Vec<Described>,
}

#[derive(Debug, Deserialize)]
struct Described {
    name: String,
    version: u32,
    procedure: String,
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
    #[serde(default)]
    kind: Kind,
    deprecated: Option<Deprecated>,
    request_schema: Option<String>,
    response_schema: Option<String>,
    inbound_schema: Option<String>,
}

/// What the service of `org` says of itself: its name, its version and its own capabilities, with their schemas.
pub(crate) async fn on_the_mesh(
    org: &str,
    mesh: &MeshFlags,
    timeout: Duration,
) -> Result<Manifest, Failure> {
    let client = mesh.connect().await?;
    let mesh = client.mesh();
    let asked = async {
        let info = ls::info(mesh, org, None, timeout).await?;
        let describe = format!("{org}/{}.describe_capabilities", info.name);
        let described = mesh.procedure(describe).timeout(timeout);
        let described = described.call::<(), Description>(&()).await?;
        Ok::<_, CallError>((info, described))
    }
    .await;
    client.close().await;
    let (info, Description { rpc }) = asked?;
    let own = rpc.into_iter().filter(|one| !is_reserved(&one.name));
    Ok(Manifest {
        name: info.name,
        version: Some(info.version),
        capabilities: own.map(Capability::from).collect(),
        ..Manifest::default()
    })
}

/// The manifest with the procedures that its service has in `org`.
pub(crate) fn served_as(org: &str, mut manifest: Manifest) -> Manifest {
    for one in &mut manifest.capabilities {
        one.procedure = Some(procedure(org, &one.name, one.version));
    }
    manifest
}

impl From<Described> for Capability {
    fn from(one: Described) -> Self {
        // The schemas cross as texts of JSON, because the wire has no booleans.
        let schema = |text: Option<String>| -> Option<Value> { text?.parse().ok() };
        Self {
            procedure: Some(one.procedure),
            kind: one.kind,
            access: Some(one.access),
            limits: one.limits,
            confidential: one.confidential,
            idempotent: one.idempotent,
            deprecated: one.deprecated,
            doc: Some(one.description).filter(|doc| !doc.is_empty()),
            request: one.request,
            response: one.response,
            inbound: one.inbound,
            request_schema: schema(one.request_schema),
            response_schema: schema(one.response_schema),
            inbound_schema: schema(one.inbound_schema),
            ..Self::new(one.name, one.version)
        }
    }
}
