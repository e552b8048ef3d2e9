//! The caller's end of a stream, shared by its two halves. It reopens the stream if that certainly
//! did not run.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, Weak};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use macula_rust::frame::StreamMode;
use macula_rust::station_link::LinkError;
use tokio::sync::{Mutex, watch};

use super::opening::{Order, Reopen};
use super::session::Session;
use super::writer::Target;
use super::{WINDOW, cost};
use crate::backoff::{Backoff, BackoffPolicy};
use crate::capability::{deadline, scoped};
use crate::codec::Payload;
use crate::mesh::CallError;
use crate::mesh::shield::shielded;

/// Delays before a stream that reached no provider is reopened.
const RETRY: BackoffPolicy =
    BackoffPolicy::new(Duration::from_millis(20), 4.5, Duration::from_millis(400));
/// Most reopenings of a stream that certainly did not run.
const RETRIES: u32 = 3;
/// How long to wait for a stream's end reason after a failed write; then the failure itself is the
/// reason.
const REASON: Duration = Duration::from_secs(5);

/// The caller's end of a stream.
pub(super) struct CallerStream {
    order: Order,
    /// When the call ends in whose handler the stream was opened. Reopenings run in another task,
    /// which does not inherit it.
    deadline: Option<Instant>,
    /// When the timeout of the first opening ends.
    opening_ends: tokio::time::Instant,
    session: watch::Sender<Arc<Session>>,
    /// Held during a write or a reopening.
    state: Mutex<State>,
    /// The last reopening, and the session that it replaces.
    reopening: std::sync::Mutex<Option<(Weak<Session>, Reopening)>>,
    left: AtomicBool,
}

/// A reopening, common to all that wait for it.
type Reopening = Shared<BoxFuture<'static, Result<Arc<Session>, CallError>>>;

struct State {
    /// The sent items, for a reopening; `None` once the stream runs or too much was sent.
    replay: Option<Replay>,
    delays: Backoff,
    retries: u32,
    /// When the last opening started.
    opened: tokio::time::Instant,
    /// Whether a busy provider was skipped.
    passed_over: bool,
}

/// Items sent on a stream before the provider is known to have accepted any.
#[derive(Default)]
struct Replay {
    items: Vec<Payload>,
    cost: u64,
    closed: bool,
}

impl CallerStream {
    /// Opens a stream.
    pub(super) async fn open(order: Order) -> Result<Arc<Self>, CallError> {
        let (timeout, opening_ends) = order.deadline();
        let opened = tokio::time::Instant::now();
        let session = order.open(None, timeout).await?;
        let stream = Self {
            order,
            deadline: deadline(),
            opening_ends,
            session: watch::Sender::new(session),
            state: Mutex::new(State {
                replay: Some(Replay::default()),
                delays: RETRY.start(),
                retries: RETRIES,
                opened,
                passed_over: false,
            }),
            reopening: std::sync::Mutex::default(),
            left: AtomicBool::new(false),
        };
        stream.report();
        Ok(Arc::new(stream))
    }

    /// Returns the current session of the stream.
    pub(super) fn session(&self) -> Arc<Session> {
        Arc::clone(&self.session.borrow())
    }

    /// Leaves the stream, even if one half is still in use.
    pub(super) fn leave(&self) {
        self.left.store(true, Ordering::SeqCst);
        self.session().leave();
    }

    /// Waits until `session` no longer carries the stream, and returns the next session or the
    /// reason why there is none.
    ///
    /// Cancel-safe: a reopening that has started goes on, and the next that waits shares it.
    pub(super) async fn after(
        self: &Arc<Self>,
        session: &Arc<Session>,
    ) -> Result<Arc<Session>, CallError> {
        let Some(error) = session.stream.done().await else {
            return Err(CallError::StreamEnded);
        };
        self.reopening(session, error).await
    }

