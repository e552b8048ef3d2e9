//! Advertising of offers at the stations, in one task per offer and link. Each link has a limit of
//! concurrent advertisements.
//!
//! A slow or silent station delays only the offers on its own link.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use macula_rust::pool::Pool;
use macula_rust::station_link::{Link, LinkError, Offer, Served};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::backoff::{BackoffPolicy, jittered};
use crate::clock::Clock;
use crate::mesh::connection::shielded;
use crate::mesh::connection::station_links::{each_link, own_stations};

/// Maximum number of concurrent advertisements on one link. Each advertisement costs three DHT
/// calls and two signatures. A higher limit would slow all calls at the station, and the renewals
/// would coincide.
const MAX_CONCURRENT: usize = 4;
/// Maximum number of offers that are advertised on a link without pauses. Larger numbers are
/// advertised with a pause after each advertisement, twice as long as the advertisement took, so
/// that the station has time for other nodes, however fast it is. Renewals follow at the pace of the
/// first advertisements, half a lifetime later.
const MAX_WITHOUT_PAUSE: usize = 32;
/// Longest pause after an advertisement.
const MAX_PAUSE: Duration = Duration::from_millis(100);
/// Timeout of a withdrawal.
const WITHDRAW_TIMEOUT: Duration = Duration::from_secs(5);
/// Offer with callbacks for changes on each link.
pub(in crate::mesh) trait LinkOffer: Send + Sync + 'static {
    /// Delays between attempts on one link.
    const RETRY: BackoffPolicy;

    /// Returns the offer for one attempt.
    fn offer(&self) -> Offer;

    /// Waits until the first attempt on a link can succeed.
    fn ready(&self) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }

    /// Waits for an event that justifies an early retry. Called before the attempt, so that an
    /// event during the attempt is not missed.
    fn retry_event(&self) -> impl Future<Output = ()> + Send {
        std::future::pending()
    }

    /// Notifies the offer of a change on a link.
    fn notify(&self, link: &Link, change: Change) -> impl Future<Output = ()> + Send;
}

/// Change of an offer on one link.
#[derive(Debug)]
pub(in crate::mesh) enum Change {
    /// The station acknowledged the offer. `again` is true if the offer was lost on this link
    /// before.
    Served { again: bool },
    /// An attempt failed; another attempt follows.
    Failed(LinkError),
    /// The station lost the offer although the link is up; another attempt follows.
    Lost(LinkError),
    /// The link ended, or the offer was withdrawn.
    Ended,
}

/// Served offers of a node, until withdrawn.
#[derive(Debug, Default)]
pub(crate) struct Serving {
    tasks: TaskTracker,
    withdrawn: CancellationToken,
}

impl Serving {
    /// Serves `offers` on all current and future links to the pool's stations, until the offers are
    /// withdrawn or the pool is closed.
    pub(in crate::mesh) fn serve<O: LinkOffer>(&self, pool: &Pool, offers: Vec<O>, clock: &Clock) {
        let offers: Arc<[Arc<O>]> = offers.into_iter().map(Arc::new).collect();
        for station in own_stations(pool) {
            let offers = StationOffers {
                pool: pool.clone(),
                station,
                offers: Arc::clone(&offers),
                clock: clock.clone(),
                withdrawn: self.withdrawn.clone(),
            };
            self.tasks.spawn(offers.run());
        }
    }

    /// Runs `watch` on each link to the pool's stations, until the offers are withdrawn or the pool
    /// is closed.
    pub(in crate::mesh) fn watch<F>(
        &self,
        pool: &Pool,
        watch: impl Fn(Link) -> F + Clone + Send + Sync + 'static,
    ) where
        F: Future<Output = ()> + Send + 'static,
    {
        for station in own_stations(pool) {
            let (pool, stop, watch) = (pool.clone(), self.withdrawn.clone(), watch.clone());
            self.spawn(async move { each_link(&pool, station, &stop, watch).await });
        }
    }

