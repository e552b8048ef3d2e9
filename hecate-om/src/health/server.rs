//! The health listener.

use std::future::{self, Ready};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::connections::{connection, serve};
use super::host::refuse_other_names;
use super::socket::{self, SocketError, SocketFile};
use super::tls::TlsPort;
use super::{HealthState, LIVE, dead_letters, metrics};
use crate::boot_refusal::Reason;
use crate::certificate::ServiceCert;

/// Addresses of the listener: TCP, a Unix socket, or both.
#[derive(Debug)]
pub(crate) struct ListenAddresses {
    pub(crate) tcp: Option<SocketAddr>,
    pub(crate) socket: Option<PathBuf>,
    /// If set, TCP uses TLS. The Unix socket never does; its mode protects it.
    pub(crate) certificate: Option<ServiceCert>,
}

/// The running health listener.
#[derive(Debug)]
pub(crate) struct HealthServer {
    tasks: JoinSet<()>,
    closing: CancellationToken,
    /// Address of `/health`: `http://…/health`, `https://…/health`, `unix:…`, or two of them.
    pub(crate) address: String,
    _socket: Option<SocketFile>,
}

/// Error of a listener that cannot bind.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BindError {
    #[error(
        "the health listener cannot bind {addr}: {source}{}; set another port with HECATE_HEALTH_PORT (0 for any free \
         one), or stop the program that uses it",
        hint(source)
    )]
    Tcp {
        addr: SocketAddr,
        source: std::io::Error,
    },
    #[error(transparent)]
    Socket(#[from] SocketError),
}

impl BindError {
    pub(crate) const fn reason(&self) -> Reason {
        match self {
            Self::Tcp { .. } => Reason::HEALTH_PORT_UNAVAILABLE,
            Self::Socket(_) => Reason::HEALTH_SOCKET_UNAVAILABLE,
        }
    }
}

fn hint(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            " (another program, perhaps another service, uses the port)"
        }
        std::io::ErrorKind::PermissionDenied => " (ports below 1024 require a privilege)",
        _ => "",
    }
}

/// Binds the port, the socket, or both, and starts to serve.
pub(crate) async fn bind(
    listen: ListenAddresses,
    health_state: Arc<HealthState>,
) -> Result<HealthServer, BindError> {
    let closing = CancellationToken::new();
    let mut tasks = JoinSet::new();
    let mut addresses = Vec::new();
    let router = router(Arc::clone(&health_state));
    if let Some(addr) = listen.tcp {
        let (tcp, addr) = bind_tcp(addr)
            .await
            .map_err(|source| BindError::Tcp { addr, source })?;
        let closing = closing.clone();
        match listen.certificate {
            Some(certificate) => {
                addresses.push(format!("https://{addr}/health"));
                let port = TlsPort {
                    certificate,
                    router: router.clone(),
                    router_without_tls: Router::new().fallback(tls_required),
                    local_router_without_tls: plain_probe(Arc::clone(&health_state)),
                };
                tasks.spawn(serve(
                    tcp,
                    move |stream| port.clone().accept(stream),
                    closing,
                ));
            }
            None => {
                addresses.push(format!("http://{addr}/health"));
                // With TLS, no other site has a certificate for this listener.
                let router = if addr.ip().to_canonical().is_loopback() {
                    router.clone().layer(from_fn(refuse_other_names))
                } else {
                    router.clone()
                };
                tasks.spawn(serve(tcp, accept_plain(&router), closing));
            }
        }
    }
    let mut file = None;
    if let Some(path) = listen.socket {
        let (socket, made) = socket::bind(&path).await?;
        file = Some(made);
        addresses.push(format!("unix:{}", path.display()));
        let router = router.merge(dead_letters::router(health_state));
        tasks.spawn(serve(socket, accept_plain(&router), closing.clone()));
    }
    Ok(HealthServer {
        tasks,
        closing,
        address: addresses.join(" and "),
        _socket: file,
    })
}

async fn bind_tcp(addr: SocketAddr) -> std::io::Result<(TcpListener, SocketAddr)> {
    let listener = match TcpListener::bind(addr).await {
        // The machine has no IPv6.
        Err(_) if addr.ip() == Ipv6Addr::UNSPECIFIED && !has_ipv6() => {
            TcpListener::bind((Ipv4Addr::UNSPECIFIED, addr.port())).await
        }
        bound => bound,
    }?;
    let addr = listener.local_addr()?;
    Ok((listener, addr))
}

/// Serves one connection without a listener, as a loopback listener does.
pub(crate) async fn serve_stream<S>(stream: S, health_state: Arc<HealthState>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let router = router(health_state).layer(from_fn(refuse_other_names));
    let accepted = future::ready(Some((stream, router)));
    connection(accepted, Arc::default()).await;
}

/// Accepts a connection without a handshake.
fn accept_plain<S>(router: &Router) -> impl Fn(S) -> Ready<Option<(S, Router)>> + use<S> {
    let router = router.clone();
    move |stream| future::ready(Some((stream, router.clone())))
}

fn has_ipv6() -> bool {
    std::net::UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0)).is_ok()
}

impl HealthServer {
    /// Closes the port and the socket. Open connections have half a second to end.
    pub(crate) async fn close(mut self) {
        self.closing.cancel();
        let ending = async { while self.tasks.join_next().await.is_some() {} };
        // Dropping the set aborts the rest.
        let _ = tokio::time::timeout(std::time::Duration::from_millis(500), ending).await;
    }
}

fn router(health_state: Arc<HealthState>) -> Router {
    Router::new()
        .route("/health", get(health))
        .route(LIVE, get(live))
        .route("/health/ready", get(ready))
        .route("/health/startup", get(startup))
        .route("/manifest.json", get(manifest))
        .route("/metrics", get(scrape))
        .with_state(health_state)
}

/// Returns the router for requests without TLS from this machine: it serves only liveness. The
/// service's own probe uses it, so that neither side depends on a certificate or another file.
fn plain_probe(health_state: Arc<HealthState>) -> Router {
    Router::new()
        .route(LIVE, get(live))
        .fallback(tls_required)
        .with_state(health_state)
}

async fn tls_required() -> (StatusCode, &'static str) {
    let hint = "this port requires TLS; use `https://`\n";
    (StatusCode::BAD_REQUEST, hint)
}

async fn health(State(health_state): State<Arc<HealthState>>) -> Response {
    let (ok, body) = health_state.body();
    let code = if ok {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (code, axum::Json(body)).into_response()
}

async fn live(State(health_state): State<Arc<HealthState>>) -> Response {
    // The probe checks this name, to detect another service on the port.
    let name = [(header::SERVER, health_state.service.name)];
    (name, probe(health_state.alive())).into_response()
}

async fn ready(State(health_state): State<Arc<HealthState>>) -> Response {
    probe(health_state.ready())
}

async fn startup(State(health_state): State<Arc<HealthState>>) -> Response {
    probe(health_state.started())
}

fn probe(state: Result<(), impl std::fmt::Display>) -> Response {
    match state {
        Ok(()) => (StatusCode::OK, "ok\n").into_response(),
        Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")).into_response(),
    }
}

async fn scrape(State(health_state): State<Arc<HealthState>>) -> Response {
    match metrics::scrape(&health_state) {
        Ok(text) => ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response(),
    }
}

async fn manifest(State(health_state): State<Arc<HealthState>>) -> Response {
    (
        [(header::CONTENT_TYPE, "application/json")],
        health_state.descriptor().to_owned(),
    )
        .into_response()
}
