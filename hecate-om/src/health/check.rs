//! `healthcheck`: asks the running service whether it is alive, for a container's probe.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Below the 5 s that probes commonly allow, so that they hear the reason.
const PATIENCE: Duration = Duration::from_secs(4);

/// Exit code 0 when `/health/live` answers 200, else 1 with the reason.
pub(crate) async fn run(addr: IpAddr, port: u16) -> ExitCode {
    // The unspecified address is one to listen on, not one to call; of the two loopbacks, every container has this.
    let addr = match addr.is_unspecified() {
        true => IpAddr::V4(Ipv4Addr::LOCALHOST),
        false => addr,
    };
    let addr = SocketAddr::new(addr, port);
    let outcome = match tokio::time::timeout(PATIENCE, live(addr)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(format!("no answer within {PATIENCE:?}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            complain(&format!("http://{addr}/health/live: {reason}"));
            ExitCode::FAILURE
        }
    }
}

async fn live(addr: SocketAddr) -> Result<(), String> {
    let text = |error: &dyn std::error::Error| error.to_string();
    let stream = TcpStream::connect(addr).await.map_err(|e| text(&e))?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|e| text(&e))?;
    tokio::spawn(connection);
    let request = Request::get("/health/live")
        .header("host", addr.to_string())
        .body(Body::empty())
        .map_err(|e| text(&e))?;
    let response = sender.send_request(request).await.map_err(|e| text(&e))?;
    match response.status().is_success() {
        true => Ok(()),
        false => Err(format!("answered {}", response.status())),
    }
}

fn complain(text: &str) {
    use std::io::Write as _;
    // A probe's standard error is all there is to say it on.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