    /// Runs `task` until the offers are withdrawn.
    pub(in crate::mesh) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let withdrawn = self.withdrawn.clone();
        self.tasks
            .spawn(async move { withdrawn.run_until_cancelled(task).await });
    }

    /// Returns a token that is cancelled when the offers are withdrawn.
    pub(in crate::mesh) fn withdrawn(&self) -> CancellationToken {
        self.withdrawn.clone()
    }

    /// Withdraws every offer from every station, and returns after the stations have confirmed. The
    /// confirmed tombstone follows the UNADVERTISE frame on the same stream, so no further call is
    /// routed to this node.
    pub(crate) async fn withdraw(self) {
        self.withdrawn.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// Offers at one station, on each link in turn.
struct StationOffers<O> {
    pool: Pool,
    station: [u8; 32],
    offers: Arc<[Arc<O>]>,
    clock: Clock,
    withdrawn: CancellationToken,
}

impl<O: LinkOffer> StationOffers<O> {
    async fn run(self) {
        let (pool, station, stop) = (&self.pool, self.station, &self.withdrawn);
        each_link(pool, station, stop, |link| self.serve_on(link)).await;
    }

    /// Serves the offers on `link` until the link ends or the offers are withdrawn.
    async fn serve_on(&self, link: Link) {
        let permits = Arc::new(Semaphore::new(MAX_CONCURRENT));
        let paced = self.offers.len() > MAX_WITHOUT_PAUSE;
        let mut tasks = JoinSet::new();
        for offer in self.offers.iter() {
            let linked = LinkedOffer {
                offer: Arc::clone(offer),
                link: link.clone(),
                permits: Arc::clone(&permits),
                paced,
                clock: self.clock.clone(),
                withdrawn: self.withdrawn.clone(),
            };
            tasks.spawn(linked.run());
        }
        while tasks.join_next().await.is_some() {}
    }
}

/// Offer on one link.
struct LinkedOffer<O> {
    offer: Arc<O>,
    link: Link,
    permits: Arc<Semaphore>,
    /// Whether a pause follows each advertisement.
    paced: bool,
    clock: Clock,
    withdrawn: CancellationToken,
}

impl<O: LinkOffer> LinkedOffer<O> {
    async fn run(self) {
        if self.unless_over(self.offer.ready()).await.is_some() {
            self.serve().await;
        }
        self.offer.notify(&self.link, Change::Ended).await;
    }

    /// Serves the offer, and again after each loss, until the link ends or the offer is withdrawn.
    async fn serve(&self) {
        let mut retry = O::RETRY.start();
        let mut again = false;
        loop {
            let retry_event = self.offer.retry_event();
            if let Some(served) = self.attempt(again).await {
                retry.reset();
                let ended = self.withdrawn.run_until_cancelled(served.done());
                let Some(error) = ended.await else {
                    return withdraw(served, self.offer.offer().procedure).await;
                };
                if self.link.error().is_some() {
                    return;
                }
                again = true;
                self.offer.notify(&self.link, Change::Lost(error)).await;
            }
            let pause = async {
                tokio::select! {
                    () = self.clock.sleep(retry.next_delay()) => {}
                    () = retry_event => {}
                }
            };
            if self.unless_over(pause).await.is_none() {
                return;
            }
        }
    }

    /// Makes one attempt. Waits while [`MAX_CONCURRENT`] attempts are in progress on the link.
    async fn attempt(&self, again: bool) -> Option<Served> {
        let _permit = self.unless_over(self.permits.acquire()).await?.ok()?;
        let started = Instant::now();
        match self.advertise().await {
            Ok(served) => {
                let took = started.elapsed();
                self.offer
                    .notify(&self.link, Change::Served { again })
                    .await;
                if self.paced {
                    let pause = jittered((2 * took).min(MAX_PAUSE));
                    self.unless_over(self.clock.spread(pause)).await;
                }
                Some(served)
            }
            Err(_) if self.is_over() => None,
            Err(error) => {
                self.offer.notify(&self.link, Change::Failed(error)).await;
                None
            }
        }
    }

    /// Advertises the offer. The SDK limits the duration of each step, 45 s in all.
    async fn advertise(&self) -> Result<Served, LinkError> {
        let (link, withdrawn) = (self.link.clone(), self.withdrawn.clone());
        let offer = self.offer.offer();
        let advertising = shielded(async move {
            let served = link.serve(offer).await?;
            if withdrawn.is_cancelled() {
                // The caller may no longer wait for the result.
                served.stop().await?;
                return Err(LinkError::Stopped);
            }
            Ok(served)
        });
        tokio::pin!(advertising);
        tokio::select! {
            served = &mut advertising => served,
            error = self.link.done() => Err(error),
            // The station may have accepted the offer already, so wait briefly for the result,
            // which is then withdrawn.
            () = self.withdrawn.cancelled() => {
                timeout(WITHDRAW_TIMEOUT, advertising).await.unwrap_or(Err(LinkError::Stopped))
            }
        }
    }

    fn is_over(&self) -> bool {
        self.withdrawn.is_cancelled() || self.link.error().is_some()
    }

    /// Returns the output of `future`, or `None` if the link ends or the offer is withdrawn first.
    async fn unless_over<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.withdrawn.cancelled() => None,
            _ = self.link.done() => None,
            output = future => Some(output),
        }
    }
}

async fn withdraw(served: Served, procedure: String) {
    let stopping = shielded(async move { served.stop().await });
    match timeout(WITHDRAW_TIMEOUT, stopping).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(procedure, %error, "advertisement not withdrawn"),
        Err(_) => tracing::warn!(procedure, timeout = ?WITHDRAW_TIMEOUT, "withdrawal timed out"),
    }
}

#[cfg(all(test, feature = "dev-mesh"))]
mod tests;
