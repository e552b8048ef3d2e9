//! Links: connections of clients, with the registrations of each client.

mod client_proof;
mod close_reason;
mod probe;
mod send_queue;
mod table;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bytes::Bytes;
use tokio_util::sync::CancellationToken;

pub(crate) use client_proof::ClientProof;
pub(crate) use close_reason::CloseReason;
use probe::{Nonce, Probe};
pub(crate) use send_queue::{QueueFull, SendQueue, SendQueueReader, send_queue};
pub(crate) use table::Links;

use crate::clock::CLOCK_TOLERANCE_MS;
use crate::credentials::TlsBinding;
use crate::frames::{PREFIX, frame};
use crate::name::QualifiedName;
use crate::policy::FramePolicy;

/// Maximum number of links, enough for the programs of one machine.
const MAX_LINKS: usize = 256;

/// An advertised procedure of a link.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AdvertisedProcedure {
    /// The record version. A later version replaces an earlier one, and a withdrawal removes all
    /// versions up to the one that the withdrawal names.
    pub(crate) version: [u8; 16],
    pub(crate) expires_at: i64,
}

impl AdvertisedProcedure {
    pub(crate) fn is_live(&self, now_ms: i64) -> bool {
        now_ms < self.expires_at.saturating_add(CLOCK_TOLERANCE_MS)
    }
}

/// Guard that counts a client's request to the station itself until the guard is dropped.
#[derive(Debug)]
pub(crate) struct StationRequestGuard(Arc<Link>);

impl Drop for StationRequestGuard {
    fn drop(&mut self) {
        self.0.station_requests.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A linked client.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) node: [u8; 32],
    pub(crate) connection: quinn::Connection,
    pub(crate) proof: ClientProof,
    /// The station's binding in this link's handshake; status statements for the link must name it.
    pub(crate) binding: Arc<TlsBinding>,
    /// The number of the client's relayed calls without a reply.
    pub(crate) pending_calls: AtomicUsize,
    /// The number of the client's requests that the station itself is answering.
    station_requests: AtomicUsize,
    procedures: Mutex<HashMap<QualifiedName, AdvertisedProcedure>>,
    topics: Mutex<HashSet<QualifiedName>>,
    queue: SendQueue,
    frame_policy: Option<FramePolicy>,
    probe: Mutex<Probe>,
    closed: CancellationToken,
    close_reason: OnceLock<CloseReason>,
    /// Counts the links that are in memory.
    _held: Arc<()>,
}

impl Link {
    pub(crate) fn new(
        connection: quinn::Connection,
        node: [u8; 32],
        proof: ClientProof,
        binding: Arc<TlsBinding>,
        queue: SendQueue,
        frame_policy: Option<FramePolicy>,
        held: Arc<()>,
    ) -> Self {
        Self {
            node,
            connection,
            proof,
            binding,
            pending_calls: AtomicUsize::new(0),
            station_requests: AtomicUsize::new(0),
            procedures: Mutex::default(),
            topics: Mutex::default(),
            queue,
            frame_policy,
            probe: Mutex::default(),
            closed: CancellationToken::new(),
            close_reason: OnceLock::new(),
            _held: held,
        }
    }

    /// Queues `frame` for the client, and closes the link if its queue is full.
    pub(crate) fn send(&self, frame: Bytes) {
        if self.try_send(frame).is_err() {
            self.close(CloseReason::SlowConsumer);
        }
    }

    /// Queues `frame` for the client, if its queue has room.
    pub(crate) fn try_send(&self, frame: Bytes) -> Result<(), QueueFull> {
        if !self.replaces_frames() {
            return self.queue.push(frame);
        }
        self.replaced(frame)
            .into_iter()
            .try_for_each(|frame| self.queue.push(frame))
    }

    /// Whether a policy replaces the frames to the client.
    pub(crate) fn replaces_frames(&self) -> bool {
        self.frame_policy.is_some()
    }

    /// Returns the frames to send to the client in place of `received`.
    pub(crate) fn replaced(&self, received: Bytes) -> Vec<Bytes> {
        match &self.frame_policy {
            None => vec![received],
            Some(policy) => {
                let replaced = policy.replace(&self.node, &received[PREFIX..]);
                replaced.iter().map(|cbor| frame(cbor)).collect()
            }
        }
    }

    /// Closes the link. If it is called several times, the first reason applies.
    pub(crate) fn close(&self, reason: CloseReason) {
        let _ = self.close_reason.set(reason);
        self.closed.cancel();
    }

    /// Waits until the link is closed.
    pub(crate) async fn closed(&self) {
        self.closed.cancelled().await;
    }

    pub(crate) fn close_reason(&self) -> CloseReason {
        self.close_reason
            .get()
            .cloned()
            .unwrap_or(CloseReason::Shutdown)
    }

    /// Counts a request to the station itself until the guard is dropped.
    pub(crate) fn count_station_request(self: &Arc<Self>) -> StationRequestGuard {
        self.station_requests.fetch_add(1, Ordering::SeqCst);
        StationRequestGuard(self.clone())
    }

    /// Returns whether the station is answering a request of the client.
    pub(crate) fn has_station_requests(&self) -> bool {
        self.station_requests.load(Ordering::SeqCst) > 0
    }

    /// Returns why a station that no longer forwards calls closes the link.
    pub(crate) fn stop_reason(&self) -> CloseReason {
        let calls = self.pending_calls.load(Ordering::SeqCst);
        if calls == 0 && !self.has_station_requests() {
            CloseReason::Drained
        } else {
            CloseReason::Shutdown
        }
    }

    /// Returns whether the client understands the relay error `overloaded`.
    pub(crate) fn understands_overloaded(&self) -> bool {
        self.proof.understands_overloaded()
    }

    /// Returns the procedures that the client advertised, by which calls reach the client.
    pub(crate) fn procedures(&self) -> MutexGuard<'_, HashMap<QualifiedName, AdvertisedProcedure>> {
        self.procedures
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the topics that the client subscribed to.
    pub(crate) fn topics(&self) -> MutexGuard<'_, HashSet<QualifiedName>> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the expiry of the client's newest status statement.
    pub(crate) fn renew_status(&self, expires_at: i64) {
        self.proof.renew_status(expires_at);
    }

    /// Returns the reason to close the link if the client's proof has expired.
    pub(crate) fn expired(&self, now_ms: i64) -> Option<CloseReason> {
        self.proof.expired(now_ms)
    }

    /// Starts a liveness probe if the last one is at least `interval_ms` old. Returns whether to
    /// send the probe, or the reason to close the link.
    pub(crate) fn start_probe(
        &self,
        nonce: Nonce,
        now_ms: i64,
        interval_ms: i64,
    ) -> Result<bool, CloseReason> {
        self.probe().start(nonce, now_ms, interval_ms)
    }

    /// Records the client's answer to a probe.
    pub(crate) fn record_probe_answer(&self, nonce: Nonce) {
        self.probe().record_answer(nonce);
    }

    fn probe(&self) -> MutexGuard<'_, Probe> {
        self.probe.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
