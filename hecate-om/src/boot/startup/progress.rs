//! Reporting and cancellation of boot steps.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::boot::error::BootError;
use crate::boot::systemd::Systemd;
use crate::health::{HealthState, Stage};

/// Timeout of undoing the completed steps, most of which is for the service's own `stop`.
const UNDO_TIMEOUT: Duration = Duration::from_secs(15);

/// Reports the current boot step to health, systemd and the log.
pub(super) struct BootProgress<'a> {
    health_state: Arc<HealthState>,
    pub(super) systemd: Systemd,
    /// Cancelled by the first signal.
    pub(super) ended: &'a CancellationToken,
}

impl<'a> BootProgress<'a> {
    /// Creates the reporter. Only a service with its own process notifies systemd.
    pub(super) fn new(
        health_state: &Arc<HealthState>,
        own_process: bool,
        ended: &'a CancellationToken,
    ) -> Self {
        let systemd = if own_process {
            Systemd::find(health_state)
        } else {
            Systemd::none()
        };
        Self {
            health_state: Arc::clone(health_state),
            systemd,
            ended,
        }
    }

    pub(super) fn set_step(&self, step: &'static str) {
        self.health_state.set_stage(Stage::Starting(step));
        tracing::debug!(step, "boot step started");
    }

    /// Runs a part of the step, or returns an error if a signal arrives first.
    pub(super) async fn run<T>(
        &self,
        part: impl Future<Output = Result<T, BootError>>,
    ) -> Result<T, BootError> {
        tokio::select! {
            done = part => done,
            () = self.ended.cancelled() => Err(self.cancelled()),
        }
    }

    /// Reports that a signal interrupted the boot, and returns the error.
    pub(super) fn cancelled(&self) -> BootError {
        let step = self.health_state.step().unwrap_or_default();
        self.health_state.set_stage(Stage::Draining);
        self.systemd.stopping();
        self.systemd.extend(UNDO_TIMEOUT);
        BootError::cancelled(step)
    }
}
