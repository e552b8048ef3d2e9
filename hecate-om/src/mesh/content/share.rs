//! Sharing: a content is kept, announced, announced again, and withdrawn when nobody holds it any more.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use macula_rust::pool::CONTENT_PROCEDURE;
use macula_rust::record::{
    self, ContentAnnouncementOptions, Reason, Record, RecordError, TombstoneOptions,
};
use serde::Serialize;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, timeout_at};

use super::serve::Site;
use super::shelf::{Announced, Body, Kept, Shelf};
use super::{Content, ContentError};
use crate::backoff::{BackoffPolicy, jittered};
use crate::capability::inherited_deadline;
use crate::codec;
use crate::mesh::connection::shielded;
use crate::mesh::{Link, Mesh};

/// How long sharing may take until a station has the announcement.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long an announcement is signed for, as macula's own; it is renewed at half of it.
const LIFETIME: Duration = Duration::from_secs(3600);
/// Delays before a failed announcement is retried.
const RETRY: BackoffPolicy =
    BackoffPolicy::new(Duration::from_secs(1), 2.0, Duration::from_secs(30));
/// How long one announcement, or its withdrawal, may take.
const PUT: Duration = Duration::from_secs(5);
/// How large a content is cut and hashed where it is asked for; a larger one on a thread that may be kept busy.
const AT_ONCE: usize = 64 * 1024;

/// A content that this node shares, for as long as this or a clone of it is held.
///
/// The bytes are kept in memory. Whoever has the content's id can fetch them from this node while it runs, also after
/// its links were made anew or a development mesh moved; a drain ends the sharing after the last call.
#[derive(Debug)]
#[must_use = "dropped, it is shared no longer"]
pub struct Shared<T: ?Sized = [u8]> {
    kept: Arc<Kept>,
    shelf: Arc<Shelf>,
    of: PhantomData<fn(&T)>,
}

impl Mesh {
    /// Shares bytes (`Vec<u8>`, `&[u8]`, `String`, `&str`), up to about 3.5 GiB, and returns once a station can tell
    /// others of it, within 15 s.
    ///
    /// The same bytes have the same id whoever shares them, and are kept once. While [`Service::start`] runs there is no
    /// link yet, so what a service shares from its beginning is shared from a task.
    ///
    /// Who fetches takes no more than 256 MiB unless it says otherwise.
    ///
    /// ```
    /// use hecate_om::{Mesh, Refusal, capability, content::Content};
    ///
    /// /// What the service holds for as long as it runs.
    /// #[derive(Default)]
    /// struct Atlas(tokio::sync::OnceCell<hecate_om::content::Shared>);
    ///
    /// /// Names the atlas, which is 80 MB.
    /// #[capability("atlas.get", version = 1)]
    /// async fn get(atlas: &Atlas, mesh: &Mesh) -> Result<Content, Refusal> {
    ///     let shared = atlas.0.get_or_try_init(|| mesh.share("the atlas")).await?;
    ///     Ok(shared.content())
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// [`ContentError::TooLarge`]; [`ContentError::NotConnected`] and [`ContentError::NotAnnounced`] where no station
    /// has taken the announcement in time. The content is then not shared.
    ///
    /// [`Service::start`]: crate::Service::start
    pub async fn share(&self, bytes: impl Into<Vec<u8>>) -> Result<Shared, ContentError> {
        self.share_as(bytes.into()).await
    }

    /// Shares a value, as the bytes of its form on the wire: deterministic CBOR (RFC 8949, section 4.2.1), booleans as
    /// 0 and 1, enums as serde writes them, at most 131,072 items in all and 64 levels.
    ///
    /// # Errors
    ///
    /// Those of [`Mesh::share`], and [`ContentError::Unencodable`].
    pub async fn share_value<T: Serialize>(&self, value: &T) -> Result<Shared<T>, ContentError> {
        let bytes = codec::to_bytes(value);
        let bytes = bytes.map_err(|error| ContentError::Unencodable(error.to_string()))?;
        self.share_as(bytes).await
    }

