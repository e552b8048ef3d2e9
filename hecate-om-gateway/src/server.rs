//! The listener: accepts connections, and drains them at the end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hecate_om::Mesh;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::callers::Callers;
use crate::catalogue::Catalogue;
use crate::exposure::Exposure;
use crate::http::{Access, Origins, Shared, router};
use crate::mcp::{McpServer, Pins};
use crate::tls::Tls;

/// Maximum number of connections. Further ones wait in the queue of the listener.
const MAX_CONNECTIONS: usize = 1024;
/// Maximum number of requests at once on a connection of HTTP/2.
const MAX_STREAMS: u32 = 128;
/// Time in which the header of a request must arrive.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// Interval and timeout of the pings on a connection of HTTP/2.
const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// Maximum time of a drain: the requests in flight end, or are dropped then.
const MAX_DRAIN: Duration = Duration::from_secs(30);
/// Timeout of the calls of agents, and of the wait for each item of a stream.
const AGENT_TIMEOUT: Duration = Duration::from_secs(60);
/// Pause after a connection could not be accepted, as without free descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Settings of a gateway.
#[derive(Debug)]
pub struct Options {
    /// Address of the listener. Port 0 takes a free port.
    pub listen: SocketAddr,
    /// The procedures that are served.
    pub exposure: Exposure,
    /// The gateway's names, and the pages that may call it.
    pub origins: Origins,
    /// The callers that are answered; without them, everybody who reaches the listener.
    pub callers: Option<Callers>,
    /// Certificate and key; without them, the listener speaks plain HTTP.
    pub tls: Option<Tls>,
    /// Whether `/mcp` serves the procedures as tools of agents.
    pub mcp: bool,
    /// Maximum size of a request's body, or of one of its items, in bytes.
    pub max_body: usize,
}

/// A gateway that listens.
#[derive(Debug)]
pub struct Gateway {
    listener: TcpListener,
    tls: Option<Tls>,
    agents: Option<McpServer>,
    shared: Arc<Shared>,
}

impl Gateway {
    /// Binds the listener.
    ///
    /// # Errors
    ///
    /// If the address cannot be bound.
    pub async fn bind(mesh: Mesh, options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind(options.listen).await?;
        let catalogue = Arc::new(Catalogue::new(mesh, options.exposure));
        let agents = options.mcp.then(|| {
            let catalogue = Arc::clone(&catalogue);
            McpServer::with_catalogue(
                catalogue,
                Exposure::default(),
                AGENT_TIMEOUT,
                Pins::default(),
            )
        });
        let access = Access {
            origins: options.origins,
            callers: options.callers,
        };
        let shared = Shared::new(catalogue, access, options.max_body);
        Ok(Self {
            listener,
            tls: options.tls,
            agents,
            shared: Arc::new(shared),
        })
    }

    /// Returns the address of the listener.
    ///
    /// # Errors
    ///
    /// If the system does not tell it.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stop` ends. Then no connection is accepted, streams end with the error
    /// `draining`, and the requests in flight have 30 s to end.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        let service =
            TowerToHyperService::new(router(Arc::clone(&self.shared), self.agents.clone()));
        let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        let graceful = GracefulShutdown::new();
        let mut server = auto::Builder::new(TokioExecutor::new());
        server
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIMEOUT);
        server
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(MAX_STREAMS)
            .keep_alive_interval(KEEP_ALIVE)
            .keep_alive_timeout(KEEP_ALIVE);
        tokio::pin!(stop);
        loop {
            let accepted = async {
                // The semaphore is never closed.
                let permit = Arc::clone(&connections).acquire_owned().await;
                (accept(&self.listener).await, permit)
            };
            let (stream, permit) = tokio::select! {
                accepted = accepted => accepted,
                () = &mut stop => break,
            };
            let connecting = Connecting {
                server: server.clone(),
                service: service.clone(),
                watcher: graceful.watcher(),
                tls: self.tls.clone(),
            };
            let shared = Arc::clone(&self.shared);
            tokio::spawn(async move {
                shared.metrics.connections.inc();
                connecting.serve(stream).await;
                shared.metrics.connections.dec();
                drop(permit);
            });
        }
        drop(self.listener);
        self.shared.draining.cancel();
        let ended = async {
            graceful.shutdown().await;
            // An upgraded connection is none of the listener's.
            self.shared.websockets.ended().await;
        };
        if tokio::time::timeout(MAX_DRAIN, ended).await.is_err() {
            tracing::warn!(limit = ?MAX_DRAIN, "requests did not end in time and are dropped");
        }
    }
}

/// What a new connection is served with.
struct Connecting {
    server: auto::Builder<TokioExecutor>,
    service: TowerToHyperService<Router>,
    watcher: Watcher,
    tls: Option<Tls>,
}

impl Connecting {
    async fn serve(self, stream: TcpStream) {
        let Some(tls) = &self.tls else {
            return self.exchange(stream).await;
        };
        match tokio::time::timeout(HEADER_TIMEOUT, tls.acceptor().accept(stream)).await {
            Ok(Ok(stream)) => self.exchange(stream).await,
            Ok(Err(error)) => tracing::debug!(%error, "a handshake failed"),
            Err(_) => tracing::debug!("a handshake took too long"),
        }
    }

    async fn exchange(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let io = TokioIo::new(stream);
        let connection = self.server.serve_connection_with_upgrades(io, self.service);
        if let Err(error) = self.watcher.watch(connection).await {
            tracing::debug!(%error, "a connection broke off");
        }
    }
}

/// Accepts a connection.
async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Small answers leave at once.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "a connection closed at once");
                }
                return stream;
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}
