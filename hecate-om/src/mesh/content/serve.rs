//! Giving: this node's content procedure on each link, and what it answers.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{join_all, select_all};
use macula_rust::cbor::Value;
use macula_rust::frame::StreamMode;
use macula_rust::manifest::Mcid;
use macula_rust::pool::CONTENT_PROCEDURE;
use macula_rust::record;
use macula_rust::station_link::{
    Confidentiality, Link as StationLink, LinkError, Offer, Served, Stream, stream_handler,
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::shelf::Shelf;
use super::{Counts, text};
use crate::backoff::jittered;
use crate::mesh::{Link, Up};

/// How long until a link on which the procedure could not be served is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(2);
/// How long a withdrawal may take.
const WITHDRAW: Duration = Duration::from_secs(5);

/// Where this node can be fetched from.
#[derive(Clone)]
pub(super) struct Site {
    pub(super) up: Up,
    /// The station that fetches go to.
    pub(super) station: [u8; 32],
    /// The link to it.
    serial: u64,
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Site({})", hex::encode(self.station))
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
            if !self.give_at(&up).await {
                return;
            }
            self.sites.send_replace(None);
        }
    }

    /// Serves on the links of one pool, until the mesh moves. `false` once it has ended.
    async fn give_at(&mut self, up: &Up) -> bool {
        let mut events = up.events.clone();
        let mut served: HashMap<u64, ([u8; 32], Served)> = HashMap::new();
        loop {
            events.mark_unchanged();
            served.retain(|_, (_, served)| served.error().is_none());
            let missing = self.serve_missing(up, &mut served).await;
            self.tell(up, &served);
            let ended = async {
                match served.is_empty() {
                    true => std::future::pending().await,
                    false => {
                        let ends = served.values().map(|(_, served)| Box::pin(served.done()));
                        select_all(ends).await;
                    }
                }
            };
            tokio::select! {
                () = changed(&mut events) => {}
                () = ended => {}
                () = tokio::time::sleep(jittered(TRY_AGAIN)), if missing => {}
                () = changed(&mut self.links) => return true,
                () = self.end.cancelled() => {
                    let stops = served.values().map(|(_, served)| {
                        tokio::time::timeout(WITHDRAW, served.stop())
                    });
                    join_all(stops).await;
                    return false;
                }
            }
        }
    }

    /// Serves on the links that it is not served on. Whether one is still missing.
    async fn serve_missing(&self, up: &Up, served: &mut HashMap<u64, ([u8; 32], Served)>) -> bool {
        let links = up.pool.status().into_iter().filter(|l| l.up && !l.direct);
        let stations: Vec<[u8; 32]> = links.map(|link| link.station).collect();
        let tries = stations.iter().map(|station| async {
            let link = up.pool.link_to(station).await.ok()?;
            match served.contains_key(&link.serial()) {
                true => None,
                false => Some((*station, self.serve_on(up, &link).await, link.serial())),
            }
        });
        let mut missing = false;
        for (station, outcome, serial) in join_all(tries).await.into_iter().flatten() {
            match outcome {
                Ok(on_link) => {
                    served.insert(serial, (station, on_link));
                }
                Err(error) => {
                    missing = true;
                    tracing::debug!(
                        station = hex::encode(station),
                        "content cannot be fetched through a station yet: {error}"
                    );
                }
            }
        }
        missing
    }

    async fn serve_on(&self, up: &Up, link: &StationLink) -> Result<Served, LinkError> {
        let (shelf, counts) = (Arc::clone(&self.shelf), Arc::clone(&self.counts));
        let handler = stream_handler(move |stream| {
            let (shelf, counts) = (Arc::clone(&shelf), Arc::clone(&counts));
            async move {
                let answered = answer(&shelf, &counts, &stream).await;
                answered.map_err(|error| error.to_string())
            }
        });
        let procedure = record::own_procedure(&up.pool.node_id(), CONTENT_PROCEDURE);
        link.serve(Offer {
            // A fetch comes in the clear: its announcement names no key, and the id is what it is checked against.
            confidential: Confidentiality::Off,
            ..Offer::stream(up.realm.id, &procedure, StreamMode::ServerStream, handler)
        })
        .await
    }

    /// Tells those who announce, where that has changed: at the same station by another link is elsewhere, as a station
    /// that was started anew may have forgotten what it was told.
    fn tell(&self, up: &Up, served: &HashMap<u64, ([u8; 32], Served)>) {
        self.sites.send_if_modified(|site| {
            if site
                .as_ref()
                .is_some_and(|site| served.contains_key(&site.serial))
            {
                return false;
            }
            let next = served.iter().next().map(|(serial, (station, _))| Site {
                up: up.clone(),
                station: *station,
                serial: *serial,
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
