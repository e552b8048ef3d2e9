//! One opening of a stream by the caller, with its reports and credit requests.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use macula_rust::pool::{Pool, PoolError};
use macula_rust::station_link::{LinkError, Stream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::cost;
use super::credit::{Credit, Granted, Wanted};
use super::flow::FOREVER;
use super::served::LEFT;
use crate::codec::Payload;
use crate::mesh::CallError;

/// How long an answer may take before the provider is shown that its caller waits: most take less.
const ATTENDS: Duration = Duration::from_secs(1);

/// An open stream. Dropping it leaves the stream.
pub(super) struct Session {
    pub(super) stream: Stream,
    procedure: String,
    /// Whether the stream has ended or was left.
    over: AtomicBool,
    /// Whether the provider is known to run the handler.
    runs: Arc<AtomicBool>,
    credit: Credit,
    taken: watch::Sender<u64>,
    wanted: watch::Sender<Wanted>,
    granted: Arc<watch::Sender<Granted>>,
    /// Whether credit requests were started.
    asking: AtomicBool,
    /// Fires when nobody uses it any more.
    dropped: CancellationToken,
}

impl Session {
    pub(super) fn new(stream: Stream, pool: Pool, procedure: String) -> Self {
        let dropped = CancellationToken::new();
        Self {
            credit: Credit::new(stream.clone(), pool, dropped.clone()),
            stream,
            procedure,
            over: AtomicBool::new(false),
            runs: Arc::default(),
            taken: watch::Sender::default(),
            wanted: watch::Sender::default(),
            granted: Arc::default(),
            asking: AtomicBool::new(false),
            dropped,
        }
    }

    /// Starts to report consumed items.
    pub(super) fn report(&self) {
        tokio::spawn(self.credit.clone().report(self.taken.subscribe()));
    }

    /// Records that an item was consumed.
    pub(super) fn took(&self, item: &Payload) {
        self.runs.store(true, Ordering::Relaxed);
        self.taken.send_modify(|taken| *taken += cost(item));
    }

    /// Returns whether the provider is known to run the handler, so that the stream must not be
    /// reopened.
    pub(super) fn runs(&self) -> bool {
        self.runs.load(Ordering::Relaxed)
    }

    pub(super) fn granted(&self) -> watch::Receiver<Granted> {
        self.granted.subscribe()
    }

    /// Requests more credit, unless as much was already requested.
    pub(super) fn want(&self, wanted: Wanted) {
        self.wanted.send_if_modified(|now| {
            let before = *now;
            now.until = now.until.max(wanted.until);
            now.room = now.room.max(wanted.room);
            *now != before
        });
        if !self.asking.swap(true, Ordering::Relaxed) {
            let runs = Arc::clone(&self.runs);
            let (wanted, granted) = (self.wanted.subscribe(), Arc::clone(&self.granted));
            let runs = move || runs.store(true, Ordering::Relaxed);
            tokio::spawn(self.credit.clone().request(wanted, granted, runs));
        }
    }

    /// Shows the provider, for the rest of the stream, that its caller waits. The provider cannot
    /// see that on the stream once this side has sent everything.
    pub(super) fn attend(self: &Arc<Self>) {
        let session = Arc::downgrade(self);
        tokio::spawn(async move {
            tokio::time::sleep(ATTENDS).await;
            if let Some(session) = session.upgrade() {
                session.want(Wanted {
                    until: FOREVER,
                    room: FOREVER,
                });
            }
        });
    }

    /// The provider has sent all it will.
    pub(super) fn ended(&self) {
        self.over.store(true, Ordering::Relaxed);
        let stream = self.stream.clone();
        // Most streams are over by now; of one that is not, this side is.
        tokio::spawn(async move { stream.close().await });
    }

    /// Leaves the stream: its provider drops the handler.
    pub(super) fn leave(&self) {
        if self.over.swap(true, Ordering::Relaxed) {
            return;
        }
        let stream = self.stream.clone();
        // Without a runtime there is no link any more, either.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { stream.abort(LEFT, "").await });
        }
    }

    pub(super) fn error(&self, error: LinkError) -> CallError {
        // No time was given for what comes on a stream, so none has passed.
        CallError::of(PoolError::Link(error), &self.procedure, Duration::ZERO)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.dropped.cancel();
        self.leave();
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("procedure", &self.procedure)
            .finish_non_exhaustive()
    }
}
