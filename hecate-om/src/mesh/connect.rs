//! The links to the stations: made in the background, kept, and reported on.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use macula_rust::pool::{LinkEvent, Opts, Pool, Seed};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::{Identity, MeshSetter, Up, admission};
use crate::backoff::jittered;
use crate::config::{Profile, Stations};

/// How long one pool tries for a first link before another takes its place. Each makes a key anew, which takes up to
/// a second of a core in the hybrid profile, so none is given up early; why its dials fail is said as they do.
const ATTEMPT: Duration = Duration::from_secs(3600);
/// How long after a failed attempt another begins: one that fails at once must not become a loop that makes keys.
const ANEW: Duration = Duration::from_secs(2);

/// The most links to stations beyond the seeds, which the SDK never ends: its own maximum, not its default of 8. A
/// provider at a station beyond them cannot be called for as long as the service runs.
const MAX_DIRECT_LINKS: usize = 64;
const MAX_SEEDS: usize = 64;

/// The links, once the first is up.
#[derive(Debug)]
pub(crate) struct Links {
    pub(crate) pool: Pool,
    pub(crate) events: mpsc::UnboundedReceiver<LinkEvent>,
}

/// The links' end that closes them.
#[derive(Debug)]
pub(crate) struct PoolHandle(Pool);

impl Links {
    pub(crate) fn handle(&self) -> PoolHandle {
        PoolHandle(self.pool.clone())
    }
}

impl PoolHandle {
    /// Says goodbye to every station.
    pub(crate) async fn close(self) {
        self.0.close().await;
    }
}

/// Connects, however long that takes, and tells the [`Mesh`](super::Mesh) of it. `None` when it was cancelled.
pub(crate) async fn connect(
    stations: &Stations,
    identity: &Identity,
    profile: Profile,
    kem_advertise: bool,
    held_requests: usize,
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
    loop {
        let (sender, mut events) = mpsc::unbounded_channel();
        let (changes, changed) = watch::channel(());
        let connecting = Pool::connect(
            seeds.clone(),
            options(
                stations,
                identity,
                kem_advertise,
                held_requests,
                &sender,
                changes,
            ),
        );
        tokio::pin!(connecting);
        let mut reported = HashMap::new();
        let error = loop {
            tokio::select! {
                connected = &mut connecting => match connected {
                    Ok(pool) => {
                        mesh.up(Up {
                            pool: pool.clone(),
                            realm: stations.realm.clone(),
                            profile,
                            key: Arc::clone(&identity.key),
                            events: changed,
                        });
                        return Some(Links { pool, events });
                    }
                    Err(error) => break error,
                },
                Some(event) = events.recv() => report(event, &mut reported),
                () = cancelled.cancelled() => return None,
            }
        };
        tracing::warn!("no station could be linked, and it is tried again until one is: {error}");
        tokio::select! {
            () = tokio::time::sleep(jittered(ANEW)) => {}
            () = cancelled.cancelled() => return None,
        }
    }
}

/// Says why a station is not linked, once for each reason: every failed dial is an event, and only another reason is
/// news.
pub(super) fn report(event: LinkEvent, reported: &mut HashMap<[u8; 32], String>) {
    let Some(error) = event.error.map(|error| error.to_string()) else {
        return;
    };
    if reported.insert(event.station, error.clone()).as_ref() != Some(&error) {
        tracing::warn!(
            station = hex::encode(event.station),
            "the link to the station ended or could not be made, and is made again: {error}"
        );
    }
}

fn options(
    stations: &Stations,
    identity: &Identity,
    kem_advertise: bool,
    held_requests: usize,
    events: &mpsc::UnboundedSender<LinkEvent>,
    changes: watch::Sender<()>,
) -> Opts {
    let events = events.clone();
    Opts {
        realm_trust: HashMap::from([(stations.realm.id, stations.realm.key.clone())]),
        connect_timeout: ATTEMPT,
        kem_advertise,
        max_seeds: MAX_SEEDS,
        max_direct_links: MAX_DIRECT_LINKS,
        admission: Some(admission::limits(held_requests)),
        on_link_event: Some(Arc::new(move |event| {
            changes.send_replace(());
            // Nobody listens once the service ends.
            let _ = events.send(event);
        })),
        on_issuer_error: Some(Arc::new(|error| {
            tracing::error!(
                "the node's status could not be stated anew, and its links end when the old statement lapses: {error}"
            );
        })),
        ..Opts::new(Arc::clone(&identity.key))
    }
}
