//! Store of the contents that this node shares, indexed by the ids of contents and of chunks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use macula_rust::cbor::Value;
use macula_rust::frame::MAX_PAYLOAD_ELEMENTS;
use macula_rust::manifest::{self, DEFAULT_CHUNK_SIZE, Manifest, Mcid};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::ContentError;
use crate::cause::Cause;

/// Size of a chunk in bytes. A content of at most this size is a single block.
pub(super) const CHUNK_SIZE: u64 = DEFAULT_CHUNK_SIZE;
/// Wire items of a chunk's entry in a manifest, a map of four entries. A payload has a limited
/// number of wire items.
const ITEMS_PER_CHUNK: usize = 9;
/// Wire items of a manifest outside the chunk entries, rounded up.
const OTHER_ITEMS: usize = 64;
/// Size of the largest content that can be shared, about 3.5 GiB: the manifest must fit into one
/// frame.
pub(super) const MAX_SHARED: u64 =
    ((MAX_PAYLOAD_ELEMENTS - OTHER_ITEMS) / ITEMS_PER_CHUNK) as u64 * CHUNK_SIZE;

/// Content in the store.
#[derive(Debug)]
pub(super) struct StoredContent {
    pub(super) id: Mcid,
    pub(super) size: u64,
    pub(super) body: Body,
    /// State of the announcement.
    pub(super) announcement: watch::Sender<AnnouncementState>,
    /// Cancelled when the last handle is dropped, which withdraws the announcement.
    pub(super) unshared: CancellationToken,
    /// Number of [`Shared`](super::Shared) values. Changed only under the store's lock.
    holders: Mutex<usize>,
}

/// Bytes of a content.
#[derive(Debug)]
pub(super) enum Body {
    Block(Vec<u8>),
    Chunks(Box<Manifest>, Vec<Vec<u8>>),
}

/// State of an announcement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AnnouncementState {
    Pending,
    /// A station has accepted the announcement.
    Announced,
    /// No station has accepted the announcement yet, for this reason. The announcement is retried.
    Failed(String),
    /// The announcement was withdrawn, or was never made.
    Withdrawn,
}

/// Shared contents, each stored once.
#[derive(Debug, Default)]
pub(super) struct ContentStore(Mutex<Index>);

#[derive(Debug, Default)]
struct Index {
    contents: HashMap<Mcid, Arc<StoredContent>>,
    /// Contents that include each chunk, with the chunk's position. Contents may share chunks.
    chunks: HashMap<Mcid, Vec<(Arc<StoredContent>, usize)>>,
}

impl StoredContent {
    /// Splits `bytes` into chunks and hashes the chunks, which takes about a second per gigabyte.
    pub(super) fn new(bytes: Vec<u8>) -> Result<Self, ContentError> {
        let size = bytes.len() as u64;
        if size > MAX_SHARED {
            return Err(ContentError::TooLarge {
                bytes: size,
                limit: MAX_SHARED,
            });
        }
        let (id, body) = if size <= CHUNK_SIZE {
            (manifest::block_mcid(&bytes), Body::Block(bytes))
        } else {
            // The manifest has no name: a name would be part of the id, and the same bytes must
            // have the same id everywhere.
            let (manifest, chunks) = manifest::create(&bytes, "", CHUNK_SIZE)
                .map_err(|error| ContentError::Unencodable(Cause::new(error)))?;
            (manifest.mcid, Body::Chunks(Box::new(manifest), chunks))
        };
        Ok(Self {
            id,
            size,
            body,
            announcement: watch::Sender::new(AnnouncementState::Pending),
            unshared: CancellationToken::new(),
            holders: Mutex::new(0),
        })
    }

    /// Returns a copy of all bytes.
    pub(super) fn bytes(&self) -> Vec<u8> {
        match &self.body {
            Body::Block(block) => block.clone(),
            Body::Chunks(_, chunks) => chunks.concat(),
        }
    }