    async fn share_as<T: ?Sized>(&self, bytes: Vec<u8>) -> Result<Shared<T>, ContentError> {
        if matches!(&*self.links.borrow(), Link::Absent) {
            return Err(ContentError::NotConnected(super::ABSENT));
        }
        let patience = inherited_deadline().map_or(PATIENCE, |left| left.min(PATIENCE));
        let until = Instant::now() + patience;
        let kept = if bytes.len() <= AT_ONCE {
            Kept::of(bytes)?
        } else {
            tokio::task::spawn_blocking(|| Kept::of(bytes))
                .await
                .map_err(|_| ContentError::NotConnected(super::ENDING))??
        };
        let (kept, new) = self.content.shelf.keep(kept);
        let shared = Shared {
            kept,
            shelf: Arc::clone(&self.content.shelf),
            of: PhantomData,
        };
        if new {
            self.content.announce(Arc::clone(&shared.kept), &self.links);
        }
        shared.announced(until).await?;
        Ok(shared)
    }
}

impl<T: ?Sized> Shared<T> {
    /// The content, to be named in a request, an answer or a fact.
    #[must_use]
    pub fn content(&self) -> Content<T> {
        Content::of(self.kept.id)
    }

    /// How many bytes it has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.kept.size
    }

    /// Shares it for so long, or until the service drains, and gives its id: for an answer whose caller is to fetch it.
    #[must_use]
    pub fn keep_for(self, time: Duration) -> Content<T>
    where
        T: 'static,
    {
        let content = self.content();
        let mut announced = self.kept.announced.subscribe();
        tokio::spawn(async move {
            let ended = announced.wait_for(|now| *now == Announced::Withdrawn);
            // Either way it is let go of.
            let _ = tokio::time::timeout(time, ended).await;
            drop(self);
        });
        content
    }

    /// Shares it no longer, and returns once the stations were told, where nobody else holds it. Dropping it does the
    /// same in the background.
    pub async fn unshare(self) {
        let mut announced = self.kept.announced.subscribe();
        let last = Arc::clone(&self.kept);
        drop(self);
        if last.end.is_cancelled() {
            // Who announces it always says so in the end.
            let _ = announced.wait_for(|now| *now == Announced::Withdrawn).await;
        }
    }

    /// Waits until a station has the announcement.
    async fn announced(&self, until: Instant) -> Result<(), ContentError> {
        let mut announced = self.kept.announced.subscribe();
        let told = announced.wait_for(|now| matches!(now, Announced::Yes | Announced::Withdrawn));
        match timeout_at(until, told).await {
            Ok(Ok(now)) if *now == Announced::Yes => return Ok(()),
            Ok(_) => return Err(ContentError::NotConnected(super::ENDING)),
            Err(_) => {}
        }
        let now = self.kept.announced.borrow().clone();
        Err(match now {
            Announced::No(reason) => ContentError::NotAnnounced {
                content: Content::of(self.kept.id),
                reason,
            },
            _ => ContentError::NotConnected(super::AWAY),
        })
    }
}

impl<T: ?Sized> Clone for Shared<T> {
    fn clone(&self) -> Self {
        self.shelf.hold(&self.kept);
        Self {
            kept: Arc::clone(&self.kept),
            shelf: Arc::clone(&self.shelf),
            of: PhantomData,
        }
    }
}

impl<T: ?Sized> Drop for Shared<T> {
    fn drop(&mut self) {
        self.shelf.let_go(&self.kept);
    }
}

