//! TLS by the service's certificate: what the health listener presents, and what its own probe trusts.

use std::error::Error;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::SystemTime;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::{
    AlertDescription, ClientConfig, DigitallySignedStruct, Error as TlsError, ServerConfig,
    SignatureScheme,
};

use super::verify::{certificates, moment, parse, private_key, provider, roots, verifier};
use super::{Certificate, CertificateError, Files, Principal};

/// All that the listener speaks; naming it lets a client that wants something else hear so at once.
const HTTP_1: &[u8] = b"http/1.1";

/// Whether the health listener asks its clients for a certificate of the realm (`HECATE_HEALTH_CLIENT_CERT`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClientCert {
    /// It does not ask.
    Off,
    /// One that is shown must be the realm's.
    Optional,
    /// Without one there is no connection.
    Required,
}

impl ClientCert {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Optional => "optional",
            Self::Required => "required",
        }
    }
}

impl Certificate {
    pub(super) fn server_config(
        &self,
        client: ClientCert,
        files: &Files,
    ) -> Result<ServerConfig, CertificateError> {
        let refused = |error: &dyn std::fmt::Display| CertificateError::Unverified {
            cert: files.cert(),
            realm_ca: files.realm_ca(),
            reason: error.to_string(),
            cure: "ask the realm for a certificate that a TLS server can use",
        };
        let builder = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| refused(&error))?;
        let builder = match client {
            ClientCert::Off => builder.with_no_client_auth(),
            ClientCert::Optional | ClientCert::Required => {
                let roots = roots(&self.realm_ca, &files.realm_ca())?;
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider());
                let verifier = match client {
                    ClientCert::Required => verifier,
                    _ => verifier.allow_unauthenticated(),
                };
                builder
                    .with_client_cert_verifier(verifier.build().map_err(|error| refused(&error))?)
            }
        };
        let mut config = builder
            .with_single_cert(self.chain.clone(), self.key.clone_key())
            .map_err(|error| refused(&error))?;
        config.alpn_protocols = vec![HTTP_1.to_vec()];
        Ok(config)
    }
}

/// What the service's own probe trusts: a listener that presents a certificate of this service, of the realm.
///
/// It says nothing of whether the certificate is past its end: a service that goes on with one, as it should, must not
/// be ended by its probe. Nor need the files be in order, but for the realm's CA: the listener may hold the set before.
#[derive(Debug)]
pub(crate) struct Trust {
    realm: Arc<WebPkiServerVerifier>,
    principal: Principal,
}

impl Trust {
    /// How to connect; `None` where the service has no certificate, and its listener speaks no TLS.
    pub(crate) fn client_config(
        files: &Files,
        principal: Principal,
    ) -> Result<Option<ClientConfig>, CertificateError> {
        if !files.has_cert() {
            return Ok(None);
        }
        let realm_ca = certificates(&files.read_realm_ca()?, &files.realm_ca())?;
        let trust = Self {
            realm: verifier(&realm_ca, &files.realm_ca())?,
            principal,
        };
        let unusable = |error: TlsError| CertificateError::Unverified {
            cert: files.cert(),
            realm_ca: files.realm_ca(),
            reason: error.to_string(),
            cure: "put both there anew",
        };
        let builder = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(unusable)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(trust));
        let config = match own(files) {
            Some((chain, key)) => builder
                .with_client_auth_cert(chain, key)
                .map_err(unusable)?,
            None => builder.with_no_client_auth(),
        };
        Ok(Some(config))
    }

    /// The name to connect by. The verifier holds the certificate against the service's names, so this is of no weight,
    /// and no server name is sent.
    pub(crate) fn server_name() -> ServerName<'static> {
        IpAddr::V4(Ipv4Addr::LOCALHOST).into()
    }

    /// Whether a handshake failed because the other side speaks something else.
    pub(crate) fn speaks_no_tls(error: &(dyn Error + 'static)) -> bool {
        matches!(tls_error(error), Some(TlsError::InvalidMessage(_)))
    }

    /// Whether the other side refused this one's certificate because it is past its end.
    pub(crate) fn is_refused_as_past(error: &(dyn Error + 'static)) -> bool {
        let past = AlertDescription::CertificateExpired;
        matches!(tls_error(error), Some(TlsError::AlertReceived(alert)) if *alert == past)
    }
}

/// The error of TLS among the causes: they hide it in an I/O error.
fn tls_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a TlsError> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let io = error.downcast_ref::<io::Error>();
        let tls = io.and_then(|io| io.get_ref()?.downcast_ref::<TlsError>());
        if tls.is_some() {
            return tls;
        }
        cause = error.source();
    }
    None
}

/// The service's own chain and key, as far as they can be read, for a listener that asks for one.
fn own(files: &Files) -> Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
    let contents = files.read().ok()?;
    let mut chain = certificates(&contents.cert, &files.cert()).ok()?;
    if let Some(org_ca) = contents.org_ca {
        chain.extend(certificates(&org_ca, &files.org_ca()).unwrap_or_default());
    }
    Some((chain, private_key(&contents.key, &files.key()).ok()?))
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let parsed = parse(leaf).ok_or(rustls::CertificateError::BadEncoding)?;
        let name = self.principal.find(&parsed);
        let name = name.map_err(|found| {
            TlsError::General(format!("the certificate is another's: it names {found}"))
        })?;
        let name = ServerName::try_from(name)
            .map_err(|_| TlsError::InvalidCertificate(rustls::CertificateError::NotValidForName))?;
        let ends = moment(parsed.validity().not_after)
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let at = now.as_secs().min(ends.as_secs());
        let at = UnixTime::since_unix_epoch(std::time::Duration::from_secs(at));
        self.realm
            .verify_server_cert(leaf, intermediates, &name, ocsp, at)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.realm.verify_tls12_signature(message, leaf, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.realm.verify_tls13_signature(message, leaf, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.realm.supported_verify_schemes()
    }
}
