//! What a caller reads a provider's items from.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::{Stream, StreamExt, stream};
use macula_rust::frame::StreamMode;
use macula_rust::station_link::{LinkError, StreamEvent};
use serde::de::DeserializeOwned;
use tokio::sync::watch;

use super::cost;
use super::credit::Credit;
use super::opening::Order;
use super::session::Session;
use crate::backoff::jittered;
use crate::mesh::CallError;
use crate::mesh::codec::{self, Payload};

/// The items of a stream that a provider answers with.
///
/// The provider is held back while nobody reads: at most 1 MiB of items is under way, or one that is larger (from a
/// provider of another implementation at most 16 MiB, and then the stream breaks off). Dropped before its end it leaves
/// the stream, and the provider drops the handler.
///
/// ```
/// use hecate_om::{CallError, Mesh};
///
/// # #[allow(dead_code)]
/// async fn follow(mesh: &Mesh) -> Result<u64, CallError> {
///     let mut ticks = mesh.procedure("hecate-clock/clock.ticks").open_stream::<_, u64>(&10).await?;
///     let mut last = 0;
///     while let Some(tick) = ticks.next().await {
///         last = tick?;
///     }
///     Ok(last)
/// }
/// ```
pub struct Streaming<T> {
    items: Pin<Box<dyn Stream<Item = Result<T, CallError>> + Send>>,
}

impl<T> Streaming<T> {
    /// The next item; `None` once the provider has sent all. An error is the last that comes: how the provider refused
    /// the stream, or ended it, or what became of the link.
    ///
    /// Cancel-safe: an item is taken only by the future that returns it.
    pub async fn next(&mut self) -> Option<Result<T, CallError>> {
        StreamExt::next(self).await
    }
}

impl<T: DeserializeOwned + Send + 'static> Streaming<T> {
    /// A stream that was opened by `order`.
    pub(super) fn new(session: Arc<Session>, order: Order) -> Self {
        Self::read(Reader::new(session, Some(order)))
    }

    /// The half of a stream each way, which is opened once: what was sent at first is gone.
    pub(super) fn of_both(session: Arc<Session>) -> Self {
        Self::read(Reader::new(session, None))
    }

    fn read(reader: Reader) -> Self {
        let items = stream::unfold(Some(reader), |reader| async {
            let mut reader = reader?;
            match reader.next().await {
                Ok(Some(item)) => Some((Ok(item), Some(reader))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        });
        Self {
            // An end stays one, however often it is asked for.
            items: Box::pin(items.fuse()),
        }
    }
}

impl<T> Stream for Streaming<T> {
    type Item = Result<T, CallError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.items.as_mut().poll_next(context)
    }
}

impl<T> fmt::Debug for Streaming<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Streaming")
    }
}

/// How often a stream that was certainly not opened is opened again, and how long after.
const AGAIN: [Duration; 3] = [
    Duration::from_millis(20),
    Duration::from_millis(100),
    Duration::from_millis(400),
];

fn say(session: &Session, taken: watch::Receiver<u64>) {
    let credit = Credit::of(&session.stream, session.pool.clone(), &session.dropped);
    tokio::spawn(credit.say(taken));
}

/// Reads a session, and lets its provider know.
struct Reader {
    session: Arc<Session>,
    taken: watch::Sender<u64>,
    /// Until the first item, what it may be opened again with.
    order: Option<Order>,
}

impl Reader {
    fn new(session: Arc<Session>, order: Option<Order>) -> Self {
        let (taken, said) = watch::channel(0);
        say(&session, said);
        Self {
            session,
            taken,
            order,
        }
    }

    async fn next<T: DeserializeOwned>(&mut self) -> Result<Option<T>, CallError> {
        let mut pauses = AGAIN.into_iter();
        loop {
            let event = self.session.stream.recv().await;
            let (again, pause) = match (&event, &self.order) {
                (Err(error), Some(order)) if order.again(error) => (order, pauses.next()),
                _ => return self.read(event),
            };
            let Some(pause) = pause else {
                return self.read(event);
            };
            tokio::time::sleep(jittered(pause)).await;
            self.session = again.open(StreamMode::ServerStream).await?;
            say(&self.session, self.taken.subscribe());
        }
    }

    fn read<T: DeserializeOwned>(
        &mut self,
        event: Result<StreamEvent, LinkError>,
    ) -> Result<Option<T>, CallError> {
        self.order = None;
        match event {
            // One of another implementation may end a stream each way with a last value.
            Ok(StreamEvent::Data { body, .. } | StreamEvent::Reply { payload: body }) => {
                let item = Payload(body);
                self.taken.send_modify(|taken| *taken += cost(&item));
                let item = codec::decode(item);
                item.map(Some)
                    .map_err(|error| CallError::BadResponse(error.to_string()))
            }
            Ok(StreamEvent::End { .. }) | Err(LinkError::EndOfStream) => {
                self.session.ended();
                Ok(None)
            }
            Err(error) => Err(self.session.error(error)),
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // The other half of a stream each way has nobody to speak to any more.
        self.session.leave();
    }
}
