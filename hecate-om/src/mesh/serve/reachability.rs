//! Detection of stations that no longer answer.
//!
//! After a station is lost without a goodbye, the link appears up until QUIC's idle timeout, which
//! the SDK sets to minutes. A silent link is therefore probed, and a station that does not answer
//! counts as unreachable until the link receives a frame. The SDK decides when the link itself
//! ends.

use std::sync::Arc;
use std::time::Duration;

use macula_rust::record::station_endpoint_key;
use macula_rust::station_link::Link;
use tokio::task::JoinHandle;

use crate::mesh::StatusTable;

/// Poll interval of a link. Silence is counted in polls, so that a pause of this process counts as
/// one silent poll.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// Silent polls after which the station is probed.
const PROBE_AFTER: u32 = 4;
/// Silent polls after which the station counts as unreachable: ten seconds of silence, of which
/// five were for an answer to the probe.
const UNREACHABLE_AFTER: u32 = 9;

/// Watches a link until the link ends, and records whether the station answers.
pub(in crate::mesh) async fn watch(link: Link, statuses: Arc<StatusTable>) {
    let station = link.station_node_id();
    let mut last_received = link.last_heard_ms();
    let mut silent = 0;
    let mut probing: Option<JoinHandle<()>> = None;
    loop {
        tokio::select! {
            () = tokio::time::sleep(POLL_INTERVAL) => {}
            _ = link.done() => return,
        }
        let latest = link.last_heard_ms();
        if latest != last_received {
            if silent >= UNREACHABLE_AFTER {
                statuses.reachable(station);
                tracing::info!(station = hex::encode(station), "the station answers again");
            }
            (last_received, silent) = (latest, 0);
            continue;
        }
        silent += 1;
        if silent >= PROBE_AFTER && probing.as_ref().is_none_or(JoinHandle::is_finished) {
            probing = Some(tokio::spawn(probe(link.clone(), station)));
        }
        if silent == UNREACHABLE_AFTER {
            statuses.unreachable(station);
            tracing::warn!(
                station = hex::encode(station),
                "station does not answer; it counts as unreachable until it does"
            );
        }
    }
}

/// Requests a record that every station has: the station's own endpoint. Any received frame counts
/// as an answer, and the SDK's timeout of five seconds ends the request. Runs in a separate task,
/// because a request must not be dropped before completion.
async fn probe(link: Link, station: [u8; 32]) {
    if let Err(error) = link.find_record(&station_endpoint_key(&station)).await {
        let station = hex::encode(station);
        tracing::debug!(station, %error, "reachability probe failed");
    }
}
