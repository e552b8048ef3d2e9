//! The step `health`: the listener of probes and metrics.

use std::sync::Arc;

use crate::boot::error::{BootError, StepResult as _};
use crate::certificate::ServiceCert;
use crate::config::Config;
use crate::health::{self, HealthServer, HealthState, ListenAddresses};

/// Starts the health listener; in a service process, on its own thread. [`HealthServer::close`]
/// stops it.
pub(super) async fn listen(
    config: &Config,
    certificate: Option<ServiceCert>,
    health_state: &Arc<HealthState>,
    own_process: bool,
) -> Result<HealthServer, BootError> {
    let listen = ListenAddresses {
        tcp: config.health_tcp(),
        socket: config.health_socket.clone(),
        certificate,
    };
    let health_state = Arc::clone(health_state);
    let binding = async move {
        tokio::spawn(health::observe(Arc::downgrade(&health_state)));
        health::bind(listen, health_state).await
    };
    let bound = if own_process {
        health::on_own_thread(binding).await.at_step("health")?
    } else {
        binding.await
    };
    let server = bound.map_err(|error| BootError::new("health", error.reason(), &error))?;
    tracing::debug!(address = server.address, "health listener started");
    Ok(server)
}
