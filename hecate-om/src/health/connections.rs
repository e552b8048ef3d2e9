//! The connections of the health listener, bounded in number and in time.
//!
//! Outside of development the health listener binds all interfaces, so any client that can reach it
//! may open connections and send nothing. If there are too many connections, the oldest one without
//! a request is closed, so that idle clients cannot make a healthy service look dead. A connection
//! with a request gets its answer: it is closed for others only if the client does not read the
//! answer.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

/// Maximum number of open connections.
pub(super) const AT_ONCE: usize = 64;
/// Timeout of receiving a request, shorter than the timeout of a probe.
const HEADERS: Duration = Duration::from_secs(2);
/// Maximum lifetime of a connection, including the handshake and the single request.
const LONGEST: Duration = Duration::from_secs(10);
/// Time after a request during which the connection is not closed for others. The answer itself
/// takes milliseconds.
const READING: Duration = Duration::from_secs(1);

/// Serves each connection with the stream and router that `accept` returns, until `closing` is
/// cancelled. Connections that are open at that point are served to their end.
pub(super) async fn serve<L, A, F, S>(mut listener: L, accept: A, closing: CancellationToken)
where
    L: Listener,
    A: Fn(L::Io) -> F,
    F: Future<Output = Option<(S, Router)>> + Send + 'static,
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut tasks = JoinSet::new();
    let mut open = OpenConnections::default();
    loop {
        let full_until = open.full_until();
        tokio::select! {
            (io, _) = listener.accept(), if full_until.is_none() => {
                open.make_room();
                let requested = Arc::default();
                let task = tasks.spawn(connection(accept(io), Arc::clone(&requested)));
                open.0.push_back(Connection { task, requested });
                // A fast client's request is read before its connection can be closed for another.
                tokio::task::yield_now().await;
            }
            Some(_) = tasks.join_next() => open.0.retain(|connection| !connection.task.is_finished()),
            () = sleep_until(full_until.unwrap_or_else(Instant::now)), if full_until.is_some() => {}
            () = closing.cancelled() => break,
        }
    }
    while tasks.join_next().await.is_some() {}
}

/// An open connection.
struct Connection {
    task: AbortHandle,
    /// Time at which the request was read; unset before.
    requested: Arc<OnceLock<Instant>>,
}

impl Connection {
    /// Returns the time from which the connection may be closed for another.
    fn evictable_at(&self) -> Option<Instant> {
        self.requested.get().map(|requested| *requested + READING)
    }
}

/// The open connections, oldest first.
#[derive(Default)]
struct OpenConnections(VecDeque<Connection>);

impl OpenConnections {
    /// Returns the time until which no further connection can be accepted, because all connections
    /// are being answered.
    fn full_until(&self) -> Option<Instant> {
        if self.0.len() < AT_ONCE {
            return None;
        }
        // `None` sorts first, and means a connection without a request.
        let next = self.0.iter().map(Connection::evictable_at).min()??;
        (next > Instant::now()).then_some(next)
    }

    /// Closes a connection if there are too many: the oldest one without a request, or else the one
    /// that has been answered for the longest time. A connection whose request has only just
    /// arrived is kept, which leaves one connection too many until it is answered.
    fn make_room(&mut self) {
        if self.0.len() < AT_ONCE {
            return;
        }
        let oldest = self.0.iter().enumerate();
        let oldest = oldest.min_by_key(|(at, connection)| (connection.evictable_at(), *at));
        if let Some((at, oldest)) = oldest
            && oldest.evictable_at() <= Some(Instant::now())
            && let Some(evicted) = self.0.remove(at)
        {
            evicted.task.abort();
        }
    }
}

/// Serves one connection.
pub(super) async fn connection<S>(
    accepted: impl Future<Output = Option<(S, Router)>>,
    requested: Arc<OnceLock<Instant>>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let served = async {
        let Some((stream, router)) = accepted.await else {
            return;
        };
        let router = TowerToHyperService::new(router);
        let answer = service_fn(|request| {
            // A connection has only one request.
            let _ = requested.set(Instant::now());
            router.call(request)
        });
        let outcome = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADERS)
            .keep_alive(false)
            .serve_connection(TokioIo::new(stream), answer)
            .await;
        if let Err(error) = outcome {
            tracing::debug!(%error, "a connection to the health listener failed");
        }
    };
    if tokio::time::timeout(LONGEST, served).await.is_err() {
        tracing::debug!(timeout = ?LONGEST, "a connection to the health listener timed out");
    }
}
