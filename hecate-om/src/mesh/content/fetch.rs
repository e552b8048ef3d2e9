//! Fetching: a content from whoever shares it, checked block by block.

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

use super::ask::{block, read_manifest, sharers};
use super::round::Round;
use super::shelf::CHUNK;
use super::{Content, ContentError};
use crate::backoff::BackoffPolicy;
use crate::capability::inherited_deadline;
use crate::codec::{self, Payload};
use crate::mesh::Mesh;

/// What a fetch takes at most, and how long, where nobody says (macula's default for the first).
const DEFAULT_MAX_BYTES: u64 = 256 << 20;
const DEFAULT_PATIENCE: Duration = Duration::from_secs(60);
/// How many chunks a manifest may name (macula's default): a limit of the work that a lying one can make.
const MAX_CHUNKS: u64 = 16_384;
/// How many chunks are asked for ahead (macula's default).
const AHEAD: usize = 4;
/// Delays before the fetch looks up sharers again after none delivered: a node that is relinking
/// returns soon.
const RETRY: BackoffPolicy =
    BackoffPolicy::new(Duration::from_millis(300), 5.0, Duration::from_millis(1500));
/// Number of repeated lookups.
const RETRIES: usize = 2;

/// How fetches end, for who counts them.
pub(super) const OUTCOMES: [&str; 7] = [
    "ok",
    "not_connected",
    "not_shared",
    "unavailable",
    "corrupted",
    "too_large",
    "timeout",
];

/// What a content can be: bytes, as `[u8]`, or any value that serde reads.
pub trait Fetchable: sealed::Sealed {
    /// What is fetched.
    type Fetched: Send;

    #[doc(hidden)]
    fn read(bytes: Vec<u8>) -> Result<Self::Fetched, String>;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for [u8] {}
    impl<T: serde::de::DeserializeOwned + Send> Sealed for T {}
}

impl Fetchable for [u8] {
    type Fetched = Vec<u8>;

    fn read(bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        Ok(bytes)
    }
}

impl<T: DeserializeOwned + Send> Fetchable for T {
    type Fetched = T;

    fn read(bytes: Vec<u8>) -> Result<T, String> {
        let value = cbor::decode(&bytes).map_err(|error| error.to_string())?;
        drop(bytes);
        codec::decode(Payload(value)).map_err(|error| error.to_string())
    }
}

type Progress<'a> = Box<dyn FnMut(u64, u64) + Send + 'a>;

/// A fetch to be made; see [`Content::fetch`]. Awaiting it makes it.
#[must_use = "nothing is fetched before it is awaited"]
pub struct Fetch<'a, T: ?Sized = [u8]> {
    mesh: &'a Mesh,
    content: Content<T>,
    max_bytes: u64,
    patience: Duration,
    progress: Option<Progress<'a>>,
}

impl<T: ?Sized> Content<T> {
    /// Fetches the content from a node that shares it, within 60 s and up to 256 MiB where nobody says otherwise.
    ///
    /// Every block is checked against the id before it is kept, and nothing is allocated for what is only promised. Where
    /// a node fails halfway, what has been had is kept, and the rest comes from another. What this node shares itself is
    /// not fetched over the mesh.
    ///
    /// A `Content` gives a `Vec<u8>`, a `Content<T>` a `T`, read from the wire's CBOR as [`Mesh::share_value`] writes it.
    ///
    /// ```no_run
    /// # async fn example(mesh: &hecate_om::Mesh, atlas: hecate_om::content::Content) -> Result<(), hecate_om::content::ContentError> {
    /// let bytes: Vec<u8> = atlas
    ///     .fetch(mesh)
    ///     .max_bytes(100 << 20)
    ///     .progress(|done, total| println!("{done} of {total} bytes"))
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub const fn fetch<'a>(&self, mesh: &'a Mesh) -> Fetch<'a, T> {
        Fetch {
            mesh,
            content: *self,
            max_bytes: DEFAULT_MAX_BYTES,
            patience: DEFAULT_PATIENCE,
            progress: None,
        }
    }
}

impl<'a, T: ?Sized> Fetch<'a, T> {
    /// Takes at most so many bytes, instead of 256 MiB. A content of more is [`ContentError::TooLarge`] before any chunk
    /// of it is asked for; one that its node says nothing true of is as much at most.
    pub const fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Waits at most so long, instead of 60 s; never past the deadline of the call being answered, where it is made in a
    /// handler.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.patience = timeout;
        self
    }

    /// Calls this with the bytes had and checked, and the bytes there are: once when the size is known, and after each
    /// chunk of 256 KiB. It never goes back.
    pub fn progress(mut self, progress: impl FnMut(u64, u64) + Send + 'a) -> Self {
        self.progress = Some(Box::new(progress));
        self
    }

    async fn bytes(mut self) -> Result<Vec<u8>, ContentError> {
        let content = Content::of(*self.content.id());
        let mesh = self.mesh;
        let patience = inherited_deadline().map_or(self.patience, |left| left.min(self.patience));
        let progress = self.progress.take();
        let mut had = Had {
            content,
            max_bytes: self.max_bytes,
            manifest: None,
            bytes: Vec::new(),
            progress,
        };
        if let Some(kept) = mesh.content.shelf.content(content.id()) {
            had.fits(kept.size, 0)?;
            had.tell(0, kept.size);
            had.tell(kept.size, kept.size);
            return Ok(kept.bytes());
        }
        let fetching = tokio::time::timeout(patience, had.take_from_anyone(mesh, patience));
        match fetching.await {
            Ok(fetched) => fetched.map(|()| had.bytes),
            Err(_) => Err(ContentError::TimedOut { content, patience }),
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
            let counts = Arc::clone(&self.mesh.content.counts);
            let content = Content::of(*self.content.id());
            let span = tracing::info_span!(
                "fetch",
                %content,
                outcome = tracing::field::Empty,
                duration_ms = tracing::field::Empty,
            );
            let running = counts.fetches.start(&span);
            let fetched = self.bytes().instrument(span.clone()).await;
            running.end(
                fetched
                    .as_ref()
                    .map_or_else(|error| error.code(), |_| OUTCOMES[0]),
            );
            let bytes = fetched?;
            counts
                .fetched_bytes
                .fetch_add(bytes.len() as u64, Ordering::Relaxed);
            T::read(bytes).map_err(|reason| ContentError::Undecodable { content, reason })
        })
    }
}

