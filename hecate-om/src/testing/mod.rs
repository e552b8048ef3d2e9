#![cfg_attr(not(doctest), doc = include_str!("../../docs/testing.md"))]

mod call;
mod issuer;
mod keys;
mod mesh;
mod mock;
mod nodes;
mod path;
mod realm;
mod service;
mod station;

pub use call::{TestCall, give_up};
pub use hecate_om_station::{
    Authority, AuthorityGrant, AuthorityRequest, Registration, RegistrationKind,
    RegistrationRefusal,
};
pub use issuer::Issuer;
pub use mesh::{TestMesh, TestMeshBuilder};
pub use mock::{Mock, MockBuilder};
pub use path::Path;
pub use realm::Realm;
pub use service::{BootRefused, Booted, NotReady, ServiceBuilder};
pub use station::{Link, TestStation};

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::mesh::{Grant, StatusTable};

/// How long is waited for what comes within moments: on a machine that does much else, not within a moment.
const PATIENCE: Duration = Duration::from_secs(60);

/// Describes the capabilities that cannot be called, and why.
fn not_ready(statuses: &StatusTable) -> String {
    let mut text = format!("`{}` is not ready after {PATIENCE:?}", statuses.org());
    for (procedure, publication) in statuses.publications() {
        let why = match publication.grant() {
            _ if publication.is_served() => continue,
            Grant::Waiting { reason, .. } | Grant::NotGranted { reason, .. } => reason,
            Grant::Granted => "no station holds it any more".to_owned(),
        };
        text.push_str(&format!("\n  `{procedure}`: {why}"));
    }
    text
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
