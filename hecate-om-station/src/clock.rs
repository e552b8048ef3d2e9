//! Wall-clock time, random bytes and UUIDs.
//!
//! Every lifetime on the wire is wall-clock time, so periodic tasks compare wall-clock times too:
//! after a laptop wakes from sleep, the first tick renews what has expired.

use std::time::{SystemTime, UNIX_EPOCH};

use ring::rand::{SecureRandom, SystemRandom};
use uuid::Uuid;

/// Difference between two nodes' clocks that every node on the mesh tolerates, in milliseconds.
pub(crate) const CLOCK_TOLERANCE_MS: i64 = macula_rust::record::CLOCK_TOLERANCE_MS as i64;

/// Returns the time in Unix milliseconds; 0 before 1970.
pub(crate) fn now_ms() -> i64 {
    let elapsed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
}

/// Returns `N` random bytes, or `None` if the operating system's random source fails.
pub(crate) fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(bytes)
}

/// Returns a new UUID v7 (RFC 9562 §6.2), used as a record's version: a later version replaces an
/// earlier one. Each is later than those that this process created before, also within one
/// millisecond and after the clock was set back.
pub(crate) fn uuid_v7() -> [u8; 16] {
    Uuid::now_v7().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_carries_its_time_and_the_uuid_v7_marks() {
        let before = now_ms();
        let id = uuid_v7();
        let mut time = [0; 8];
        time[2..].copy_from_slice(&id[..6]);
        let time = i64::from_be_bytes(time);
        assert!((before..=now_ms()).contains(&time));
        assert_eq!(id[6] >> 4, 7);
        assert_eq!(id[8] >> 6, 0b10);
    }

    #[test]
    fn a_version_is_later_than_all_before_it() {
        let versions: Vec<_> = (0..10_000).map(|_| uuid_v7()).collect();
        assert!(versions.is_sorted_by(|earlier, later| earlier < later));
    }
}