    fn chunk_ids(&self) -> impl Iterator<Item = (usize, Mcid)> {
        let manifest = match &self.body {
            Body::Block(_) => None,
            Body::Chunks(manifest, chunks) => Some((manifest, chunks.len())),
        };
        manifest
            .into_iter()
            .flat_map(|(manifest, count)| (0..count).map(move |at| (manifest, at)))
            .filter_map(|(manifest, at)| Some((at, manifest::chunk_mcid(manifest, at)?)))
    }
}

impl ContentStore {
    fn index(&self) -> MutexGuard<'_, Index> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Inserts a content, unless the store has the content already, and adds a handle. Returns the
    /// stored content, and whether it is new.
    pub(super) fn insert(&self, content: StoredContent) -> (Arc<StoredContent>, bool) {
        let mut index = self.index();
        let (content, is_new) = match index.contents.get(&content.id) {
            Some(stored) => (Arc::clone(stored), false),
            None => (Arc::new(content), true),
        };
        if is_new {
            index.contents.insert(content.id, Arc::clone(&content));
            for (at, chunk) in content.chunk_ids() {
                let found = index.chunks.entry(chunk).or_default();
                // A content may repeat a chunk; one position is enough.
                if !found.iter().any(|(other, _)| Arc::ptr_eq(other, &content)) {
                    found.push((Arc::clone(&content), at));
                }
            }
        }
        content.acquire();
        (content, is_new)
    }

    /// Adds a handle of the content.
    pub(super) fn acquire(&self, content: &StoredContent) {
        let _index = self.index();
        content.acquire();
    }

    /// Removes a handle. A content without handles is no longer shared.
    pub(super) fn release(&self, content: &Arc<StoredContent>) {
        let mut index = self.index();
        if !content.release() {
            return;
        }
        content.unshared.cancel();
        index.contents.remove(&content.id);
        for (_, chunk) in content.chunk_ids() {
            if let Some(found) = index.chunks.get_mut(&chunk) {
                found.retain(|(other, _)| !Arc::ptr_eq(other, content));
                if found.is_empty() {
                    index.chunks.remove(&chunk);
                }
            }
        }
    }

    /// Calls `make` under the store's lock, unless another content of the same id has replaced
    /// `content`.
    pub(super) fn unless_replaced<T>(
        &self,
        content: &StoredContent,
        make: impl FnOnce() -> T,
    ) -> Option<T> {
        let index = self.index();
        let is_replaced = index
            .contents
            .get(&content.id)
            .is_some_and(|stored| !std::ptr::eq(&**stored, content));
        (!is_replaced).then(make)
    }

    /// Returns the content with this id.
    pub(super) fn get(&self, id: &Mcid) -> Option<Arc<StoredContent>> {
        self.index().contents.get(id).cloned()
    }

    /// Returns the number of contents, and their total size in bytes.
    pub(super) fn totals(&self) -> (usize, u64) {
        let index = self.index();
        let bytes = index.contents.values().map(|content| content.size).sum();
        (index.contents.len(), bytes)
    }

    /// Returns the answer to a request for a root: the bytes of a block, or a manifest of chunks.
    pub(super) fn root(&self, id: &Mcid) -> Option<Value> {
        let content = self.get(id)?;
        Some(match &content.body {
            Body::Block(bytes) => block(id, bytes),
            Body::Chunks(manifest, _) => {
                answer("manifest", id, ("manifest", manifest::to_wire(manifest)))
            }
        })
    }

    /// Returns the answer to a request for a chunk.
    pub(super) fn chunk(&self, id: &Mcid) -> Option<Value> {
        let (content, at) = self.index().chunks.get(id)?.first().cloned()?;
        match &content.body {
            Body::Chunks(_, chunks) => chunks.get(at).map(|bytes| block(id, bytes)),
            Body::Block(_) => None,
        }
    }
}

impl StoredContent {
    fn acquire(&self) {
        *self.holders.lock().unwrap_or_else(PoisonError::into_inner) += 1;
    }

