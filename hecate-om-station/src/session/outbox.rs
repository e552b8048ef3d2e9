//! What waits to be written to a link's control stream, in a bound: a peer
//! that reads too slowly is let go rather than remembered for.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use quinn::{SendStream, WriteError};
use tokio::sync::mpsc;

/// Frames waiting at most, and their bytes at most: two frames of the largest
/// size.
const MAX_FRAMES: usize = 8192;
const MAX_BYTES: usize = 32 * 1024 * 1024;

/// The bytes waiting for all links together at most, and what a link may have
/// waiting even then: the slow ones make room, not whoever comes next.
const MAX_TOTAL_BYTES: usize = 256 * 1024 * 1024;
const SHARE_BYTES: usize = MAX_TOTAL_BYTES / super::links::MAX_LINKS;

/// Frames handed to the stream in one write.
const BATCH: usize = 64;

/// The queue is full, or the link is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

/// The bytes that wait for one link, counted into those of all.
#[derive(Debug)]
struct Waiting {
    bytes: AtomicUsize,
    total: Arc<AtomicUsize>,
}

impl Waiting {
    fn take(&self, size: usize) -> Result<(), Full> {
        let bytes = self.bytes.fetch_add(size, Ordering::Relaxed) + size;
        let total = self.total.fetch_add(size, Ordering::Relaxed) + size;
        if bytes > MAX_BYTES || (bytes > SHARE_BYTES && total > MAX_TOTAL_BYTES) {
            self.give_back(size);
            return Err(Full);
        }
        Ok(())
    }

    fn give_back(&self, size: usize) {
        self.bytes.fetch_sub(size, Ordering::Relaxed);
        self.total.fetch_sub(size, Ordering::Relaxed);
    }
}

impl Drop for Waiting {
    /// What was never written waits no longer.
    fn drop(&mut self) {
        self.total
            .fetch_sub(*self.bytes.get_mut(), Ordering::Relaxed);
    }
}

/// The sending half: any task's.
#[derive(Debug)]
pub(crate) struct Outbox {
    frames: mpsc::Sender<Bytes>,
    waiting: Arc<Waiting>,
}

/// The half the link's writer drains.
#[derive(Debug)]
pub(crate) struct Queued {
    frames: mpsc::Receiver<Bytes>,
    waiting: Arc<Waiting>,
    /// What the write in progress took off the queue. quinn takes from it
    /// what it has sent, so a write cut off is taken up where it stopped.
    batch: Vec<Bytes>,
}

/// A link's outbox, whose bytes are counted into `total`.
pub(crate) fn outbox(total: Arc<AtomicUsize>) -> (Outbox, Queued) {
    let (sender, receiver) = mpsc::channel(MAX_FRAMES);
    let waiting = Arc::new(Waiting {
        bytes: AtomicUsize::new(0),
        total,
    });
    let queued = Queued {
        frames: receiver,
        waiting: waiting.clone(),
        batch: Vec::with_capacity(BATCH),
    };
    let outbox = Outbox {
        frames: sender,
        waiting,
    };
    (outbox, queued)
}

impl Outbox {
    /// Queues `frame`, or says that there is no room for it.
    pub(crate) fn push(&self, frame: Bytes) -> Result<(), Full> {
        let size = frame.len();
        self.waiting.take(size)?;
        self.frames.try_send(frame).map_err(|_| {
            self.waiting.give_back(size);
            Full
        })
    }
}

impl Queued {
    /// Writes what is queued, until the queue is closed and empty. Safe to
    /// cancel and call again.
    pub(crate) async fn write_to(&mut self, send: &mut SendStream) -> Result<(), WriteError> {
        loop {
            if self.batch.is_empty() && self.frames.recv_many(&mut self.batch, BATCH).await == 0 {
                return Ok(());
            }
            let size: usize = self.batch.iter().map(Bytes::len).sum();
            send.write_all_chunks(&mut self.batch).await?;
            self.waiting.give_back(size);
            self.batch.clear();
        }
    }

    /// Takes no more frames; those queued stay to be written.
    pub(crate) fn close(&mut self) {
        self.frames.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_past_the_byte_bound_are_refused_and_not_counted() {
        let (outbox, mut queued) = outbox(Arc::default());
        let half = Bytes::from(vec![0; MAX_BYTES / 2]);
        assert_eq!(outbox.push(half.clone()), Ok(()));
        assert_eq!(outbox.push(half), Ok(()));
        assert_eq!(outbox.push(Bytes::from_static(b"x")), Err(Full));
        assert_eq!(outbox.waiting.bytes.load(Ordering::Relaxed), MAX_BYTES);
        queued.close();
        assert_eq!(outbox.push(Bytes::new()), Err(Full), "closed");
    }

    #[test]
    fn links_that_do_not_read_leave_every_other_its_share() {
        let total = Arc::new(AtomicUsize::new(0));
        let full = Bytes::from(vec![0; MAX_BYTES]);
        let slow: Vec<_> = (0..MAX_TOTAL_BYTES / MAX_BYTES)
            .map(|_| outbox(total.clone()))
            .collect();
        for (outbox, _) in &slow {
            assert_eq!(outbox.push(full.clone()), Ok(()));
        }
        let (other, _queued) = outbox(total.clone());
        assert_eq!(other.push(full.slice(..SHARE_BYTES)), Ok(()));
        assert_eq!(other.push(full.slice(..1)), Err(Full));
        drop(slow);
        assert_eq!(total.load(Ordering::Relaxed), SHARE_BYTES);
        assert_eq!(other.push(full.slice(..1)), Ok(()));
    }

    #[test]
    fn frames_past_the_count_bound_are_refused() {
        let (outbox, _queued) = outbox(Arc::default());
        for _ in 0..MAX_FRAMES {
            assert_eq!(outbox.push(Bytes::from_static(b"x")), Ok(()));
        }
        assert_eq!(outbox.push(Bytes::from_static(b"x")), Err(Full));
    }
}
