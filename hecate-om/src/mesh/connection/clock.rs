//! The time now, as the wire and tokens count it. A clock before 1970 counts as 1970.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

fn since_epoch() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

/// Unix seconds.
pub(in crate::mesh) fn seconds() -> u64 {
    since_epoch().as_secs()
}

/// Unix milliseconds.
pub(in crate::mesh) fn millis() -> i64 {
    i64::try_from(since_epoch().as_millis()).unwrap_or(i64::MAX)
}
