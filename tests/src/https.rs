//! Requests over TLS to a health listener.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use hecate_om_test_support::{IssuedCertificate, TestPki};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;

use crate::parse;

/// An HTTPS client that trusts one realm's CA and no other.
#[derive(Debug, Clone)]
pub struct HttpsClient {
    config: Arc<ClientConfig>,
}

/// A response over TLS.
#[derive(Debug)]
pub struct HttpsResponse {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: String,
    /// The server's certificate, in DER.
    pub leaf: Vec<u8>,
}

impl HttpsResponse {
    /// Returns the body as JSON.
    ///
    /// # Panics
    ///
    /// If the body is not JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

impl HttpsClient {
    /// Returns a client of this realm, which presents `own` if it is asked for a certificate.
    ///
    /// # Panics
    ///
    /// If the client cannot be created.
    #[must_use]
    pub fn new(pki: &TestPki, own: Option<&IssuedCertificate>) -> Self {
        let mut roots = RootCertStore::empty();
        roots
            .add(der(&pki.realm_ca()))
            .expect("a root can be trusted");
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the TLS versions are supported")
            .with_root_certificates(roots);
        let config = match own {
            Some(own) => {
                let key = PrivateKeyDer::from_pem_slice(own.key.as_bytes()).expect("a key");
                let chain = vec![der(&own.cert), der(&pki.org_ca())];
                builder.with_client_auth_cert(chain, key).expect("a pair")
            }
            None => builder.with_no_client_auth(),
        };
        Self {
            config: Arc::new(config),
        }
    }

    /// Requests `GET path` from `addr` and expects a certificate with this name.
    ///
    /// # Errors
    ///
    /// If the connection fails, either side rejects the other's certificate, or the response is cut
    /// off.
    ///
    /// # Panics
    ///
    /// If the response is not HTTP.
    pub fn get(&self, addr: &str, name: &str, path: &str) -> io::Result<HttpsResponse> {
        let name = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
        let connection =
            ClientConnection::new(Arc::clone(&self.config), name).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(connection, TcpStream::connect(addr)?);
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: {addr}\r\nconnection: close\r\n\r\n"
        )?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        let served = stream.conn.peer_certificates().and_then(|c| c.first());
        let leaf = served.map(|c| c.to_vec()).unwrap_or_default();
        let (status, body) = parse(&text).ok_or(io::ErrorKind::UnexpectedEof)?;
        Ok(HttpsResponse { status, body, leaf })
    }
}

fn der(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate")
}