/// Announces a content wherever this node can be fetched from, again whenever that changes and before it lapses, and
/// withdraws it in the end.
pub(super) async fn announce(
    kept: Arc<Kept>,
    shelf: Arc<Shelf>,
    mut sites: watch::Receiver<Option<Site>>,
    turns: Arc<Semaphore>,
    end: tokio_util::sync::CancellationToken,
) {
    let over = async {
        tokio::select! {
            () = kept.end.cancelled() => {}
            () = end.cancelled() => {}
        }
    };
    tokio::pin!(over);
    let mut latest = None;
    let mut retry = RETRY.start();
    loop {
        let site = tokio::select! {
            site = sites.wait_for(Option::is_some) => site.ok().and_then(|site| site.clone()),
            () = &mut over => break,
        };
        let Some(site) = site else { break };
        let putting = async {
            // All are announced again at once when a link was made anew; the station is not to be flooded.
            let _turn = turns.acquire().await;
            tokio::time::timeout(PUT, put_announcement(&kept, &site)).await
        };
        // Not given up halfway: what a station may have taken must be withdrawn.
        let outcome = putting.await;
        let next = match outcome {
            Ok(Ok(record)) => {
                latest = Some(record);
                retry.reset();
                kept.announced.send_replace(Announced::Yes);
                jittered(LIFETIME / 2)
            }
            failed => {
                let reason = match failed {
                    Ok(Err(reason)) => reason,
                    _ => format!("no station took it within {PUT:?}"),
                };
                tracing::debug!(content = hex::encode(kept.id), "not announced: {reason}");
                if latest.is_none() {
                    kept.announced.send_replace(Announced::No(reason));
                }
                retry.next_delay()
            }
        };
        tokio::select! {
            () = tokio::time::sleep(next) => {}
            moved = sites.changed() => if moved.is_err() { break },
            () = &mut over => break,
        }
    }
    let site = sites.borrow().clone();
    if let (Some(record), Some(site)) = (latest, site) {
        let _turn = turns.acquire().await;
        match tokio::time::timeout(PUT, withdraw(&kept, &shelf, &record, &site)).await {
            Ok(Ok(())) => {}
            failed => tracing::debug!(content = hex::encode(kept.id), "not withdrawn: {failed:?}"),
        }
    }
    kept.announced.send_replace(Announced::Withdrawn);
}

/// Signs an announcement and puts it where others look for it.
async fn put_announcement(kept: &Kept, site: &Site) -> Result<Record, String> {
    let said = |error: RecordError| error.to_string();
    let node = site.up.pool.node_id();
    let chunk_count = match &kept.body {
        Body::Block(_) => None,
        Body::Chunks(manifest, _) => Some(manifest.chunk_count),
    };
    let options = ContentAnnouncementOptions {
        realm_id: site.up.realm.id,
        serving_station: site.link.station_node_id(),
        procedure: record::own_procedure(&node, CONTENT_PROCEDURE),
        size: Some(kept.size),
        chunk_count,
        ttl_ms: LIFETIME.as_millis() as u64,
        ..ContentAnnouncementOptions::default()
    };
    let record = record::new_content_announcement(&node, &kept.id, &options).map_err(said)?;
    put(record, site).await
}

/// Says that an announcement no longer holds, unless the same content is shared anew.
async fn withdraw(kept: &Kept, shelf: &Shelf, latest: &Record, site: &Site) -> Result<(), String> {
    // Made while the shelf is locked: an announcement of who shares it anew is made later, and so outlasts it.
    let tombstone = shelf.unless_anew(kept, || {
        record::new_tombstone(latest, Reason::Shutdown, &TombstoneOptions::default())
    });
    if let Some(tombstone) = tombstone {
        put(tombstone.map_err(|error| error.to_string())?, site).await?;
    }
    Ok(())
}

async fn put(record: Record, site: &Site) -> Result<Record, String> {
    let said = |error: RecordError| error.to_string();
    let signed = record::sign(&record, &site.up.key).map_err(said)?;
    let wire = record::encode(&signed).map_err(said)?;
    // At the station that receives fetches, so that another slow station does not delay it.
    let link = site.link.clone();
    let taken = shielded(async move { link.put_record(&wire).await }).await;
    taken.map_err(|error| error.to_string())?;
    Ok(signed)
}
