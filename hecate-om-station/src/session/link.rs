//! A linked client, as the rest of the station sees it.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bytes::Bytes;
use macula_rust::binding::SignedTbs;
use macula_rust::frame::LIVENESS_NONCE_SIZE;
use macula_rust::handshake::{CAP_RELAY_OVERLOADED, Client};
use tokio_util::sync::CancellationToken;

use super::outbox::{Full, Outbox};
use crate::credentials::Issued;
use crate::relay::{Name, Served};

/// Why a link ended. The names are the ones every macula SDK uses, where it
/// has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// The client said goodbye, with this reason.
    Goodbye(String),
    /// A frame that is not wire 1.0's.
    Malformed,
    /// The same node connected again: one connection per node id.
    Superseded,
    /// It read more slowly than it was written to.
    SlowConsumer,
    /// Its status statement lapsed.
    StatusExpired,
    /// Its CONNECT binding reached its end.
    BindingExpired,
    /// It missed two liveness probes in a row.
    LivenessLost,
    /// The connection went away.
    Lost(String),
    /// The station's owner ended it.
    Closed,
    /// The station closes, and each call of the client's that it passed on was
    /// answered.
    Drained,
    /// The station stops.
    Shutdown,
}

impl End {
    /// The reason on the wire, in the GOODBYE and in the QUIC close.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Goodbye(_) => "goodbye",
            Self::Malformed => "malformed_frame",
            Self::Superseded => "superseded",
            Self::SlowConsumer => "slow_consumer",
            Self::StatusExpired => "status_expired",
            Self::BindingExpired => "binding_expired",
            Self::LivenessLost => "liveness_lost",
            Self::Lost(_) => "connection_lost",
            Self::Closed => "closed",
            Self::Drained => "drained",
            Self::Shutdown => "shutdown",
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Self::Goodbye(why) | Self::Lost(why) => write!(f, ": {why}"),
            _ => Ok(()),
        }
    }
}

/// What the handshake proved of a client.
#[derive(Debug)]
pub(crate) struct Proof {
    pub(crate) identity_key: Vec<u8>,
    pub(crate) connect_binding: SignedTbs,
    binding_not_after: i64,
    status_expires_at: AtomicI64,
    capabilities: u64,
}

impl From<Client> for Proof {
    fn from(client: Client) -> Self {
        Self {
            identity_key: client.identity_key,
            connect_binding: client.connect_binding,
            binding_not_after: client.binding_not_after,
            status_expires_at: AtomicI64::new(client.status_expires_at),
            capabilities: client.capabilities,
        }
    }
}

/// How long past its expiry a statement's successor is waited for, as the
/// clients wait for the station's.
const STATUS_GRACE_MS: i64 = 5 * 60 * 1000;

/// The liveness probe under way.
#[derive(Debug, Default)]
struct Probe {
    nonce: Option<[u8; LIVENESS_NONCE_SIZE]>,
    misses: u8,
    sent_at_ms: i64,
}

impl Probe {
    fn begin(
        &mut self,
        nonce: [u8; LIVENESS_NONCE_SIZE],
        now_ms: i64,
        every_ms: i64,
    ) -> Result<bool, End> {
        if (0..every_ms).contains(&(now_ms - self.sent_at_ms)) {
            return Ok(false);
        }
        self.misses = match self.nonce {
            Some(_) => self.misses + 1,
            None => 0,
        };
        if self.misses >= 2 {
            return Err(End::LivenessLost);
        }
        self.nonce = Some(nonce);
        self.sent_at_ms = now_ms;
        Ok(true)
    }

    fn answered(&mut self, nonce: [u8; LIVENESS_NONCE_SIZE]) {
        if self.nonce == Some(nonce) {
            self.nonce = None;
        }
    }
}

impl Proof {
    fn lapsed(&self, now_ms: i64) -> Option<End> {
        let status = self.status_expires_at.load(Ordering::Relaxed);
        if now_ms >= self.binding_not_after {
            return Some(End::BindingExpired);
        }
        (now_ms >= status.saturating_add(STATUS_GRACE_MS)).then_some(End::StatusExpired)
    }
}

/// A client's request that the station itself answers.
#[derive(Debug)]
pub(crate) struct StationRequest(Arc<Link>);

impl Drop for StationRequest {
    fn drop(&mut self) {
        self.0.station_requests.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A linked client.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) node: [u8; 32],
    pub(crate) connection: quinn::Connection,
    pub(crate) proof: Proof,
    /// The binding of this link's handshake, which its statements must be of.
    pub(crate) issued: Arc<Issued>,
    /// Its calls waiting for a reply.
    pub(crate) pending_calls: AtomicUsize,
    /// Its requests that the station itself answers.
    station_requests: AtomicUsize,
    /// The procedures it advertised here, by which calls reach it.
    served: Mutex<HashMap<Name, Served>>,
    /// The topics it subscribed to.
    topics: Mutex<HashSet<Name>>,
    outbox: Outbox,
    probe: Mutex<Probe>,
    ended: CancellationToken,
    end: OnceLock<End>,
}

impl Link {
    pub(super) fn new(
        connection: quinn::Connection,
        node: [u8; 32],
        proof: Proof,
        issued: Arc<Issued>,
        outbox: Outbox,
    ) -> Self {
        Self {
            node,
            connection,
            proof,
            issued,
            pending_calls: AtomicUsize::new(0),
            station_requests: AtomicUsize::new(0),
            served: Mutex::default(),
            topics: Mutex::default(),
            outbox,
            probe: Mutex::default(),
            ended: CancellationToken::new(),
            end: OnceLock::new(),
        }
    }