    /// Removes a handle. Returns whether it was the last handle.
    fn release(&self) -> bool {
        let mut holders = self.holders.lock().unwrap_or_else(PoisonError::into_inner);
        *holders = holders.saturating_sub(1);
        *holders == 0
    }
}

fn block(id: &Mcid, bytes: &[u8]) -> Value {
    answer("block", id, ("bytes", Value::Bytes(bytes.to_vec())))
}

/// Builds an answer of macula's content procedure, `content_v1`.
fn answer(kind: &str, id: &Mcid, (name, value): (&str, Value)) -> Value {
    Value::Map(vec![
        (Value::text("kind"), Value::text(kind)),
        (Value::text("mcid"), Value::Bytes(id.to_vec())),
        (Value::text(name), value),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns three chunks, of which the first two are equal.
    fn large(last: u8) -> Vec<u8> {
        let chunk = CHUNK_SIZE as usize;
        let mut bytes = vec![1; 2 * chunk];
        bytes.extend(vec![last; chunk]);
        bytes
    }

    #[test]
    fn a_content_with_two_holders_is_stored_once_until_both_release_it() {
        let store = ContentStore::default();
        let (first, new) = store.insert(StoredContent::new(large(2)).unwrap());
        let (second, again) = store.insert(StoredContent::new(large(2)).unwrap());
        assert!(new && !again && Arc::ptr_eq(&first, &second));
        assert_eq!(store.totals(), (1, 3 * CHUNK_SIZE));
        store.release(&first);
        assert!(store.root(&first.id).is_some() && !first.unshared.is_cancelled());
        store.release(&second);
        assert!(store.root(&first.id).is_none() && first.unshared.is_cancelled());
        assert_eq!(store.totals(), (0, 0));
    }

    #[test]
    fn a_chunk_of_two_contents_is_stored_until_both_are_released() {
        let store = ContentStore::default();
        let (first, _) = store.insert(StoredContent::new(large(2)).unwrap());
        let (second, _) = store.insert(StoredContent::new(large(3)).unwrap());
        let common = manifest::block_mcid(&vec![1; CHUNK_SIZE as usize]);
        let of_first = manifest::block_mcid(&vec![2; CHUNK_SIZE as usize]);
        assert!(store.chunk(&common).is_some() && store.chunk(&of_first).is_some());
        store.release(&first);
        assert!(store.chunk(&common).is_some() && store.chunk(&of_first).is_none());
        store.release(&second);
        assert!(store.chunk(&common).is_none());
        assert!(store.index().chunks.is_empty());
    }

    #[test]
    fn the_manifest_of_the_largest_content_fits_into_one_frame() {
        let count = (MAX_SHARED / CHUNK_SIZE) as usize;
        let (mut manifest, _) = manifest::create(&large(2), "", CHUNK_SIZE).unwrap();
        let entry = manifest.chunks[0].clone();
        manifest.chunks = (0..count as u64)
            .map(|index| manifest::ChunkInfo {
                index,
                offset: index * CHUNK_SIZE,
                ..entry.clone()
            })
            .collect();
        let body = answer(
            "manifest",
            &[0; 50],
            ("manifest", manifest::to_wire(&manifest)),
        );
        let framed = macula_rust::frame::check_payload(&body);
        assert!(framed.is_ok(), "{framed:?}");
        assert!(crate::codec::encoded_len(&crate::codec::Payload(body)) < 2 << 20);
    }

    #[test]
    fn a_content_is_split_if_it_is_larger_than_a_chunk() {
        for size in [0, 1, CHUNK_SIZE] {
            let content = StoredContent::new(vec![7; size as usize]).unwrap();
            assert!(matches!(&content.body, Body::Block(bytes) if bytes.len() as u64 == size));
        }
        let content = StoredContent::new(vec![7; CHUNK_SIZE as usize + 1]).unwrap();
        assert!(matches!(&content.body, Body::Chunks(manifest, chunks)
            if manifest.chunk_count == 2 && chunks[1].len() == 1));
        assert_eq!(content.bytes(), vec![7; CHUNK_SIZE as usize + 1]);
    }
}
