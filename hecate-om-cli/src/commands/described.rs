//! A service as it describes itself on the mesh.

use std::time::Duration;

use hecate_om::{Mesh, call::CallError, identity::NodeId};
use hecate_om_manifest::{
    Access, Capability, Confidential, Deprecated, Kind, Limits, Manifest, is_reserved, procedure,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::task::JoinHandle;

use super::ls;
use crate::flags::{CallFlags, MeshFlags};
use crate::json::follow;
use crate::output::Failure;
use crate::value_parsers;

/// What `describe_capabilities` answers.
#[derive(Debug, Deserialize)]
pub(super) struct Description<T = Described> {
    pub(super) rpc: Vec<T>,
}

/// What it says of one capability, as far as callers need it.
#[derive(Debug, Deserialize)]
pub(super) struct Described {
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

/// Asks the service of an org what it offers.
pub(super) async fn ask<T: DeserializeOwned>(
    mesh: &Mesh,
    org: &str,
    node: Option<NodeId>,
    timeout: Duration,
) -> Result<(ls::Info, Description<T>), CallError> {
    let info = ls::info(mesh, org, node, timeout).await?;
    let describe = format!("{org}/{}.describe_capabilities", info.name);
    let mut described = mesh.procedure(describe).timeout(timeout);
    if let Some(node) = node {
        described = described.provider(node);
    }
    let described = described.call::<(), Description<T>>(&()).await?;
    Ok((info, described))
}

/// What the service of `org` says of itself: its name, its version and its own capabilities, with their schemas.
pub(crate) async fn on_the_mesh(
    org: &str,
    mesh: &MeshFlags,
    timeout: Duration,
) -> Result<Manifest, Failure> {
    value_parsers::org(org).map_err(Failure::malformed)?;
    let client = mesh.connect().await?;
    let asked = ask::<Described>(client.mesh(), org, None, timeout).await;
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

/// Longest wait for the description of a procedure that has answered.
const MAX_WAIT: Duration = Duration::from_secs(2);

/// The description of the procedure that is called, asked for while the call is made.
#[derive(Debug)]
pub(crate) struct Called {
    procedure: String,
    asked: Option<JoinHandle<Option<Capability>>>,
    /// How long an answer waits for it.
    wait: Duration,
    known: Option<Capability>,
}

impl Called {
    /// Begins to ask, for as long as the call may take. A service that does not describe itself is called all the
    /// same.
    pub(crate) fn ask(flags: &CallFlags, mesh: &Mesh) -> Self {
        let (mesh, called) = (mesh.clone(), flags.procedure.clone());
        let (node, timeout) = (flags.provider, flags.timeout());
        let asked = tokio::spawn(async move {
            let org = called.split('/').next().unwrap_or_default();
            let asked = ask::<Described>(&mesh, org, node, timeout);
            let asked = tokio::time::timeout(timeout, asked).await.ok()?;
            let (_, Description { rpc }) = asked.ok()?;
            let described = rpc.into_iter().find(|one| one.procedure == called);
            described.map(Capability::from)
        });
        Self {
            procedure: flags.procedure.clone(),
            asked: Some(asked),
            wait: timeout.min(MAX_WAIT),
            known: None,
        }
    }

    async fn known(&mut self) -> Option<&Capability> {
        if let Some(mut asked) = self.asked.take() {
            match tokio::time::timeout(self.wait, &mut asked).await {
                // A panic there says as little as a service that does not answer.
                Ok(described) => self.known = described.unwrap_or_default(),
                Err(_) => asked.abort(),
            }
        }
        self.known.as_ref()
    }

    /// The largest item that the capability takes, as far as it is known.
    pub(crate) async fn max_bytes(&mut self) -> Option<u64> {
        self.known().await.and_then(|known| known.limits.max_bytes)
    }

    /// The failure of a stream whose provider did not do something in time.
    pub(crate) fn silent(&self, limit: Duration, what: &str) -> Failure {
        let procedure = &self.procedure;
        Failure::timed_out(format!(
            "`{procedure}` {what} within {limit:?}; `--timeout` sets this limit"
        ))
    }

    /// The answer, or an item of it, as its schema describes it.
    pub(crate) async fn read(&mut self, answer: &mut Value) {
        if let Some(schema) = self
            .known()
            .await
            .and_then(|known| known.response_schema.as_ref())
        {
            follow(schema, answer);
        }
    }

    /// Why a call failed: where its flags are not those of the capability's kind, that.
    pub(crate) async fn explain(
        &mut self,
        failure: Failure,
        streams: bool,
        takes_items: bool,
    ) -> Failure {
        let Some(known) = self.known().await else {
            return failure;
        };
        match advice(known.kind, streams, takes_items) {
            Some(advice) => Failure::wrong_kind(format!("`{}` is {advice}", self.procedure)),
            None => needing(failure, known),
        }
    }

    /// The same of a measurement, which makes unary calls.
    pub(crate) async fn explain_unary(&mut self, failure: Failure) -> Failure {
        let Some(known) = self.known().await else {
            return failure;
        };
        match known.kind {
            Kind::Unary => needing(failure, known),
            kind => Failure::wrong_kind(format!(
                "`{}` is {}; `bench` measures unary procedures only",
                self.procedure,
                kind_name(kind)
            )),
        }
    }
}

/// Adds to a refusal for the lack of a token what the token must allow.
fn needing(failure: Failure, known: &Capability) -> Failure {
    match known.access.as_ref().and_then(required) {
        Some(required) if failure.is_unauthorized() => failure.after(&required),
        _ => failure,
    }
}

/// The token that an access requires, in words.
fn required(access: &Access) -> Option<String> {
    match access {
        Access::Open => None,
        Access::RealmMember { can } => Some(format!(
            "the token must come from the realm and grant the permission `{can}`"
        )),
        Access::Ucan { issuer } => Some(format!("the token must be issued by the node {issuer}")),
        Access::UcanFrom { setting } => Some(format!(
            "the token must be issued by the node in the provider's setting `{setting}`"
        )),
    }
}

/// What the capability is and which flags it takes, where those given are others.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_read_though_the_service_never_describes_itself() {
        let mut called = Called {
            procedure: "acme/a.search".into(),
            asked: Some(tokio::spawn(std::future::pending())),
            wait: MAX_WAIT,
            known: None,
        };
        let mut answer = Value::from("as it came");
        called.read(&mut answer).await;
        assert_eq!(answer, "as it came");
        assert!(called.asked.is_none());
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
