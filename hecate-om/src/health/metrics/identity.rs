//! Expiry of the service certificate and of the token.

use std::fmt;

use super::page::Page;
use crate::health::HealthState;
use crate::mesh::AuthorityState;

pub(super) fn certificate(health_state: &HealthState, page: &mut Page<'_>) -> fmt::Result {
    match health_state.certificate.get() {
        None => Ok(()),
        Some(certificate) => page.value(
            "hecate_certificate_days_left",
            "Whole days until the service certificate expires; negative after the expiry",
            certificate.current().days_left() as f64,
        ),
    }
}

pub(super) fn authority(health_state: &HealthState, page: &mut Page<'_>) -> fmt::Result {
    let Some(sources) = health_state.sources.get() else {
        return Ok(());
    };
    let status = sources.mesh.authority().status();
    page.state(
        "hecate_authority",
        "State of the token for the service's permissions",
        "state",
        &AuthorityState::NAMES,
        status.state.name(),
    )?;
    match status.expires_in {
        None => Ok(()),
        Some(left) => page.value(
            "hecate_authority_expires_in_seconds",
            "Time until the current token expires",
            left.as_secs_f64(),
        ),
    }
}
