//! Sharing: a content is stored, and announced until the last handle is dropped.

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
use tokio_util::sync::CancellationToken;

use super::server::ServingStation;
use super::store::{AnnouncementState, Body, ContentStore, StoredContent};
use super::{Content, ContentError, Contents};
use crate::backoff::{BackoffPolicy, jittered};
use crate::capability::inherited_timeout;
use crate::cause::Cause;
use crate::codec;
use crate::mesh::connection::{NotConnected, shielded};

/// Timeout of sharing, until a station accepts the announcement.
const TIMEOUT: Duration = Duration::from_secs(15);
/// Lifetime of an announcement, as in macula-rust. An announcement is renewed after half of its
/// lifetime.
const LIFETIME: Duration = Duration::from_secs(3600);
/// Delays between retries of a failed announcement.
const RETRY: BackoffPolicy =
    BackoffPolicy::new(Duration::from_secs(1), 2.0, Duration::from_secs(30));
/// Timeout of one announcement or withdrawal.
const PUT_TIMEOUT: Duration = Duration::from_secs(5);
/// Largest content that is hashed on the caller's thread. Larger contents are hashed on a blocking
/// thread.
const MAX_INLINE_BYTES: usize = 64 * 1024;

/// Handle of a shared content. Dropping the last clone stops sharing the content.
///
/// The bytes stay in memory. Any node of the realm that has the content's id can fetch the bytes,
/// including after this node's links were replaced. A drain stops sharing after the last call.
#[derive(Debug)]
#[must_use = "dropping it ends the sharing"]
pub struct Shared<T: ?Sized = [u8]> {
    content: Arc<StoredContent>,
    store: Arc<ContentStore>,
    of: PhantomData<fn(&T)>,
}

impl Contents {
    pub(in crate::mesh) async fn share<T: ?Sized>(
        &self,
        bytes: Vec<u8>,
    ) -> Result<Shared<T>, ContentError> {
        if self.connection.is_absent() {
            return Err(NotConnected::ABSENT.into());
        }
        let timeout = inherited_timeout().map_or(TIMEOUT, |limit| limit.min(TIMEOUT));
        let deadline = Instant::now() + timeout;
        let content = if bytes.len() <= MAX_INLINE_BYTES {
            StoredContent::new(bytes)?
        } else {
            tokio::task::spawn_blocking(|| StoredContent::new(bytes))
                .await
                .map_err(|_| NotConnected::SHUTTING_DOWN)??
        };
        let (content, is_new) = self.store.insert(content);
        let shared = Shared {
            content,
            store: Arc::clone(&self.store),
            of: PhantomData,
        };
        if is_new {
            self.announce(Arc::clone(&shared.content));
        }
        shared.announced(deadline).await?;
        Ok(shared)
    }

    pub(in crate::mesh) async fn share_value<T: Serialize>(
        &self,
        value: &T,
    ) -> Result<Shared<T>, ContentError> {
        let bytes = codec::to_bytes(value);
        let bytes = bytes.map_err(|error| ContentError::Unencodable(Cause::new(error)))?;
        self.share(bytes).await
    }
}

impl<T: ?Sized> Shared<T> {
    /// Returns the content's id, for use in a request, a response or a fact.
    #[must_use]
    pub fn content(&self) -> Content<T> {
        Content::from_id(self.content.id)
    }