    /// Queues `frame` for the client, or ends the link where the client reads
    /// too slowly to be owed more.
    pub(crate) fn send(&self, frame: Bytes) {
        if self.try_send(frame).is_err() {
            self.end(End::SlowConsumer);
        }
    }

    /// Queues `frame` where there is room for it.
    pub(crate) fn try_send(&self, frame: Bytes) -> Result<(), Full> {
        self.outbox.push(frame)
    }

    /// Ends the link, the first reason given standing.
    pub(crate) fn end(&self, why: End) {
        let _ = self.end.set(why);
        self.ended.cancel();
    }

    /// Counts a request that the station itself answers, until dropped.
    pub(crate) fn begin_station_request(self: &Arc<Self>) -> StationRequest {
        self.station_requests.fetch_add(1, Ordering::SeqCst);
        StationRequest(self.clone())
    }

    /// Whether none of the client's calls is under way.
    pub(crate) fn is_drained(&self) -> bool {
        let calls = self.pending_calls.load(Ordering::SeqCst);
        calls == 0 && self.station_requests.load(Ordering::SeqCst) == 0
    }

    /// Waits until the link is ended.
    pub(crate) async fn ended(&self) {
        self.ended.cancelled().await;
    }

    pub(super) fn why(&self) -> End {
        self.end.get().cloned().unwrap_or(End::Shutdown)
    }

    /// Whether the client reads the relay error `overloaded`, which goes only
    /// to clients that declared it.
    pub(crate) fn reads_overloaded(&self) -> bool {
        self.proof.capabilities & CAP_RELAY_OVERLOADED != 0
    }

    pub(crate) fn served(&self) -> MutexGuard<'_, HashMap<Name, Served>> {
        self.served.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn topics(&self) -> MutexGuard<'_, HashSet<Name>> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of the client's newest statement.
    pub(super) fn status_renewed(&self, expires_at: i64) {
        self.proof
            .status_expires_at
            .store(expires_at, Ordering::Relaxed);
    }

    /// What of the client's standing has lapsed by `now_ms`, if anything.
    pub(crate) fn lapsed(&self, now_ms: i64) -> Option<End> {
        self.proof.lapsed(now_ms)
    }

    /// Begins a liveness probe with `nonce` where the last one is at least
    /// `every_ms` old: whether to send it, or that the client missed two in a
    /// row.
    pub(crate) fn probe(
        &self,
        nonce: [u8; LIVENESS_NONCE_SIZE],
        now_ms: i64,
        every_ms: i64,
    ) -> Result<bool, End> {
        let mut probe = self.probe.lock().unwrap_or_else(PoisonError::into_inner);
        probe.begin(nonce, now_ms, every_ms)
    }

    /// The client answered a probe.
    pub(super) fn probe_answered(&self, nonce: [u8; LIVENESS_NONCE_SIZE]) {
        let mut probe = self.probe.lock().unwrap_or_else(PoisonError::into_inner);
        probe.answered(nonce);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: i64 = 30;

    #[test]
    fn a_client_that_answers_is_probed_at_each_interval_and_no_sooner() {
        let mut probe = Probe::default();
        for n in 1..=5u8 {
            let now = i64::from(n) * EVERY;
            assert_eq!(probe.begin([n; 16], now, EVERY), Ok(true));
            assert_eq!(probe.begin([n; 16], now + EVERY - 1, EVERY), Ok(false));
            probe.answered([n; 16]);
        }
    }

    #[test]
    fn two_probes_unanswered_end_the_link_whatever_else_is_answered() {
        let mut probe = Probe::default();
        assert_eq!(probe.begin([1; 16], EVERY, EVERY), Ok(true));
        probe.answered([9; 16]);
        assert_eq!(probe.begin([2; 16], 2 * EVERY, EVERY), Ok(true));
        // Too late: another is asked for now.
        probe.answered([1; 16]);
        let third = probe.begin([3; 16], 3 * EVERY, EVERY);
        assert_eq!(third, Err(End::LivenessLost));
    }

    #[test]
    fn one_probe_missed_is_forgiven_by_the_next_answer() {
        let mut probe = Probe::default();
        for n in 1..=6u8 {
            let now = i64::from(n) * EVERY;
            assert_eq!(probe.begin([n; 16], now, EVERY), Ok(true), "{n}");
            if n % 2 == 0 {
                probe.answered([n; 16]);
            }
        }
    }

    #[test]
    fn a_client_lapses_with_its_binding_at_once_and_with_its_statement_after_a_grace() {
        let object = SignedTbs {
            tbs: Vec::new(),
            signature: Vec::new(),
        };
        let proof = Proof {
            identity_key: Vec::new(),
            connect_binding: object,
            binding_not_after: 10 * STATUS_GRACE_MS,
            status_expires_at: AtomicI64::new(1_000),
            capabilities: 0,
        };
        let grace = 1_000 + STATUS_GRACE_MS;
        assert_eq!(proof.lapsed(grace - 1), None);
        assert_eq!(proof.lapsed(grace), Some(End::StatusExpired));
        proof.status_expires_at.store(i64::MAX, Ordering::Relaxed);
        assert_eq!(proof.lapsed(10 * STATUS_GRACE_MS - 1), None);
        let ended = proof.lapsed(10 * STATUS_GRACE_MS);
        assert_eq!(ended, Some(End::BindingExpired));
    }
}
