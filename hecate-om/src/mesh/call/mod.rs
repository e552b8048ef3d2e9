//! Calls of other services' capabilities.

mod attempt;
pub(in crate::mesh) mod builder;
pub(in crate::mesh) mod credentials;
mod directory;
pub(in crate::mesh) mod error;
pub(in crate::mesh) mod metrics;
pub(in crate::mesh) mod mismatch;
pub(in crate::mesh) mod operation;
pub(in crate::mesh) mod options;
#[cfg(all(test, feature = "dev-mesh"))]
mod payload_end_to_end;
pub(in crate::mesh) mod providers;
pub(in crate::mesh) mod retry;
mod typed_call;
pub(in crate::mesh) mod unary;

pub(in crate::mesh) use attempt::Attempt;
pub use builder::CallBuilder;
pub use directory::Advertised;
pub use error::CallError;
pub(crate) use metrics::OutgoingCallMetrics;
pub(in crate::mesh) use mismatch::MismatchCache;
pub(in crate::mesh) use providers::Providers;
pub(crate) use typed_call::Orgs;
pub use typed_call::TypedCall;
