//! The built-in capabilities of every service. They are compatible with hecate-om (Erlang), and
//! guarded like any other capability. `info` and `<service>.describe_capabilities` are open and
//! without arguments. The module [`limits`] has `get_limits` and, if the deployment names an
//! administrator, `set_limits`. For each schedule with `replicas = one` there is
//! `<service>.<hash>.shared_schedule`, by which the instances of the service find each other.
//!
//! `describe_capabilities` returns `{"rpc": […], "pubsub": […], "publications": […]}`.
//!
//! An entry of `rpc` describes one capability. It has the fields of hecate-om (Erlang) (`name`,
//! `description`, `params`, `example_payload`), and also `request_schema` and `response_schema`.
//! These are JSON Schemas as JSON *text*, because a schema contains booleans
//! (`"additionalProperties": false`) and the wire has none. `params` are the names of the request's
//! fields, and `example_payload` is the request's first example (`#[schemars(example = …)]`); both
//! are omitted if the schema does not have them. The limits are those at boot; `get_limits` returns
//! the current limits, which `set_limits` may have changed.
//!
//! An entry of `pubsub` describes one subscribed topic: `topic`, `description`, `fact` and
//! `fact_schema`. An entry of `publications` describes one published fact, alike.

use std::sync::Arc;
use std::time::Instant;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::capability::{
    Access, AllowListSource, Capability, Confidential, DedupeStore, EffectiveLimits, HandlerFuture,
    Invocation, Kind, Refusal, Schemas, StateRequirement, reply,
};
use crate::codec;
use crate::config::LimitKey;
use crate::handler::HandlerTasks;
use crate::health::{HealthState, ServiceInfo, Stage};
use crate::publication::PublicationDescription;
use crate::schedule::{Schedule, replica_capability};
use crate::subscription::FactDescription;

mod denials;
mod limits;

pub(crate) use denials::publish_denials;
pub(crate) use limits::guard_builtins;

/// Data of `info` and `describe_capabilities`.
#[derive(Debug)]
pub(crate) struct ServiceDescription {
    pub(crate) service: ServiceInfo,
    pub(crate) service_name: String,
    pub(crate) box_name: String,
    pub(crate) org: String,
    pub(crate) node_id: String,
    pub(crate) started: Instant,
    pub(crate) health_state: Arc<HealthState>,
    /// All procedures, including those of the built-in capabilities.
    pub(crate) procedures: Vec<String>,
    pub(crate) capabilities: Vec<CapabilityDescription>,
    /// The subscribed topics.
    pub(crate) facts: Vec<FactDescription>,
    /// The published facts.
    pub(crate) publications: Vec<PublicationDescription>,
}

/// Description of one capability in `describe_capabilities`.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Described")]
pub(crate) struct CapabilityDescription {
    name: &'static str,
    version: u32,
    procedure: String,
    description: &'static str,
    access: AccessText,
    max_bytes: u64,
    /// Timeout of the handler; absent for a stream without a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout_ms: Option<u64>,
    concurrency: u32,
    /// Maximum number of calls that may wait to run.
    queue: u32,
    window_ms: u64,
    per_caller_max: u64,
    global_max: u64,
    max_distinct_callers: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<&'static str>,
    response: &'static str,
    /// `response`, or the kind of stream: `streamer`, `client_stream`, `bidi`.
    kind: &'static str,
    /// Type of the items that the caller sends.
    #[serde(skip_serializing_if = "Option::is_none")]
    inbound: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confidential: Option<&'static str>,
    idempotent: bool,
    /// How answers to requests with a key are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    dedupe: Option<DedupeText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deprecated: Option<DeprecatedText>,
    /// Layers around the handler, the outermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    layers: Vec<&'static str>,
    /// Names of the request's fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    params: Option<Vec<String>>,
    /// Example request from the author.
    #[serde(skip_serializing_if = "Option::is_none")]
    example_payload: Option<Value>,
    /// JSON Schema as JSON text; absent if the capability has no request.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_schema: Option<String>,
    /// JSON Schema as JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    response_schema: Option<String>,
    /// JSON Schema as JSON text; absent if the caller sends no items.
    #[serde(skip_serializing_if = "Option::is_none")]
    inbound_schema: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum AccessText {
    Open,
    RealmMember {
        #[serde(rename = "can")]
        permission: &'static str,
    },
    Ucan {
        issuer: &'static str,
    },
    UcanFrom {
        setting: &'static str,
    },
    Nodes(&'static [&'static str]),
    NodesFrom {
        setting: &'static str,
    },
}