    /// Returns the reopening after `failed` ended with `error`, which runs once however many wait
    /// for it and stop waiting.
    fn reopening(self: &Arc<Self>, failed: &Arc<Session>, error: LinkError) -> Reopening {
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
            scoped(deadline, stream.open_again(&session, error)).await
        };
        // Boxed, because the layout of this future counts towards the `recursion_limit` of the
        // author's crate.
        let reopening = shielded(reopening.boxed()).boxed().shared();
        *last = Some((Arc::downgrade(failed), reopening.clone()));
        reopening
    }

    /// Reopens the stream after `failed` ended with `error`, if it certainly did not run. It must
    /// not be dropped halfway, because each retry is spent before it is made.
    async fn open_again(
        &self,
        failed: &Arc<Session>,
        error: LinkError,
    ) -> Result<Arc<Session>, CallError> {
        let mut state = self.state.lock().await;
        let session = self.session();
        if !Arc::ptr_eq(&session, failed) {
            return Ok(session);
        }
        if failed.runs() {
            state.replay = None;
        }
        let provider = failed.stream.request().target;
        let shown = failed.stream.request().token.is_some();
        let again = self.order.again(&error, shown);
        // Providers that are yet to advertise again are waited for. The station passed nothing on, so
        // that spends no retry.
        let waits = matches!(again, Some(Reopen::NoProvider)) && self.order.links_settle();
        if state.replay.is_none()
            || (state.retries == 0 && !waits)
            || self.opening_ends <= tokio::time::Instant::now()
            || self.left.load(Ordering::SeqCst)
        {
            return Err(self.explained(failed, error).await);
        }
        state.retries -= u32::from(!waits);
        let tried = match again {
            Some(Reopen::Presenting) => None,
            Some(Reopen::AfterTheStation)
                if self
                    .order
                    .loses_a_link(state.opened, self.opening_ends)
                    .await =>
            {
                None
            }
            Some(Reopen::NoProvider | Reopen::NotServed) => {
                self.order.left(provider);
                let delay = tokio::time::sleep(state.delays.next_delay());
                if tokio::time::timeout_at(self.opening_ends, delay)
                    .await
                    .is_err()
                {
                    return Err(self.explained(failed, error).await);
                }
                Some(provider)
            }
            // No third provider: further openings would only add load to busy providers.
            Some(Reopen::Elsewhere(wait))
                if !state.passed_over
                    && self
                        .order
                        .has_others(provider, wait, self.opening_ends)
                        .await =>
            {
                state.passed_over = true;
                Some(provider)
            }
            _ => return Err(self.explained(failed, error).await),
        };
        tracing::debug!(
            procedure = self.order.procedure(),
            "stream opened again: {error}"
        );
        state.opened = tokio::time::Instant::now();
        let remaining = self.opening_ends.saturating_duration_since(state.opened);
        let session = self.order.open(tried, remaining).await?;
        for item in state.replay.iter().flat_map(|replay| &replay.items) {
            // The next user of the stream receives the error.
            let _ = session.stream.send_value(item.0.clone()).await;
        }
        if state.replay.as_ref().is_some_and(|replay| replay.closed) {
            let _ = session.stream.close_send().await;
            session.attend();
        }
        self.session.send_replace(Arc::clone(&session));
        drop(state);
        self.report();
        if self.left.load(Ordering::SeqCst) {
            session.leave();
        }
        Ok(session)
    }

    async fn explained(&self, session: &Session, error: LinkError) -> CallError {
        self.explain(session, session.error(error)).await
    }

    /// Returns why `session` failed with `error`, as far as its provider says.
    pub(super) async fn explain(&self, session: &Session, error: CallError) -> CallError {
        let provider = session.stream.request().target;
        self.order.explained(provider, error).await
    }

    fn report(&self) {
        if self.order.mode() != StreamMode::ClientStream {
            self.session().report();
        }
    }

    /// Handles a write on `session` that failed with `error`: waits for the next session, which
    /// repeats the write, or returns the final error.
    async fn failed(
        self: &Arc<Self>,
        session: &Arc<Session>,
        error: LinkError,
    ) -> Result<(), CallError> {
        if matches!(error, LinkError::Frame(_) | LinkError::FrameTooLarge(_)) {
            self.leave();
            return Err(session.error(error));
        }
        if tokio::time::timeout(REASON, session.stream.done())
            .await
            .is_err()
        {
            self.leave();
            return Err(session.error(error));
        }
        self.after(session).await.map(drop)
    }
}

impl State {
    /// Keeps a copy of an item sent on `session`, while the stream may be reopened.
    fn keep(&mut self, item: &Payload, session: &Session) {
        let cost = cost(item);
        let fits = |replay: &Replay| !session.runs() && replay.cost + cost <= WINDOW;
        match &mut self.replay {
            Some(replay) if fits(replay) => {
                replay.cost += cost;
                replay.items.push(item.clone());
            }
            _ => self.replay = None,
        }
    }
}

/// The target of the stream's writer.
impl Target for Arc<CallerStream> {
    type Error = CallError;

    async fn write(&self, item: Payload) -> Result<(), CallError> {
        let mut state = self.state.lock().await;
        let session = self.session();
        state.keep(&item, &session);
        let written = session.stream.send_value(item.0).await;
        drop(state);
        match written {
            Ok(()) => Ok(()),
            Err(error) => self.failed(&session, error).await,
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
                session.attend();
                Ok(())
            }
            Err(error) => self.failed(&session, error).await,
        }
    }
}

impl fmt::Debug for CallerStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallerStream")
            .field("procedure", &self.order.procedure())
            .finish_non_exhaustive()
    }
}
