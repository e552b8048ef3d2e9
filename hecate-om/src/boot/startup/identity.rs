//! The step `identity`: the node key and the service certificate.

use crate::boot::error::{BootError, StepResult as _};
use crate::boot_refusal::Reason;
use crate::certificate::{self, ClientCert, ServiceCert};
use crate::config::Config;
use crate::mesh::Identity;

/// Keys that prove a service's identity.
pub(super) struct NodeIdentity {
    pub(super) identity: Identity,
    /// `None` if the secrets folder has no service certificate.
    pub(super) certificate: Option<ServiceCert>,
}

impl NodeIdentity {
    /// Verifies the service certificate, then loads or creates the node key. In this order, because
    /// a certificate that refuses boot must not leave a new key behind.
    pub(super) async fn load(config: &Config, service: &str) -> Result<Self, BootError> {
        let certificate = load_certificate(config, service).await?;
        let identity = load_node_key(config).await?;
        Ok(Self {
            identity,
            certificate,
        })
    }
}

async fn load_node_key(config: &Config) -> Result<Identity, BootError> {
    let path = config.secrets_dir.join("identity.key");
    let profile = config.profile;
    // Creating a key occupies a core for up to a second.
    tokio::task::spawn_blocking(move || Identity::load_or_create(&path, profile))
        .await
        .at_step("identity")?
        .map_err(|error| BootError::new("identity", error.reason(), &error))
}

/// Verifies the service certificate without using it.
pub(in crate::boot) async fn check_certificate(
    config: &Config,
    service: &str,
) -> Result<(), BootError> {
    load_certificate(config, service).await.map(|_| ())
}

/// Loads the service certificate. It is required if the health port requests client certificates.
async fn load_certificate(
    config: &Config,
    service: &str,
) -> Result<Option<ServiceCert>, BootError> {
    let client = match config.health_tcp() {
        Some(_) => config.health_client_cert,
        None => ClientCert::Off,
    };
    let certificate = certificate::load_and_renew(
        config.certificate_files(),
        config.principal(service),
        client,
    )
    .await
    .map_err(|error| BootError::new("identity", error.reason(), &error))?;
    if certificate.is_none() && client != ClientCert::Off {
        return Err(format!(
            "HECATE_HEALTH_CLIENT_CERT is set, which needs TLS, but `{}` has no `service-cert.pem`; \
             put the service certificate there, or unset HECATE_HEALTH_CLIENT_CERT",
            config.secrets_dir.display()
        ))
        .refused_at("identity", Reason::CERTIFICATE_INCOMPLETE);
    }
    Ok(certificate)
}
