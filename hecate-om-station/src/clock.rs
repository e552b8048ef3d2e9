//! Wall-clock time and the UUID v7 versions records carry.
//!
//! Every lifetime on the wire is wall-clock, so periodic work here compares
//! wall-clock times too: a laptop that slept renews what lapsed on its first
//! tick after waking.

use std::time::{SystemTime, UNIX_EPOCH};

use ring::rand::{SecureRandom, SystemRandom};

/// Unix milliseconds; 0 before 1970.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// `N` random bytes, or `None` when the operating system gives none.
pub(crate) fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(bytes)
}

/// A UUID v7 (RFC 9562): records compare by it, later versions replacing
/// earlier ones. An id is no secret, so without randomness it is still
/// ordered by its time.
pub(crate) fn uuid_v7() -> [u8; 16] {
    let mut id = random::<16>().unwrap_or_default();
    id[..6].copy_from_slice(&now_ms().to_be_bytes()[2..]);
    id[6] = (id[6] & 0x0f) | 0x70;
    id[8] = (id[8] & 0x3f) | 0x80;
    id
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
}
