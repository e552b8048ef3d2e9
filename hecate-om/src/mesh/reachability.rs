//! Whether the station of a link still answers.
//!
//! A station that goes away without a word leaves a link that looks well until QUIC's idle timeout, which the SDK fixes
//! at minutes. So a link on which nothing is heard is asked for something, and a station that does not answer counts
//! as unreachable until it is heard again. The link itself is left alone: whether it ends is the SDK's to say.

use std::sync::Arc;
use std::time::Duration;

use macula_rust::record::station_endpoint_key;
use macula_rust::station_link::Link;
use tokio::task::JoinHandle;

use super::Board;

/// How often a link is looked at. Time is counted in looks, so that a pause of this process is one of them.
const LOOK: Duration = Duration::from_secs(1);
/// After how many looks at a silent link its station is asked.
const ASK: u32 = 4;
/// After how many it is unreachable: it had five seconds to answer, and ten have passed since it was heard.
const UNREACHABLE: u32 = 9;

/// Watches a link until it ends, and tells the board.
pub(super) async fn watch(link: Link, board: Arc<Board>) {
    let station = link.station_node_id();
    let mut heard = link.last_heard_ms();
    let mut silent = 0;
    let mut asked: Option<JoinHandle<()>> = None;
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            _ = link.done() => return,
        }
        let last = link.last_heard_ms();
        if last != heard {
            if silent >= UNREACHABLE {
                board.reachable(station);
                tracing::info!(station = hex::encode(station), "the station answers again");
            }
            (heard, silent) = (last, 0);
            continue;
        }
        silent += 1;
        if silent >= ASK && asked.as_ref().is_none_or(JoinHandle::is_finished) {
            asked = Some(tokio::spawn(ask(link.clone(), station)));
        }
        if silent == UNREACHABLE {
            board.unreachable(station);
            tracing::warn!(
                station = hex::encode(station),
                "station does not answer; it counts as unreachable until it does"
            );
        }
    }
}

/// Asks for what the station certainly has: its own endpoint. Any frame that comes of it is an answer, and the SDK's
/// limit of five seconds its end. It is a task of its own because such a question must not be dropped halfway.
async fn ask(link: Link, station: [u8; 32]) {
    if let Err(error) = link.find_record(&station_endpoint_key(&station)).await {
        tracing::debug!(
            station = hex::encode(station),
            "reachability probe failed: {error}"
        );
    }
}
