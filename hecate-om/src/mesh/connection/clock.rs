//! Current Unix time. A clock before 1970 counts as 1970.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

fn since_epoch() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

/// Returns the Unix time in seconds, the unit of token expiry.
pub(in crate::mesh) fn seconds() -> u64 {
    since_epoch().as_secs()
}

/// Returns the Unix time in milliseconds, the unit of deadlines on the wire.
pub(in crate::mesh) fn millis() -> i64 {
    i64::try_from(since_epoch().as_millis()).unwrap_or(i64::MAX)
}
