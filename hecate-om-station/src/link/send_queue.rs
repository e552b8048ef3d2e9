//! Bounded queue of frames for a link's control stream. The link of a client that reads too slowly
//! is closed, so that the station's memory stays bounded.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use quinn::{SendStream, WriteError};
use tokio::sync::mpsc;

use super::MAX_LINKS;

/// Limits of a link's queue: number of frames, and bytes (two frames of the maximum size).
const MAX_FRAMES: usize = 8192;
const MAX_BYTES: usize = 32 * 1024 * 1024;

/// Maximum number of queued bytes of all links together.
const MAX_TOTAL_BYTES: usize = 256 * 1024 * 1024;
/// Bytes that a link may queue even beyond the total, so that slow clients do not block the others.
const MIN_LINK_BYTES: usize = MAX_TOTAL_BYTES / MAX_LINKS;

/// Maximum number of frames in one write to the stream.
const BATCH: usize = 64;

/// The queue is full, or the link is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QueueFull;

/// Number of a link's queued bytes, which also count towards the total.
#[derive(Debug)]
struct QueuedBytes {
    link: AtomicUsize,
    total: Arc<AtomicUsize>,
}

impl QueuedBytes {
    fn reserve(&self, size: usize) -> Result<(), QueueFull> {
        let link = self.link.fetch_add(size, Ordering::Relaxed) + size;
        let total = self.total.fetch_add(size, Ordering::Relaxed) + size;
        if link > MAX_BYTES || (link > MIN_LINK_BYTES && total > MAX_TOTAL_BYTES) {
            self.release(size);
            return Err(QueueFull);
        }
        Ok(())
    }

    fn release(&self, size: usize) {
        self.link.fetch_sub(size, Ordering::Relaxed);
        self.total.fetch_sub(size, Ordering::Relaxed);
    }
}

impl Drop for QueuedBytes {
    /// Releases the bytes of frames that were never written.
    fn drop(&mut self) {
        self.total
            .fetch_sub(*self.link.get_mut(), Ordering::Relaxed);
    }
}

/// The sending half of a link's queue.
#[derive(Debug)]
pub(crate) struct SendQueue {
    frames: mpsc::Sender<Bytes>,
    bytes: Arc<QueuedBytes>,
}

/// The receiving half of a link's queue, whose frames go to the stream.
#[derive(Debug)]
pub(crate) struct SendQueueReader {
    frames: mpsc::Receiver<Bytes>,
    bytes: Arc<QueuedBytes>,
    /// Frames of the write in progress. quinn removes the bytes that it has sent, so a cancelled
    /// write continues where it stopped.
    batch: Vec<Bytes>,
}

/// Creates a link's queue, whose bytes count towards `total`.
pub(crate) fn send_queue(total: Arc<AtomicUsize>) -> (SendQueue, SendQueueReader) {
    let (sender, receiver) = mpsc::channel(MAX_FRAMES);
    let bytes = Arc::new(QueuedBytes {
        link: AtomicUsize::new(0),
        total,
    });
    let reader = SendQueueReader {
        frames: receiver,
        bytes: bytes.clone(),
        batch: Vec::with_capacity(BATCH),
    };
    let queue = SendQueue {
        frames: sender,
        bytes,
    };
    (queue, reader)
}

impl SendQueue {
    pub(crate) fn push(&self, frame: Bytes) -> Result<(), QueueFull> {
        let size = frame.len();
        self.bytes.reserve(size)?;
        self.frames.try_send(frame).map_err(|_| {
            self.bytes.release(size);
            QueueFull
        })
    }
}

impl SendQueueReader {
    /// Writes queued frames to the stream until the queue is closed and empty. Cancel safe.
    pub(crate) async fn write_to(&mut self, send: &mut SendStream) -> Result<(), WriteError> {
        loop {
            if self.batch.is_empty() && self.frames.recv_many(&mut self.batch, BATCH).await == 0 {
                return Ok(());
            }
            let size: usize = self.batch.iter().map(Bytes::len).sum();
            send.write_all_chunks(&mut self.batch).await?;
            self.bytes.release(size);
            self.batch.clear();
        }
    }

    /// Closes the queue for new frames. Frames that are already queued can still be written.
    pub(crate) fn close(&mut self) {
        self.frames.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_past_the_byte_limit_are_refused_and_not_counted() {
        let (queue, mut reader) = send_queue(Arc::default());
        let half = Bytes::from(vec![0; MAX_BYTES / 2]);
        assert_eq!(queue.push(half.clone()), Ok(()));
        assert_eq!(queue.push(half), Ok(()));
        assert_eq!(queue.push(Bytes::from_static(b"x")), Err(QueueFull));
        assert_eq!(queue.bytes.link.load(Ordering::Relaxed), MAX_BYTES);
        reader.close();
        assert_eq!(queue.push(Bytes::new()), Err(QueueFull), "closed");
    }

    #[test]
    fn links_that_do_not_read_leave_every_other_link_its_minimum() {
        let total = Arc::new(AtomicUsize::new(0));
        let full = Bytes::from(vec![0; MAX_BYTES]);
        let slow: Vec<_> = (0..MAX_TOTAL_BYTES / MAX_BYTES)
            .map(|_| send_queue(total.clone()))
            .collect();
        for (queue, _) in &slow {
            assert_eq!(queue.push(full.clone()), Ok(()));
        }
        let (other, _reader) = send_queue(total.clone());
        assert_eq!(other.push(full.slice(..MIN_LINK_BYTES)), Ok(()));
        assert_eq!(other.push(full.slice(..1)), Err(QueueFull));
        drop(slow);
        assert_eq!(total.load(Ordering::Relaxed), MIN_LINK_BYTES);
        assert_eq!(other.push(full.slice(..1)), Ok(()));
    }

    #[test]
    fn frames_past_the_count_limit_are_refused() {
        let (queue, _reader) = send_queue(Arc::default());
        for _ in 0..MAX_FRAMES {
            assert_eq!(queue.push(Bytes::from_static(b"x")), Ok(()));
        }
        assert_eq!(queue.push(Bytes::from_static(b"x")), Err(QueueFull));
    }
}
