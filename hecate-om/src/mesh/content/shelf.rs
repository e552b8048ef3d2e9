//! What this node keeps to give to others, found by the id of the whole or of a chunk.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use macula_rust::cbor::Value;
use macula_rust::frame::MAX_PAYLOAD_ELEMENTS;
use macula_rust::manifest::{self, DEFAULT_CHUNK_SIZE, Manifest, Mcid};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::ContentError;

/// How many bytes a chunk has, and a content that needs none.
pub(super) const CHUNK: u64 = DEFAULT_CHUNK_SIZE;
/// A chunk's entry in a manifest is a map of four: so many items on the wire, of which a payload holds a limited number.
const ITEMS_A_CHUNK: usize = 9;
/// What surrounds the entries, generously.
const ITEMS_AROUND: usize = 64;
/// The largest content that can be shared, about 3.5 GiB: its manifest crosses in one frame.
pub(super) const MAX_SHARED: u64 =
    ((MAX_PAYLOAD_ELEMENTS - ITEMS_AROUND) / ITEMS_A_CHUNK) as u64 * CHUNK;

/// A content that is kept.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) id: Mcid,
    pub(super) size: u64,
    pub(super) body: Body,
    /// How the announcement fares.
    pub(super) announced: watch::Sender<Announced>,
    /// Ends the announcement.
    pub(super) end: CancellationToken,
    /// How many [`Shared`](super::Shared) hold it; changed under the shelf's lock only.
    holders: Mutex<usize>,
}

/// The bytes of a content.
#[derive(Debug)]
pub(super) enum Body {
    Block(Vec<u8>),
    Chunks(Box<Manifest>, Vec<Vec<u8>>),
}

/// How an announcement fares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Announced {
    NotYet,
    /// A station has it.
    Yes,
    /// No station took it, and it is tried again.
    No(String),
    /// It has been withdrawn, or nobody is left to make it.
    Withdrawn,
}

/// What is kept, each content once.
#[derive(Debug, Default)]
pub(super) struct Shelf(Mutex<Rows>);

#[derive(Debug, Default)]
struct Rows {
    contents: HashMap<Mcid, Arc<Kept>>,
    /// Where each chunk is: two contents may have one in common.
    chunks: HashMap<Mcid, Vec<(Arc<Kept>, usize)>>,
}

impl Kept {
    /// Cuts `bytes` up and names them. It hashes them all: about a second for a gigabyte.
    pub(super) fn of(bytes: Vec<u8>) -> Result<Self, ContentError> {
        let size = bytes.len() as u64;
        if size > MAX_SHARED {
            return Err(ContentError::TooLarge {
                bytes: size,
                limit: MAX_SHARED,
            });
        }
        let (id, body) = if size <= CHUNK {
            (manifest::block_mcid(&bytes), Body::Block(bytes))
        } else {
            // The name is part of the id, so without one the same bytes have the same id everywhere.
            let (manifest, chunks) = manifest::create(&bytes, "", CHUNK)
                .map_err(|error| ContentError::Unencodable(error.to_string()))?;
            (manifest.mcid, Body::Chunks(Box::new(manifest), chunks))
        };
        Ok(Self {
            id,
            size,
            body,
            announced: watch::Sender::new(Announced::NotYet),
            end: CancellationToken::new(),
            holders: Mutex::new(0),
        })
    }

    /// All of it in one piece.
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

impl Shelf {
    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps `kept`, or holds what is there of the same id; and whether it is new.
    pub(super) fn keep(&self, kept: Kept) -> (Arc<Kept>, bool) {
        let mut rows = self.rows();
        let (kept, new) = match rows.contents.get(&kept.id) {
            Some(there) => (Arc::clone(there), false),
            None => (Arc::new(kept), true),
        };
        if new {
            rows.contents.insert(kept.id, Arc::clone(&kept));
            for (at, chunk) in kept.chunk_ids() {
                let places = rows.chunks.entry(chunk).or_default();
                // A content may repeat a chunk; one place of it is enough.
                if !places.iter().any(|(of, _)| Arc::ptr_eq(of, &kept)) {
                    places.push((Arc::clone(&kept), at));
                }
            }
        }
        kept.hold();
        (kept, new)
    }

    /// Holds it once more.
    pub(super) fn hold(&self, kept: &Kept) {
        let _rows = self.rows();
        kept.hold();
    }

    /// Lets go of it; the last to do so ends its sharing.
    pub(super) fn let_go(&self, kept: &Arc<Kept>) {
        let mut rows = self.rows();
        if !kept.let_go() {
            return;
        }
        kept.end.cancel();
        rows.contents.remove(&kept.id);
        for (_, chunk) in kept.chunk_ids() {
            if let Some(places) = rows.chunks.get_mut(&chunk) {
                places.retain(|(of, _)| !Arc::ptr_eq(of, kept));
                if places.is_empty() {
                    rows.chunks.remove(&chunk);
                }
            }
        }
    }

