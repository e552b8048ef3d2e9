//! Writer of one side of a stream. Sends accepted items in order, and each frame whole.
//!
//! A write of the SDK must not be dropped before completion, because half a frame ends the stream,
//! and concurrent writes may be reordered. Therefore a single task makes all writes; senders queue
//! their items and do not wait for the write.

use std::future::Future;
use std::sync::{Arc, OnceLock};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tracing::Instrument as _;

use super::WINDOW;
use crate::codec::Payload;

/// Destination of a writer's items.
pub(super) trait ItemSink: Send + Sync + 'static {
    type Error: Clone + Send + Sync + 'static;

    fn write(&self, item: Payload) -> impl Future<Output = Result<(), Self::Error>> + Send;

    fn close(&self) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// Handle of a writer. After the handle is dropped, the writer writes the accepted items and stops.
pub(super) struct ItemWriter<E> {
    queue: mpsc::UnboundedSender<WriterCommand<E>>,
    /// Free bytes of the queue.
    free: Arc<Semaphore>,
    failure: Arc<OnceLock<E>>,
}

enum WriterCommand<E> {
    Write(Payload, WriterPermit),
    Close(oneshot::Sender<Result<(), E>>),
}

/// Reserved space for one item in the queue.
pub(super) struct WriterPermit(
    #[expect(dead_code, reason = "held until the item is written")] OwnedSemaphorePermit,
);

/// Error: the writer has stopped, because a write failed with this error, or because the runtime is
/// shutting down (`None`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WriterStopped<E>(pub(super) Option<E>);

impl<E: Clone + Send + Sync + 'static> ItemWriter<E> {
    /// Starts a writer to `sink`.
    pub(super) fn start<S: ItemSink<Error = E>>(sink: S) -> Self {
        let (queue, queued) = mpsc::unbounded_channel();
        let failure = Arc::new(OnceLock::new());
        let run = run(sink, queued, Arc::clone(&failure));
        tokio::spawn(run.in_current_span());
        Self {
            queue,
            free: Arc::new(Semaphore::new(WINDOW as usize)),
            failure,
        }
    }

    /// Reserves space in the queue for an item of `cost`. An item larger than the queue waits until
    /// the queue is empty.
    pub(super) async fn reserve(&self, cost: u64) -> Result<WriterPermit, WriterStopped<E>> {
        let cost = u32::try_from(cost.min(WINDOW)).unwrap_or(u32::MAX);
        let permit = Arc::clone(&self.free).acquire_many_owned(cost).await;
        permit.map(WriterPermit).map_err(|_| self.stopped())
    }

    /// Queues an item. The item is sent after all items queued before it.
    pub(super) fn push(&self, item: Payload, permit: WriterPermit) -> Result<(), WriterStopped<E>> {
        let queued = self.queue.send(WriterCommand::Write(item, permit));
        queued.map_err(|_| self.stopped())
    }

    /// Closes the sink after all queued items are written.
    pub(super) async fn close(&self) -> Result<(), WriterStopped<E>> {
        let (done, closed) = oneshot::channel();
        if self.queue.send(WriterCommand::Close(done)).is_err() {
            return Err(self.stopped());
        }
        match closed.await {
            Ok(closed) => closed.map_err(|error| WriterStopped(Some(error))),
            Err(_) => Err(self.stopped()),
        }
    }

    fn stopped(&self) -> WriterStopped<E> {
        WriterStopped(self.failure.get().cloned())
    }
}

async fn run<S: ItemSink>(
    sink: S,
    mut queued: mpsc::UnboundedReceiver<WriterCommand<S::Error>>,
    failure: Arc<OnceLock<S::Error>>,
) {
    while let Some(command) = queued.recv().await {
        match command {
            WriterCommand::Write(item, _permit) => {
                if let Err(error) = sink.write(item).await {
                    // Set before the queue closes, so that senders that find the queue closed can
                    // read the cause.
                    let _ = failure.set(error);
                    return;
                }
            }
            WriterCommand::Close(done) => {
                let closed = sink.close().await;
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

    /// Item whose write fails.
    const BROKEN: u64 = 99;

    /// Sink that writes one item per permit, slowly.
    #[derive(Clone, Default)]
    struct SlowSink {
        permits: Arc<Notify>,
        written: Arc<std::sync::Mutex<Vec<u64>>>,
    }

    impl ItemSink for SlowSink {
        type Error = &'static str;

        async fn write(&self, item: Payload) -> Result<(), Self::Error> {
            self.permits.notified().await;
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
        writer: &ItemWriter<&'static str>,
        item: u64,
        cost: u64,
    ) -> Result<(), WriterStopped<&'static str>> {
        let permit = writer.reserve(cost).await?;
        writer.push(codec::encode(&item).unwrap(), permit)
    }

    #[tokio::test]
    async fn close_waits_until_all_accepted_items_are_written_in_order() {
        let sink = SlowSink::default();
        let writer = ItemWriter::start(sink.clone());
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
            sink.permits.notify_one();
            tokio::task::yield_now().await;
        }
        close.await.unwrap();
        assert_eq!(
            *sink.written.lock().unwrap(),
            [0, 1, 2],
            "3 was not accepted"
        );
    }

    #[tokio::test]
    async fn after_a_failed_write_every_use_of_the_writer_returns_its_error() {
        let sink = SlowSink::default();
        let writer = ItemWriter::start(sink.clone());
        send(&writer, BROKEN, WINDOW).await.unwrap();
        sink.permits.notify_one();
        assert_eq!(
            send(&writer, 1, 1).await,
            Err(WriterStopped(Some("broken")))
        );
        assert_eq!(writer.close().await, Err(WriterStopped(Some("broken"))));
    }
}
