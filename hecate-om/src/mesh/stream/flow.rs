//! How the ends of a stream tell each other what was taken.
//!
//! A node that serves streams answers one more procedure, `~<node id>/hecate_om.flow`, in the namespace that is its
//! own: there a caller says how much it has taken of a stream, and asks how much of what it sent was. It is not said on
//! the stream itself, where the wire has no frame for it and lets the caller of a server stream send none, so that
//! peers of other implementations see nothing that they do not know.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use macula_rust::frame::VerifiedRequest;
use macula_rust::record::own_procedure;
use macula_rust::station_link::{Confidentiality, Offer, Request, handler};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::{WINDOW, fits};
use crate::mesh::codec::{self, Payload};

/// The procedure's name in the node's own namespace.
const NAME: &str = "hecate_om.flow";
/// How long a question waits for its answer; then it is answered with what is known, and asked again.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a caller that has said nothing of what it took is waited for once the window is full: then it is one of
/// another implementation. One of ours has said it long before.
const SILENCE: Duration = Duration::from_secs(1);

/// The procedure that `node` answers.
pub(super) fn procedure(node: &[u8; 32]) -> String {
    own_procedure(node, NAME)
}

/// What a caller says of a stream of its own.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Ask {
    /// The request id of the stream's opening, in hex.
    pub(super) stream: String,
    /// How much the caller has taken.
    #[serde(default)]
    pub(super) taken: Option<u64>,
    /// Answer once so much of what the caller sent is taken.
    #[serde(default)]
    pub(super) until: Option<u64>,
}

/// The answer to it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Told {
    /// How much of what the caller sent is taken.
    pub(super) taken: u64,
}

/// The caller and the request id of a stream's opening: nobody has a word in the streams of others.
type StreamId = ([u8; 32], [u8; 16]);

/// The streams that are served.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flows(Arc<Mutex<HashMap<StreamId, Arc<Flow>>>>);

/// How far a stream that is served has come.
#[derive(Debug, Default)]
struct Flow {
    /// How much the caller has taken, once it has said so.
    granted: watch::Sender<Option<u64>>,
    /// How much of what the caller sent its handler has taken.
    taken: watch::Sender<u64>,
    /// Whether the caller waits for an answer.
    asked: AtomicBool,
}

impl Flows {
    fn streams(&self) -> MutexGuard<'_, HashMap<StreamId, Arc<Flow>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A stream begins; it is known until what is returned is dropped.
    pub(super) fn begin(&self, open: &VerifiedRequest) -> Flowing {
        let id = (open.caller, open.request_id);
        let flow = Arc::<Flow>::default();
        self.streams().insert(id, Arc::clone(&flow));
        Flowing {
            of: self.clone(),
            id,
            flow,
            sent: tokio::sync::Mutex::new(Sent::default()),
        }
    }

    /// The procedure, as it is offered at each station.
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
        let flow = flow.ok_or("unknown_stream")?;
        if let Some(taken) = ask.taken {
            // They may overtake each other.
            let later = |granted: &mut Option<u64>| match *granted < Some(taken) {
                true => {
                    *granted = Some(taken);
                    true
                }
                false => false,
            };
            flow.granted.send_if_modified(later);
        }
        if let Some(until) = ask.until {
            // One question a stream is all that is held of it.
            if flow.asked.swap(true, Ordering::Relaxed) {
                return Err("busy");
            }
            let mut taken = flow.taken.subscribe();
            let enough = taken.wait_for(|taken| *taken >= until);
            let _ = tokio::time::timeout(PATIENCE, enough).await;
            flow.asked.store(false, Ordering::Relaxed);
        }
        let taken = *flow.taken.borrow();
        Ok(Told { taken })
    }
}

/// A stream that is served, as its caller can ask of it.
#[derive(Debug)]
pub(super) struct Flowing {
    of: Flows,
    id: StreamId,
    flow: Arc<Flow>,
    sent: tokio::sync::Mutex<Sent>,
}

#[derive(Debug, Default)]
struct Sent {
    cost: u64,
    /// Whether the caller does not say what it takes.
    silent: bool,
}

impl Flowing {
    /// The handler has taken an item of this cost.
    pub(super) fn took(&self, cost: u64) {
        self.flow.taken.send_modify(|taken| *taken += cost);
    }

