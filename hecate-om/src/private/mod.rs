//! Items used by the expansions of the macros, the command line, the benches and the fuzz targets.
//! They are not public API and not covered by semver.

mod certificate;
mod configuration;
mod health;
mod listed;
mod probe;
mod schema;
mod setting_choice;

pub use hecate_om_manifest::Retries;
pub use linkme;
pub use std::string::String;

pub use crate::boot::hangup_is_ignored;
pub use crate::build_info::ML_DSA;
pub use crate::capability::schema::no_schema;
pub use crate::capability::{
    Access, AllowList, Callable, Capability, Confidential, Dedupe, DedupeStore, Deprecated,
    HandlerFuture, IntoRefusal, Invocation, Kind, Layer, LayerFunction, Limits, LocalGuard,
    MaybeResult, Output, PlainReply, ReadPayload, RequestPayload, ResponsePayload, Schemas,
    SentPayload, SharedState, StateRequirement, kind, opened, reply,
};
pub use crate::handler::{FailurePolicy, HandlerError, Outcome};
pub use crate::linked::{CAPABILITIES, FACT_HANDLERS, PUBLICATIONS, SCHEDULES};
#[cfg(feature = "dev-mesh")]
pub use crate::mesh::ManyCapabilities;
pub use crate::mesh::{
    IdentitySpec, LocalDispatch, LocalFlow, VerifiedRoot, accepted_claims, verify_block,
    verify_root,
};
pub use crate::publication::{Fact, Publication, PublishedFact, registered};
pub use crate::schedule::{JobContext, Schedule, When};
pub use crate::service::{Contract, Lifecycle, check_linked, check_settings};
pub use crate::settings::{SettingField, SettingValue, Settings, SettingsReader, WrittenType};
pub use crate::subscription::{FactHandler, FactInvocation, FactPayload};
pub use crate::telemetry::{flush, log_for_tool};
pub use crate::unprintable::{escaped_json, is_unprintable};
pub use certificate::{CertificateContents, verify_certificate};
pub use configuration::{ReadConfiguration, read_configuration};
pub use health::serve_health;
pub use listed::{is_listed, is_subscription_listed};
pub use probe::{Constructible, FromDefault, FromNeither, FromService, Probe};
pub use schema::{OfNone, OfSuccess, OfType, SchemaOf};
pub use setting_choice::{choice, choice_form};