    /// Does it, unless another than `kept` is here under its id.
    pub(super) fn unless_anew<T>(&self, kept: &Kept, make: impl FnOnce() -> T) -> Option<T> {
        let rows = self.rows();
        let anew = rows
            .contents
            .get(&kept.id)
            .is_some_and(|now| !std::ptr::eq(&**now, kept));
        (!anew).then(make)
    }

    /// The content of this id.
    pub(super) fn content(&self, id: &Mcid) -> Option<Arc<Kept>> {
        self.rows().contents.get(id).cloned()
    }

    /// How many contents are kept, and how many bytes they have.
    pub(super) fn amount(&self) -> (usize, u64) {
        let rows = self.rows();
        let bytes = rows.contents.values().map(|kept| kept.size).sum();
        (rows.contents.len(), bytes)
    }

    /// What is answered to whoever asks for the whole of that id: its bytes, or the manifest by which to ask for them.
    pub(super) fn root(&self, id: &Mcid) -> Option<Value> {
        let kept = self.content(id)?;
        Some(match &kept.body {
            Body::Block(bytes) => block(id, bytes),
            Body::Chunks(manifest, _) => {
                answer("manifest", id, ("manifest", manifest::to_wire(manifest)))
            }
        })
    }

    /// What is answered to whoever asks for the chunk of that id.
    pub(super) fn chunk(&self, id: &Mcid) -> Option<Value> {
        let (kept, at) = self.rows().chunks.get(id)?.first().cloned()?;
        match &kept.body {
            Body::Chunks(_, chunks) => chunks.get(at).map(|bytes| block(id, bytes)),
            Body::Block(_) => None,
        }
    }
}

impl Kept {
    fn hold(&self) {
        *self.holders.lock().unwrap_or_else(PoisonError::into_inner) += 1;
    }

    /// Whether nobody holds it any more.
    fn let_go(&self) -> bool {
        let mut holders = self.holders.lock().unwrap_or_else(PoisonError::into_inner);
        *holders = holders.saturating_sub(1);
        *holders == 0
    }
}

fn block(id: &Mcid, bytes: &[u8]) -> Value {
    answer("block", id, ("bytes", Value::Bytes(bytes.to_vec())))
}

/// An answer as macula's content procedure gives it (its `content_v1`).
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

    /// Three chunks, of which the first two are the same.
    fn large(last: u8) -> Vec<u8> {
        let chunk = CHUNK as usize;
        let mut bytes = vec![1; 2 * chunk];
        bytes.extend(vec![last; chunk]);
        bytes
    }

    #[test]
    fn content_that_is_held_twice_is_kept_once_and_until_both_let_go() {
        let shelf = Shelf::default();
        let (first, new) = shelf.keep(Kept::of(large(2)).unwrap());
        let (second, again) = shelf.keep(Kept::of(large(2)).unwrap());
        assert!(new && !again && Arc::ptr_eq(&first, &second));
        assert_eq!(shelf.amount(), (1, 3 * CHUNK));
        shelf.let_go(&first);
        assert!(shelf.root(&first.id).is_some() && !first.end.is_cancelled());
        shelf.let_go(&second);
        assert!(shelf.root(&first.id).is_none() && first.end.is_cancelled());
        assert_eq!(shelf.amount(), (0, 0));
    }

    #[test]
    fn a_chunk_of_two_contents_is_there_until_both_are_gone() {
        let shelf = Shelf::default();
        let (one, _) = shelf.keep(Kept::of(large(2)).unwrap());
        let (other, _) = shelf.keep(Kept::of(large(3)).unwrap());
        let common = manifest::block_mcid(&vec![1; CHUNK as usize]);
        let of_one = manifest::block_mcid(&vec![2; CHUNK as usize]);
        assert!(shelf.chunk(&common).is_some() && shelf.chunk(&of_one).is_some());
        shelf.let_go(&one);
        assert!(shelf.chunk(&common).is_some() && shelf.chunk(&of_one).is_none());
        shelf.let_go(&other);
        assert!(shelf.chunk(&common).is_none());
        assert!(shelf.rows().chunks.is_empty());
    }

    #[test]
    fn the_manifest_of_the_largest_content_crosses_in_one_frame() {
        let count = (MAX_SHARED / CHUNK) as usize;
        let (mut manifest, _) = manifest::create(&large(2), "", CHUNK).unwrap();
        let entry = manifest.chunks[0].clone();
        manifest.chunks = (0..count as u64)
            .map(|index| manifest::ChunkInfo {
                index,
                offset: index * CHUNK,
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
    fn what_is_empty_or_fits_one_chunk_is_a_block_and_what_does_not_is_cut() {
        for size in [0, 1, CHUNK] {
            let kept = Kept::of(vec![7; size as usize]).unwrap();
            assert!(matches!(&kept.body, Body::Block(bytes) if bytes.len() as u64 == size));
        }
        let kept = Kept::of(vec![7; CHUNK as usize + 1]).unwrap();
        assert!(matches!(&kept.body, Body::Chunks(manifest, chunks)
            if manifest.chunk_count == 2 && chunks[1].len() == 1));
        assert_eq!(kept.bytes(), vec![7; CHUNK as usize + 1]);
    }
}