impl<T: ?Sized> fmt::Debug for Fetch<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fetch({})", self.content)
    }
}

/// What has been had of a content.
struct Had<'a> {
    content: Content,
    max_bytes: u64,
    manifest: Option<Arc<Manifest>>,
    /// Checked, from the beginning on.
    bytes: Vec<u8>,
    progress: Option<Progress<'a>>,
}

impl Had<'_> {
    fn tell(&mut self, done: u64, total: u64) {
        if let Some(progress) = &mut self.progress {
            progress(done, total);
        }
    }

    fn fits(&self, bytes: u64, chunks: u64) -> Result<(), ContentError> {
        let limit = self.max_bytes.min(MAX_CHUNKS * CHUNK);
        if bytes <= limit && chunks <= MAX_CHUNKS {
            Ok(())
        } else {
            Err(ContentError::TooLarge { bytes, limit })
        }
    }

    /// Fetches what is missing from whoever has it.
    async fn take_from_anyone(
        &mut self,
        mesh: &Mesh,
        patience: Duration,
    ) -> Result<(), ContentError> {
        let content = self.content;
        let mut again = RETRY.start().take(RETRIES);
        loop {
            let up = mesh.up(patience).await;
            let up = up.map_err(|_| ContentError::NotConnected(super::AWAY))?;
            let sharers = sharers(&up, &content).await;
            let sharers = sharers.map_err(|error| ContentError::Unavailable {
                content,
                reason: format!("a station could not be asked who shares it: {error}"),
            })?;
            let round = Round::new(mesh, &up, sharers);
            if self.take_from(&round).await? {
                return Ok(());
            }
            let error = round.failed(content);
            match (&error, again.next()) {
                (ContentError::Unavailable { .. }, Some(pause)) => {
                    tracing::debug!("looked for again: {error}");
                    tokio::time::sleep(pause).await;
                }
                _ => return Err(error),
            }
        }
    }

    /// Fetches the missing blocks from the sharers of one lookup. Returns whether the content is
    /// complete.
    async fn take_from(&mut self, round: &Round<'_>) -> Result<bool, ContentError> {
        let id = *self.content.id();
        if !self.content.is_chunked() {
            let Some(bytes) = round.ask(&id, "root", |root| block(root, &id)).await else {
                return Ok(false);
            };
            self.fits(bytes.len() as u64, 0)?;
            self.bytes = bytes;
            let size = self.bytes.len() as u64;
            self.tell(0, size);
            self.tell(size, size);
            return Ok(true);
        }
        let manifest = match &self.manifest {
            Some(manifest) => Arc::clone(manifest),
            None => {
                let read = |root| read_manifest(&root, &id);
                let Some(manifest) = round.ask(&id, "root", read).await else {
                    return Ok(false);
                };
                self.fits(manifest.size, manifest.chunk_count)?;
                self.tell(0, manifest.size);
                let manifest = Arc::new(manifest);
                self.manifest = Some(Arc::clone(&manifest));
                manifest
            }
        };
        let next = (self.bytes.len() as u64 / manifest.chunk_size) as usize;
        let wanted =
            (next..manifest.chunks.len()).filter_map(|at| manifest::chunk_mcid(&manifest, at));
        let mut chunks = stream::iter(wanted)
            .map(
                |chunk| async move { round.ask(&chunk, "block", |body| block(body, &chunk)).await },
            )
            .buffered(AHEAD);
        while let Some(chunk) = chunks.next().await {
            let Some(chunk) = chunk else {
                return Ok(false);
            };
            self.bytes.extend(chunk);
            let done = self.bytes.len() as u64;
            // A chunk that matches its hash has the manifest's length, unless the manifest lies.
            // The id names the manifest, so all sharers have the same one.
            if done > manifest.size {
                return Err(self.lie("longer"));
            }
            self.tell(done, manifest.size);
        }
        if self.bytes.len() as u64 == manifest.size {
            Ok(true)
        } else {
            Err(self.lie("shorter"))
        }
    }

    fn lie(&self, than: &str) -> ContentError {
        ContentError::Corrupted {
            content: self.content,
            reason: format!("a chunk is {than} than its manifest says"),
        }
    }
}
