//! `healthcheck`: asks the running process whether it is alive, for a container's probe.
//!
//! The probe depends on nothing else: it reads only the listener's address from the configuration,
//! and no certificate. A TLS port answers this request without TLS to clients on the same machine.

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
use crate::config::{Defaults, HealthPlace};
use crate::telemetry;

/// Below the 5 s that probes commonly allow, so that they print the reason.
const PATIENCE: Duration = Duration::from_secs(4);
/// Pause before the probe asks again.
const PAUSE: Duration = Duration::from_millis(100);

type Failure = Box<dyn Error + Send + Sync>;

/// Why the probe has no answer.
#[derive(Debug)]
pub(super) enum Unanswered {
    /// Nobody listens, or the answer is not the service's.
    Final(Failure),
    /// The listener closed the connection, as it does under a flood of others.
    Closed(Failure),
}

impl Unanswered {
    fn of_connect(error: std::io::Error) -> Self {
        Self::Final(error.into())
    }
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Final(error) | Self::Closed(error)) = self;
        // The error and what caused it.
        write!(f, "{error}")?;
        let mut cause = error.source();
        while let Some(source) = cause {
            write!(f, ": {source}")?;
            cause = source.source();
        }
        Ok(())
    }
}

/// Returns exit code 0 if `/health/live` answers 200, else 1 with the reason. Asks the socket if there
/// is one, else the port.
pub(crate) async fn run(place: &HealthPlace, defaults: Defaults) -> ExitCode {
    let service = defaults.name;
    let addrs = place.callable(defaults);
    let (place, outcome) = match &place.socket {
        Some(path) => (
            format!("unix:{}", path.display()),
            within_patience(async || by_socket(path, service).await).await,
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
            within_patience(async || by_tcp(&addrs, service).await).await,
        ),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => complain(&format!("{place}{LIVE}: {reason}")),
    }
}

/// Asks again until there is an answer, as long as the listener closes the connection.
pub(super) async fn within_patience(
    ask: impl AsyncFn() -> Result<(), Unanswered>,
) -> Result<(), String> {
    let asking = async {
        loop {
            match ask().await {
                Err(Unanswered::Closed(_)) => tokio::time::sleep(PAUSE).await,
                answered => return answered,
            }
        }
    };
    match tokio::time::timeout(PATIENCE, asking).await {
        Ok(answered) => answered.map_err(|error| error.to_string()),
        Err(_) => Err(format!("no answer within {PATIENCE:?}")),
    }
}

async fn by_socket(path: &Path, service: &str) -> Result<(), Unanswered> {
    let stream = UnixStream::connect(path).await;
    let stream = stream.map_err(Unanswered::of_connect)?;
    live(stream, "localhost", service).await
}

/// Sends the request to the first address that accepts a connection.
pub(super) async fn by_tcp(addrs: &[SocketAddr], service: &str) -> Result<(), Unanswered> {
    let stream = TcpStream::connect(addrs).await;
    let stream = stream.map_err(Unanswered::of_connect)?;
    let host = stream
        .peer_addr()
        .map_or_else(|_| "localhost".into(), |addr| addr.to_string());
    live(stream, &host, service).await
}

async fn live<S>(stream: S, host: &str, service: &str) -> Result<(), Unanswered>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let request = Request::get(LIVE)
        .header(header::HOST, host)
        .body(Body::empty())
        .map_err(|error| Unanswered::Final(error.into()))?;
    let response = async {
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        sender.send_request(request).await
    };
    let response = response.await.map_err(|error: hyper::Error| {
        if error.is_parse() {
            Unanswered::Final(error.into())
        } else {
            Unanswered::Closed(error.into())
        }
    })?;
    let name = response.headers().get(header::SERVER);
    if let Some(name) = name.filter(|name| *name != service) {
        let text = format!("another service answers there: {name:?}");
        return Err(Unanswered::Final(text.into()));
    }
    if !response.status().is_success() {
        let text = format!("answered {}", response.status());
        return Err(Unanswered::Final(text.into()));
    }
    Ok(())
}

fn complain(text: &str) -> ExitCode {
    // A probe's standard error is all there is to say it on.
    telemetry::complain(text);
    ExitCode::FAILURE
}
