//! The capabilities that every service has: `info` and `<service>.describe_capabilities`, as the ancestor answers
//! them. Open, without arguments, guarded like any other.

use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;

use super::{Access, Capability, Guard, Invocation, Pending, StateNeed};
use crate::health::{About, Stage, Vitals};
use crate::mesh::codec;

mod limits;

pub(crate) use limits::guard_builtins;

/// What the two answer from.
#[derive(Debug)]
pub(crate) struct ServiceCard {
    pub(crate) about: About,
    pub(crate) service_name: String,
    pub(crate) box_name: String,
    pub(crate) org: String,
    pub(crate) node_id: String,
    pub(crate) started: Instant,
    pub(crate) vitals: Arc<Vitals>,
    /// Every procedure, these two's included.
    pub(crate) procedures: Vec<String>,
    pub(crate) capabilities: Vec<Described>,
}

/// One capability as `describe_capabilities` says it.
#[derive(Debug, Serialize)]
pub(crate) struct Described {
    name: &'static str,
    version: u32,
    procedure: String,
    description: &'static str,
    access: AccessText,
    max_bytes: u64,
    timeout_ms: u64,
    concurrency: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<&'static str>,
    response: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum AccessText {
    Open,
    RealmMember { can: &'static str },
    Ucan { issuer: &'static str },
}

impl Described {
    pub(crate) fn new(capability: &Capability, procedure: String, default_access: Access) -> Self {
        let guard = Guard::of(capability);
        Self {
            name: capability.name,
            version: capability.version,
            procedure,
            description: capability.doc,
            access: match capability.access.unwrap_or(default_access) {
                Access::Open => AccessText::Open,
                Access::RealmMember { can } => AccessText::RealmMember { can },
                Access::Ucan { issuer } => AccessText::Ucan { issuer },
            },
            max_bytes: guard.max_bytes,
            timeout_ms: u64::try_from(guard.timeout.as_millis()).unwrap_or(u64::MAX),
            concurrency: guard.concurrency,
            request: capability.request,
            response: capability.response,
        }
    }
}

/// Whether it is one of the runtime's own, which it alone may name.
pub(crate) fn is_builtin(capability: &Capability) -> bool {
    let name = capability.name;
    hecate_om_manifest::RESERVED.contains(&name) || name.ends_with(".describe_capabilities")
}

/// The two capabilities of the service `name`.
pub(crate) fn builtins(name: &'static str) -> [Capability; 2] {
    // One short text for the life of the process, where every other capability's name is a literal.
    let describe: &'static str = format!("{name}.describe_capabilities").leak();
    [
        builtin("info", "Who the service is and how it is.", "Info", info),
        builtin(
            describe,
            "What the service offers.",
            "Description",
            description,
        ),
    ]
}

fn builtin(
    name: &'static str,
    doc: &'static str,
    response: &'static str,
    invoke: fn(Invocation) -> Pending,
) -> Capability {
    Capability {
        access: Some(Access::Open),
        doc,
        response,
        needs: const { &[StateNeed::of::<ServiceCard>()] },
        ..Capability::new(name, invoke)
    }
}

/// `<org>/info`: text throughout, no booleans, and never a reason, a path or a setting.
#[derive(Serialize)]
struct Info<'a> {
    name: &'a str,
    version: &'a str,
    description: &'a str,
    service_name: &'a str,
    #[serde(rename = "box")]
    box_name: &'a str,
    org: &'a str,
    node_id: &'a str,
    macula_version: &'a str,
    mcl_om_version: &'a str,
    uptime_s: u64,
    status: &'a str,
    capabilities: &'a [String],
}

fn info(invocation: Invocation) -> Pending {
    Pending::new(async move {
        let card = invocation.state::<ServiceCard>()?;
        let starting = matches!(*card.vitals.stage.borrow(), Stage::Starting(_));
        let verdict = card.vitals.verdict();
        let info = Info {
            name: card.about.name,
            version: card.about.version,
            description: card.about.description,
            service_name: &card.service_name,
            box_name: &card.box_name,
            org: &card.org,
            node_id: &card.node_id,
            macula_version: concat!("wire ", "1.0", " (macula-rust)"),
            mcl_om_version: concat!("hecate-om ", env!("CARGO_PKG_VERSION")),
            uptime_s: card.started.elapsed().as_secs(),
            status: match starting {
                true => "unknown",
                false => verdict.status(),
            },
            capabilities: &card.procedures,
        };
        codec::encode(&info).map_err(|error| unencodable(&error))
    })
}

#[derive(Serialize)]
struct Description<'a> {
    rpc: &'a [Described],
    pubsub: [(); 0],
}

fn description(invocation: Invocation) -> Pending {
    Pending::new(async move {
        let card = invocation.state::<ServiceCard>()?;
        codec::encode(&Description {
            rpc: &card.capabilities,
            pubsub: [],
        })
        .map_err(|error| unencodable(&error))
    })
}

fn unencodable(error: &codec::CodecError) -> super::Refusal {
    super::Refusal::new(
        "invalid_response",
        "the service's answer does not fit the wire",
    )
    .log(error.to_string())
}