impl From<Access> for AccessText {
    fn from(access: Access) -> Self {
        match access {
            Access::Open => Self::Open,
            Access::RealmMember { permission } => Self::RealmMember { permission },
            Access::Ucan { issuer } => Self::Ucan { issuer },
            Access::UcanFrom { setting } => Self::UcanFrom { setting },
            Access::Nodes { nodes } => Self::Nodes(nodes),
            Access::NodesFrom { setting } => Self::NodesFrom { setting },
            Access::Listed(list) => match list.source() {
                AllowListSource::Attribute(nodes) => Self::Nodes(nodes),
                AllowListSource::Setting(setting) => Self::NodesFrom { setting },
            },
        }
    }
}

/// How long, and where (`memory` or `disk`), answers to requests with a key are kept.
#[derive(Debug, Serialize, JsonSchema)]
struct DedupeText {
    window_ms: u64,
    store: &'static str,
}

/// Deprecation notice: the service version that deprecated the capability, and what to call
/// instead.
#[derive(Debug, Serialize, JsonSchema)]
struct DeprecatedText {
    since: &'static str,
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    instead: Option<&'static str>,
}

impl CapabilityDescription {
    pub(crate) fn new(capability: &Capability, procedure: String, default_access: Access) -> Self {
        let EffectiveLimits {
            rate,
            timeout,
            concurrency,
            queue,
        } = EffectiveLimits::new(&capability.limits);
        let timeout_ms = match capability.kind {
            Kind::Unary => Some(u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX)),
            _ => capability.limits.timeout_ms,
        };
        let request = capability.request_schema();
        Self {
            name: capability.name,
            version: capability.version,
            procedure,
            description: capability.doc,
            access: capability.access.unwrap_or(default_access).into(),
            max_bytes: rate.get(LimitKey::MaxBytes),
            timeout_ms,
            concurrency,
            queue,
            window_ms: rate.get(LimitKey::WindowMs),
            per_caller_max: rate.get(LimitKey::PerCallerMax),
            global_max: rate.get(LimitKey::GlobalMax),
            max_distinct_callers: rate.get(LimitKey::MaxDistinctCallers),
            request: capability.request,
            response: capability.response,
            kind: capability.kind.name(),
            inbound: capability.inbound,
            confidential: capability.confidential.map(|word| match word {
                Confidential::Off => "off",
                Confidential::Preferred => "preferred",
                Confidential::Required => "required",
            }),
            idempotent: capability.idempotent,
            dedupe: capability.dedupe.map(|dedupe| DedupeText {
                window_ms: dedupe.window_ms,
                store: match dedupe.store {
                    DedupeStore::Memory => "memory",
                    DedupeStore::Disk => "disk",
                },
            }),
            deprecated: capability.deprecated.map(|notice| DeprecatedText {
                since: notice.since,
                instead: notice.instead,
            }),
            layers: capability.layers.iter().map(|layer| layer.name).collect(),
            params: request.as_ref().and_then(params),
            example_payload: request.as_ref().and_then(example),
            request_schema: request.map(|schema| schema.to_string()),
            response_schema: capability
                .response_schema()
                .map(|schema| schema.to_string()),
            inbound_schema: capability.inbound_schema().map(|schema| schema.to_string()),
        }
    }
}

/// Returns the names of a request's fields, if its schema has them.
fn params(schema: &Value) -> Option<Vec<String>> {
    let fields = schema.get("properties")?.as_object()?;
    Some(fields.keys().cloned().collect())
}