    /// Returns the number of bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.content.size
    }

    /// Shares the content for `time`, or until the service drains, and returns the content's id.
    /// Use this for a response whose caller fetches the content.
    #[must_use]
    pub fn keep_for(self, time: Duration) -> Content<T>
    where
        T: 'static,
    {
        let content = self.content();
        let mut announcement = self.content.announcement.subscribe();
        tokio::spawn(async move {
            let ended = announcement.wait_for(|state| *state == AnnouncementState::Withdrawn);
            // The handle is dropped in either case.
            let _ = tokio::time::timeout(time, ended).await;
            drop(self);
        });
        content
    }

    /// Stops sharing the content, and waits for the withdrawal from the stations. Does nothing more
    /// than drop the handle if other clones exist. Dropping the last clone withdraws the content in
    /// the background.
    pub async fn unshare(self) {
        let content = Arc::clone(&self.content);
        let mut announcement = content.announcement.subscribe();
        drop(self);
        if content.unshared.is_cancelled() {
            // The announcement task ends with state `Withdrawn`.
            let _ = announcement
                .wait_for(|state| *state == AnnouncementState::Withdrawn)
                .await;
        }
    }

    /// Waits until a station has accepted the announcement.
    async fn announced(&self, deadline: Instant) -> Result<(), ContentError> {
        let mut announcement = self.content.announcement.subscribe();
        let decided = announcement.wait_for(|state| {
            matches!(
                state,
                AnnouncementState::Announced | AnnouncementState::Withdrawn
            )
        });
        match timeout_at(deadline, decided).await {
            Ok(Ok(state)) if *state == AnnouncementState::Announced => return Ok(()),
            Ok(_) => return Err(NotConnected::SHUTTING_DOWN.into()),
            Err(_) => {}
        }
        let state = self.content.announcement.borrow().clone();
        Err(match state {
            AnnouncementState::Failed(reason) => ContentError::NotAnnounced {
                content: Content::from_id(self.content.id),
                reason,
            },
            _ => NotConnected::UNREACHABLE.into(),
        })
    }
}

impl<T: ?Sized> Clone for Shared<T> {
    fn clone(&self) -> Self {
        self.store.acquire(&self.content);
        Self {
            content: Arc::clone(&self.content),
            store: Arc::clone(&self.store),
            of: PhantomData,
        }
    }
}

impl<T: ?Sized> Drop for Shared<T> {
    fn drop(&mut self) {
        self.store.release(&self.content);
    }
}

/// Announces a content at the serving station until the content is unshared or `stop` is cancelled,
/// and then withdraws the announcement. Announces again when the station changes, and before the
/// announcement expires.
pub(super) async fn announce(
    content: Arc<StoredContent>,
    store: Arc<ContentStore>,
    mut stations: watch::Receiver<Option<ServingStation>>,
    permits: Arc<Semaphore>,
    stop: CancellationToken,
) {
    let ended = async {
        tokio::select! {
            () = content.unshared.cancelled() => {}
            () = stop.cancelled() => {}
        }
    };
    tokio::pin!(ended);
    let mut latest = None;
    let mut retry = RETRY.start();
    loop {
        let station = tokio::select! {
            station = stations.wait_for(Option::is_some) => {
                station.ok().and_then(|station| station.clone())
            }
            () = &mut ended => break,
        };
        let Some(station) = station else { break };
        // Not cancelled: an announcement that a station may have accepted must be withdrawn.
        let delay = match try_announce(&content, &station, &permits).await {
            Ok(record) => {
                latest = Some(record);
                retry.reset();
                content
                    .announcement
                    .send_replace(AnnouncementState::Announced);
                jittered(LIFETIME / 2)
            }
            Err(reason) => {
                tracing::debug!(
                    content = hex::encode(content.id),
                    reason,
                    "content not announced"
                );
                if latest.is_none() {
                    content
                        .announcement
                        .send_replace(AnnouncementState::Failed(reason));
                }
                retry.next_delay()
            }
        };
        tokio::select! {
            () = tokio::time::sleep(delay) => {}
            changed = stations.changed() => if changed.is_err() { break },
            () = &mut ended => break,
        }
    }
    let station = stations.borrow().clone();
    if let (Some(record), Some(station)) = (latest, station) {
        let _permit = permits.acquire().await;
        let withdrawal = withdraw(&content, &store, &record, &station);
        match tokio::time::timeout(PUT_TIMEOUT, withdrawal).await {
            Ok(Ok(())) => {}
            failed => {
                tracing::debug!(
                    content = hex::encode(content.id),
                    outcome = ?failed,
                    "content not withdrawn"
                );
            }
        }
    }
    content
        .announcement
        .send_replace(AnnouncementState::Withdrawn);
}

