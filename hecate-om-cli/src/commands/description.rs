//! Descriptions of capabilities, fetched from the service that serves them.

use std::time::Duration;

use hecate_om::Mesh;
use hecate_om_gateway::description::{CapabilityDescription, ServiceDescription, fetch};
use hecate_om_gateway::json::restore_booleans;
use hecate_om_manifest::{Access, Capability, Kind, Manifest, Publication, is_reserved, procedure};
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::flags::{CallFlags, MeshFlags};
use crate::output::Failure;
use crate::value_parsers;

/// Fetches a manifest of the service in `org`: its name, version, own capabilities and published
/// facts, with their schemas.
pub(crate) async fn fetch_manifest(
    org: &str,
    mesh: &MeshFlags,
    timeout: Duration,
) -> Result<Manifest, Failure> {
    value_parsers::org(org).map_err(Failure::malformed)?;
    let client = mesh.connect().await?;
    let fetched = fetch::<CapabilityDescription>(client.mesh(), org, None, timeout).await;
    client.close().await;
    let (info, described) = fetched?;
    let ServiceDescription {
        rpc, publications, ..
    } = described;
    let own = rpc
        .into_iter()
        .filter(|capability| !is_reserved(&capability.name));
    Ok(Manifest {
        name: info.name,
        version: Some(info.version),
        capabilities: own.map(Capability::from).collect(),
        publications: publications.into_iter().map(Publication::from).collect(),
        ..Manifest::default()
    })
}

/// Sets the procedures that the manifest's service has in `org`.
pub(crate) fn with_procedures_in(org: &str, mut manifest: Manifest) -> Manifest {
    for capability in &mut manifest.capabilities {
        capability.procedure = Some(procedure(org, &capability.name, capability.version));
    }
    manifest
}

/// Maximum wait for the description of a procedure that has responded.
const MAX_WAIT: Duration = Duration::from_secs(2);

/// The called procedure, whose description is fetched during the call.
#[derive(Debug)]
pub(crate) struct CalledProcedure {
    procedure: String,
    pending: Option<JoinHandle<Option<Capability>>>,
    /// Maximum time that a response waits for the description.
    wait: Duration,
    description: Option<Capability>,
}

impl CalledProcedure {
    /// Starts to fetch the description in the background, with the timeout of the call. The call
    /// does not depend on it.
    pub(crate) fn describe(flags: &CallFlags, mesh: &Mesh) -> Self {
        let (mesh, called) = (mesh.clone(), flags.procedure.clone());
        let (node, timeout) = (flags.provider, flags.timeout());
        let pending = tokio::spawn(async move {
            let org = called.split('/').next().unwrap_or_default();
            let fetched = fetch::<CapabilityDescription>(&mesh, org, node, timeout);
            let fetched = tokio::time::timeout(timeout, fetched).await.ok()?;
            let (_, described) = fetched.ok()?;
            let described = described
                .rpc
                .into_iter()
                .find(|capability| capability.procedure == called);
            described.map(Capability::from)
        });
        Self {
            procedure: flags.procedure.clone(),
            pending: Some(pending),
            wait: timeout.min(MAX_WAIT),
            description: None,
        }
    }

    async fn description(&mut self) -> Option<&Capability> {
        if let Some(mut pending) = self.pending.take() {
            match tokio::time::timeout(self.wait, &mut pending).await {
                // A panic counts as no description.
                Ok(described) => self.description = described.unwrap_or_default(),
                Err(_) => pending.abort(),
            }
        }
        self.description.as_ref()
    }

    /// Returns the maximum size of an item that the capability accepts, if known.
    pub(crate) async fn max_bytes(&mut self) -> Option<u64> {
        self.description()
            .await
            .and_then(|known| known.limits.max_bytes)
    }

    /// Returns the failure of a stream whose provider exceeded a time limit.
    pub(crate) fn timed_out(&self, limit: Duration, what: &str) -> Failure {
        let procedure = &self.procedure;
        Failure::timed_out(format!(
            "`{procedure}` {what} within {limit:?}; `--timeout` sets this limit"
        ))
    }

    /// Restores the booleans of a response, or of a response item, by the capability's schema.
    pub(crate) async fn apply_schema(&mut self, answer: &mut Value) {
        if let Some(schema) = self
            .description()
            .await
            .and_then(|known| known.response_schema.as_ref())
        {
            restore_booleans(schema, answer);
        }
    }

