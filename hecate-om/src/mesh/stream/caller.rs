//! Caller's end of a stream, shared by its sending and receiving halves. Reopens a stream that
//! certainly did not run.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, Weak};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use macula_rust::frame::StreamMode;
use macula_rust::station_link::LinkError;
use tokio::sync::{Mutex, watch};

use super::opening::{OpenRequest, Reopen};
use super::session::StreamSession;
use super::writer::ItemSink;
use super::{WINDOW, cost};
use crate::backoff::Backoff;
use crate::capability::{deadline, with_deadline};
use crate::codec::Payload;
use crate::mesh::call::CallError;
use crate::mesh::call::providers::Node;
use crate::mesh::call::retry::{UNREACHED_DELAYS, UNREACHED_RETRIES};
use crate::mesh::connection::shielded;

/// Time limit after a failed write for the stream to report why it ended. Afterwards, the write's
/// own error is reported.
const END_REASON: Duration = Duration::from_secs(5);

/// Caller's end of a stream.
pub(super) struct CallerStream {
    request: OpenRequest,
    /// Deadline of the handler that opened the stream. Stored here, because reopenings run in
    /// another task, which does not inherit the deadline.
    deadline: Option<Instant>,
    /// Time when the timeout of the first opening ends.
    opening_ends: tokio::time::Instant,
    session: watch::Sender<Arc<StreamSession>>,
    /// Locked during a write or a reopening.
    state: Mutex<OpenState>,
    /// Last reopening, and the session that it replaces.
    reopening: std::sync::Mutex<Option<(Weak<StreamSession>, Reopening)>>,
    cancelled: AtomicBool,
}

/// Reopening, shared by all tasks that wait for it.
type Reopening = Shared<BoxFuture<'static, Result<Arc<StreamSession>, CallError>>>;

/// State of writes and reopenings.
struct OpenState {
    /// Sent items, for a reopening. `None` once the handler runs or too much was sent.
    replay: Option<Replay>,
    delays: Backoff,
    retries: u32,
    /// Time when the last opening started.
    opened: tokio::time::Instant,
    /// Provider that the next opening avoids if there is another.
    avoided: Option<Node>,
    /// Whether a sealed opening was refused. Further openings are then never in plaintext.
    must_seal: bool,
    /// Whether a busy provider was skipped.
    skipped_busy: bool,
}

/// Items sent on a stream before the provider is known to have accepted any item.
#[derive(Default)]
struct Replay {
    items: Vec<Payload>,
    cost: u64,
    closed: bool,
}

impl CallerStream {
    /// Opens a stream, and returns the caller's end.
    pub(super) async fn open(request: OpenRequest) -> Result<Arc<Self>, CallError> {
        let (timeout, opening_ends) = request.deadline();
        let opened = tokio::time::Instant::now();
        let session = request.open(None, false, timeout).await?;
        let stream = Self {
            request,
            deadline: deadline(),
            opening_ends,
            session: watch::Sender::new(session),
            state: Mutex::new(OpenState {
                replay: Some(Replay::default()),
                delays: UNREACHED_DELAYS.start(),
                retries: UNREACHED_RETRIES,
                opened,
                avoided: None,
                must_seal: false,
                skipped_busy: false,
            }),
            reopening: std::sync::Mutex::default(),
            cancelled: AtomicBool::new(false),
        };
        stream.start_reports();
        Ok(Arc::new(stream))
    }

    /// Returns the current session of the stream.
    pub(super) fn session(&self) -> Arc<StreamSession> {
        Arc::clone(&self.session.borrow())
    }

    /// Cancels the stream, even if one half is still in use.
    pub(super) fn cancel(&self) {
        self.cancelled.store(true, Ordering::SeqCst);
        self.session().cancel();
    }

