//! `healthcheck`: asks the running service whether it is alive, for a container's probe.

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;

use crate::certificate::{Files, Principal, Trust};
use crate::config::Config;
use crate::telemetry;

/// Below the 5 s that probes commonly allow, so that they hear the reason.
const PATIENCE: Duration = Duration::from_secs(4);

const PATH: &str = "/health/live";

pub(super) type Failure = Box<dyn Error + Send + Sync>;

/// Exit code 0 when `/health/live` answers 200, else 1 with the reason. The socket is asked where there is one, else
/// the port: by TLS where the service has a certificate.
pub(crate) async fn run(config: &Config, service: &str) -> ExitCode {
    let (place, outcome) = match (&config.health_socket, config.health_tcp()) {
        (Some(path), _) => (
            format!("unix:{}", path.display()),
            tokio::time::timeout(PATIENCE, by_socket(path)).await,
        ),
        (None, Some(addr)) if addr.port() == 0 => {
            return complain(
                "HECATE_HEALTH_PORT=0 lets the service take any port, and which one is not known here; set one, or \
                 HECATE_HEALTH_SOCKET",
            );
        }
        (None, Some(addr)) => {
            let addr = callable(addr);
            let files = config.certificate_files();
            let asked = by_tcp(addr, &files, config.principal(service));
            (
                addr.to_string(),
                tokio::time::timeout(PATIENCE, asked).await,
            )
        }
        (None, None) => return complain("the service has no health listener"),
    };
    match outcome {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => complain(&format!("{place}{PATH}: {}", text(&*error))),
        Err(_) => complain(&format!("{place}{PATH}: no answer within {PATIENCE:?}")),
    }
}

/// The unspecified address is one to listen on, not one to call; of the two loopbacks, every container has this.
fn callable(addr: SocketAddr) -> SocketAddr {
    match addr.ip().is_unspecified() {
        true => SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), addr.port()),
        false => addr,
    }
}

async fn by_socket(path: &Path) -> Result<(), Failure> {
    live(UnixStream::connect(path).await?, "localhost").await
}

pub(super) async fn by_tcp(
    addr: SocketAddr,
    files: &Files,
    principal: Principal,
) -> Result<(), Failure> {
    let tls = Trust::client_config(files, principal)?;
    let host = addr.to_string();
    let Some(tls) = tls else {
        return live(TcpStream::connect(addr).await?, &host).await;
    };
    let stream = TcpStream::connect(addr).await?;
    let connector = TlsConnector::from(Arc::new(tls));
    match connector.connect(Trust::server_name(), stream).await {
        Ok(stream) => match live(stream, &host).await {
            // It has shown who it is, and refuses this client only for the certificate of both, which is past its end.
            Err(error) if Trust::is_refused_as_past(&*error) => Ok(()),
            answered => answered,
        },
        // It was started before it had a certificate.
        Err(error) if Trust::speaks_no_tls(&error) => {
            live(TcpStream::connect(addr).await?, &host).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn live<S>(stream: S, host: &str) -> Result<(), Failure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = Request::get(PATH)
        .header("host", host)
        .body(Body::empty())?;
    let response = sender.send_request(request).await?;
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
