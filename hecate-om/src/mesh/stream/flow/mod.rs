//! Flow control between the two ends of a stream.
//!
//! A node that serves streams answers one more procedure, `~<node id>/hecate_om.flow`, in the namespace that is its
//! own: there a caller says how much it has taken of a stream, and asks how much of what it sent was. It is not said on
//! the stream itself, where the wire has no frame for it and lets the caller of a server stream send none, so that
//! peers of other implementations see nothing that they do not know.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use macula_rust::frame::VerifiedRequest;
use macula_rust::record::own_procedure;
use macula_rust::station_link::{Confidentiality, Offer, Request, handler};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::WINDOW;
use super::budget::{Budget, LARGEST, Share};
use super::promise::Promise;
use super::serving::Flowing;
use crate::codec::{self, Payload};

/// The procedure's name in the node's own namespace.
const NAME: &str = "hecate_om.flow";
/// How long a question waits for its answer; then it is answered with what is known, and asked again.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// How long a question waits for the budget while it could be answered with a part of what it asks
/// for.
const SCARCE: Duration = Duration::from_millis(250);
/// How often a caller that has sent everything is looked for, and how often it is not found before
/// it is gone. By polls, so that a pause of this process is not taken for the caller's.
pub(super) const POLL: Duration = Duration::from_secs(3);
pub(super) const POLLS: u32 = 12;
/// The same while the service drains, which answers each question of such a caller after one poll:
/// the handlers of callers that are gone must not use up the drain's time.
pub(super) const DRAIN_POLLS: u32 = 6;

/// The procedure that `node` answers.
pub(super) fn procedure(node: &[u8; 32]) -> String {
    own_procedure(node, NAME)
}

/// What a caller says of a stream of its own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Ask {
    /// The request id of the stream's opening, in hex.
    pub(super) stream: String,
    /// How much the caller has taken.
    #[serde(default)]
    pub(super) taken: Option<u64>,
    /// Answer once so much of what the caller sent is taken. [`FOREVER`] shows that the caller waits.
    #[serde(default)]
    pub(super) until: Option<u64>,
    /// Answer once the caller may send this many bytes of the stream in all.
    #[serde(default)]
    pub(super) room: Option<u64>,
}

/// The `until` and `room` of a caller that has sent everything and waits for the provider: the
/// largest integer of the wire.
pub(super) const FOREVER: u64 = i64::MAX as u64;

/// The answer to it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Told {
    /// How much of what the caller sent is taken.
    pub(super) taken: u64,
    /// Total bytes of the stream that the caller may send; absent from providers of an earlier
    /// version.
    #[serde(default)]
    pub(super) limit: Option<u64>,
}

/// The caller and the request id of a stream's opening: nobody has a word in the streams of others.
type StreamId = ([u8; 32], [u8; 16]);

/// The streams that are served.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flows {
    streams: Arc<Mutex<HashMap<StreamId, Arc<Flow>>>>,
    budget: Budget,
    /// Cancelled when the service drains.
    draining: CancellationToken,
}

/// How far a stream that is served has come.
#[derive(Debug)]
pub(super) struct Flow {
    /// How much the caller has taken, once it has said so.
    pub(super) granted: watch::Sender<Option<u64>>,
    /// How much of what the caller sent its handler has taken.
    taken: watch::Sender<u64>,
    promise: Mutex<Promise>,
    share: Share,
    asked: watch::Sender<Asked>,
    /// Cancelled when a later request replaces the waiting one.
    question: Mutex<CancellationToken>,
    /// Cancelled when the stream is over.
    over: CancellationToken,
    draining: CancellationToken,
}

/// The caller's questions so far.
#[derive(Debug, Default)]
struct Asked {
    all: u64,
    /// How many of them wait for their answer.
    waiting: u32,
    /// Whether it asks for as long as it waits: see [`FOREVER`].
    for_ever: bool,
}

/// A question that waits for its answer, until it is dropped.
struct Question<'a>(&'a watch::Sender<Asked>);

impl Drop for Question<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|asked| asked.waiting -= 1);
    }
}

impl Flows {
    /// The streams of a service that drains once `draining` is cancelled.
    pub(in crate::mesh) fn new(draining: CancellationToken) -> Self {
        Self {
            draining,
            ..Self::default()
        }
    }

    fn streams(&self) -> MutexGuard<'_, HashMap<StreamId, Arc<Flow>>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A stream begins; it is known until what is returned is dropped.
    pub(super) fn begin(&self, open: &VerifiedRequest) -> Flowing {
        self.begin_as((open.caller, open.request_id))
    }

    pub(super) fn begin_as(&self, id: StreamId) -> Flowing {
        let flow = Arc::new(Flow {
            granted: watch::Sender::default(),
            taken: watch::Sender::default(),
            promise: Mutex::default(),
            share: self.budget.share(id.0),
            asked: watch::Sender::default(),
            question: Mutex::default(),
            over: CancellationToken::new(),
            draining: self.draining.clone(),
        });
        self.streams().insert(id, Arc::clone(&flow));
        let (flows, ended) = (self.clone(), flow.over.clone());
        let end = move || {
            flows.streams().remove(&id);
            ended.cancel();
        };
        Flowing::new(flow, end)
    }

    /// Returns the offer of the procedure for the stations.
    pub(in crate::mesh) fn offer(&self, realm: [u8; 32], node: &[u8; 32]) -> Offer {
        let flows = self.clone();
        let handler = handler(move |request: Request| {
            let flows = flows.clone();
            async move {
                let ask = codec::decode(Payload(request.payload)).map_err(|e| e.to_string())?;
                let told = flows.answer(request.caller, ask).await?;
                codec::encode(&told)
                    .map(|told| told.0)
                    .map_err(|e| e.to_string())
            }
        });
        Offer {
            // There is nothing in it that a station does not see anyway.
            confidential: Confidentiality::Off,
            ..Offer::unary(realm, &procedure(node), handler)
        }
    }

