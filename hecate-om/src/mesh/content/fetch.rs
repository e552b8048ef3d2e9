//! Fetches a content from the peers that share it, and verifies each block.

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use macula_rust::cbor;
use macula_rust::manifest::{self, Manifest};
use serde::de::DeserializeOwned;
use tracing::Instrument as _;

use super::fetch_round::FetchRound;
use super::peer::{block, find_peers, read_manifest};
use super::store::CHUNK_SIZE;
use super::{Content, ContentError, Contents};
use crate::backoff::BackoffPolicy;
use crate::capability::inherited_timeout;
use crate::cause::Cause;
use crate::codec::{self, Payload};
use crate::mesh::connection::NotConnected;

/// Default limit of the content size, as in macula.
const DEFAULT_MAX_BYTES: u64 = 256 << 20;
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);
/// Maximum number of chunks in a manifest, as in macula. Limits the work that a false manifest can
/// cause.
const MAX_CHUNKS: u64 = 16_384;
/// Maximum number of chunks requested at once, as in macula.
const MAX_CHUNKS_IN_FLIGHT: usize = 4;
/// Delays before the next lookup of peers if no peer delivered. A node that lost its link soon
/// returns.
const RETRY: BackoffPolicy =
    BackoffPolicy::new(Duration::from_millis(300), 5.0, Duration::from_millis(1500));
/// Maximum number of repeated lookups in a fetch.
const RETRIES: usize = 2;

/// Labels of the outcomes of a fetch. The first label is success.
pub(super) const OUTCOMES: [&str; 7] = [
    "ok",
    "not_connected",
    "not_shared",
    "unavailable",
    "corrupted",
    "too_large",
    "timeout",
];

/// Type of a content's value: bytes (`[u8]`), or any type that serde deserializes.
pub trait Fetchable: sealed::Sealed {
    /// Type of the fetched value.
    type Fetched: Send;

    #[doc(hidden)]
    fn decode(bytes: Vec<u8>) -> Result<Self::Fetched, Cause>;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for [u8] {}
    impl<T: serde::de::DeserializeOwned + Send> Sealed for T {}
}

impl Fetchable for [u8] {
    type Fetched = Vec<u8>;

    fn decode(bytes: Vec<u8>) -> Result<Vec<u8>, Cause> {
        Ok(bytes)
    }
}

impl<T: DeserializeOwned + Send> Fetchable for T {
    type Fetched = T;

    fn decode(bytes: Vec<u8>) -> Result<T, Cause> {
        let value = cbor::decode(&bytes).map_err(Cause::new)?;
        drop(bytes);
        codec::decode(Payload(value)).map_err(Cause::new)
    }
}

type Progress<'a> = Box<dyn FnMut(u64, u64) + Send + 'a>;

/// Options of a fetch. Awaiting the value runs the fetch; see [`Content::fetch`].
#[must_use = "nothing is fetched before it is awaited"]
pub struct Fetch<'a, T: ?Sized = [u8]> {
    contents: &'a Contents,
    content: Content<T>,
    max_bytes: u64,
    timeout: Duration,
    progress: Option<Progress<'a>>,
}

impl<'a, T: ?Sized> Fetch<'a, T> {
    pub(in crate::mesh) const fn new(contents: &'a Contents, content: Content<T>) -> Self {
        Self {
            contents,
            content,
            max_bytes: DEFAULT_MAX_BYTES,
            timeout: DEFAULT_TIMEOUT,
            progress: None,
        }
    }

    /// Sets the largest accepted size in bytes. The default is 256 MiB. A larger content fails with
    /// [`ContentError::TooLarge`] before any chunk is requested.
    pub const fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Sets the timeout. The default is 60 s. In a handler, the deadline of the handled call also
    /// applies.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Calls `progress` with the number of verified bytes and the total size: once when the size is
    /// known, and after each chunk of 256 KiB. The number of verified bytes never decreases.
    pub fn progress(mut self, progress: impl FnMut(u64, u64) + Send + 'a) -> Self {
        self.progress = Some(Box::new(progress));
        self
    }

    async fn bytes(mut self) -> Result<Vec<u8>, ContentError> {
        let content = Content::from_id(*self.content.id());
        let contents = self.contents;
        let timeout = inherited_timeout().map_or(self.timeout, |limit| limit.min(self.timeout));
        let progress = self.progress.take();
        let mut fetch = FetchProgress {
            content,
            max_bytes: self.max_bytes,
            manifest: None,
            bytes: Vec::new(),
            progress,
        };
        if let Some(stored) = contents.store.get(content.id()) {
            fetch.check_size(stored.size, 0)?;
            fetch.report(0, stored.size);
            fetch.report(stored.size, stored.size);
            return Ok(stored.bytes());
        }
        match tokio::time::timeout(timeout, fetch.fetch(contents, timeout)).await {
            Ok(outcome) => outcome.map(|()| fetch.bytes),
            Err(_) => Err(ContentError::TimedOut { content, timeout }),
        }
    }
}

