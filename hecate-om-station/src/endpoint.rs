//! The station's QUIC endpoint: TLS 1.3 with an ML-DSA-87 certificate and macula's key exchange
//! groups, and stateless resets that work across a restart.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use macula_rust::transport::ALPN;
use quinn::crypto::rustls::QuicServerConfig;
use quinn::{Endpoint, EndpointConfig, IdleTimeout, ServerConfig, TransportConfig, VarInt};
use quinn_proto::HashedConnectionIdGenerator;
use rustls::pki_types::CertificateDer;
use tokio::time::Instant;

use crate::{StationError, clock};

/// Time after which the link of a vanished peer is closed. The lower timeout of both sides applies;
/// macula's clients set five minutes.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// Maximum number of concurrent streams per peer: its control stream and 1024 others.
const MAX_STREAMS: u32 = 1025;

/// Flow control window of a stream, and of a connection, in bytes. The window of a connection also
/// limits what the station buffers for the peer.
const STREAM_WINDOW: u32 = 4 * 1024 * 1024;
const CONNECTION_WINDOW: u32 = 8 * 1024 * 1024;

/// Maximum time to wait until the socket of a process that has just exited is released.
const BIND_TIMEOUT: Duration = Duration::from_secs(2);
const BIND_RETRY_INTERVAL: Duration = Duration::from_millis(50);

/// Ports for the first start. They are below the ephemeral port ranges of operating systems, so
/// that no client occupies the saved port while the station is stopped.
const PORTS: Range<u16> = 20_000..32_000;
const PORT_ATTEMPTS: usize = 64;

/// Address at which programs on this machine dial the station.
#[derive(Debug, Clone)]
pub(crate) struct DialAddress {
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl From<SocketAddr> for DialAddress {
    /// Converts the address of a listener; an unspecified address becomes loopback.
    fn from(listener: SocketAddr) -> Self {
        let host = match listener.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        Self {
            host: host.to_string(),
            port: listener.port(),
        }
    }
}

/// Returns the listener's configuration, and its certificate (DER), which the TLS binding ties to
/// the station's identity key. The certificate's key is new at each start, since clients pin only
/// the node id.
pub(crate) fn server_config() -> Result<(ServerConfig, CertificateDer<'static>), StationError> {
    let failed = |error: String| StationError::crypto("TLS configuration", &error);
    let seed = clock::random::<32>().ok_or_else(|| failed("no randomness".to_owned()))?;
    let (leaf, key) = macula_pqc::self_signed_certificate(&seed, vec!["localhost".to_owned()])
        .map_err(|error| failed(error.to_string()))?;
    let mut tls = macula_pqc::server_builder()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.clone()], key.into())
        .map_err(|error| failed(error.to_string()))?;
    tls.alpn_protocols = vec![ALPN.to_vec()];
    // The macula handshake is bound to one TLS session, so sessions are not resumed.
    tls.send_tls13_tickets = 0;
    let quic = QuicServerConfig::with_initial(Arc::new(tls), macula_pqc::quic_initial_suite())
        .map_err(|error| failed(error.to_string()))?;
    let mut transport = TransportConfig::default();
    let idle = IdleTimeout::try_from(IDLE_TIMEOUT).map_err(|error| failed(error.to_string()))?;
    transport
        .max_idle_timeout(Some(idle))
        .keep_alive_interval(Some(KEEP_ALIVE))
        .max_concurrent_bidi_streams(VarInt::from_u32(MAX_STREAMS))
        .max_concurrent_uni_streams(VarInt::from_u32(0))
        .stream_receive_window(VarInt::from_u32(STREAM_WINDOW))
        .receive_window(VarInt::from_u32(CONNECTION_WINDOW))
        .send_window(u64::from(CONNECTION_WINDOW));
    let mut config = ServerConfig::with_crypto(Arc::new(quic));
    config.transport_config(Arc::new(transport));
    Ok((config, leaf))
}

/// Creates an endpoint on `socket`. Reset tokens and connection ids are derived from
/// `reset_secret`. Both are required, because quinn drops a packet whose connection id it cannot
/// have issued before it considers a reset.
pub(crate) fn listen(
    socket: UdpSocket,
    config: ServerConfig,
    reset_secret: &[u8; 32],
) -> io::Result<Endpoint> {
    let reset_key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, reset_secret);
    let mut endpoint = EndpointConfig::new(Arc::new(reset_key));
    let (id_key, _) = reset_secret.split_at(8);
    let id_key = u64::from_be_bytes(id_key.try_into().unwrap_or_default());
    endpoint.cid_generator(move || Box::new(HashedConnectionIdGenerator::from_key(id_key)));
    let runtime =
        quinn::default_runtime().ok_or_else(|| io::Error::other("no async runtime is running"))?;
    Endpoint::new(endpoint, Some(config), socket, runtime)
}

/// Binds `addr`, and retries for up to [`BIND_TIMEOUT`] while the address is in use.
pub(crate) async fn bind(addr: SocketAddr) -> Result<UdpSocket, StationError> {
    let deadline = Instant::now() + BIND_TIMEOUT;
    loop {
        match UdpSocket::bind(addr) {
            Ok(socket) => return Ok(socket),
            Err(taken) if taken.kind() == io::ErrorKind::AddrInUse => {
                if Instant::now() >= deadline {
                    return Err(StationError::PortTaken { port: addr.port() });
                }
                tokio::time::sleep(BIND_RETRY_INTERVAL).await;
            }
            Err(source) => return Err(StationError::Bind { addr, source }),
        }
    }
}

/// Binds a random free port of [`PORTS`], or any free port after [`PORT_ATTEMPTS`] attempts.
pub(crate) fn bind_free(mut addr: SocketAddr) -> Result<UdpSocket, StationError> {
    for _ in 0..PORT_ATTEMPTS {
        let Some(random) = clock::random::<2>() else {
            break;
        };
        let span = PORTS.end - PORTS.start;
        addr.set_port(PORTS.start + u16::from_be_bytes(random) % span);
        match UdpSocket::bind(addr) {
            Ok(socket) => return Ok(socket),
            Err(taken) if taken.kind() == io::ErrorKind::AddrInUse => {}
            Err(source) => return Err(StationError::Bind { addr, source }),
        }
    }
    addr.set_port(0);
    UdpSocket::bind(addr).map_err(|source| StationError::Bind { addr, source })
}
