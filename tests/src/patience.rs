//! Waiting for what gives no signal of its own.

use std::fmt::Debug;
use std::time::{Duration, Instant};

/// A bound on waiting for what must come; no test passes or fails by it but one that hangs.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// How long before it is looked again.
const PAUSE: Duration = Duration::from_millis(50);

/// Looks until `look` finds `what`, and returns what it found. Where it does not, `look` says what is there instead.
///
/// # Panics
///
/// Where it does not find it, with what was there at last.
#[track_caller]
pub fn until<T, E: Debug>(what: &str, mut look: impl FnMut() -> Result<T, E>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        match look() {
            Ok(found) => return found,
            Err(instead) => assert!(Instant::now() < end, "not {what}: {instead:?}"),
        }
        std::thread::sleep(PAUSE);
    }
}