impl<'a, T: Fetchable + ?Sized> IntoFuture for Fetch<'a, T>
where
    T: 'a,
{
    type Output = Result<T::Fetched, ContentError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let counters = Arc::clone(&self.contents.counters);
            let content = Content::from_id(*self.content.id());
            let span = tracing::info_span!(
                "fetch",
                %content,
                outcome = tracing::field::Empty,
                duration_ms = tracing::field::Empty,
            );
            let running = counters.fetches.start(&span);
            let fetched = self.bytes().instrument(span.clone()).await;
            running.end(
                fetched
                    .as_ref()
                    .map_or_else(|error| error.code(), |_| OUTCOMES[0]),
            );
            let bytes = fetched?;
            counters
                .fetched_bytes
                .fetch_add(bytes.len() as u64, Ordering::Relaxed);
            T::decode(bytes).map_err(|reason| ContentError::Undecodable { content, reason })
        })
    }
}

impl<T: ?Sized> fmt::Debug for Fetch<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fetch({})", self.content)
    }
}

/// Verified part of a content.
struct FetchProgress<'a> {
    content: Content,
    max_bytes: u64,
    manifest: Option<Arc<Manifest>>,
    /// Verified bytes from the start of the content.
    bytes: Vec<u8>,
    progress: Option<Progress<'a>>,
}

impl FetchProgress<'_> {
    fn report(&mut self, done: u64, total: u64) {
        if let Some(progress) = &mut self.progress {
            progress(done, total);
        }
    }

    fn check_size(&self, bytes: u64, chunks: u64) -> Result<(), ContentError> {
        let limit = self.max_bytes.min(MAX_CHUNKS * CHUNK_SIZE);
        if bytes <= limit && chunks <= MAX_CHUNKS {
            Ok(())
        } else {
            Err(ContentError::TooLarge { bytes, limit })
        }
    }

    /// Fetches the missing bytes.
    async fn fetch(&mut self, contents: &Contents, timeout: Duration) -> Result<(), ContentError> {
        let content = self.content;
        let mut delays = RETRY.start().take(RETRIES);
        loop {
            let up = contents.connection.up(timeout).await;
            let up = up.map_err(|_| NotConnected::UNREACHABLE)?;
            let peers = find_peers(&up, &content).await;
            let peers = peers.map_err(|error| ContentError::Unavailable {
                content,
                reason: format!("the lookup of nodes that share it failed: {error}"),
            })?;
            let round = FetchRound::new(&contents.peer_limits, &up, peers);
            if self.fetch_from(&round).await? {
                return Ok(());
            }
            let error = round.into_error(content);
            match (&error, delays.next()) {
                (ContentError::Unavailable { .. }, Some(delay)) => {
                    tracing::debug!(%error, "retrying fetch");
                    tokio::time::sleep(delay).await;
                }
                _ => return Err(error),
            }
        }
    }

    /// Fetches the missing blocks from the peers of one lookup. Returns whether the content is
    /// complete.
    async fn fetch_from(&mut self, round: &FetchRound<'_>) -> Result<bool, ContentError> {
        let id = *self.content.id();
        if !self.content.is_chunked() {
            let Some(bytes) = round.request(&id, "root", |root| block(root, &id)).await else {
                return Ok(false);
            };
            self.check_size(bytes.len() as u64, 0)?;
            self.bytes = bytes;
            let size = self.bytes.len() as u64;
            self.report(0, size);
            self.report(size, size);
            return Ok(true);
        }
        let manifest = match &self.manifest {
            Some(manifest) => Arc::clone(manifest),
            None => {
                let check = |root| read_manifest(&root, &id);
                let Some(manifest) = round.request(&id, "root", check).await else {
                    return Ok(false);
                };
                self.check_size(manifest.size, manifest.chunk_count)?;
                self.report(0, manifest.size);
                let manifest = Arc::new(manifest);
                self.manifest = Some(Arc::clone(&manifest));
                manifest
            }
        };
        let next = (self.bytes.len() as u64 / manifest.chunk_size) as usize;
        let wanted =
            (next..manifest.chunks.len()).filter_map(|at| manifest::chunk_mcid(&manifest, at));
        let mut chunks = stream::iter(wanted)
            .map(|chunk| async move {
                round
                    .request(&chunk, "block", |body| block(body, &chunk))
                    .await
            })
            .buffered(MAX_CHUNKS_IN_FLIGHT);
        while let Some(chunk) = chunks.next().await {
            let Some(chunk) = chunk else {
                return Ok(false);
            };
            self.bytes.extend(chunk);
            let done = self.bytes.len() as u64;
            // A chunk that matches its hash has the manifest's length, unless the manifest is
            // false. All peers have the same manifest, because the id determines the manifest.
            if done > manifest.size {
                return Err(self.wrong_size("longer"));
            }
            self.report(done, manifest.size);
        }
        if self.bytes.len() as u64 == manifest.size {
            Ok(true)
        } else {
            Err(self.wrong_size("shorter"))
        }
    }

    fn wrong_size(&self, than: &str) -> ContentError {
        ContentError::Corrupted {
            content: self.content,
            reason: format!("a chunk is {than} than its manifest says"),
        }
    }
}