    /// Waits until the caller has room for an item of this cost.
    pub(super) async fn room(&self, cost: u64) {
        let mut sent = self.sent.lock().await;
        let mut granted = self.flow.granted.subscribe();
        loop {
            let known = *granted.borrow_and_update();
            let silent = known.is_none() && sent.silent;
            if silent || fits(cost, sent.cost, known.unwrap_or(0)) {
                sent.cost += cost;
                return;
            }
            let said = granted.changed();
            match known {
                // The sender of what is awaited is held here, so it does not fail.
                Some(_) => _ = said.await,
                None => sent.silent = tokio::time::timeout(SILENCE, said).await.is_err(),
            }
        }
    }
}

impl Drop for Flowing {
    fn drop(&mut self) {
        self.of.streams().remove(&self.id);
        // Who waits for it is answered: there is nothing more to wait for.
        self.flow.taken.send_replace(u64::MAX - WINDOW);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COST: u64 = WINDOW / 4;

    fn flowing(flows: &Flows) -> Flowing {
        let flow = Arc::<Flow>::default();
        let id = ([1; 32], [2; 16]);
        flows.streams().insert(id, Arc::clone(&flow));
        Flowing {
            of: flows.clone(),
            id,
            flow,
            sent: tokio::sync::Mutex::default(),
        }
    }

    fn ask(taken: Option<u64>, until: Option<u64>) -> Ask {
        Ask {
            stream: hex::encode([2; 16]),
            taken,
            until,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_window_waits_until_the_caller_has_taken_of_it() {
        let flows = Flows::default();
        let stream = flowing(&flows);
        flows.answer([1; 32], ask(Some(0), None)).await.unwrap();
        for _ in 0..4 {
            stream.room(COST).await;
        }
        let fifth = stream.room(COST);
        tokio::pin!(fifth);
        assert!(futures_util::poll!(&mut fifth).is_pending());
        flows
            .answer([1; 32], ask(Some(COST - 1), None))
            .await
            .unwrap();
        assert!(futures_util::poll!(&mut fifth).is_pending(), "not enough");
        flows.answer([1; 32], ask(Some(COST), None)).await.unwrap();
        fifth.await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_that_never_says_what_it_took_is_waited_for_once() {
        let flows = Flows::default();
        let stream = flowing(&flows);
        let began = tokio::time::Instant::now();
        for _ in 0..100 {
            stream.room(COST).await;
        }
        assert_eq!(began.elapsed(), SILENCE);
        flows.answer([1; 32], ask(Some(0), None)).await.unwrap();
        let next = stream.room(COST);
        tokio::pin!(next);
        assert!(
            futures_util::poll!(&mut next).is_pending(),
            "it speaks after all"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn an_item_larger_than_the_window_goes_alone() {
        let flows = Flows::default();
        let stream = flowing(&flows);
        flows.answer([1; 32], ask(Some(0), None)).await.unwrap();
        stream.room(3 * WINDOW).await;
        let next = stream.room(1);
        tokio::pin!(next);
        assert!(futures_util::poll!(&mut next).is_pending());
        flows
            .answer([1; 32], ask(Some(3 * WINDOW), None))
            .await
            .unwrap();
        next.await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_question_is_answered_once_enough_is_taken_or_the_stream_is_over() {
        let flows = Flows::default();
        let stream = flowing(&flows);
        let question = flows.answer([1; 32], ask(None, Some(COST)));
        tokio::pin!(question);
        assert!(futures_util::poll!(&mut question).is_pending());
        let second = flows.answer([1; 32], ask(None, Some(COST))).await;
        assert_eq!(second.unwrap_err(), "busy", "one at a time is held");
        stream.took(COST);
        assert_eq!(question.await.unwrap().taken, COST);

        let question = flows.answer([1; 32], ask(None, Some(2 * COST)));
        tokio::pin!(question);
        assert!(futures_util::poll!(&mut question).is_pending());
        drop(stream);
        assert!(question.await.unwrap().taken > 2 * COST);
    }

    #[tokio::test]
    async fn nobody_has_a_word_in_the_stream_of_another() {
        let flows = Flows::default();
        let stream = flowing(&flows);
        let other = flows.answer([9; 32], ask(Some(WINDOW), None)).await;
        assert_eq!(other.unwrap_err(), "unknown_stream");
        assert_eq!(*stream.flow.granted.borrow(), None);
        drop(stream);
        assert!(flows.streams().is_empty());
    }
}
