//! What not everyone may call. Each counts its runs, so that a refused call can be seen not to have been one.

use std::sync::atomic::Ordering;

use hecate_om::capability;

use crate::Runs;

/// For members of the realm that hold the ability.
#[capability("trial.members", version = 1, access = realm_member("trial/members"))]
pub(crate) async fn members(runs: &Runs) -> u64 {
    runs.0.fetch_add(1, Ordering::Relaxed) + 1
}

/// For those whom one issuer vouches for.
#[capability(
    "trial.vouched",
    version = 1,
    access = ucan(issuer = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff")
)]
pub(crate) async fn vouched(runs: &Runs) -> u64 {
    runs.0.fetch_add(1, Ordering::Relaxed) + 1
}

/// For whom the service as a whole says.
#[capability("trial.unsaid", version = 1)]
async fn unsaid(runs: &Runs) -> u64 {
    runs.0.fetch_add(1, Ordering::Relaxed) + 1
}
