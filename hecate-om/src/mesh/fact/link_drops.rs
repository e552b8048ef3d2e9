//! Facts that macula-rust dropped on a link.

use std::time::SystemTime;

use macula_rust::station_link::Link;

/// macula-rust's counter of the facts that a link received and had no room for. A link holds 64
/// facts of a topic until they are read, and may receive more than that at once.
const COUNTER: &str = "event_overflow";

/// Number of facts that a link has dropped, and the time at which it was read.
#[derive(Debug)]
pub(super) struct LinkDrops {
    counted: u64,
    since: SystemTime,
}

impl LinkDrops {
    /// Starts to count the facts that `link` drops.
    pub(super) fn new(link: &Link) -> Self {
        Self {
            counted: count(link),
            since: SystemTime::now(),
        }
    }

    /// Returns the number of facts that `link` has dropped since the last call, of all topics
    /// together, and the time of the last call.
    pub(super) fn new_drops(&mut self, link: &Link) -> (u64, SystemTime) {
        let counted = std::mem::replace(&mut self.counted, count(link));
        let since = std::mem::replace(&mut self.since, SystemTime::now());
        (self.counted - counted, since)
    }
}

fn count(link: &Link) -> u64 {
    link.unrouted().get(COUNTER).copied().unwrap_or(0)
}
