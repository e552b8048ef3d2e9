//! Giving: this node's content procedure on each link, and what it answers.

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

use super::shelf::Shelf;
use super::{Counts, text};
use crate::backoff::BackoffPolicy;
use crate::clock::Clock;
use crate::mesh::serve::serving::{Change, LinkOffer, Serving};
use crate::mesh::{Link, Up};

/// Where this node can be fetched from.
#[derive(Clone)]
pub(super) struct Site {
    pub(super) up: Up,
    /// The link to the station that receives fetches.
    pub(super) link: StationLink,
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Site({})", hex::encode(self.link.station_node_id()))
    }
}

/// What gives.
#[derive(Debug)]
pub(super) struct Giver {
    pub(super) shelf: Arc<Shelf>,
    pub(super) counts: Arc<Counts>,
    pub(super) links: watch::Receiver<Link>,
    pub(super) sites: watch::Sender<Option<Site>>,
    pub(super) end: CancellationToken,
}

impl Giver {
    /// Serves the content procedure on every link, wherever the mesh is, until it is ended.
    pub(super) async fn give(mut self) {
        loop {
            let up = tokio::select! {
                Some(up) = here(&mut self.links) => up,
                () = self.end.cancelled() => return,
                else => return,
            };
            let serving = Serving::default();
            let pool = up.pool.clone();
            serving.serve(&pool, vec![self.offer(up)], &Clock::default());
            let moved = tokio::select! {
                () = changed(&mut self.links) => true,
                () = self.end.cancelled() => false,
            };
            serving.withdraw().await;
            if !moved {
                return;
            }
        }
    }

    fn offer(&self, up: Up) -> ContentOffer {
        ContentOffer {
            up,
            shelf: Arc::clone(&self.shelf),
            counts: Arc::clone(&self.counts),
            sites: self.sites.clone(),
            served: Mutex::default(),
        }
    }
}

/// Offer of the content procedure at the stations of one pool.
struct ContentOffer {
    up: Up,
    shelf: Arc<Shelf>,
    counts: Arc<Counts>,
    sites: watch::Sender<Option<Site>>,
    /// The links on which it is served, by serial number.
    served: Mutex<BTreeMap<u64, StationLink>>,
}

impl LinkOffer for ContentOffer {
    const RETRY: BackoffPolicy =
        BackoffPolicy::new(Duration::from_secs(1), 2.0, Duration::from_secs(30));

    fn offer(&self) -> Offer {
        let (shelf, counts) = (Arc::clone(&self.shelf), Arc::clone(&self.counts));
        let handler = stream_handler(move |stream| {
            let (shelf, counts) = (Arc::clone(&shelf), Arc::clone(&counts));
            async move {
                let answered = answer(&shelf, &counts, &stream).await;
                answered.map_err(|error| error.to_string())
            }
        });
        let procedure = record::own_procedure(&self.up.pool.node_id(), CONTENT_PROCEDURE);
        Offer {
            // A fetch comes in the clear: its announcement names no key, and the id is what it is checked against.
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
                    "content cannot be fetched through a station yet: {error}"
                );
            }
        }
        self.choose(&served);
    }
}

impl ContentOffer {
    /// Notifies the announcers if the serving link changed. A new link to the same station also
    /// counts as a change, because a restarted station may have lost the announcements.
    fn choose(&self, served: &BTreeMap<u64, StationLink>) {
        self.sites.send_if_modified(|site| {
            let still = |site: &Site| served.contains_key(&site.link.serial());
            if site.as_ref().is_some_and(still) {
                return false;
            }
            let next = served.values().next().map(|link| Site {
                up: self.up.clone(),
                link: link.clone(),
            });
            let changed = site.is_some() || next.is_some();
            *site = next;
            changed
        });
    }
}

/// The links, once there are any; `None` where there will be none.
async fn here(links: &mut watch::Receiver<Link>) -> Option<Up> {
    let link = links.wait_for(|link| !matches!(link, Link::Pending)).await;
    match &*link.ok()? {
        Link::Up(up) => Some(up.clone()),
        Link::Pending | Link::Absent => None,
    }
}

/// Waits for a change, for ever where nobody is left to make one.
async fn changed<T>(of: &mut watch::Receiver<T>) {
    if of.changed().await.is_err() {
        std::future::pending().await
    }
}

/// Answers one fetch, of a root or of a chunk, as macula's content procedure does.
async fn answer(shelf: &Shelf, counts: &Counts, stream: &Stream) -> Result<(), LinkError> {
    let asked = &stream.request().payload;
    let id: Option<Mcid> = match asked.get("mcid") {
        Some(Value::Bytes(bytes)) => bytes.as_slice().try_into().ok(),
        _ => None,
    };
    let want = asked.get("want").and_then(text);
    let body = match (id, want) {
        (Some(id), Some("root")) => shelf.root(&id),
        (Some(id), Some("block")) => shelf.chunk(&id),
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
    let _giving = counts.giving();
    stream.send_value(body).await?;
    counts.gave();
    stream.close().await
}
