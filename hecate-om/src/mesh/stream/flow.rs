//! How the ends of a stream tell each other what was taken.
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
use super::budget::{Budget, LARGEST, Promise, Share};
use super::serving::Flowing;
use crate::mesh::codec::{self, Payload};

/// The procedure's name in the node's own namespace.
const NAME: &str = "hecate_om.flow";
/// How long a question waits for its answer; then it is answered with what is known, and asked again.
const PATIENCE: Duration = Duration::from_secs(20);

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
    /// Answer once so much of what the caller sent is taken.
    #[serde(default)]
    pub(super) until: Option<u64>,
    /// Answer once the caller may send this many bytes of the stream in all.
    #[serde(default)]
    pub(super) room: Option<u64>,
}

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
    /// Cancelled when a later request replaces the waiting one.
    question: Mutex<CancellationToken>,
    /// Cancelled when the stream is over.
    over: CancellationToken,
}

impl Flows {
    fn streams(&self) -> MutexGuard<'_, HashMap<StreamId, Arc<Flow>>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A stream begins; it is known until what is returned is dropped.
    pub(super) fn begin(&self, open: &VerifiedRequest) -> Flowing {
        self.begin_as((open.caller, open.request_id))
    }

    pub(super) fn begin_as(&self, id: StreamId) -> Flowing {
        let mut streams = self.streams();
        let same_caller = streams.iter().find(|((caller, _), _)| *caller == id.0);
        let flow = Arc::new(Flow {
            granted: watch::Sender::default(),
            taken: watch::Sender::default(),
            promise: Mutex::default(),
            share: same_caller.map_or_else(|| self.budget.share(), |(_, flow)| flow.share.clone()),
            question: Mutex::default(),
            over: CancellationToken::new(),
        });
        streams.insert(id, Arc::clone(&flow));
        drop(streams);
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
            let granted = flow.granted(ask.until.unwrap_or(0), ask.room.unwrap_or(0));
            let replaced = flow.replace_question();
            tokio::select! {
                biased;
                // A finished stream is not answered; the stream itself reports how it ended.
                () = flow.over.cancelled() => return Err(UNKNOWN),
                () = granted => {}
                () = replaced.cancelled() => {}
                () = tokio::time::sleep(PATIENCE) => {}
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
            limit: Some(self.promise().limit(taken)),
        }
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
        let more = loop {
            let taken = *changes.borrow_and_update();
            let (missing, of_window) = {
                let promise = self.promise();
                (
                    promise.missing(room, taken),
                    promise.missing(room.max(taken + WINDOW), taken),
                )
            };
            let is_taken = taken >= until;
            if is_taken && (room == 0 || missing == 0) {
                return;
            }
            if is_taken && let Some(more) = self.share.take_spare(of_window) {
                break more;
            }
            tokio::select! {
                more = self.share.take(missing), if is_taken => break more,
                // What the handler takes may be room enough, whatever the budget has. The sender is
                // held here, so it does not fail.
                _ = changes.changed() => {}
            }
        };
        let taken = *self.taken.borrow();
        self.promise().extend(more, taken);
    }
}

#[cfg(test)]
mod tests {
    use super::super::budget::INITIAL;
    use super::*;

    const CALLER: [u8; 32] = [1; 32];
    const COST: u64 = WINDOW / 4;

    fn flowing(flows: &Flows) -> Flowing {
        flows.begin_as((CALLER, [2; 16]))
    }

