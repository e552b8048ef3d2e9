//! What the steps of boot have in common: who is told of them, and how they end early.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Boot;
use super::error::{At, BootError};
use super::systemd::Systemd;
use crate::boot_refusal::Reason;
use crate::health::{self, HealthServer, Listen, Stage, Vitals};
use crate::service_contract::Contract;
use crate::telemetry::caught;

/// How long undoing what was started may take: most of it is the service's own `stop`.
const UNDO: Duration = Duration::from_secs(15);

/// The steps of boot, as those who watch see them.
pub(super) struct Steps<'a> {
    pub(super) vitals: Arc<Vitals>,
    pub(super) systemd: Systemd,
    /// Cancelled when the service is told to end.
    pub(super) ended: &'a CancellationToken,
}

impl Steps<'_> {
    pub(super) fn enter(&self, step: &'static str) {
        self.vitals.enter(Stage::Starting(step));
        tracing::debug!(step, "boot");
    }

    /// Runs a part of the step, unless the service is told to end before it is done.
    pub(super) async fn run<T>(
        &self,
        part: impl Future<Output = Result<T, BootError>>,
    ) -> Result<T, BootError> {
        tokio::select! {
            done = part => done,
            () = self.ended.cancelled() => Err(self.cancelled()),
        }
    }

    /// Tells those who watch that the service ends in the middle of boot.
    pub(super) fn cancelled(&self) -> BootError {
        let step = self.vitals.step().unwrap_or_default();
        self.vitals.enter(Stage::Draining);
        self.systemd.stopping();
        self.systemd.extend(UNDO);
        BootError::cancelled(step)
    }
}

/// Makes the service by its own `start`.
pub(super) async fn start<S: Contract>(boot: &mut Boot) -> Result<S, BootError> {
    let start = S::lifecycle().start;
    match caught(start(boot)).await {
        Ok(service) => service.refused("start", Reason::START_FAILED),
        Err(panic) => Err(format!(
            "the service's `start` panicked at {}: {panic}",
            panic.place()
        ))
        .refused("start", Reason::START_FAILED),
    }
}

/// The health listener; in the service's own process, on a thread of its own.
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
    let bound = match own_process {
        true => health::on_own_thread(binding).await.at("health")?,
        false => binding.await,
    };
    bound.map_err(|error| BootError::of("health", error.reason(), &error))
}