    /// Waits until `session` no longer carries the stream. Returns the next session, or the reason
    /// why there is no next session.
    ///
    /// Cancel-safe: a reopening that has started continues, and the next caller shares it.
    pub(super) async fn next_session(
        self: &Arc<Self>,
        session: &Arc<StreamSession>,
    ) -> Result<Arc<StreamSession>, CallError> {
        let Some(error) = session.stream.done().await else {
            return Err(CallError::StreamEnded);
        };
        self.shared_reopening(session, error).await
    }

    /// Returns the reopening after `failed` ended with `error`. The reopening runs once,
    /// independent of the number of waiting tasks.
    fn shared_reopening(
        self: &Arc<Self>,
        failed: &Arc<StreamSession>,
        error: LinkError,
    ) -> Reopening {
        let mut last = self
            .reopening
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some((of, reopening)) = &*last
            && std::ptr::eq(of.as_ptr(), Arc::as_ptr(failed))
        {
            return reopening.clone();
        }
        let (stream, session) = (Arc::clone(self), Arc::clone(failed));
        let reopening = async move {
            let deadline = stream.deadline;
            with_deadline(deadline, stream.reopen(&session, error)).await
        };
        // Boxed, because the layout of this future counts towards the `recursion_limit` of the
        // author's crate.
        let reopening = shielded(reopening.boxed()).boxed().shared();
        *last = Some((Arc::downgrade(failed), reopening.clone()));
        reopening
    }

    /// Reopens the stream after `failed` ended with `error`, if the stream certainly did not run.
    /// Must not be dropped halfway, because each retry is spent before it is made.
    async fn reopen(
        &self,
        failed: &Arc<StreamSession>,
        error: LinkError,
    ) -> Result<Arc<StreamSession>, CallError> {
        let mut state = self.state.lock().await;
        let session = self.session();
        if !Arc::ptr_eq(&session, failed) {
            return Ok(session);
        }
        if failed.handler_runs() {
            state.replay = None;
        }
        if !self.prepare_reopening(&mut state, failed, &error).await {
            let error = failed.error(error);
            return Err(self.diagnose(failed, error).await);
        }
        tracing::debug!(
            procedure = self.request.procedure(),
            %error,
            "reopening stream"
        );
        state.opened = tokio::time::Instant::now();
        let remaining = self.opening_ends.saturating_duration_since(state.opened);
        let opening = self.request.open(state.avoided, state.must_seal, remaining);
        let session = opening.await?;
        if let Some(replay) = &state.replay {
            replay.send_on(&session).await;
        }
        self.session.send_replace(Arc::clone(&session));
        drop(state);
        self.start_reports();
        if self.cancelled.load(Ordering::SeqCst) {
            session.cancel();
        }
        Ok(session)
    }

    /// Spends a retry, and waits until the stream can be reopened after `failed` ended with
    /// `error`. Returns whether to reopen the stream.
    async fn prepare_reopening(
        &self,
        state: &mut OpenState,
        failed: &StreamSession,
        error: &LinkError,
    ) -> bool {
        let provider = failed.stream.request().target;
        let shown = failed.stream.request().token.is_some();
        let reopen = self.request.how_to_reopen(error, shown);
        if reopen == Some(Reopen::WithNewKey) {
            failed.forget_route();
        }
        // Waits for providers that have not advertised again yet. The station relayed nothing, so
        // the wait spends no retry.
        let waits = matches!(reopen, Some(Reopen::NoProvider)) && self.request.links_settle();
        if state.replay.is_none()
            || (state.retries == 0 && !waits)
            || self.opening_ends <= tokio::time::Instant::now()
            || self.cancelled.load(Ordering::SeqCst)
        {
            return false;
        }
        state.retries -= u32::from(!waits);
        state.avoided = None;
        match reopen {
            Some(Reopen::WithToken) => true,
            Some(Reopen::WithNewKey) => {
                // The station may not have the new advertisement yet.
                let delay = state.must_seal.then(|| state.delays.next_delay());
                state.must_seal = true;
                self.opening_delay(delay.unwrap_or_default()).await
            }
            Some(Reopen::AfterLinkLoss) => {
                let lost = self
                    .request
                    .link_lost_since(state.opened, self.opening_ends);
                lost.await
            }
            Some(Reopen::NoProvider | Reopen::NotServed) => {
                self.request.record_gone(provider);
                state.avoided = Some(provider);
                self.opening_delay(state.delays.next_delay()).await
            }
            // Only one other provider is tried: more openings would increase the load on busy
            // providers.
            Some(Reopen::OtherProvider(wait)) if !state.skipped_busy => {
                state.avoided = Some(provider);
                let others = self
                    .request
                    .has_other_provider(provider, wait, self.opening_ends);
                state.skipped_busy = others.await;
                state.skipped_busy
            }
            Some(Reopen::OtherProvider(_)) | None => false,
        }
    }

