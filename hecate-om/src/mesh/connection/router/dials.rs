//! Dials to stations, shared by all operations that wait for the same station.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use macula_rust::pool::{Pool, PoolError};
use macula_rust::station_link::{Link, LinkError};
use tokio::sync::watch;
use tokio::time::Instant;

use super::bounded;
use super::route::Node;

/// Maximum number of stations of one provider that are dialed concurrently.
const MAX_STATIONS: usize = 4;
/// Direct links reserved for calls without another route. The SDK never closes a direct link, and
/// allows 64.
const RESERVED_LINKS: usize = 32;
/// Delay before the next look at a link that has ended and that the pool still lists.
const ENDED_LINK_DELAY: Duration = Duration::from_millis(10);

/// Outcome of a dial, once it has ended.
type Dialed = Option<Result<Link, PoolError>>;

/// Dials in progress, by station.
///
/// The SDK dials once per waiting call, so concurrent calls would open several links to one
/// station, and use up all direct links.
#[derive(Default)]
pub(super) struct Dials(Mutex<HashMap<Node, watch::Receiver<Dialed>>>);

impl Dials {
    /// Returns a link to `station` that has not ended.
    pub(super) async fn link_to(
        self: &Arc<Self>,
        pool: &Pool,
        station: Node,
        deadline: Instant,
    ) -> Result<Link, PoolError> {
        let linking = async {
            loop {
                let link = match link(pool, station) {
                    Some(link) => link,
                    None => self.dialed(pool, station).await?,
                };
                if link.error().is_none() {
                    return Ok(link);
                }
                tokio::time::sleep(ENDED_LINK_DELAY).await;
            }
        };
        bounded(deadline, linking).await
    }

    /// Dials all `stations` concurrently. Returns whether a station is linked within `timeout`.
    pub(super) async fn any(
        self: &Arc<Self>,
        pool: &Pool,
        stations: &[Node],
        timeout: Duration,
    ) -> bool {
        let stations = stations.iter().take(MAX_STATIONS);
        let mut dials: FuturesUnordered<_> = stations
            .map(|station| self.dialed(pool, *station))
            .collect();
        let first = async {
            while let Some(linked) = dials.next().await {
                if linked.is_ok() {
                    return true;
                }
            }
            false
        };
        tokio::time::timeout(timeout, first).await.unwrap_or(false)
    }

    /// Waits for the dial of `station`, and returns its outcome.
    async fn dialed(self: &Arc<Self>, pool: &Pool, station: Node) -> Result<Link, PoolError> {
        let mut dial = self.dial(pool, station);
        let dialed = dial.wait_for(Option::is_some).await;
        let dialed = dialed.ok().and_then(|dialed| dialed.clone());
        // The sender is dropped without an outcome only when the runtime shuts down.
        dialed.unwrap_or(Err(PoolError::Link(LinkError::Closed)))
    }

    /// Returns the dial of `station`, and starts the dial if none is in progress. The dial runs to
    /// completion, within a timeout of the SDK.
    fn dial(self: &Arc<Self>, pool: &Pool, station: Node) -> watch::Receiver<Dialed> {
        let mut in_progress = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(dial) = in_progress.get(&station) {
            return dial.clone();
        }
        let (outcome, dial) = watch::channel(None);
        in_progress.insert(station, dial.clone());
        let (dials, pool) = (Arc::clone(self), pool.clone());
        tokio::spawn(async move {
            let linked = pool.link_to(&station).await;
            let mut in_progress = dials.0.lock().unwrap_or_else(PoisonError::into_inner);
            in_progress.remove(&station);
            outcome.send_replace(Some(linked));
        });
        dial
    }
}

/// Returns the link to `station` if it is up.
pub(super) fn link(pool: &Pool, station: Node) -> Option<Link> {
    let mut links = pool.status().into_iter();
    links.find(|link| link.up && link.station == station)?;
    let pool = pool.clone();
    let mut linking = async move { pool.link_to(&station).await }.boxed();
    if let Some(linked) = (&mut linking).now_or_never() {
        return linked.ok();
    }
    // The link has just ended, and the pool dials the station. A dropped dial would leave its entry
    // in the pool.
    tokio::spawn(linking);
    None
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