    fn ask(taken: Option<u64>, until: Option<u64>, room: Option<u64>) -> Ask {
        Ask {
            stream: hex::encode([2; 16]),
            taken,
            until,
            room,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_question_is_answered_once_enough_is_taken() {
        let flows = Flows::default();
        let stream = flowing(&flows);
        let question = flows.answer(CALLER, ask(None, Some(COST), None));
        tokio::pin!(question);
        assert!(futures_util::poll!(&mut question).is_pending());
        stream.took(COST);
        assert_eq!(question.await.unwrap().taken, COST);
    }

    #[tokio::test(start_paused = true)]
    async fn progress_of_the_handler_answers_a_question_that_waits_for_the_budget() {
        let flows = Flows::default();
        let mut held = Vec::new();
        for n in 0..3 {
            let stream = flows.begin_as((CALLER, [10 + n; 16]));
            let question = Ask {
                stream: hex::encode([10 + n; 16]),
                taken: None,
                until: None,
                room: Some(LARGEST),
            };
            flows.answer(CALLER, question).await.unwrap();
            held.push(stream);
        }
        let stream = flowing(&flows);
        let asked = tokio::time::Instant::now();
        let question = flows.answer(CALLER, ask(None, None, Some(LARGEST)));
        tokio::pin!(question);
        assert!(futures_util::poll!(&mut question).is_pending());
        stream.took(LARGEST - INITIAL);
        let told = question.await.unwrap();
        assert!(told.limit >= Some(LARGEST), "{told:?}");
        assert_eq!(asked.elapsed(), Duration::ZERO, "it waits for nothing else");
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_is_over_was_not_taken() {
        let flows = Flows::default();
        let stream = flowing(&flows);
        let question = flows.answer(CALLER, ask(None, Some(COST), None));
        tokio::pin!(question);
        assert!(futures_util::poll!(&mut question).is_pending());
        drop(stream);
        assert_eq!(question.await.unwrap_err(), UNKNOWN);
    }

    #[tokio::test(start_paused = true)]
    async fn a_later_question_takes_the_place_of_one_that_waits_or_was_dropped() {
        let flows = Flows::default();
        let stream = flowing(&flows);
        let dropped = flows.answer(CALLER, ask(None, Some(COST), None));
        {
            tokio::pin!(dropped);
            assert!(futures_util::poll!(&mut dropped).is_pending());
        }
        let waits = flows.answer(CALLER, ask(None, Some(COST), None));
        tokio::pin!(waits);
        assert!(futures_util::poll!(&mut waits).is_pending());
        let later = flows.answer(CALLER, ask(None, Some(COST), None));
        tokio::pin!(later);
        assert!(futures_util::poll!(&mut later).is_pending());
        assert_eq!(waits.await.unwrap().taken, 0, "answered with what is known");
        stream.took(COST);
        assert_eq!(later.await.unwrap().taken, COST);
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_may_send_a_window_once_it_asks_and_a_large_item_alone() {
        let flows = Flows::default();
        let stream = flowing(&flows);
        let told = flows.answer(CALLER, ask(None, None, Some(1))).await;
        assert_eq!(told.unwrap().limit, Some(INITIAL));
        let told = flows.answer(CALLER, ask(None, Some(0), Some(COST))).await;
        assert_eq!(told.unwrap().limit, Some(WINDOW));
        let large = flows.answer(CALLER, ask(None, Some(COST), Some(9 * WINDOW)));
        tokio::pin!(large);
        assert!(futures_util::poll!(&mut large).is_pending());
        stream.took(COST);
        assert_eq!(large.await.unwrap().limit, Some(9 * WINDOW));
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_is_promised_than_the_caller_may_leave_unread() {
        let flows = Flows::default();
        let streams: Vec<_> = (0..4).map(|n| flows.begin_as((CALLER, [n; 16]))).collect();
        let asks = |n: u8| Ask {
            stream: hex::encode([n; 16]),
            ..ask(None, Some(0), Some(LARGEST))
        };
        for n in 0..3 {
            let told = flows.answer(CALLER, asks(n)).await;
            assert_eq!(told.unwrap().limit, Some(LARGEST));
        }
        let fourth = flows.answer(CALLER, asks(3));
        tokio::pin!(fourth);
        assert!(futures_util::poll!(&mut fourth).is_pending());
        streams[0].took(LARGEST);
        assert_eq!(fourth.await.unwrap().limit, Some(LARGEST));
    }

    #[tokio::test(start_paused = true)]
    async fn what_cannot_be_granted_is_answered_with_what_is() {
        let flows = Flows::default();
        let _stream = flowing(&flows);
        let ask = ask(None, Some(u64::MAX), Some(u64::MAX));
        let told = flows.answer(CALLER, ask).await.unwrap();
        assert_eq!((told.taken, told.limit), (0, Some(INITIAL)));
    }

    #[tokio::test]
    async fn nobody_has_a_word_in_the_stream_of_another() {
        let flows = Flows::default();
        let stream = flowing(&flows);
        let other = flows.answer([9; 32], ask(Some(WINDOW), None, None)).await;
        assert_eq!(other.unwrap_err(), UNKNOWN);
        let flow = flows.streams().values().next().cloned().unwrap();
        assert_eq!(*flow.granted.borrow(), None);
        drop(stream);
        assert!(flows.streams().is_empty());
    }
}
