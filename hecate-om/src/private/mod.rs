//! What the expansions of the macros name, and what the benches and the fuzz targets of this repository drive: the
//! reading of a configuration and the dispatch without a mesh. Outside semver: nothing here may be used by hand.

mod listed;
mod output;
mod probe;
mod schema;

pub use linkme;

pub use crate::boot::hangup_is_ignored;
pub use crate::capability::schema::no_schema;
pub use crate::capability::{
    Access, Callable, Capability, Confidential, Deprecated, Invocation, Kind, Limits, Pending,
    Schemas, StateNeed, kind,
};
pub use crate::config::{ReadConfiguration, read_configuration};
pub use crate::handler::{Failure, Outcome, Working};
pub use crate::mesh::LocalDispatch;
#[cfg(feature = "dev-mesh")]
pub use crate::mesh::ManyCapabilities;
pub use crate::schedule::{Schedule, Tick, When};
pub use crate::service_contract::{Contract, IdentitySpec, Lifecycle, check_linked};
pub use crate::subscription::{FactHandler, FactPayload, Hearing};
pub use crate::telemetry::{flush, log_for_tool};
pub use listed::is_listed;
pub use output::{
    IntoRefusal, MaybeResult, Output, PlainReply, ReadPayload, RequestPayload, ResponsePayload,
    SentPayload, SharedState, opened, reply,
};
pub use probe::{Constructible, FromDefault, FromNeither, FromService, Probe};
pub use schema::{OfNone, OfSuccess, OfType, SchemaOf};

/// Every capability that was linked into this binary, in no order. Public because the registration in a
/// service's crates names it; read through the registry only.
#[linkme::distributed_slice]
pub static CAPABILITIES: [Capability];

/// Every subscription that was linked, likewise.
#[linkme::distributed_slice]
pub static FACT_HANDLERS: [FactHandler];

/// Every schedule that was linked, likewise.
#[linkme::distributed_slice]
pub static SCHEDULES: [Schedule];
