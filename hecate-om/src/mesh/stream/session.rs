//! One opening of a stream by the caller, with its reports and credit requests.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use macula_rust::pool::PoolError;
use macula_rust::station_link::{LinkError, Stream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::cost;
use super::flow::{CreditRequest, FlowClient, SendLimit, WAITS_FOR_END};
use super::served::CANCELLED;
use crate::codec::Payload;
use crate::mesh::call::CallError;
use crate::mesh::connection::Router;

/// Time without a response after which the provider is notified that the caller is waiting. Most
/// responses arrive earlier.
const WAIT_NOTICE: Duration = Duration::from_secs(1);

/// Open stream. Dropping it cancels the stream.
pub(super) struct StreamSession {
    pub(super) stream: Stream,
    procedure: String,
    router: Router,
    /// Whether the stream has ended or was cancelled.
    ended: AtomicBool,
    /// Whether the provider is known to run the handler.
    handler_runs: Arc<AtomicBool>,
    flow: FlowClient,
    consumed: watch::Sender<u64>,
    wanted: watch::Sender<CreditRequest>,
    send_limit: Arc<watch::Sender<SendLimit>>,
    /// Whether the task that requests credit was started.
    requests_credit: AtomicBool,
    /// Cancelled when the session is dropped.
    dropped: CancellationToken,
}

impl StreamSession {
    pub(super) fn new(stream: Stream, router: Router, procedure: String) -> Self {
        let dropped = CancellationToken::new();
        Self {
            flow: FlowClient::new(stream.clone(), router.clone(), dropped.clone()),
            stream,
            procedure,
            router,
            ended: AtomicBool::new(false),
            handler_runs: Arc::default(),
            consumed: watch::Sender::default(),
            wanted: watch::Sender::default(),
            send_limit: Arc::default(),
            requests_credit: AtomicBool::new(false),
            dropped,
        }
    }

    /// Starts the task that reports consumed items.
    pub(super) fn start_reports(&self) {
        tokio::spawn(self.flow.clone().report(self.consumed.subscribe()));
    }

    /// Records that an item was consumed.
    pub(super) fn record_consumed(&self, item: &Payload) {
        self.handler_runs.store(true, Ordering::Relaxed);
        self.consumed
            .send_modify(|consumed| *consumed += cost(item));
    }

    /// Returns whether the provider is known to run the handler. If so, the stream must not be
    /// reopened.
    pub(super) fn handler_runs(&self) -> bool {
        self.handler_runs.load(Ordering::Relaxed)
    }

    /// Forgets the route to the provider, so that the next opening looks up the provider's key.
    pub(super) fn forget_route(&self) {
        let provider = self.stream.request().target;
        self.router.forget(&self.procedure, provider);
    }

    pub(super) fn send_limit(&self) -> watch::Receiver<SendLimit> {
        self.send_limit.subscribe()
    }

    /// Requests more credit, unless at least as much was already requested.
    pub(super) fn request_credit(&self, request: CreditRequest) {
        self.wanted.send_if_modified(|wanted| {
            let before = *wanted;
            wanted.until_consumed = wanted.until_consumed.max(request.until_consumed);
            wanted.limit = wanted.limit.max(request.limit);
            *wanted != before
        });
        if !self.requests_credit.swap(true, Ordering::Relaxed) {
            let handler_runs = Arc::clone(&self.handler_runs);
            let handler_runs = move || handler_runs.store(true, Ordering::Relaxed);
            let (wanted, send_limit) = (self.wanted.subscribe(), Arc::clone(&self.send_limit));
            let flow = self.flow.clone();
            tokio::spawn(flow.request_credit(wanted, send_limit, handler_runs));
        }
    }

    /// Notifies the provider, for the rest of the stream, that the caller is waiting. Once the
    /// caller has sent everything, the provider cannot see that on the stream.
    pub(super) fn notify_waiting(self: &Arc<Self>) {
        let session = Arc::downgrade(self);
        tokio::spawn(async move {
            tokio::time::sleep(WAIT_NOTICE).await;
            if let Some(session) = session.upgrade() {
                session.request_credit(CreditRequest {
                    until_consumed: WAITS_FOR_END,
                    limit: WAITS_FOR_END,
                });
            }
        });
    }

    /// Closes the stream, after everything that the provider sent was received.
    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
        let stream = self.stream.clone();
        // The provider has usually ended its side by now; `close` ends the caller's side.
        tokio::spawn(async move { stream.close().await });
    }

    /// Cancels the stream. The provider then drops the handler.
    pub(super) fn cancel(&self) {
        if self.ended.swap(true, Ordering::Relaxed) {
            return;
        }
        let stream = self.stream.clone();
        // Without a runtime, the link is already gone.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { stream.abort(CANCELLED, "").await });
        }
    }

    pub(super) fn error(&self, error: LinkError) -> CallError {
        // Items have no timeout, so the error is never a timeout.
        CallError::from_pool_error(PoolError::Link(error), &self.procedure, Duration::ZERO)
    }
}

impl Drop for StreamSession {
    fn drop(&mut self) {
        self.dropped.cancel();
        self.cancel();
    }
}

impl fmt::Debug for StreamSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamSession")
            .field("procedure", &self.procedure)
            .finish_non_exhaustive()
    }
}
