//! Polling for events that give no signal.

use std::fmt::Debug;
use std::time::{Duration, Instant};

/// The limit of a wait for an event that must happen; only a hanging test reaches it.
pub const WAIT_LIMIT: Duration = Duration::from_secs(90);

/// The interval between two polls.
const PAUSE: Duration = Duration::from_millis(50);

/// Polls until `look` returns `Ok`, and returns its value. `look` returns an `Err` that describes
/// the current state.
///
/// # Panics
///
/// After [`WAIT_LIMIT`], with `what` and the last `Err`.
#[track_caller]
pub fn until<T, E: Debug>(what: &str, mut look: impl FnMut() -> Result<T, E>) -> T {
    let end = Instant::now() + WAIT_LIMIT;
    loop {
        match look() {
            Ok(found) => return found,
            Err(instead) => assert!(Instant::now() < end, "not {what}: {instead:?}"),
        }
        std::thread::sleep(PAUSE);
    }
}

/// Returns a multi-threaded runtime for the asynchronous part of a test.
///
/// # Panics
///
/// If the runtime cannot be created.
#[must_use]
pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime can be created")
}