/// Announces a content once, and returns the signed announcement.
async fn try_announce(
    content: &StoredContent,
    station: &ServingStation,
    permits: &Semaphore,
) -> Result<Record, String> {
    // After a change of links, all contents are announced at once; the permits limit the load.
    let _permit = permits.acquire().await;
    let announcing = tokio::time::timeout(PUT_TIMEOUT, put_announcement(content, station));
    let announced = announcing.await;
    announced.unwrap_or_else(|_| Err(format!("no station accepted it within {PUT_TIMEOUT:?}")))
}

/// Signs an announcement, publishes it in the DHT, and returns the signed record.
async fn put_announcement(
    content: &StoredContent,
    station: &ServingStation,
) -> Result<Record, String> {
    let text = |error: RecordError| error.to_string();
    let node = station.up.pool.node_id();
    let chunk_count = match &content.body {
        Body::Block(_) => None,
        Body::Chunks(manifest, _) => Some(manifest.chunk_count),
    };
    let options = ContentAnnouncementOptions {
        realm_id: station.up.realm.id,
        serving_station: station.link.station_node_id(),
        procedure: record::own_procedure(&node, CONTENT_PROCEDURE),
        size: Some(content.size),
        chunk_count,
        ttl_ms: LIFETIME.as_millis() as u64,
        ..ContentAnnouncementOptions::default()
    };
    let record = record::new_content_announcement(&node, &content.id, &options).map_err(text)?;
    put(record, station).await
}

/// Withdraws an announcement, unless the same content was shared again.
async fn withdraw(
    content: &StoredContent,
    store: &ContentStore,
    latest: &Record,
    station: &ServingStation,
) -> Result<(), String> {
    // Created under the store's lock, so that the announcement of content that is shared again is
    // newer than the tombstone and wins.
    let tombstone = store.unless_replaced(content, || {
        record::new_tombstone(latest, Reason::Shutdown, &TombstoneOptions::default())
    });
    if let Some(tombstone) = tombstone {
        put(tombstone.map_err(|error| error.to_string())?, station).await?;
    }
    Ok(())
}

async fn put(record: Record, station: &ServingStation) -> Result<Record, String> {
    let text = |error: RecordError| error.to_string();
    let signed = record::sign(&record, &station.up.key).map_err(text)?;
    let wire = record::encode(&signed).map_err(text)?;
    // Sent to the serving station only, so that another slow station does not delay the withdrawal.
    let link = station.link.clone();
    let outcome = shielded(async move { link.put_record(&wire).await }).await;
    outcome.map_err(|error| error.to_string())?;
    Ok(signed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a content in a store, which no task announces.
    fn shared() -> Shared {
        let store = Arc::<ContentStore>::default();
        let (content, _) = store.insert(StoredContent::new(vec![1]).unwrap());
        Shared {
            content,
            store,
            of: PhantomData,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_content_is_kept_for_the_given_time_or_until_it_is_withdrawn() {
        let hour = Duration::from_secs(3600);
        let (kept, withdrawn) = (shared(), shared());
        let (of_kept, of_withdrawn) = (Arc::clone(&kept.content), Arc::clone(&withdrawn.content));
        let since = Instant::now();
        let _ = withdrawn.keep_for(hour);
        of_withdrawn
            .announcement
            .send_replace(AnnouncementState::Withdrawn);
        of_withdrawn.unshared.cancelled().await;
        assert_eq!(since.elapsed(), Duration::ZERO);
        let _ = kept.keep_for(hour);
        of_kept.unshared.cancelled().await;
        assert_eq!(since.elapsed(), hour);
    }

    #[tokio::test(start_paused = true)]
    async fn sharing_fails_at_its_deadline_with_the_reason() {
        let shared = shared();
        let deadline = Instant::now() + TIMEOUT;
        let error = shared.announced(deadline).await.unwrap_err();
        let unreachable = NotConnected::UNREACHABLE.to_string();
        assert!(error.to_string().contains(&unreachable), "{error}");
        assert_eq!(Instant::now(), deadline);
        let failed = AnnouncementState::Failed("it is full".into());
        shared.content.announcement.send_replace(failed);
        let error = shared.announced(deadline + TIMEOUT).await.unwrap_err();
        assert!(error.to_string().contains("it is full"), "{error}");
        assert_eq!(Instant::now(), deadline + TIMEOUT);
    }
}
