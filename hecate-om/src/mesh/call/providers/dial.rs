//! Dials to the stations of providers, shared by concurrent calls.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use macula_rust::pool::Pool;
use tokio::sync::watch;

use super::Node;

/// Maximum number of stations of one provider that are dialed concurrently.
const MAX_STATIONS: usize = 4;
/// Direct links reserved for calls without another route. The SDK never closes a direct link, and
/// allows 64.
const RESERVED_LINKS: usize = 32;

/// Dials in progress, by station.
///
/// The SDK dials once per waiting call, so many concurrent calls would use up all direct links.
#[derive(Debug, Default)]
pub(super) struct Dials(Mutex<HashMap<Node, watch::Receiver<Option<bool>>>>);

impl Dials {
    /// Dials all `stations` concurrently. Returns whether a station is linked within `timeout`.
    pub(super) async fn any(
        self: &Arc<Self>,
        pool: &Pool,
        stations: &[Node],
        timeout: Duration,
    ) -> bool {
        let mut dials: FuturesUnordered<_> = stations
            .iter()
            .take(MAX_STATIONS)
            .map(|station| {
                let mut dialed = self.dial(pool, *station);
                async move {
                    let linked = dialed.wait_for(Option::is_some).await;
                    linked.is_ok_and(|linked| *linked == Some(true))
                }
            })
            .collect();
        let first = async {
            while let Some(linked) = dials.next().await {
                if linked {
                    return true;
                }
            }
            false
        };
        tokio::time::timeout(timeout, first).await.unwrap_or(false)
    }

    /// Returns the dial of `station`, and starts the dial if none is in progress. The dial runs to
    /// completion, within a timeout of the SDK.
    fn dial(self: &Arc<Self>, pool: &Pool, station: Node) -> watch::Receiver<Option<bool>> {
        let mut in_progress = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(dial) = in_progress.get(&station) {
            return dial.clone();
        }
        let (outcome, dial) = watch::channel(None);
        in_progress.insert(station, dial.clone());
        let (dials, pool) = (Arc::clone(self), pool.clone());
        tokio::spawn(async move {
            let linked = pool.link_to(&station).await.is_ok();
            let mut in_progress = dials.0.lock().unwrap_or_else(PoisonError::into_inner);
            in_progress.remove(&station);
            outcome.send_replace(Some(linked));
        });
        dial
    }
}

/// Returns the linked stations, and whether direct links beyond the reserved links are available.
pub(super) fn linked(pool: &Pool) -> (HashSet<Node>, bool) {
    let mut linked = HashSet::new();
    let mut direct = 0;
    for link in pool.status() {
        direct += usize::from(link.direct);
        if link.up {
            linked.insert(link.station);
        }
    }
    (linked, direct < RESERVED_LINKS)
}

#[cfg(all(test, feature = "dev-mesh"))]
mod tests {
    use macula_rust::node_key::{NodeKey, PUZZLE_DIFFICULTY};
    use macula_rust::profile::Profile;
    use macula_rust::record::{self, StationEndpointOptions};

    use super::*;
    use crate::mesh::nodes::{node, station};

    /// Publishes an endpoint of a station at an address where nothing answers.
    async fn announce_gone(pool: &Pool) -> Node {
        let key = NodeKey::generate_identity(Profile::PqPure, PUZZLE_DIFFICULTY);
        let key = key.expect("a key can be made");
        let options = StationEndpointOptions {
            host_advertised: vec!["192.0.2.1".into()],
            ttl_ms: 240_000,
            ..StationEndpointOptions::default()
        };
        let record = record::new_station_endpoint(40_000, &options);
        let record = record.expect("the record is in order");
        let signed = record::sign(&record, &key).expect("it can be signed");
        let wire = record::encode(&signed).expect("it can be encoded");
        pool.put_record(&wire).await.expect("the station takes it");
        key.node_id().expect("a key has an id")
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn stations_that_are_gone_are_dialed_once_each() {
        let station = station().await;
        let caller = node(&station, "other", false, Vec::new()).await;
        let up = caller
            .mesh
            .connection()
            .up(Duration::from_secs(30))
            .await
            .unwrap();
        let dials = Arc::new(Dials::default());
        let mut stations = vec![announce_gone(&up.pool).await, announce_gone(&up.pool).await];
        let direct = || up.pool.status().iter().filter(|link| link.direct).count();

        let waiters = (0..50).map(|_| dials.any(&up.pool, &stations, Duration::from_secs(2)));
        let linked = futures_util::future::join_all(waiters).await;
        assert!(linked.iter().all(|linked| !linked));
        assert!(direct() <= 2, "{} direct links", direct());

        stations.push(station.node_id());
        let timeout = Duration::from_secs(60);
        let linked = tokio::time::timeout(
            Duration::from_secs(30),
            dials.any(&up.pool, &stations, timeout),
        );
        assert_eq!(linked.await, Ok(true), "one station that answers is enough");
        let none = tokio::time::timeout(timeout, async {
            while direct() > 0 {
                tokio::task::yield_now().await;
            }
        });
        assert!(
            none.await.is_ok(),
            "failed dials release their direct links"
        );
        caller.close().await;
        station.close().await;
    }
}
