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
            "Whole days until the service certificate ends; below zero once it has",
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
        "How the service stands with its realm for the token of its actions",
        "state",
        &AuthorityState::NAMES,
        status.state.name(),
    )?;
    match status.expires_in {
        None => Ok(()),
        Some(left) => page.value(
            "hecate_authority_expires_in_seconds",
            "How long the token that is held is still good",
            left.as_secs_f64(),
        ),
    }
}
