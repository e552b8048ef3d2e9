//! What a caller sends its items with.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use macula_rust::station_link::{LinkError, StreamEvent};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::watch;

use super::credit::{Credit, Taken};
use super::session::Session;
use super::{WINDOW, cost, fits};
use crate::mesh::CallError;
use crate::mesh::codec::{self, Payload};

/// Sends a provider the items of a stream.
///
/// Dropped before [`StreamSender::finish`] it leaves the stream, so that a part is never taken for the whole.
pub struct StreamSender<T> {
    session: Arc<Session>,
    sent: u64,
    wanted: watch::Sender<u64>,
    taken: watch::Receiver<Taken>,
    /// Starts with the first item that makes it matter.
    asking: Option<(Credit, watch::Receiver<u64>, watch::Sender<Taken>)>,
    finished: bool,
    item: PhantomData<fn(&T)>,
}

impl<T: Serialize> StreamSender<T> {
    pub(super) fn new(session: Arc<Session>) -> Self {
        let (wanted, asked) = watch::channel(0);
        let (told, taken) = watch::channel(Taken::Known(0));
        let credit = Credit::of(&session.stream, session.pool.clone(), &session.dropped);
        Self {
            session,
            sent: 0,
            wanted,
            taken,
            asking: Some((credit, asked, told)),
            finished: false,
            item: PhantomData,
        }
    }

    /// Sends an item, as soon as the provider has room for it: at most 1 MiB is under way, or one item that is larger.
    ///
    /// Dropped while it waits for room, nothing is sent; after that, the item is.
    ///
    /// # Errors
    ///
    /// [`CallError::BadRequest`] for an item that does not fit the wire, which is not sent and harms nothing. Any other
    /// is how the stream ended: the provider's refusal, or [`CallError::StreamEnded`].
    pub async fn send(&mut self, item: &T) -> Result<(), CallError> {
        let item = codec::encode(item).map_err(|error| CallError::BadRequest(error.to_string()))?;
        let cost = cost(&item);
        self.room(cost).await?;
        self.sent += cost;
        let stream = self.session.stream.clone();
        // In a task of its own: a frame of which half is sent would end the stream.
        let sent = tokio::spawn(async move { stream.send_value(item.0).await }).await;
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error @ (LinkError::Frame(_) | LinkError::FrameTooLarge(_)))) => {
                Err(self.session.error(error))
            }
            _ => Err(self.session.why().await),
        }
    }

    /// Says that there are no more items.
    ///
    /// # Errors
    ///
    /// How the stream ended before.
    pub async fn finish(mut self) -> Result<(), CallError> {
        self.close().await
    }

    async fn close(&mut self) -> Result<(), CallError> {
        let stream = self.session.stream.clone();
        self.finished = true;
        match tokio::spawn(async move { stream.close_send().await }).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(self.session.why().await),
        }
    }

    async fn room(&mut self, cost: u64) -> Result<(), CallError> {
        // What is to be taken for the rest of the window to be half free at least, before it is full.
        self.want((self.sent + cost).saturating_sub(WINDOW / 2));
        loop {
            let taken = match *self.taken.borrow_and_update() {
                Taken::Unsaid => return Ok(()),
                Taken::Known(taken) => taken,
            };
            if fits(cost, self.sent, taken) {
                return Ok(());
            }
            self.want((self.sent + cost).saturating_sub(WINDOW).max(taken + 1));
            if cost > WINDOW {
                self.want(self.sent);
            }
            tokio::select! {
                changed = self.taken.changed() => if changed.is_err() {
                    return Err(self.session.why().await);
                },
                why = self.session.why() => return Err(why),
            }
        }
    }

    fn want(&mut self, wanted: u64) {
        if wanted == 0 {
            return;
        }
        let more = |now: &mut u64| {
            let more = wanted > *now;
            *now = wanted.max(*now);
            more
        };
        self.wanted.send_if_modified(more);
        if let Some((credit, asked, told)) = self.asking.take() {
            tokio::spawn(credit.ask(asked, told));
        }
    }
}

impl<T> Drop for StreamSender<T> {
    fn drop(&mut self) {
        if !self.finished {
            self.session.leave();
        }
    }
}

impl<T> fmt::Debug for StreamSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamSender")
            .field("session", &self.session)
            .field("sent", &self.sent)
            .finish_non_exhaustive()
    }
}

/// Sends a provider a stream of items, which it answers once.
///
/// Dropped before [`Upload::finish`] it leaves the stream, so that a part is never taken for the whole.
///
/// ```
/// use hecate_om::{CallError, Mesh};
///
/// # #[allow(dead_code)]
/// async fn sum(mesh: &Mesh, numbers: &[u64]) -> Result<u64, CallError> {
///     let mut upload = mesh.procedure("hecate-maths/numbers.sum").open_upload::<_, u64, u64>(&()).await?;
///     for number in numbers {
///         upload.send(number).await?;
///     }
///     upload.finish().await
/// }
/// ```
pub struct Upload<T, R> {
    sender: StreamSender<T>,
    response: PhantomData<fn() -> R>,
}

impl<T: Serialize, R: DeserializeOwned> Upload<T, R> {
    pub(super) fn new(session: Arc<Session>) -> Self {
        Self {
            sender: StreamSender::new(session),
            response: PhantomData,
        }
    }

    /// Sends an item, as soon as the provider has room for it; see [`StreamSender::send`]. A provider may answer before
    /// it has all: then this is [`CallError::StreamEnded`], and [`Upload::finish`] has the answer.
    ///
    /// # Errors
    ///
    /// As [`StreamSender::send`].
    pub async fn send(&mut self, item: &T) -> Result<(), CallError> {
        self.sender.send(item).await
    }

    /// Says that there are no more items, and waits for the answer.
    ///
    /// # Errors
    ///
    /// How the provider refused the stream, or what became of the link.
    pub async fn finish(mut self) -> Result<R, CallError> {
        match self.sender.close().await {
            // It is answered already.
            Ok(()) | Err(CallError::StreamEnded) => {}
            Err(error) => return Err(error),
        }
        let session = &self.sender.session;
        let answer = match session.stream.recv().await {
            Ok(StreamEvent::Reply { payload }) => payload,
            Ok(StreamEvent::Data { .. } | StreamEvent::End { .. })
            | Err(LinkError::EndOfStream) => {
                let text = "the stream ended without an answer";
                return Err(CallError::BadResponse(text.into()));
            }
            Err(error) => return Err(session.error(error)),
        };
        session.ended();
        codec::decode(Payload(answer)).map_err(|error| CallError::BadResponse(error.to_string()))
    }
}

impl<T, R> fmt::Debug for Upload<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Upload").field(&self.sender).finish()
    }
}
