//! The subcommand `healthcheck`: a liveness probe of the running process, for containers.
//!
//! The probe reads only the listener's address from the configuration, and reads no certificate. To
//! clients on the same machine, a TLS port answers this request without TLS.

use std::error::Error;
use std::fmt;
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
use crate::config::{Defaults, HealthAddress};
use crate::telemetry;

/// Timeout of the probe: shorter than the usual 5 s of container runtimes, so that the reason is
/// still printed.
const TIMEOUT: Duration = Duration::from_secs(4);
/// Delay before a retry.
const RETRY_DELAY: Duration = Duration::from_millis(100);

type Source = Box<dyn Error + Send + Sync>;

/// Error of a probe.
#[derive(Debug)]
pub(super) enum ProbeError {
    /// Nothing is listening, or the response is not from this service.
    Final(Source),
    /// The listener closed the connection, as it does when there are too many connections.
    Closed(Source),
}

impl ProbeError {
    fn of_connect(error: std::io::Error) -> Self {
        Self::Final(error.into())
    }
}

impl fmt::Display for ProbeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Final(error) | Self::Closed(error)) = self;
        // The error and its causes.
        write!(f, "{error}")?;
        let mut cause = error.source();
        while let Some(source) = cause {
            write!(f, ": {source}")?;
            cause = source.source();
        }
        Ok(())
    }
}

/// Returns exit code 0 if `/health/live` answers 200, otherwise 1 with the reason. Probes the
/// socket if one is configured, otherwise the port.
pub(crate) async fn run(address: &HealthAddress, defaults: Defaults) -> ExitCode {
    let service = defaults.name;
    let addrs = address.reachable_addresses(defaults);
    let (target, outcome) = match &address.socket {
        Some(path) => (
            format!("unix:{}", path.display()),
            retry_until_timeout(async || probe_socket(path, service).await).await,
        ),
        None if addrs.iter().any(|addr| addr.port() == 0) => {
            return fail(
                "HECATE_HEALTH_PORT=0 selects any free port, which the health check does not know; set a port, or \
                 HECATE_HEALTH_SOCKET",
            );
        }
        None => (
            addrs
                .first()
                .map_or_else(String::new, SocketAddr::to_string),
            retry_until_timeout(async || probe_tcp(&addrs, service).await).await,
        ),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => fail(&format!("{target}{LIVE}: {reason}")),
    }
}

/// Retries the probe while the listener closes the connection.
pub(super) async fn retry_until_timeout(
    probe: impl AsyncFn() -> Result<(), ProbeError>,
) -> Result<(), String> {
    let probing = async {
        loop {
            match probe().await {
                Err(ProbeError::Closed(_)) => tokio::time::sleep(RETRY_DELAY).await,
                answered => return answered,
            }
        }
    };
    match tokio::time::timeout(TIMEOUT, probing).await {
        Ok(answered) => answered.map_err(|error| error.to_string()),
        Err(_) => Err(format!("no answer within {TIMEOUT:?}")),
    }
}

async fn probe_socket(path: &Path, service: &str) -> Result<(), ProbeError> {
    let stream = UnixStream::connect(path).await;
    let stream = stream.map_err(ProbeError::of_connect)?;
    live(stream, "localhost", service).await
}

/// Sends the request to the first address that accepts a connection.
pub(super) async fn probe_tcp(addrs: &[SocketAddr], service: &str) -> Result<(), ProbeError> {
    let stream = TcpStream::connect(addrs).await;
    let stream = stream.map_err(ProbeError::of_connect)?;
    let host = stream
        .peer_addr()
        .map_or_else(|_| "localhost".into(), |addr| addr.to_string());
    live(stream, &host, service).await
}

async fn live<S>(stream: S, host: &str, service: &str) -> Result<(), ProbeError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let request = Request::get(LIVE)
        .header(header::HOST, host)
        .body(Body::empty())
        .map_err(|error| ProbeError::Final(error.into()))?;
    let response = async {
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        sender.send_request(request).await
    };
    let response = response.await.map_err(|error: hyper::Error| {
        if error.is_parse() {
            ProbeError::Final(error.into())
        } else {
            ProbeError::Closed(error.into())
        }
    })?;
    let name = response.headers().get(header::SERVER);
    if let Some(name) = name.filter(|name| *name != service) {
        let text = format!("another service answers there: {name:?}");
        return Err(ProbeError::Final(text.into()));
    }
    if !response.status().is_success() {
        let text = format!("answered {}", response.status());
        return Err(ProbeError::Final(text.into()));
    }
    Ok(())
}

fn fail(text: &str) -> ExitCode {
    telemetry::print_error(text);
    ExitCode::FAILURE
}
