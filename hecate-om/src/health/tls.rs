//! The health listener by TLS: each connection is met with the certificate of that moment.

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::certificate::ServiceCert;

/// How long a client has to shake hands, below the patience of a probe.
const HANDSHAKE: Duration = Duration::from_secs(2);

/// The first byte of a TLS record that begins a handshake (RFC 8446, 5.1).
const HANDSHAKE_RECORD: u8 = 0x16;

const SPEAKS_TLS: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\ncontent-length: 40\r\n\
    connection: close\r\n\r\nthis port speaks TLS: ask by `https://`\n";

/// Shakes hands with a client, by the certificate of this moment; `None` where that fails.
pub(super) async fn shake_hands(
    certificate: ServiceCert,
    stream: TcpStream,
) -> Option<TlsStream<TcpStream>> {
    let acceptor = TlsAcceptor::from(certificate.server_config());
    let shaking = async {
        let mut first = [0];
        match stream.peek(&mut first).await {
            Ok(0) | Err(_) => Ok(None),
            Ok(_) if first[0] == HANDSHAKE_RECORD => acceptor.accept(stream).await.map(Some),
            Ok(_) => {
                refuse_plain(stream).await;
                Ok(None)
            }
        }
    };
    match tokio::time::timeout(HANDSHAKE, shaking).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            tracing::debug!("a TLS handshake failed on the health port: {error}");
            None
        }
        Err(_) => {
            tracing::debug!("a TLS handshake on the health port took too long");
            None
        }
    }
}

/// Says what is wrong to a client that speaks no TLS. What it said is read first: closing a socket with unread bytes
/// resets it, and the client would not see the answer.
async fn refuse_plain(mut stream: TcpStream) {
    let mut unread = [0; 8 * 1024];
    let _ = stream.try_read(&mut unread);
    if stream.write_all(SPEAKS_TLS).await.is_ok() {
        // It is gone either way.
        let _ = stream.shutdown().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_to_a_plain_request_is_as_long_as_it_says() {
        let text = std::str::from_utf8(SPEAKS_TLS).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}", body.len())));
    }
}
