//! Counters of the SDK: facts that no station is known to have read, and peers of another form.

use std::time::Duration;

use macula_rust::frame::wire_counters;
use macula_rust::station_link::handshake_counters;
use tokio_util::sync::CancellationToken;

use super::Connection;
use crate::backoff::jittered;
use crate::clock::Clock;

/// Poll interval of the counter of unconfirmed facts.
const POLL_INTERVAL: Duration = Duration::from_secs(10);

impl Connection {
    /// Returns the number of facts that a link accepted, that its station is not known to have read,
    /// and that the SDK could not send again after the link had ended: no link came up before the
    /// facts expired, or too many waited for one, or the links were closed. The SDK does not report
    /// which facts they were.
    pub(crate) fn unconfirmed_facts(&self) -> u64 {
        self.unconfirmed_facts.total()
    }

    /// Logs such facts, if there are more than at the last call.
    pub(crate) fn report_unconfirmed_facts(&self) {
        let facts = self.unconfirmed_facts.take_unreported();
        if facts > 0 {
            tracing::error!(
                facts,
                "facts may be lost: no station is known to have read them before their link ended, and they were not sent again in time"
            );
        }
    }

    /// Logs such facts until `ended`.
    pub(crate) async fn watch_unconfirmed_facts(self, clock: Clock, ended: CancellationToken) {
        let watching = async {
            loop {
                clock.sleep(jittered(POLL_INTERVAL)).await;
                self.report_unconfirmed_facts();
            }
        };
        ended.run_until_cancelled(watching).await;
    }
}

/// Returns how often this process read past a part of a frame that it does not know, by kind, and
/// how often it refused a frame for one.
pub(crate) fn unknown_on_the_wire() -> [(&'static str, u64); 4] {
    let counts = wire_counters();
    [
        ("frame_type", counts.unknown_frame_type),
        ("extension_ignored", counts.ext_ignored.values().sum()),
        ("extension_refused", counts.ext_refused.values().sum()),
        ("value", counts.enum_fallback.values().sum()),
    ]
}

/// Returns how many stations this process refused to link to, by reason.
pub(crate) fn refused_handshakes() -> Vec<(&'static str, u64)> {
    let mut counts: Vec<_> = handshake_counters().into_iter().collect();
    counts.sort_unstable();
    counts
}
