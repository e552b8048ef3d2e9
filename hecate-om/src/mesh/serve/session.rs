//! Session of a node on the mesh: connects to the stations, serves, and reconnects when the
//! stations change.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::config::Stations;
use crate::mesh::connection::authority::{Authority, TokenRequester};
use crate::mesh::connection::{LinkOptions, Links, connect};
use crate::mesh::{Identity, MeshSetter, PoolHandle, Publisher, Serving};

/// Timeout for closing the links to the previous stations, which have probably stopped.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(5);

/// Stations to connect to.
#[derive(Debug)]
pub(crate) struct MeshTarget {
    pub(crate) stations: Stations,
    /// Receives replacement stations. `None` for a realm's configured stations, which do not
    /// change.
    pub(crate) updates: Option<watch::Receiver<Stations>>,
}

/// Node that serves on the mesh.
#[derive(Debug)]
pub(crate) struct MeshSession {
    pub(crate) target: MeshTarget,
    pub(crate) identity: Identity,
    pub(crate) options: LinkOptions,
    pub(crate) mesh: MeshSetter,
    pub(crate) publisher: Publisher,
    pub(crate) authority: Arc<Authority>,
}

impl MeshSession {
    /// Connects, and serves. If the stations cannot change, returns once serving has started.
    /// Otherwise, follows their changes until cancelled. Returns `None` if cancelled before serving
    /// has started.
    pub(crate) async fn run(
        mut self,
        cancelled: &CancellationToken,
    ) -> Option<(Serving, PoolHandle)> {
        loop {
            let links = self.links(cancelled).await?;
            let pool = links.handle();
            // Tokens are requested over these links.
            let links_end = cancelled.child_token();
            let authority = Arc::clone(&self.authority);
            tokio::spawn(authority.renew(self.token_requester(&links), links_end.clone()));
            let serving = self.publisher.clone().serve(links);
            let Some(updates) = &mut self.target.updates else {
                return Some((serving, pool));
            };
            tokio::select! {
                () = next(updates, &mut self.target.stations) => {}
                () = cancelled.cancelled() => return Some((serving, pool)),
            }
            tracing::info!("the development mesh moved; connecting to its new station");
            links_end.cancel();
            self.mesh.replacing();
            // Ordered: once the links are closed, all serving tasks end at once.
            let leave = async {
                pool.close().await;
                serving.withdraw().await;
            };
            if tokio::time::timeout(LEAVE_TIMEOUT, leave).await.is_err() {
                tracing::debug!(timeout = ?LEAVE_TIMEOUT, "the previous station was not left in time");
            }
        }
    }

    fn token_requester(&self, links: &Links) -> TokenRequester {
        TokenRequester {
            router: links.router.clone(),
            realm: self.target.stations.realm.clone(),
            profile: self.options.profile,
            identity: self.identity.clone(),
            org: self.publisher.labels.org.clone(),
            retry: self.publisher.claim_retry,
            clock: self.publisher.clock.clone(),
        }
    }

    /// Connects to the current stations. Reconnects if the stations change meanwhile.
    async fn links(&mut self, cancelled: &CancellationToken) -> Option<Links> {
        loop {
            let stations = self.target.stations.clone();
            let connecting = connect(
                &stations,
                &self.identity,
                self.options,
                &self.mesh,
                cancelled,
            );
            let Some(updates) = &mut self.target.updates else {
                return connecting.await;
            };
            tokio::select! {
                links = connecting => return links,
                () = next(updates, &mut self.target.stations) => {}
            }
        }
    }
}

/// Waits for replacement stations, or forever if the sender was dropped.
async fn next(updates: &mut watch::Receiver<Stations>, stations: &mut Stations) {
    loop {
        if updates.changed().await.is_err() {
            return std::future::pending().await;
        }
        let latest = updates.borrow_and_update().clone();
        if latest != *stations {
            *stations = latest;
            return;
        }
    }
}
