//! Confirmation that the stations have read everything sent to them.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use macula_rust::cbor::Value;
use macula_rust::pool::Pool;
use macula_rust::station_link::Call;

use super::shielded;
use crate::mesh::{Link, Mesh};

impl Mesh {
    /// Waits until each linked station has read everything written to its link so far, including
    /// answers and facts. Returns the stations that did not confirm within `time`.
    ///
    /// The wire acknowledges neither answers nor facts. But a station reads its link in order, so
    /// its answer to a request proves that it has read everything before the request.
    pub(crate) async fn unread(&self, time: Duration) -> BTreeSet<[u8; 32]> {
        let pool = match &*self.links.borrow() {
            Link::Up(up) => up.pool.clone(),
            Link::Pending | Link::Absent => return BTreeSet::new(),
        };
        let up = pool.status().into_iter().filter(|link| link.up);
        let stations: BTreeSet<[u8; 32]> = up.map(|link| link.station).collect();
        let asked = stations.into_iter().map(|station| {
            let asking = shielded(answers(pool.clone(), station, time));
            async move {
                let answered = tokio::time::timeout(time, asking).await;
                (!answered.unwrap_or(false)).then_some(station)
            }
        });
        join_all(asked).await.into_iter().flatten().collect()
    }
}

/// Returns whether the station answers a request on its link.
async fn answers(pool: Pool, station: [u8; 32], time: Duration) -> bool {
    let Ok(link) = pool.link_to(&station).await else {
        return false;
    };
    // A lookup of an unused key is the smallest request that every station answers.
    let question = Call {
        procedure: "_dht.find_record".into(),
        payload: Value::Map(vec![
            (Value::text("v"), Value::Int(1)),
            (Value::text("key"), Value::Bytes(vec![0; 32])),
        ]),
        timeout: time,
        ..Call::default()
    };
    link.call(question).await.is_ok()
}
