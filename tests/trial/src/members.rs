//! Restricted capabilities. Each counts its runs, so that a test can see that a refused call did
//! not run.

use std::sync::atomic::Ordering;

use hecate_om::capability;

use crate::Runs;

/// For members of the realm with the permission.
#[capability("trial.members", version = 1, access = realm_member("trial/members"))]
pub(crate) async fn members(runs: &Runs) -> u64 {
    runs.0.fetch_add(1, Ordering::Relaxed) + 1
}

/// For holders of a token of one issuer.
#[capability(
    "trial.vouched",
    version = 1,
    access = ucan(issuer = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff")
)]
pub(crate) async fn vouched(runs: &Runs) -> u64 {
    runs.0.fetch_add(1, Ordering::Relaxed) + 1
}

/// With the access of the whole service.
#[capability("trial.unsaid", version = 1)]
async fn unsaid(runs: &Runs) -> u64 {
    runs.0.fetch_add(1, Ordering::Relaxed) + 1
}
