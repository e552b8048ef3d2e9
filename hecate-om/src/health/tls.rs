//! TLS of the health listener. Each connection uses the current certificate.

use std::time::Duration;

use axum::Router;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;

use crate::certificate::ServiceCert;

/// Timeout of a handshake, shorter than the timeout of a probe.
const HANDSHAKE: Duration = Duration::from_secs(2);

/// First byte of a TLS record that starts a handshake (RFC 8446, 5.1).
const HANDSHAKE_RECORD: u8 = 0x16;

/// Accepts the clients of the TLS port.
#[derive(Clone)]
pub(super) struct TlsPort {
    pub(super) certificate: ServiceCert,
    /// Router for clients with TLS.
    pub(super) router: Router,
    /// Router for clients without TLS.
    pub(super) router_without_tls: Router,
    /// Router for clients without TLS on this machine.
    pub(super) local_router_without_tls: Router,
}

type Accepted = (Either<TlsStream<TcpStream>, TcpStream>, Router);

impl TlsPort {
    /// Performs the TLS handshake with a client, using the current certificate; `None` if it fails.
    pub(super) async fn accept(self, stream: TcpStream) -> Option<Accepted> {
        let acceptor = TlsAcceptor::from(self.certificate.server_config());
        let accepting = async {
            let mut first = [0];
            match stream.peek(&mut first).await {
                Ok(0) | Err(_) => Ok(None),
                Ok(_) if first[0] == HANDSHAKE_RECORD => {
                    let stream = acceptor.accept(stream).await?;
                    Ok(Some((Either::Left(stream), self.router)))
                }
                Ok(_) if is_local(&stream) => {
                    Ok(Some((Either::Right(stream), self.local_router_without_tls)))
                }
                Ok(_) => Ok(Some((Either::Right(stream), self.router_without_tls))),
            }
        };
        let accepted: Result<std::io::Result<Option<Accepted>>, _> =
            tokio::time::timeout(HANDSHAKE, accepting).await;
        match accepted {
            Ok(Ok(accepted)) => accepted,
            Ok(Err(error)) => {
                tracing::debug!(%error, "a TLS handshake on the health port failed");
                None
            }
            Err(_) => {
                tracing::debug!("a TLS handshake on the health port timed out");
                None
            }
        }
    }
}

/// Returns whether the client is on this machine: its address is a loopback address, or the same
/// address that it connects to.
fn is_local(stream: &TcpStream) -> bool {
    let Ok(peer) = stream.peer_addr() else {
        return false;
    };
    let here = stream.local_addr().map(|addr| addr.ip());
    peer.ip().to_canonical().is_loopback() || here.is_ok_and(|here| here == peer.ip())
}
