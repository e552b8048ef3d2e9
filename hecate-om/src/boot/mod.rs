//! Boot, life and end of a service.

mod checked;
mod drain;
mod error;
mod issuers;
mod online;
mod place;
mod registration;
mod report;
mod sequence;
mod signals;
mod steps;
mod surroundings;
mod systemd;
mod words;

use std::process::ExitCode;
use std::sync::Arc;

pub use signals::hangup_is_ignored;

#[cfg(feature = "testing")]
pub(crate) use {
    drain::drain,
    error::BootError,
    issuers::own_variables,
    online::{Node, Online},
    sequence::{Running, boot},
    surroundings::Surroundings,
};

use crate::health::{About, Vitals};
use crate::service::Contract;
use crate::telemetry::FlushAtEnd;

/// Runs the service `S` as its command line says: without a word it boots, serves until SIGTERM, SIGINT or SIGHUP,
/// and drains. The attribute writes a `main` that is this call; with `#[hecate_service(main = false)]` it is the
/// author's.
///
/// Exit codes: 0 after a drain, 1 for a refused boot, 2 for a malformed command line.
#[must_use]
pub fn run<S: Contract>() -> ExitCode {
    let _flush = FlushAtEnd;
    words::main::<S>()
}

/// The health state of the service `S`.
pub(crate) fn vitals<S: Contract>() -> Arc<Vitals> {
    let about = About {
        name: S::NAME,
        version: S::VERSION,
        description: S::DESCRIPTION,
    };
    Vitals::new(about, S::MANIFEST)
}
