//! Restricted capabilities. Each counts its runs, so that a test can see that a refused call did
//! not run.

use std::sync::atomic::Ordering;

use hecate_om::capability;

use crate::Runs;

/// Counts its runs, for members of the realm with the permission.
#[capability("trial.members", version = 1, access = realm_member("trial/members"))]
pub(crate) async fn members(runs: &Runs) -> u64 {
    runs.0.fetch_add(1, Ordering::Relaxed) + 1
}

/// Counts its runs, for holders of a token of one issuer.
#[capability(
    "trial.issuer_only",
    version = 1,
    access = ucan(issuer = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff")
)]
pub(crate) async fn issuer_only(runs: &Runs) -> u64 {
    runs.0.fetch_add(1, Ordering::Relaxed) + 1
}

/// Counts its runs, with the access policy of the service.
#[capability("trial.default_access", version = 1)]
async fn default_access(runs: &Runs) -> u64 {
    runs.0.fetch_add(1, Ordering::Relaxed) + 1
}
