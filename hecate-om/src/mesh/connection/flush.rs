//! Confirmation that the stations have read everything sent to them.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use macula_rust::station_link::{Link, SignedPublication};

use super::round_trip::answers;
use super::{Connection, shielded};

impl Connection {
    /// Waits until each linked station has read everything that was written to its link, including
    /// answers and facts. Returns the stations that did not confirm within `timeout`. The links
    /// accept no more facts.
    ///
    /// The wire acknowledges neither answers nor facts. A station reads its link in order, so an
    /// answer to a request proves that the station has read everything before the request.
    pub(crate) async fn flush(&self, timeout: Duration) -> BTreeSet<[u8; 32]> {
        let Some(up) = self.uplink() else {
            return BTreeSet::new();
        };
        let linked = up.pool.status().into_iter().filter(|link| link.up);
        let stations: BTreeSet<[u8; 32]> = linked.map(|link| link.station).collect();
        let probes = stations.into_iter().map(|station| {
            let probe = shielded(answers(up.router.clone(), station, timeout));
            async move {
                let answered = tokio::time::timeout(timeout, probe).await;
                (!answered.unwrap_or(false)).then_some(station)
            }
        });
        let links = up.router.station_links();
        let unconfirmed = join_all(probes).await.into_iter().flatten().collect();
        self.count_unconfirmed(links, &unconfirmed);
        unconfirmed
    }

    /// Counts the facts that only these stations have been sent. Takes them from the links, because
    /// the SDK would count those of all links when it closes them: it knows of no confirmation but
    /// the answer to a liveness ping.
    fn count_unconfirmed(&self, links: Vec<Link>, unconfirmed: &BTreeSet<[u8; 32]>) {
        let is_silent = |link: &Link| unconfirmed.contains(&link.station_node_id());
        let (silent, read): (Vec<Link>, Vec<Link>) = links.into_iter().partition(is_silent);
        let read: Vec<_> = read.iter().flat_map(Link::take_unconfirmed).collect();
        let mut held: Vec<SignedPublication> = Vec::new();
        for fact in silent.iter().flat_map(Link::take_unconfirmed) {
            // A fact is sent to two stations.
            if !read.contains(&fact) && !held.contains(&fact) {
                held.push(fact);
            }
        }
        self.unconfirmed_facts.add_facts(held.len() as u64);
    }
}
