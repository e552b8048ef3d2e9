//! Round trips with the linked stations.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use macula_rust::cbor::Value;
use macula_rust::station_link::Call;
use tokio::time::Instant;

use super::{Connection, Router, shielded};

impl Connection {
    /// Returns whether one of the linked stations answers a request within `timeout`. Waits for the
    /// first link.
    pub(in crate::mesh) async fn any_station_answers(&self, timeout: Duration) -> bool {
        let until = Instant::now() + timeout;
        let Ok(up) = self.up(timeout).await else {
            return false;
        };
        let (stations, _) = up.router.linked();
        let asked = stations.into_iter();
        let asked = asked.map(|station| shielded(answers(up.router.clone(), station, timeout)));
        let mut asked: FuturesUnordered<_> = asked.collect();
        let answered = async {
            while let Some(answered) = asked.next().await {
                if answered {
                    return true;
                }
            }
            false
        };
        tokio::time::timeout_at(until, answered)
            .await
            .unwrap_or(false)
    }
}

/// Returns whether the station answers a request on its link within `timeout`.
pub(super) async fn answers(router: Router, station: [u8; 32], timeout: Duration) -> bool {
    let Ok(link) = router.link_to(station, Instant::now() + timeout).await else {
        return false;
    };
    // A lookup of an unused key is the smallest request that every station answers.
    let request = Call {
        procedure: "_dht.find_record".into(),
        payload: Value::Map(vec![
            (Value::text("v"), Value::Int(1)),
            (Value::text("key"), Value::Bytes(vec![0; 32])),
        ]),
        timeout,
        ..Call::default()
    };
    link.call(request).await.is_ok()
}
