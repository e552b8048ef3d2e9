//! Being served: at the stations that are named, and where they move to.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::config::{Profile, Stations};
use crate::mesh::connection::authority::{Authority, TokenRequester};
use crate::mesh::connection::{Links, connect};
use crate::mesh::{Identity, MeshSetter, PoolHandle, Publisher, Serving};

/// How long leaving the place that the stations were at may take: they are most likely gone.
const LEAVE: Duration = Duration::from_secs(5);

/// Where the stations are.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) stations: Stations,
    /// Where they are from now on; `None` for a realm's, which do not move.
    pub(crate) moves: Option<watch::Receiver<Stations>>,
}

/// What being served needs.
#[derive(Debug)]
pub(crate) struct Residence {
    pub(crate) site: Site,
    pub(crate) identity: Identity,
    pub(crate) profile: Profile,
    pub(crate) mesh: MeshSetter,
    pub(crate) publisher: Publisher,
    pub(crate) authority: Arc<Authority>,
    /// Whether the node names a key to seal to.
    pub(crate) kem_advertise: bool,
    /// Number of requests that the node remembers.
    pub(crate) held_requests: usize,
}

impl Residence {
    /// Connects, however long that takes, and serves. Where the stations may move it follows them until it is
    /// cancelled; otherwise it returns once it serves. `None` when it was cancelled before.
    pub(crate) async fn settle(
        mut self,
        cancelled: &CancellationToken,
    ) -> Option<(Serving, PoolHandle)> {
        loop {
            let links = self.links(cancelled).await?;
            let pool = links.handle();
            // Ended with the place: the token is asked for over its links.
            let here = cancelled.child_token();
            let authority = Arc::clone(&self.authority);
            tokio::spawn(authority.renew(self.token_requester(&links), here.clone()));
            let serving = self.publisher.clone().serve(links);
            let Some(moves) = &mut self.site.moves else {
                return Some((serving, pool));
            };
            tokio::select! {
                () = next(moves, &mut self.site.stations) => {}
                () = cancelled.cancelled() => return Some((serving, pool)),
            }
            tracing::info!("the development mesh moved; the service goes after it");
            here.cancel();
            self.mesh.replacing();
            // In this order: without its links, every serving ends at once.
            let leaving = async {
                pool.close().await;
                serving.withdraw().await;
            };
            if tokio::time::timeout(LEAVE, leaving).await.is_err() {
                tracing::debug!("the place that the mesh was at was not left within {LEAVE:?}");
            }
        }
    }

    fn token_requester(&self, links: &Links) -> TokenRequester {
        TokenRequester {
            pool: links.pool.clone(),
            realm: self.site.stations.realm.clone(),
            profile: self.profile,
            identity: self.identity.clone(),
            org: self.publisher.labels.org.clone(),
            retry: self.publisher.claim_retry,
            clock: self.publisher.clock.clone(),
        }
    }

    /// Links to the stations, wherever they are by then.
    async fn links(&mut self, cancelled: &CancellationToken) -> Option<Links> {
        loop {
            let stations = self.site.stations.clone();
            let connecting = connect(
                &stations,
                &self.identity,
                self.profile,
                self.kem_advertise,
                self.held_requests,
                &self.mesh,
                cancelled,
            );
            let Some(moves) = &mut self.site.moves else {
                return connecting.await;
            };
            tokio::select! {
                links = connecting => return links,
                () = next(moves, &mut self.site.stations) => {}
            }
        }
    }
}

/// Waits until the stations are elsewhere. Who tells of it lives as long as the service.
async fn next(moves: &mut watch::Receiver<Stations>, stations: &mut Stations) {
    loop {
        if moves.changed().await.is_err() {
            return std::future::pending().await;
        }
        let now = moves.borrow_and_update().clone();
        if now != *stations {
            *stations = now;
            return;
        }
    }
}
