//! Calls of other services' capabilities.

pub(in crate::mesh) mod builder;
mod directory;
pub(in crate::mesh) mod error;
pub(in crate::mesh) mod exchange;
pub(in crate::mesh) mod mismatch;
pub(in crate::mesh) mod options;
#[cfg(all(test, feature = "dev-mesh"))]
mod payload_end_to_end;
pub(in crate::mesh) mod presented;
pub(in crate::mesh) mod providers;
pub(in crate::mesh) mod traffic;
mod tries;
mod typed_call;

pub use builder::CallBuilder;
pub use directory::Advertised;
pub use error::CallError;
pub(in crate::mesh) use mismatch::Mismatches;
pub(in crate::mesh) use providers::Providers;
pub(crate) use traffic::Traffic;
pub(crate) use typed_call::Orgs;
pub use typed_call::TypedCall;
