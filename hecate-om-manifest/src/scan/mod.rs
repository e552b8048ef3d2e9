//! The source scanner: what a service's package declares, read as the compiler would compile it.
//!
//! Starting from `Cargo.toml` it reads the package's library and the binary with the service, and
//! the libraries of all path dependencies compiled into them, following `mod x;`, inline modules,
//! `#[path]`, and `cfg` and `cfg_attr` by feature and target. An attribute is ours when it is written
//! by a path into `hecate_om`, or into what `Cargo.toml` renames that to, the `use`s of the module
//! and of the modules around it applied; it is read by [`crate::grammar`], as the macros do. Where a
//! glob import or a module of the crate decides whose an attribute is, it is taken if it reads as
//! ours, and is never a reason to leave the manifest as it is; the manifest in the binary marks it,
//! and the binary leaves it out if it did not link it. In function bodies it reads the procedures and
//! actions that calls name and the topics of facts, and checks them. An attribute with a mistake is
//! left for its macro to report; what else could not be read is a warning.
//!
//! Examples, integration tests and benchmarks with a service are programs of their own: with what
//! they hold themselves, what the package's library holds, and its dependencies.
//!
//! # What it does not see
//!
//! In the service's own package, an attribute fails the build if its handler is not in the list that
//! the scanner gives to the compiler. At boot, a service compares what was linked with its manifest,
//! and a test it gets for free does the same. So none of these goes unnoticed:
//!
//! - a capability written by a macro (`macro_rules!` or another), or in a file brought in by
//!   `include!`
//! - a module declared in the call of a macro, `cfg_if! { if #[cfg(unix)] { mod posix; } }`
//! - an attribute renamed in another file (`pub use hecate_om::capability as cap;` there, `use
//!   names::cap;` here), or exported again by another crate
//! - `cfg` by the profile or by a build script: `debug_assertions` and what `cargo::rustc-cfg` sets
//!   count as off
//! - features switched on in a path dependency by another package of the same `cargo build`, or on
//!   the command line as `dependency/feature`
//! - in tests and examples, capabilities of dev-dependencies, and features that these switch on
//! - an action that is neither text written out nor a constant of the crate, and one of a call on a
//!   `Mesh` with another name than `mesh`: the runtime checks those at the call
//! - capabilities in dependencies that are not path dependencies; for those that were until the
//!   package was packed, [`emit`](crate::emit()) keeps to the manifest packed with it

mod actions;
mod attributes;
mod calls;
mod code;
mod conditions;
mod environment;
mod evaluation;
mod expressions;
mod features;
mod files;
mod found;
mod graph;
mod handlers;
mod imports;
mod items;
mod modules;
mod package;
mod report;
mod scan_result;
mod source;
mod type_names;
mod undeclared;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

pub use environment::Environment;
pub use handlers::Handlers;
pub use package::TargetKind;
pub use report::{Location, Problem};

use crate::model::{Capability, Condition, HandlerNames, IdentitySpec};

/// What was found.
#[derive(Debug)]
pub struct Scan {
    /// The package's name.
    pub package: String,
    /// The package's direct dependencies, with the new names of those it renames.
    pub dependencies: BTreeMap<String, Option<String>>,
    /// What the service's attribute and the package say; absent when no struct has the attribute.
    pub service: Option<Service>,
    /// The capabilities linked into the service, sorted by name and version.
    pub capabilities: Vec<Capability>,
    /// The capabilities linked into the unit tests of the crate that holds the service, sorted alike:
    /// with those under `cfg(test)`, without those under `cfg(not(test))`, and without those of the
    /// binary around a service that is in the library.
    pub in_tests: Vec<Capability>,
    /// The subscriptions and schedules linked into the service.
    pub handlers: Handlers,
    /// Those linked into the unit tests, as `in_tests` has it.
    pub handlers_in_tests: Handlers,
    /// The handlers whose attribute may be another crate's.
    pub uncertain: HandlerNames,
    /// All handlers under a `cfg`, sorted, whether or not it holds.
    pub conditions: Vec<Condition>,
    /// The packages that are linked for their capabilities to be called, each with the org that serves them: those that
    /// `[package.metadata.hecate-om.calls]` names, and those that are there for their sake only.
    pub calls: BTreeMap<String, String>,
    /// The crates to be named in the service's crate, so that the linker keeps their capabilities.
    pub links: Vec<String>,
    /// What makes the package no service, each worth failing the build.
    pub errors: Vec<Problem>,
    /// What will probably go wrong later.
    pub warnings: Vec<Problem>,
    /// Every file that was read.
    pub read: BTreeSet<PathBuf>,
    /// Every file that a module may be in and is not.
    pub missing: BTreeSet<PathBuf>,
    /// Whether everything declared is among the above; not so while an attribute has a mistake, or
    /// something could not be read, which is among the warnings.
    pub complete: bool,
    /// Whether the package is built with its default features.
    pub default_features: bool,
    /// The names of the package's library and binaries as crates.
    pub crates: BTreeSet<String>,
    /// The examples, tests and benchmarks that are services of their own.
    pub programs: Vec<Program>,
}

/// A service in an example, a test or a benchmark of the package.
#[derive(Debug)]
pub struct Program {
    /// What it is.
    pub kind: TargetKind,
    /// The name of its crate.
    pub name: String,
    /// What was found in it, and in what it shares with the package's other programs.
    pub scan: Scan,
}

/// A service as its author and its package describe it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// The attribute's `name`, else the package's.
    pub name: String,
    /// The attribute's `version`, else the package's.
    pub version: String,
    /// The attribute's, else the first paragraph of the struct's documentation, else the package's.
    pub description: Option<String>,
    /// The package's.
    pub license: Option<String>,
    /// The package's.
    pub repository: Option<String>,
    /// The port of the health endpoint.
    pub health_port: u16,
    /// What the service's principal may do.
    pub identity_spec: IdentitySpec,
}

/// Scans the package in `dir`, the folder of its `Cargo.toml`.
///
/// # Errors
///
/// When the package's `Cargo.toml` cannot be read. Everything else is told in the [`Scan`].
pub fn scan(dir: &Path, environment: &Environment) -> Result<Scan, Problem> {
    let mut files = files::Files::default();
    let result = scan_result::ScanResult::read(dir, environment, &mut files)?;
    Ok(evaluation::evaluate(result, files))
}