    /// Waits for `delay`. Returns whether the stream may still be opened afterwards.
    async fn opening_delay(&self, delay: Duration) -> bool {
        let delay = tokio::time::sleep(delay);
        tokio::time::timeout_at(self.opening_ends, delay)
            .await
            .is_ok()
    }

    /// Returns the error of a session that failed with `error`: a mismatch of types or kinds if the
    /// provider's description shows a mismatch, otherwise `error`.
    pub(super) async fn diagnose(&self, session: &StreamSession, error: CallError) -> CallError {
        let provider = session.stream.request().target;
        self.request.diagnose(provider, error).await
    }

    fn start_reports(&self) {
        if self.request.mode() != StreamMode::ClientStream {
            self.session().start_reports();
        }
    }

    /// Waits for the session that repeats a write on `session`, after the write failed with
    /// `error`. Returns the final error if there is no such session.
    async fn after_failed_write(
        self: &Arc<Self>,
        session: &Arc<StreamSession>,
        error: LinkError,
    ) -> Result<(), CallError> {
        if matches!(error, LinkError::Frame(_) | LinkError::FrameTooLarge(_)) {
            self.cancel();
            return Err(session.error(error));
        }
        if tokio::time::timeout(END_REASON, session.stream.done())
            .await
            .is_err()
        {
            self.cancel();
            return Err(session.error(error));
        }
        self.next_session(session).await.map(drop)
    }
}

impl Replay {
    /// Sends the items on a new session. If that fails, the next use of the stream returns the
    /// error.
    async fn send_on(&self, session: &Arc<StreamSession>) {
        for item in &self.items {
            let _ = session.stream.send_value(item.0.clone()).await;
        }
        if self.closed {
            let _ = session.stream.close_send().await;
            session.notify_waiting();
        }
    }
}

impl OpenState {
    /// Stores a copy of an item sent on `session`, while the stream may be reopened.
    fn retain(&mut self, item: &Payload, session: &StreamSession) {
        let cost = cost(item);
        let fits = |replay: &Replay| !session.handler_runs() && replay.cost + cost <= WINDOW;
        match &mut self.replay {
            Some(replay) if fits(replay) => {
                replay.cost += cost;
                replay.items.push(item.clone());
            }
            _ => self.replay = None,
        }
    }
}

/// Destination of the stream's writer.
impl ItemSink for Arc<CallerStream> {
    type Error = CallError;

    async fn write(&self, item: Payload) -> Result<(), CallError> {
        let mut state = self.state.lock().await;
        let session = self.session();
        state.retain(&item, &session);
        let written = session.stream.send_value(item.0).await;
        drop(state);
        match written {
            Ok(()) => Ok(()),
            Err(error) => self.after_failed_write(&session, error).await,
        }
    }

    async fn close(&self) -> Result<(), CallError> {
        let mut state = self.state.lock().await;
        let session = self.session();
        if let Some(replay) = &mut state.replay {
            replay.closed = true;
        }
        let closed = session.stream.close_send().await;
        drop(state);
        match closed {
            Ok(()) => {
                session.notify_waiting();
                Ok(())
            }
            Err(error) => self.after_failed_write(&session, error).await,
        }
    }
}

impl fmt::Debug for CallerStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallerStream")
            .field("procedure", &self.request.procedure())
            .finish_non_exhaustive()
    }
}
