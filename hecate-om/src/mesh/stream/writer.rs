//! The writer of one side of a stream, which sends accepted items in order and each frame whole.
//!
//! The SDK's writes must not be dropped before they complete, because half a frame ends the stream,
//! and concurrent writes do not keep their order. So a single task makes all writes; senders hand
//! their items to it and do not wait for the write.

use std::future::Future;
use std::sync::{Arc, OnceLock};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tracing::Instrument as _;

use super::WINDOW;
use crate::codec::Payload;

/// Target of a writer.
pub(super) trait Target: Send + Sync + 'static {
    type Error: Clone + Send + Sync + 'static;

    /// Writes an item.
    fn write(&self, item: Payload) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Closes the target.
    fn close(&self) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// Handle of a writer. When it is dropped, the writer stops after the accepted items.
pub(super) struct Writer<E> {
    queue: mpsc::UnboundedSender<Write<E>>,
    /// Free bytes of the queue.
    room: Arc<Semaphore>,
    failure: Arc<OnceLock<E>>,
}

enum Write<E> {
    Item(Payload, Place),
    Close(oneshot::Sender<Result<(), E>>),
}

/// Reserved capacity for one item in the queue.
pub(super) struct Place(
    #[expect(dead_code, reason = "held until the item is written")] OwnedSemaphorePermit,
);

/// The writer has stopped: because a write failed, or because the runtime shuts down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stopped<E>(pub(super) Option<E>);

impl<E: Clone + Send + Sync + 'static> Writer<E> {
    /// Starts a writer to `target`.
    pub(super) fn start<T: Target<Error = E>>(target: T) -> Self {
        let (queue, queued) = mpsc::unbounded_channel();
        let failure = Arc::new(OnceLock::new());
        let run = run(target, queued, Arc::clone(&failure));
        tokio::spawn(run.in_current_span());
        Self {
            queue,
            room: Arc::new(Semaphore::new(WINDOW as usize)),
            failure,
        }
    }

    /// Reserves capacity for an item of `cost`. An item larger than the queue waits until the queue
    /// is empty.
    pub(super) async fn place(&self, cost: u64) -> Result<Place, Stopped<E>> {
        let cost = u32::try_from(cost.min(WINDOW)).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room).acquire_many_owned(cost).await;
        room.map(Place).map_err(|_| self.stopped())
    }

    /// Queues an item, which is sent after all items queued before.
    pub(super) fn push(&self, item: Payload, place: Place) -> Result<(), Stopped<E>> {
        let pushed = self.queue.send(Write::Item(item, place));
        pushed.map_err(|_| self.stopped())
    }

    /// Closes the target after all queued items are written.
    pub(super) async fn close(&self) -> Result<(), Stopped<E>> {
        let (done, closed) = oneshot::channel();
        if self.queue.send(Write::Close(done)).is_err() {
            return Err(self.stopped());
        }
        match closed.await {
            Ok(closed) => closed.map_err(|error| Stopped(Some(error))),
            Err(_) => Err(self.stopped()),
        }
    }

    fn stopped(&self) -> Stopped<E> {
        Stopped(self.failure.get().cloned())
    }
}

async fn run<T: Target>(
    target: T,
    mut queued: mpsc::UnboundedReceiver<Write<T::Error>>,
    failure: Arc<OnceLock<T::Error>>,
) {
    while let Some(write) = queued.recv().await {
        match write {
            Write::Item(item, _place) => {
                if let Err(error) = target.write(item).await {
                    // Set before the queue closes, so that senders that find it closed can read the
                    // reason.
                    let _ = failure.set(error);
                    return;
                }
            }
            Write::Close(done) => {
                let closed = target.close().await;
                if let Err(error) = &closed {
                    let _ = failure.set(error.clone());
                }
                let _ = done.send(closed);
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use tokio::sync::Notify;

    use super::*;
    use crate::codec;

    /// The item whose write fails.
    const BROKEN: u64 = 99;

    /// Writes one item per permit, slowly.
    #[derive(Clone, Default)]
    struct Slow {
        lets: Arc<Notify>,
        written: Arc<std::sync::Mutex<Vec<u64>>>,
    }

    impl Target for Slow {
        type Error = &'static str;

        async fn write(&self, item: Payload) -> Result<(), Self::Error> {
            self.lets.notified().await;
            let item = codec::decode::<u64>(item).unwrap();
            if item == BROKEN {
                return Err("broken");
            }
            self.written.lock().unwrap().push(item);
            Ok(())
        }

        async fn close(&self) -> Result<(), Self::Error> {
            Ok(())
        }
    }

    async fn send(
        writer: &Writer<&'static str>,
        item: u64,
        cost: u64,
    ) -> Result<(), Stopped<&'static str>> {
        let place = writer.place(cost).await?;
        writer.push(codec::encode(&item).unwrap(), place)
    }

    #[tokio::test]
    async fn what_was_accepted_is_written_in_order_and_waited_for_at_the_end() {
        let slow = Slow::default();
        let writer = Writer::start(slow.clone());
        for item in 0..3 {
            let accepted = send(&writer, item, WINDOW / 3).now_or_never();
            assert_eq!(accepted, Some(Ok(())));
        }
        assert_eq!(
            send(&writer, 3, WINDOW / 3).now_or_never(),
            None,
            "the queue is full"
        );
        let close = writer.close();
        tokio::pin!(close);
        assert!(futures_util::poll!(&mut close).is_pending());
        for _ in 0..3 {
            slow.lets.notify_one();
            tokio::task::yield_now().await;
        }
        close.await.unwrap();
        assert_eq!(
            *slow.written.lock().unwrap(),
            [0, 1, 2],
            "3 was not accepted"
        );
    }

    #[tokio::test]
    async fn after_a_failed_write_nothing_is_accepted_and_the_failure_is_known() {
        let slow = Slow::default();
        let writer = Writer::start(slow.clone());
        send(&writer, BROKEN, WINDOW).await.unwrap();
        slow.lets.notify_one();
        assert_eq!(send(&writer, 1, 1).await, Err(Stopped(Some("broken"))));
        assert_eq!(writer.close().await, Err(Stopped(Some("broken"))));
    }
}
