//! The health listener.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Vitals, metrics};

/// The listener, serving.
#[derive(Debug)]
pub(crate) struct HealthServer {
    task: JoinHandle<()>,
    closing: CancellationToken,
    pub(crate) addr: SocketAddr,
}

/// Why the listener is not up.
#[derive(Debug, thiserror::Error)]
#[error(
    "the health listener cannot have {addr}: {source}{}; give it another with HECATE_HEALTH_PORT (0 takes any free \
     one), or end what uses it",
    hint(source)
)]
pub(crate) struct BindError {
    addr: SocketAddr,
    source: std::io::Error,
}

fn hint(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            " (another program, perhaps another service, has the port)"
        }
        std::io::ErrorKind::PermissionDenied => " (ports below 1024 need a privilege)",
        _ => "",
    }
}

/// Takes the port and serves on it.
pub(crate) async fn bind(addr: SocketAddr, vitals: Arc<Vitals>) -> Result<HealthServer, BindError> {
    let wrong = |source| BindError { addr, source };
    let listener = match TcpListener::bind(addr).await {
        // All interfaces, on a machine without IPv6.
        Err(_) if addr.ip() == Ipv6Addr::UNSPECIFIED && !has_ipv6() => {
            TcpListener::bind((Ipv4Addr::UNSPECIFIED, addr.port())).await
        }
        bound => bound,
    };
    let listener = listener.map_err(wrong)?;
    let addr = listener.local_addr().map_err(wrong)?;
    let closing = CancellationToken::new();
    let shutdown = closing.clone().cancelled_owned();
    let task = tokio::spawn(async move {
        let served = axum::serve(listener, router(vitals)).with_graceful_shutdown(shutdown);
        if let Err(error) = served.await {
            tracing::error!("the health listener ended: {error}");
        }
    });
    Ok(HealthServer {
        task,
        closing,
        addr,
    })
}

fn has_ipv6() -> bool {
    std::net::UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0)).is_ok()
}

impl HealthServer {
    /// Closes the port; a probe that keeps its connection open does not hold that up.
    pub(crate) async fn close(self) {
        self.closing.cancel();
        let abort = self.task.abort_handle();
        if tokio::time::timeout(std::time::Duration::from_millis(500), self.task)
            .await
            .is_err()
        {
            abort.abort();
        }
    }
}

fn router(vitals: Arc<Vitals>) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .route("/health/startup", get(startup))
        .route("/manifest.json", get(manifest))
        .route("/metrics", get(scrape))
        .with_state(vitals)
}

async fn health(State(vitals): State<Arc<Vitals>>) -> Response {
    let (ok, body) = vitals.body();
    let code = match ok {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    (code, axum::Json(body)).into_response()
}

async fn live(State(vitals): State<Arc<Vitals>>) -> Response {
    probe(vitals.alive())
}

async fn ready(State(vitals): State<Arc<Vitals>>) -> Response {
    probe(vitals.ready())
}

async fn startup(State(vitals): State<Arc<Vitals>>) -> Response {
    probe(vitals.started())
}

fn probe(state: Result<(), impl std::fmt::Display>) -> Response {
    match state {
        Ok(()) => (StatusCode::OK, "ok\n").into_response(),
        Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")).into_response(),
    }
}

async fn scrape(State(vitals): State<Arc<Vitals>>) -> Response {
    match metrics::scrape(vitals) {
        Ok(text) => ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response(),
    }
}

async fn manifest(State(vitals): State<Arc<Vitals>>) -> Response {
    (
        [(header::CONTENT_TYPE, "application/json")],
        vitals.manifest,
    )
        .into_response()
}
