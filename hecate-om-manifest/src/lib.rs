//! The manifest of a Hecate service: what it is called, what it can do, and how both are read from
//! the source of the service.
//!
//! A service author touches this crate in one line, in `build.rs`:
//!
//! ```no_run
//! # #[cfg(feature = "scan")]
//! hecate_om_manifest::emit();
//! ```
//!
//! Everything else is here for the other crates of hecate-om, which must agree on it:
//!
//! | module | feature | holds |
//! |---|---|---|
//! | [`cron`] | always | cron patterns: read, checked and followed |
//! | [`diff`] | always | what has changed between two manifests or two schemas, and whom it breaks |
//! | [`handler_key`] | always | how handlers are named in the list that attributes are compared with |
//! | [`model`] | always | `manifest.json` as types, parsing (the ancestor's files too), deterministic rendering |
//! | [`names`] | always | validated names, and how a capability is spelled on the wire |
//! | [`suggest`] | always | the word that was probably meant |
//! | `grammar` | `grammar` | the one grammar of the attributes, for macros and scanner |
//! | `scan` | `scan` (default) | the source scanner: which capabilities a package and its path dependencies hold |
//! | `emit` | `scan` (default) | the build script's one call, and the same for tools that only look |

pub mod cron;
pub mod diff;
#[cfg(feature = "scan")]
mod emit;
#[cfg(feature = "grammar")]
pub mod grammar;
pub mod handler_key;
pub mod model;
pub mod names;
#[cfg(feature = "scan")]
pub mod scan;
pub mod suggest;

#[cfg(feature = "scan")]
pub use emit::{PreviewError, emit, preview};
pub use model::{
    Access, Capability, Confidential, Deprecated, Gaps, IdentitySpec, Kind, Limits, Manifest,
    ManifestError, Schedule, Subscription,
};
pub use names::{
    CapabilityName, MAX_PROCEDURE_BYTES, NameError, OrgName, RESERVED, ServiceName, Topic,
    is_procedure, is_reserved, procedure,
};
