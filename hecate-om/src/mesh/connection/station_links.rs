//! Links to the node's own stations: those that it is configured with. The pool also holds direct
//! links, which were dialed for calls to providers at other stations. Nothing is served, published
//! or received as a fact on a direct link.

use std::collections::BTreeSet;
use std::future::Future;
use std::time::Duration;

use macula_rust::pool::{Pool, PoolError};
use macula_rust::station_link::Link;
use tokio_util::sync::CancellationToken;

use super::shielded;
use crate::backoff::BackoffPolicy;

/// Delays before the pool is asked for the replacement of an ended link. Dialing by the pool takes
/// up to 5 s.
const RELINK: BackoffPolicy =
    BackoffPolicy::new(Duration::from_millis(100), 2.0, Duration::from_secs(2));

/// Returns the pool's own stations.
pub(in crate::mesh) fn own_stations(pool: &Pool) -> BTreeSet<[u8; 32]> {
    let links = pool.status().into_iter().filter(|link| !link.direct);
    links.map(|link| link.station).collect()
}

/// Runs `on_link` with each link to `station` in turn, until `stop` is cancelled or the pool is
/// closed.
pub(in crate::mesh) async fn each_link<F>(
    pool: &Pool,
    station: [u8; 32],
    stop: &CancellationToken,
    on_link: impl Fn(Link) -> F,
) where
    F: Future<Output = ()>,
{
    let mut relink = RELINK.start();
    loop {
        let pool = pool.clone();
        let linking = shielded(async move { pool.link_to(&station).await });
        let Some(link) = stop.run_until_cancelled(linking).await else {
            return;
        };
        match link {
            Ok(link) if link.error().is_none() => {
                relink.reset();
                on_link(link).await;
            }
            Err(PoolError::Closed) => return,
            // The link is down and the pool is dialing, or the pool has not noticed the end of the
            // link yet.
            _ => {}
        }
        let pause = tokio::time::sleep(relink.next_delay());
        if stop.run_until_cancelled(pause).await.is_none() {
            return;
        }
    }
}