/// Returns the first example of a request that the wire can carry.
fn example(schema: &Value) -> Option<Value> {
    let examples = schema.get("examples")?.as_array()?;
    let carried = |example: &&Value| codec::encode(&[[[example]]]).is_ok();
    examples.iter().find(carried).cloned()
}

/// Returns `info` and `describe_capabilities` of the service `name`.
pub(crate) fn builtins(name: &'static str) -> [Capability; 2] {
    // `Capability` has a `&'static str`, so one short text is leaked at each boot.
    let describe: &'static str = format!("{name}.describe_capabilities").leak();
    [
        Capability {
            schemas: Schemas::of_response::<Info<'_>>(),
            ..builtin(
                "info",
                "Returns the service's name, version, node id, stage and health.",
                "Info",
                info,
            )
        },
        Capability {
            schemas: Schemas::of_response::<Description<'_>>(),
            ..builtin(
                describe,
                "Describes each capability, with the JSON Schemas of its request and response as JSON texts.",
                "Description",
                description,
            )
        },
    ]
}

/// Returns the capability by which instances of the service `name` find those that run a schedule
/// with `replicas = one`; `None` for other schedules.
pub(crate) fn replica_builtin(name: &str, schedule: &Schedule) -> Option<Capability> {
    // Leaked like the name of `describe_capabilities`.
    schedule.one_replica.then(|| Capability {
        access: Some(Access::Open),
        doc: format!(
            "Returns nothing, if this instance runs the schedule `{}` when it is chosen.",
            schedule.name
        )
        .leak(),
        needs: const { &[StateRequirement::new::<HandlerTasks>()] },
        ..Capability::new(replica_capability(name, schedule).leak(), runs_schedule)
    })
}

/// Code of the refusal of an instance that starts no run any more.
pub(crate) const DRAINING: &str = "draining";

fn runs_schedule(invocation: Invocation) -> HandlerFuture {
    HandlerFuture::new(async move {
        let tasks = invocation.state::<HandlerTasks>()?;
        reply(if tasks.stopped().is_cancelled() {
            Err(Refusal::new(DRAINING, "this instance is shutting down"))
        } else {
            Ok(())
        })
    })
}

fn builtin(
    name: &'static str,
    doc: &'static str,
    response: &'static str,
    invoke: fn(Invocation) -> HandlerFuture,
) -> Capability {
    Capability {
        access: Some(Access::Open),
        doc,
        response,
        needs: const { &[StateRequirement::new::<ServiceDescription>()] },
        ..Capability::new(name, invoke)
    }
}

/// Response of `<org>/info`: only text, no booleans, and never a reason, a path or a setting.
#[derive(Serialize, JsonSchema)]
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

fn info(invocation: Invocation) -> HandlerFuture {
    HandlerFuture::new(async move {
        let description = invocation.state::<ServiceDescription>()?;
        let starting = matches!(*description.health_state.stage.borrow(), Stage::Starting(_));
        let verdict = description.health_state.verdict();
        let info = Info {
            name: description.service.name,
            version: description.service.version,
            description: description.service.description,
            service_name: &description.service_name,
            box_name: &description.box_name,
            org: &description.org,
            node_id: &description.node_id,
            macula_version: concat!("wire ", "1.0", " (macula-rust)"),
            mcl_om_version: concat!("hecate-om ", env!("CARGO_PKG_VERSION")),
            uptime_s: description.started.elapsed().as_secs(),
            status: if starting {
                "unknown"
            } else {
                verdict.status()
            },
            capabilities: &description.procedures,
        };
        reply(Ok::<_, Refusal>(info))
    })
}

#[derive(Serialize, JsonSchema)]
struct Description<'a> {
    rpc: &'a [CapabilityDescription],
    pubsub: &'a [FactDescription],
    publications: &'a [PublicationDescription],
}

fn description(invocation: Invocation) -> HandlerFuture {
    HandlerFuture::new(async move {
        let description = invocation.state::<ServiceDescription>()?;
        reply(Ok::<_, Refusal>(Description {
            rpc: &description.capabilities,
            pubsub: &description.facts,
            publications: &description.publications,
        }))
    })
}

#[cfg(test)]
mod tests;
