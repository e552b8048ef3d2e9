#![cfg_attr(not(doctest), doc = include_str!("../../docs/testing.md"))]

mod booted;
mod call;
mod callers;
mod issuer;
mod keys;
mod mesh;
mod mock;
mod network_path;
mod nodes;
mod realm;
mod rules;
mod service;
mod station;

pub use booted::{Booted, NotReady};
pub use call::{TestCall, cancel};
pub use hecate_om_station::{
    Registration, RegistrationKind, RegistrationRefusal, TokenDecision, TokenGrant, TokenRequest,
};
pub use issuer::Issuer;
pub use mesh::{TestMesh, TestMeshBuilder};
pub use mock::{Mock, MockBuilder};
pub use network_path::NetworkPath;
pub use realm::TestRealm;
pub use service::{BootRefused, ServiceBuilder};
pub use station::{Link, TestStation};

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::mesh::{Grant, StatusTable};

/// Timeout of operations that usually take moments, long enough for a busy machine.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Returns the procedures that cannot be called, each with the reason.
fn not_ready(statuses: &StatusTable) -> String {
    let mut text = format!("`{}` is not ready after {TIMEOUT:?}", statuses.org());
    for (procedure, publication) in statuses.publications() {
        let why = match publication.grant() {
            _ if publication.is_served() => continue,
            Grant::Waiting { reason, .. } | Grant::NotGranted { reason, .. } => reason,
            Grant::Granted => "no station has its advertisement any more".to_owned(),
        };
        text.push_str(&format!("\n  `{procedure}`: {why}"));
    }
    text
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
