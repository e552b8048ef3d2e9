//! The station's QUIC endpoint: TLS 1.3 with an ML-DSA-87 certificate and
//! macula's key exchange groups, and stateless resets that survive a restart.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use macula_rust::transport::ALPN;
use quinn::crypto::rustls::QuicServerConfig;
use quinn::{Endpoint, EndpointConfig, IdleTimeout, ServerConfig, TransportConfig, VarInt};
use quinn_proto::HashedConnectionIdGenerator;
use rustls::pki_types::CertificateDer;

use crate::{StationError, clock};

/// The lower side's timeout wins, and clients name five minutes: half a minute
/// here is what ends a link whose peer vanished without a word.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// Streams a peer may have open to the station at a time: its control stream
/// and its sessions.
const MAX_STREAMS: u32 = 1025;

/// What a peer may have sent that the station has not read: per stream, and on
/// the connection. Also what the station buffers towards it.
const STREAM_WINDOW: u32 = 4 * 1024 * 1024;
const CONNECTION_WINDOW: u32 = 8 * 1024 * 1024;

/// The configuration a listener presents itself with, and its certificate
/// (DER), which the TLS binding ties to the station's identity key. The
/// certificate's key is new at each start: peers pin the node id, and a key
/// serves one purpose only.
pub(crate) fn server_config() -> Result<(ServerConfig, CertificateDer<'static>), StationError> {
    let failed = |why: String| StationError::crypto("TLS configuration", &why);
    let seed = clock::random::<32>().ok_or_else(|| failed("no randomness".to_owned()))?;
    let (leaf, key) = macula_pqc::self_signed_certificate(&seed, vec!["localhost".to_owned()])
        .map_err(|why| failed(why.to_string()))?;
    let mut tls = macula_pqc::server_builder()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.clone()], key.into())
        .map_err(|why| failed(why.to_string()))?;
    tls.alpn_protocols = vec![ALPN.to_vec()];
    // The handshake binds to one TLS session, so none is resumed.
    tls.send_tls13_tickets = 0;
    let quic = QuicServerConfig::with_initial(Arc::new(tls), macula_pqc::quic_initial_suite())
        .map_err(|why| failed(why.to_string()))?;
    let mut transport = TransportConfig::default();
    let idle = IdleTimeout::try_from(IDLE_TIMEOUT).map_err(|why| failed(why.to_string()))?;
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

/// Listens on `socket`. Reset tokens and connection ids derive from
/// `reset_secret`: both must, since quinn drops a packet whose connection id
/// it would not have made before it considers a reset.
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

/// How long a socket that a process just gone, or this one a moment ago, held
/// is waited for.
const BIND_PATIENCE: Duration = Duration::from_secs(2);
const BIND_RETRY: Duration = Duration::from_millis(50);

/// Binds the port clients know.
pub(crate) async fn bind_kept(addr: SocketAddr) -> Result<UdpSocket, StationError> {
    let give_up = tokio::time::Instant::now() + BIND_PATIENCE;
    loop {
        match UdpSocket::bind(addr) {
            Ok(socket) => return Ok(socket),
            Err(taken) if taken.kind() == io::ErrorKind::AddrInUse => {
                if tokio::time::Instant::now() >= give_up {
                    return Err(StationError::PortTaken { port: addr.port() });
                }
                tokio::time::sleep(BIND_RETRY).await;
            }
            Err(source) => return Err(StationError::Bind { addr, source }),
        }
    }
}

/// The ports a first start picks from: below the ranges operating systems
/// hand to outgoing sockets, so that the kept port is not lent to a client
/// while no station runs.
const PORTS: std::ops::Range<u16> = 20_000..32_000;
const PORT_TRIES: usize = 64;

/// Binds a free port, to be kept.
pub(crate) fn bind_free(mut addr: SocketAddr) -> Result<UdpSocket, StationError> {
    for _ in 0..PORT_TRIES {
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
