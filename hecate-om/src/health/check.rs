//! `healthcheck`: asks the running process whether it is alive, for a container's probe.
//!
//! The probe depends on nothing else: it reads only the listener's address from the configuration,
//! and no certificate. A TLS port answers this request without TLS to clients on the same machine.

use std::error::Error;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, header};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

use super::LIVE;
use crate::config::{Defaults, HealthPlace};
use crate::telemetry;

/// Below the 5 s that probes commonly allow, so that they hear the reason.
const PATIENCE: Duration = Duration::from_secs(4);

pub(super) type Failure = Box<dyn Error + Send + Sync>;

/// Exit code 0 when `/health/live` answers 200, else 1 with the reason. The socket is asked where there is one, else
/// the port.
pub(crate) async fn run(place: &HealthPlace, defaults: Defaults) -> ExitCode {
    let service = defaults.name;
    let addrs = place.callable(defaults);
    let (place, outcome) = match &place.socket {
        Some(path) => (
            format!("unix:{}", path.display()),
            tokio::time::timeout(PATIENCE, by_socket(path, service)).await,
        ),
        None if addrs.iter().any(|addr| addr.port() == 0) => {
            return complain(
                "HECATE_HEALTH_PORT=0 lets the service take any port, and which one is not known here; set one, or \
                 HECATE_HEALTH_SOCKET",
            );
        }
        None => (
            addrs
                .first()
                .map_or_else(String::new, SocketAddr::to_string),
            tokio::time::timeout(PATIENCE, by_tcp(&addrs, service)).await,
        ),
    };
    match outcome {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => complain(&format!("{place}{LIVE}: {}", text(&*error))),
        Err(_) => complain(&format!("{place}{LIVE}: no answer within {PATIENCE:?}")),
    }
}

async fn by_socket(path: &Path, service: &str) -> Result<(), Failure> {
    live(UnixStream::connect(path).await?, "localhost", service).await
}

/// Sends the request to the first address that accepts a connection.
pub(super) async fn by_tcp(addrs: &[SocketAddr], service: &str) -> Result<(), Failure> {
    let stream = TcpStream::connect(addrs).await?;
    let host = stream.peer_addr()?.to_string();
    live(stream, &host, service).await
}

async fn live<S>(stream: S, host: &str, service: &str) -> Result<(), Failure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = Request::get(LIVE)
        .header(header::HOST, host)
        .body(Body::empty())?;
    let response = sender.send_request(request).await?;
    let name = response.headers().get(header::SERVER);
    if let Some(name) = name.filter(|name| *name != service) {
        return Err(format!("another service answers there: {name:?}").into());
    }
    match response.status().is_success() {
        true => Ok(()),
        false => Err(format!("answered {}", response.status()).into()),
    }
}

/// The error and what caused it.
fn text(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        text = format!("{text}: {source}");
        cause = source.source();
    }
    text
}

fn complain(text: &str) -> ExitCode {
    // A probe's standard error is all there is to say it on.
    telemetry::complain(text);
    ExitCode::FAILURE
}
