//! Reporting and cancellation common to all boot steps.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::error::{At, BootError};
use super::systemd::Systemd;
use crate::boot_refusal::Reason;
use crate::health::{self, HealthServer, Listen, Stage, Vitals};
use crate::panic::caught;
use crate::service::Boot;
use crate::service::Contract;

/// Timeout of undoing the completed steps; most of it is the service's own `stop`.
const UNDO: Duration = Duration::from_secs(15);

/// Reports the boot steps to health, systemd and the log.
pub(super) struct Steps<'a> {
    pub(super) vitals: Arc<Vitals>,
    pub(super) systemd: Systemd,
    /// Cancelled by the first signal.
    pub(super) ended: &'a CancellationToken,
}

impl Steps<'_> {
    pub(super) fn enter(&self, step: &'static str) {
        self.vitals.enter(Stage::Starting(step));
        tracing::debug!(step, "boot");
    }

    /// Runs a part of the step; returns an error if a signal arrives first.
    pub(super) async fn run<T>(
        &self,
        part: impl Future<Output = Result<T, BootError>>,
    ) -> Result<T, BootError> {
        tokio::select! {
            done = part => done,
            () = self.ended.cancelled() => Err(self.cancelled()),
        }
    }

    /// Reports that a signal interrupted the boot.
    pub(super) fn cancelled(&self) -> BootError {
        let step = self.vitals.step().unwrap_or_default();
        self.vitals.enter(Stage::Draining);
        self.systemd.stopping();
        self.systemd.extend(UNDO);
        BootError::cancelled(step)
    }
}

/// Creates the service by its own `start`.
pub(super) async fn start<S: Contract>(boot: &mut Boot) -> Result<S, BootError> {
    let start = S::lifecycle().start;
    match caught(start(boot)).await {
        Ok(service) => service.refused("start", Reason::START_FAILED),
        Err(panic) => Err(format!(
            "the service's `start` panicked: {}",
            panic.located()
        ))
        .refused("start", Reason::START_FAILED),
    }
}

/// Starts the health listener; in a service process, on a dedicated thread.
pub(super) async fn listener(
    listen: Listen,
    vitals: &Arc<Vitals>,
    own_process: bool,
) -> Result<HealthServer, BootError> {
    let vitals = Arc::clone(vitals);
    let binding = async move {
        tokio::spawn(health::observe(Arc::downgrade(&vitals)));
        health::bind(listen, vitals).await
    };
    let bound = if own_process {
        health::on_own_thread(binding).await.at("health")?
    } else {
        binding.await
    };
    bound.map_err(|error| BootError::of("health", error.reason(), &error))
}
