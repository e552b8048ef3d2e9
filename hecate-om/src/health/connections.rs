//! The connections of the health listener: few, short, and in no one's way.
//!
//! Outside of development the listener is on all interfaces, and whoever can reach it may open connections and say
//! nothing. They are bounded in number and in time, and of too many the oldest goes, so that a probe that comes is
//! answered: otherwise idle clients could make a well service look dead.

use std::collections::VecDeque;
use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::{AbortHandle, JoinSet};
use tokio_util::sync::CancellationToken;

/// How many connections are open at a time.
pub(super) const AT_ONCE: usize = 64;
/// How long a client may take to say what it asks for, below the patience of a probe.
const HEADERS: Duration = Duration::from_secs(2);
/// How long a connection may last, its handshake and its one request included.
const LONGEST: Duration = Duration::from_secs(10);

/// Serves each connection with the stream and router that `greet` returns, until `closing`.
/// Connections that are open at that point are served to their end.
pub(super) async fn serve<L, G, F, S>(mut listener: L, greet: G, closing: CancellationToken)
where
    L: Listener,
    G: Fn(L::Io) -> F,
    F: Future<Output = Option<(S, Router)>> + Send + 'static,
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut tasks = JoinSet::new();
    let mut open: VecDeque<AbortHandle> = VecDeque::new();
    loop {
        tokio::select! {
            (io, _) = listener.accept() => {
                if open.len() >= AT_ONCE && let Some(oldest) = open.pop_front() {
                    oldest.abort();
                }
                open.push_back(tasks.spawn(connection(greet(io))));
            }
            Some(_) = tasks.join_next() => open.retain(|task| !task.is_finished()),
            () = closing.cancelled() => break,
        }
    }
    while tasks.join_next().await.is_some() {}
}

async fn connection<S>(greeted: impl Future<Output = Option<(S, Router)>>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let served = async {
        let Some((stream, router)) = greeted.await else {
            return;
        };
        let outcome = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADERS)
            .keep_alive(false)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
            .await;
        if let Err(error) = outcome {
            tracing::debug!("a connection to the health listener ended: {error}");
        }
    };
    if tokio::time::timeout(LONGEST, served).await.is_err() {
        tracing::debug!("a connection to the health listener lasted {LONGEST:?} and was ended");
    }
}
