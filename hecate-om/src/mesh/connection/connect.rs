//! Connects a pool of links to the configured stations.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use macula_rust::pool::{LinkEvent, Opts, Pool, Seed};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Identity, MeshSetter, Relinks, Router, Uplink, admission, shielded};
use crate::backoff::BackoffPolicy;
use crate::config::{DEFAULT_HELD_REQUESTS, Profile, Stations};

/// Timeout of one pool for its first link, after which a new pool replaces it. The timeout is long,
/// because each pool generates a key, which takes up to a second of CPU time in the hybrid profile.
/// Failed dials are logged.
const ATTEMPT: Duration = Duration::from_secs(3600);
/// Delays between attempts. Without them, immediate failures would generate keys in a loop.
const RETRY: BackoffPolicy =
    BackoffPolicy::new(Duration::from_secs(2), 2.0, Duration::from_secs(60));

/// Maximum number of links to stations beyond the seeds: the SDK's maximum, not its default of 8.
/// The SDK never closes such a link, so once the maximum is reached, providers at further stations
/// cannot be called until the service restarts.
const MAX_DIRECT_LINKS: usize = 64;
const MAX_SEEDS: usize = 64;

/// Options of a node's links.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LinkOptions {
    pub(crate) profile: Profile,
    /// Whether the node advertises a key for sealed calls.
    pub(crate) kem_advertise: bool,
    /// Maximum number of requests that the node remembers.
    pub(crate) held_requests: usize,
}

impl LinkOptions {
    /// Returns the options of a node without a key for sealed calls, with the default bound on
    /// remembered requests.
    pub(crate) const fn unsealed(profile: Profile) -> Self {
        Self {
            profile,
            kem_advertise: false,
            held_requests: DEFAULT_HELD_REQUESTS,
        }
    }
}

/// Pool whose first link is up, and the events of its links.
#[derive(Debug)]
pub(crate) struct Links {
    pub(crate) pool: Pool,
    pub(in crate::mesh) router: Router,
    pub(crate) events: mpsc::UnboundedReceiver<LinkEvent>,
}

/// Handle that closes the links.
#[derive(Debug)]
pub(crate) struct PoolHandle(Pool);

impl Links {
    pub(crate) fn handle(&self) -> PoolHandle {
        PoolHandle(self.pool.clone())
    }
}

impl PoolHandle {
    /// Closes every link with a goodbye to its station.
    pub(crate) async fn close(self) {
        shielded(async move { self.0.close().await }).await;
    }
}

/// Connects, and publishes the links through `mesh`. Retries without limit; returns `None` if
/// cancelled.
pub(crate) async fn connect(
    stations: &Stations,
    identity: &Identity,
    options: LinkOptions,
    mesh: &MeshSetter,
    cancelled: &CancellationToken,
) -> Option<Links> {
    let seeds: Vec<Seed> = stations
        .seeds
        .iter()
        .map(|seed| Seed {
            host: seed.host.clone(),
            port: seed.port,
            node_id: seed.node_id,
        })
        .collect();
    let mut retry = RETRY.start();
    loop {
        let (sender, mut events) = mpsc::unbounded_channel();
        let connecting = Pool::connect(
            seeds.clone(),
            Opts {
                kem_advertise: options.kem_advertise,
                admission: Some(admission::limits(options.held_requests)),
                ..pool_options(stations, identity, &sender, &mesh.relinks)
            },
        );
        tokio::pin!(connecting);
        let mut reported = HashMap::new();
        let error = loop {
            tokio::select! {
                connected = &mut connecting => match connected {
                    Ok(pool) => {
                        let (realm, key) = (stations.realm.clone(), Arc::clone(&identity.key));
                        let router = Router::new(pool.clone(), &realm, options.profile);
                        mesh.up(Uplink::new(router.clone(), realm, options.profile, key));
                        return Some(Links { pool, router, events });
                    }
                    Err(error) => break error,
                },
                Some(event) = events.recv() => report(event, &mut reported),
                () = cancelled.cancelled() => return None,
            }
        };
        tracing::warn!(%error, "no station could be linked; retrying");
        tokio::select! {
            () = tokio::time::sleep(retry.next_delay()) => {}
            () = cancelled.cancelled() => return None,
        }
    }
}

/// Logs that a station is linked, or why it is not. Each reason is logged once, because every
/// failed dial is an event. Direct links, which carry the calls of one route, are not logged.
pub(in crate::mesh) fn report(event: LinkEvent, reported: &mut HashMap<[u8; 32], String>) {
    if event.direct {
        return;
    }
    if event.up {
        reported.remove(&event.station);
        tracing::info!(station = hex::encode(event.station), "linked to station");
    }
    let Some(error) = event.error.map(|error| error.to_string()) else {
        return;
    };
    if reported.get(&event.station) != Some(&error) {
        tracing::warn!(
            station = hex::encode(event.station),
            error,
            "no link to station; retrying"
        );
        reported.insert(event.station, error);
    }
}

fn pool_options(
    stations: &Stations,
    identity: &Identity,
    events: &mpsc::UnboundedSender<LinkEvent>,
    relinks: &Arc<Relinks>,
) -> Opts {
    let (events, relinks) = (events.clone(), Arc::clone(relinks));
    Opts {
        realm_trust: HashMap::from([(stations.realm.id, stations.realm.key.clone())]),
        connect_timeout: ATTEMPT,
        max_seeds: MAX_SEEDS,
        max_direct_links: MAX_DIRECT_LINKS,
        on_link_event: Some(Arc::new(move |event| {
            relinks.record(&event);
            // The receiver is dropped when the service ends.
            let _ = events.send(event);
        })),
        on_issuer_error: Some(Arc::new(|error| {
            tracing::error!(
                %error,
                "the node's status statement could not be renewed; links end when the current one expires"
            );
        })),
        ..Opts::new(Arc::clone(&identity.key))
    }
}