    async fn answer(&self, caller: [u8; 32], ask: Ask) -> Result<Told, &'static str> {
        let mut id = [0; 16];
        hex::decode_to_slice(&ask.stream, &mut id).map_err(|_| "invalid_request")?;
        let flow = self.streams().get(&(caller, id)).cloned();
        let flow = flow.ok_or(UNKNOWN)?;
        if let Some(taken) = ask.taken {
            // They may overtake each other.
            let later = |granted: &mut Option<u64>| {
                let later = *granted < Some(taken);
                *granted = (*granted).max(Some(taken));
                later
            };
            flow.granted.send_if_modified(later);
        }
        if ask.until.is_some() || ask.room.is_some() {
            let (until, room) = (ask.until.unwrap_or(0), ask.room.unwrap_or(0));
            let _waiting = flow.asked(until);
            let granted = flow.granted(until, room);
            let replaced = flow.replace_question();
            tokio::select! {
                biased;
                // A finished stream is not answered; the stream itself reports how it ended.
                () = flow.over.cancelled() => return Err(UNKNOWN),
                () = granted => {}
                () = replaced.cancelled() => {}
                () = tokio::time::sleep(PATIENCE) => {}
                () = flow.poll_of_drain(), if until == FOREVER => {}
            }
        }
        Ok(flow.told())
    }
}

/// Error code for a stream that has not started, or is over.
const UNKNOWN: &str = "unknown_stream";

impl Flow {
    /// The handler has taken an item of this cost.
    pub(super) fn took(&self, cost: u64) {
        self.taken.send_modify(|taken| *taken += cost);
        let taken = *self.taken.borrow();
        self.promise().settle(taken);
    }

    fn promise(&self) -> MutexGuard<'_, Promise> {
        self.promise.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn told(&self) -> Told {
        let taken = *self.taken.borrow();
        Told {
            taken,
            limit: Some(self.promise().tell(taken)),
        }
    }

    /// The handler has waited for an item for so long that what is promised is unused.
    pub(super) fn lapse(&self) {
        self.promise().lapse();
    }

    /// Counts a question until what is returned is dropped.
    fn asked(&self, until: u64) -> Question<'_> {
        self.asked.send_modify(|asked| {
            asked.all += 1;
            asked.waiting += 1;
            if until == FOREVER && !std::mem::replace(&mut asked.for_ever, true) {
                tracing::debug!("the caller has sent everything and waits");
            }
        });
        Question(&self.asked)
    }

    /// Returns once a caller that has sent everything no longer waits for this side.
    ///
    /// The SDK does not read a stream after its caller's end, so it does not notice when such a
    /// caller goes.
    pub(super) async fn abandoned(&self) {
        let mut asked = self.asked.subscribe();
        loop {
            // This struct holds the sender, so no wait fails.
            let silent = asked.wait_for(|asked| asked.for_ever && asked.waiting == 0);
            let known = silent.await.map_or(0, |asked| asked.all);
            let polls = async {
                let mut silent = 0;
                while silent < self.polls() {
                    tokio::time::sleep(POLL).await;
                    silent += 1;
                }
                // The handler has returned and its answer is being written. Questions are refused
                // from then on, so silence shows nothing.
                if self.over.is_cancelled() {
                    std::future::pending().await
                }
            };
            tokio::select! {
                biased;
                _ = asked.wait_for(|asked| asked.all != known) => {}
                () = polls => return,
            }
        }
    }

    /// How many silent polls end the stream of a caller that has sent everything.
    fn polls(&self) -> u32 {
        if self.draining.is_cancelled() {
            DRAIN_POLLS
        } else {
            POLLS
        }
    }

    /// Waits for the service to drain, and then for one poll.
    async fn poll_of_drain(&self) {
        self.draining.cancelled().await;
        tokio::time::sleep(POLL).await;
    }

    /// Only one request per stream is pending, which bounds the memory that a peer can use. The
    /// last request counts: a peer that asks again no longer waits for the earlier answer.
    fn replace_question(&self) -> CancellationToken {
        let next = CancellationToken::new();
        let mut question = self.question.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *question, next.clone()).cancel();
        next
    }

    /// Waits until `until` bytes are consumed and the caller may send up to `room`, within the
    /// limit of one stream.
    async fn granted(&self, until: u64, room: u64) {
        let until = until.max(room.saturating_sub(LARGEST));
        let mut changes = self.taken.subscribe();
        let scarce = tokio::time::sleep(SCARCE);
        tokio::pin!(scarce);
        let more = loop {
            let taken = *changes.borrow_and_update();
            let is_taken = taken >= until;
            let (missing, of_window, has_news) = {
                let promise = self.promise();
                (
                    promise.missing(room, taken),
                    promise.missing(room.max(taken + WINDOW), taken),
                    promise.has_news(taken),
                )
            };
            if is_taken && (room == 0 || missing == 0) {
                self.promise().met();
                return;
            }
            if is_taken && let Some(more) = self.share.take_spare(of_window) {
                break more;
            }
            let granted = async {
                let since = self.promise().waiting_since();
                self.share.take(missing, since).await
            };
            tokio::select! {
                more = granted, if is_taken => break more,
                // What the handler takes may be room enough, whatever the budget has. The sender is
                // held here, so it does not fail.
                _ = changes.changed() => {}
                // A part of it lets a stream of small items go on.
                () = &mut scarce, if is_taken && has_news => return,
            }
        };
        let taken = *self.taken.borrow();
        self.promise().extend(more, taken);
    }
}

#[cfg(test)]
mod tests;
