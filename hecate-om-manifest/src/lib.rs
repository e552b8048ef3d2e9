//! The manifest of a hecate-om service: its model, the scanner that reads it from the sources of
//! the service, and the comparison of two manifests.
//!
//! A service uses this crate in one line, in `build.rs`:
//!
//! ```no_run
//! # #[cfg(feature = "scan")]
//! hecate_om_manifest::emit();
//! ```
//!
//! The other modules are for the crates of hecate-om:
//!
//! | module | feature | contents |
//! |---|---|---|
//! | [`diff`] | always | differences between two manifests or two schemas, and whom they break |
//! | [`model`] | always | `manifest.json` as types, parsing and deterministic rendering |
//! | `emit`, `preview` | `scan` (default) | the scan of the package of a build script, or of another one |
//! | `scan` | `scan` (default) | the source scanner |
//!
//! [`cron`], [`handler_key`], [`names`] and [`suggest`] are those of `hecate-om-grammar`.

pub mod diff;
#[cfg(feature = "scan")]
mod emit;
pub mod model;
#[cfg(feature = "scan")]
pub mod scan;

#[cfg(feature = "scan")]
pub use emit::{PreviewError, emit, preview};
pub use hecate_om_grammar::names::{
    MAX_PROCEDURE_BYTES, NameError, OrgName, ServiceName, Topic, is_procedure, is_reserved,
    procedure,
};
pub use hecate_om_grammar::{
    Access, Confidential, Dedupe, DedupeStore, Deprecated, Kind, Limits, Retries, Written, cron,
    handler_key, names, settings_prefix, suggest,
};
pub use model::{
    Capability, Gaps, IdentitySpec, Manifest, ManifestError, Publication, RetryDescription,
    Schedule, Setting, Subscription,
};
