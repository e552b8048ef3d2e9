//! Offers at several stations, one of which is slow.

use std::sync::{Mutex, mpsc};

use hecate_om_station::{
    RegistrationKind, RegistrationPolicy, RegistrationRefusal, Station, StationConfig,
};
use macula_rust::profile::Profile;
use macula_rust::record::own_procedure;
use macula_rust::station_link::handler;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::*;
use crate::mesh::nodes::{linked, station};

/// Timeout that only a hanging step exceeds, shorter than the SDK's timeout for an acknowledgement.
const HANGS: Duration = Duration::from_secs(20);

async fn soon<T>(future: impl Future<Output = T>) -> T {
    let outcome = timeout(HANGS, future).await;
    outcome.expect("it does not hang")
}

async fn station_with(registration: RegistrationPolicy) -> Station {
    let mut config = StationConfig::ephemeral(Profile::PqPure);
    config.registration_policy = registration;
    Station::start(config)
        .await
        .expect("a station can be started")
}

/// Station on separate threads. After the first advertisement, the station stops reading the node's
/// frames until it is released.
struct SlowStation {
    station: Station,
    /// Receives the procedure of each advertisement.
    advertised: UnboundedReceiver<String>,
    release: mpsc::Sender<()>,
    runtime: Runtime,
}

impl SlowStation {
    async fn start() -> Self {
        let (release, held) = mpsc::channel::<()>();
        let held = Mutex::new(held);
        let (advertises, advertised) = unbounded_channel();
        let registration: RegistrationPolicy = Arc::new(move |registration| {
            if registration.kind != RegistrationKind::Advertise {
                return Ok(());
            }
            let _ = advertises.send(registration.name.to_owned());
            // `recv` fails if the other end was dropped.
            let _ = held.lock().expect("the lock is not poisoned").recv();
            Ok(())
        });
        let mut runtime = Builder::new_multi_thread();
        let runtime = runtime
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a slow station can be started");
        let station = runtime
            .spawn(station_with(registration))
            .await
            .expect("a slow station can be started");
        Self {
            station,
            advertised,
            release,
            runtime,
        }
    }

    /// Lets the station read further frames.
    fn release(self) -> (Station, Runtime) {
        drop(self.release);
        (self.station, self.runtime)
    }
}

/// Offer that reports its changes. The procedure is in the node's own namespace, which needs no
/// grant.
struct Probe {
    node: [u8; 32],
    name: String,
    changes: UnboundedSender<([u8; 32], Change)>,
}

impl LinkOffer for Probe {
    const RETRY: BackoffPolicy =
        BackoffPolicy::new(Duration::from_millis(20), 1.0, Duration::from_millis(20));

    fn offer(&self) -> Offer {
        let procedure = own_procedure(&self.node, &self.name);
        Offer::unary(
            [9; 32],
            &procedure,
            handler(async |request| Ok(request.payload)),
        )
    }

    async fn notify(&self, link: &Link, change: Change) {
        let _ = self.changes.send((link.station_node_id(), change));
    }
}

fn probes(pool: &Pool, count: usize) -> (Vec<Probe>, UnboundedReceiver<([u8; 32], Change)>) {
    let (sender, changes) = unbounded_channel();
    let probe = |n| Probe {
        node: pool.node_id(),
        name: format!("probe{n}"),
        changes: sender.clone(),
    };
    ((0..count).map(probe).collect(), changes)
}

/// Waits until all links are up.
async fn all_up(pool: &Pool) {
    for link in pool.status() {
        pool.link_to(&link.station).await.expect("the pool is open");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_station_that_does_not_answer_delays_no_advertisement_on_another() {
    const OFFERS: usize = 3 * MAX_CONCURRENT;
    let (slow, healthy) = (SlowStation::start().await, station().await);
    let node = linked(&[&slow.station, &healthy], false).await;
    let pool = &node.links.pool;
    all_up(pool).await;
    let (offers, mut changes) = probes(pool, OFFERS);
    let serving = Serving::default();
    serving.serve(pool, offers, &Clock::default());
    for _ in 0..OFFERS {
        let (at, change) = soon(changes.recv()).await.unwrap();
        assert_eq!(at, healthy.node_id(), "{change:?}");
        assert!(matches!(change, Change::Served { again: false }));
    }
    let (slow, runtime) = slow.release();
    let mut served = 0;
    while served < OFFERS {
        // Attempts may have failed in the meantime.
        let (at, change) = soon(changes.recv()).await.unwrap();
        assert_eq!(at, slow.node_id());
        served += usize::from(matches!(change, Change::Served { .. }));
    }
    serving.withdraw().await;
    pool.close().await;
    runtime.shutdown_background();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn content_is_announced_at_a_station_that_answers_beside_one_that_does_not() {
    let (slow, healthy) = (SlowStation::start().await, station().await);
    let node = linked(&[&slow.station, &healthy], false).await;
    let pool = &node.links.pool;
    all_up(pool).await;
    let shared = node.mesh.share("hello").await.unwrap();
    let caller = linked(&[&healthy], false).await;
    let fetched = shared.content().fetch(&caller.mesh).await.unwrap();
    assert_eq!(fetched, b"hello");
    let (_slow, runtime) = slow.release();
    caller.links.pool.close().await;
    pool.close().await;
    runtime.shutdown_background();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_offer_that_is_acknowledged_after_its_withdrawal_is_withdrawn() {
    let mut slow = SlowStation::start().await;
    let node = linked(&[&slow.station], false).await;
    let pool = &node.links.pool;
    let (offers, _changes) = probes(pool, 1);
    let offer = offers[0].offer();
    let serving = Serving::default();
    serving.serve(pool, offers, &Clock::default());
    let link = pool.link_to(&slow.station.node_id()).await.unwrap();
    let advertised = soon(slow.advertised.recv()).await;
    assert_eq!(advertised.as_ref(), Some(&offer.procedure));
    soon(serving.withdraw()).await;
    let (_slow, runtime) = slow.release();
    let withdrawn = async {
        while matches!(
            link.serve(offer.clone()).await,
            Err(LinkError::AlreadyServed)
        ) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    soon(withdrawn).await;
    pool.close().await;
    runtime.shutdown_background();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_offer_that_a_station_refused_is_notified_of_the_end_of_the_link() {
    let refusing = station_with(Arc::new(|_| Err(RegistrationRefusal::Refused))).await;
    let node = linked(&[&refusing], false).await;
    let (offers, mut changes) = probes(&node.links.pool, 1);
    let serving = Serving::default();
    serving.serve(&node.links.pool, offers, &Clock::default());
    let (_, change) = soon(changes.recv()).await.unwrap();
    assert!(matches!(change, Change::Failed(_)), "{change:?}");
    refusing.close().await;
    let ended = async {
        while let Some((_, change)) = changes.recv().await {
            if matches!(change, Change::Ended) {
                return;
            }
        }
    };
    soon(ended).await;
    soon(serving.withdraw()).await;
    node.links.pool.close().await;
}
