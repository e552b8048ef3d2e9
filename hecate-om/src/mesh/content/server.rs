//! Server of the shared contents: serves this node's content procedure on each link.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use macula_rust::cbor::Value;
use macula_rust::frame::StreamMode;
use macula_rust::manifest::Mcid;
use macula_rust::pool::CONTENT_PROCEDURE;
use macula_rust::record;
use macula_rust::station_link::{
    Confidentiality, Link as StationLink, LinkError, Offer, Stream, stream_handler,
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::counters::ContentCounters;
use super::store::ContentStore;
use super::text;
use crate::backoff::BackoffPolicy;
use crate::clock::Clock;
use crate::mesh::connection::{Uplink, UplinkReceiver};
use crate::mesh::serve::serving::{Change, LinkOffer, Serving};

/// Station through which other nodes fetch from this node.
#[derive(Clone)]
pub(super) struct ServingStation {
    pub(super) up: Uplink,
    /// Link that receives the requests.
    pub(super) link: StationLink,
}

impl fmt::Debug for ServingStation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "ServingStation({})",
            hex::encode(self.link.station_node_id())
        )
    }
}

/// Server task for the contents of a store.
#[derive(Debug)]
pub(super) struct ContentServer {
    pub(super) store: Arc<ContentStore>,
    pub(super) counters: Arc<ContentCounters>,
    pub(super) links: UplinkReceiver,
    pub(super) station: watch::Sender<Option<ServingStation>>,
    pub(super) stop: CancellationToken,
}

impl ContentServer {
    /// Serves the content procedure on every current and future link, until stopped.
    pub(super) async fn run(mut self) {
        loop {
            let up = tokio::select! {
                up = self.links.up() => up,
                () = self.stop.cancelled() => return,
            };
            let Some(up) = up else { return };
            let serving = Serving::default();
            let pool = up.pool.clone();
            serving.serve(&pool, vec![self.offer(up)], &Clock::default());
            let is_replaced = tokio::select! {
                () = self.links.changed() => true,
                () = self.stop.cancelled() => false,
            };
            serving.withdraw().await;
            if !is_replaced {
                return;
            }
        }
    }

    fn offer(&self, up: Uplink) -> ContentOffer {
        ContentOffer {
            up,
            store: Arc::clone(&self.store),
            counters: Arc::clone(&self.counters),
            station: self.station.clone(),
            served: Mutex::default(),
        }
    }
}

/// Offer of the content procedure at the stations of one pool.
struct ContentOffer {
    up: Uplink,
    store: Arc<ContentStore>,
    counters: Arc<ContentCounters>,
    station: watch::Sender<Option<ServingStation>>,
    /// Links on which the procedure is served, by serial number.
    served: Mutex<BTreeMap<u64, StationLink>>,
}

impl LinkOffer for ContentOffer {
    const RETRY: BackoffPolicy =
        BackoffPolicy::new(Duration::from_secs(1), 2.0, Duration::from_secs(30));

    fn offer(&self) -> Offer {
        let (store, counters) = (Arc::clone(&self.store), Arc::clone(&self.counters));
        let handler = stream_handler(move |stream| {
            let (store, counters) = (Arc::clone(&store), Arc::clone(&counters));
            async move {
                let outcome = answer(&store, &counters, &stream).await;
                outcome.map_err(|error| error.to_string())
            }
        });
        let procedure = record::own_procedure(&self.up.pool.node_id(), CONTENT_PROCEDURE);
        Offer {
            // An announcement contains no key to seal to, and the content id verifies the answer.
            confidential: Confidentiality::Off,
            ..Offer::stream(
                self.up.realm.id,
                &procedure,
                StreamMode::ServerStream,
                handler,
            )
        }
    }

    async fn notify(&self, link: &StationLink, change: Change) {
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        match change {
            Change::Served { .. } => drop(served.insert(link.serial(), link.clone())),
            Change::Lost(_) | Change::Ended => drop(served.remove(&link.serial())),
            Change::Failed(error) => {
                tracing::debug!(
                    station = hex::encode(link.station_node_id()),
                    %error,
                    "content cannot be fetched through a station yet"
                );
            }
        }
        self.choose_station(&served);
    }
}

impl ContentOffer {
    /// Selects the serving station, and notifies the announcements if its link changed, because a
    /// restarted station may have lost them.
    fn choose_station(&self, served: &BTreeMap<u64, StationLink>) {
        self.station.send_if_modified(|station| {
            let is_served = |station: &ServingStation| served.contains_key(&station.link.serial());
            if station.as_ref().is_some_and(is_served) {
                return false;
            }
            let next = served.values().next().map(|link| ServingStation {
                up: self.up.clone(),
                link: link.clone(),
            });
            let changed = station.is_some() || next.is_some();
            *station = next;
            changed
        });
    }
}

/// Answers a request for a root or a chunk, like macula's content procedure.
async fn answer(
    store: &ContentStore,
    counters: &ContentCounters,
    stream: &Stream,
) -> Result<(), LinkError> {
    let request = &stream.request().payload;
    let id: Option<Mcid> = match request.get("mcid") {
        Some(Value::Bytes(bytes)) => bytes.as_slice().try_into().ok(),
        _ => None,
    };
    let want = request.get("want").and_then(text);
    let body = match (id, want) {
        (Some(id), Some("root")) => store.root(&id),
        (Some(id), Some("block")) => store.chunk(&id),
        _ => {
            return stream
                .abort(
                    "malformed",
                    "a fetch names a content id, and wants root or block",
                )
                .await;
        }
    };
    let Some(body) = body else {
        return stream
            .abort("not_shared", "this node does not share that content")
            .await;
    };
    let _sending = counters.start_block();
    stream.send_value(body).await?;
    counters.record_block();
    stream.close().await
}