    /// Explains a failure: names the correct flags if the current ones are for another kind, or the
    /// token that is required.
    pub(crate) async fn explain(
        &mut self,
        failure: Failure,
        streams: bool,
        takes_items: bool,
    ) -> Failure {
        let Some(known) = self.description().await else {
            return failure;
        };
        match advice(known.kind, streams, takes_items) {
            Some(advice) => Failure::wrong_kind(format!("`{}` is {advice}", self.procedure)),
            None => with_required_token(failure, known),
        }
    }

    /// Explains the failure of a benchmark, which supports unary procedures only.
    pub(crate) async fn explain_unary(&mut self, failure: Failure) -> Failure {
        let Some(known) = self.description().await else {
            return failure;
        };
        match known.kind {
            Kind::Unary => with_required_token(failure, known),
            kind => Failure::wrong_kind(format!(
                "`{}` is {}; `bench` measures unary procedures only",
                self.procedure,
                kind_name(kind)
            )),
        }
    }
}

/// Adds the required token to the failure of an unauthorized call.
fn with_required_token(failure: Failure, known: &Capability) -> Failure {
    match known.access.as_ref().and_then(required_token) {
        Some(required_token) if failure.is_unauthorized() => failure.with_context(&required_token),
        _ => failure,
    }
}

/// Describes the token that an access rule requires.
fn required_token(access: &Access) -> Option<String> {
    match access {
        Access::Open | Access::Nodes(_) | Access::NodesFrom { .. } => None,
        Access::RealmMember { permission } => Some(format!(
            "the token must come from the realm and grant the permission `{permission}`"
        )),
        Access::Ucan { issuer } => Some(format!("the token must be issued by the node {issuer}")),
        Access::UcanFrom { setting } => Some(format!(
            "the token must be issued by the node in the provider's setting `{setting}`"
        )),
    }
}

/// Returns the capability's kind and the flags to add or leave out, if any.
fn advice(kind: Kind, streams: bool, takes_items: bool) -> Option<String> {
    let wanted = match kind {
        Kind::Unary => (false, false),
        Kind::ServerStreaming => (true, false),
        Kind::ClientStreaming => (false, true),
        Kind::Bidirectional => (true, true),
    };
    let change = |given: bool, wanted: bool, flag: &str| match (given, wanted) {
        (false, true) => Some(format!("add `{flag}`")),
        (true, false) => Some(format!("leave out `{flag}`")),
        _ => None,
    };
    let changes: Vec<String> = [
        change(streams, wanted.0, "--stream"),
        change(takes_items, wanted.1, "--items FILE"),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!changes.is_empty()).then(|| format!("{}; {}", kind_name(kind), changes.join(" and ")))
}

/// Returns gRPC's name of a kind.
pub(crate) const fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::ServerStreaming => "server streaming",
        Kind::ClientStreaming => "client streaming",
        Kind::Bidirectional => "bidirectional",
        Kind::Unary => "unary",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_response_is_printed_even_if_the_service_never_describes_itself() {
        let mut called = CalledProcedure {
            procedure: "acme/a.search".into(),
            pending: Some(tokio::spawn(std::future::pending())),
            wait: MAX_WAIT,
            description: None,
        };
        let mut answer = Value::from("as it came");
        called.apply_schema(&mut answer).await;
        assert_eq!(answer, "as it came");
        assert!(called.pending.is_none());
    }

    #[test]
    fn flags_of_another_kind_are_named_with_those_that_fit() {
        for (kind, streams, items, expected) in [
            (
                Kind::ServerStreaming,
                false,
                false,
                Some("server streaming; add `--stream`"),
            ),
            (Kind::ServerStreaming, true, false, None),
            (
                Kind::Unary,
                true,
                false,
                Some("unary; leave out `--stream`"),
            ),
            (
                Kind::Bidirectional,
                false,
                false,
                Some("bidirectional; add `--stream` and add `--items FILE`"),
            ),
            (
                Kind::ClientStreaming,
                true,
                false,
                Some("client streaming; leave out `--stream` and add `--items FILE`"),
            ),
        ] {
            assert_eq!(advice(kind, streams, items).as_deref(), expected);
        }
    }
}
