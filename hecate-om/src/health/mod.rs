//! Health: the HTTP endpoints for probes, operators and metrics.

mod body;
pub(crate) mod check;
mod connections;
mod dead_letters;
mod heartbeat;
mod host;
mod metrics;
mod reload_status;
mod sampler;
mod server;
mod socket;
#[cfg(test)]
mod tests;
mod thread;
mod tls;
mod verdict;

pub(crate) use heartbeat::{Heartbeat, observe, run_heartbeat};
pub(crate) use metrics::MetricsSources;
#[cfg(feature = "testing")]
pub(crate) use metrics::scrape;
pub(crate) use reload_status::ReloadStatus;
pub(crate) use sampler::sample;
pub(crate) use server::{HealthServer, ListenAddresses, bind, serve_stream};
pub(crate) use thread::on_own_thread;

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::watch;

use crate::capability::KeyedCalls;
use crate::certificate::ServiceCert;
use crate::dead_letter::DeadLetters;
use crate::health_status::Health;
use crate::linked::{descriptor, linked};
use crate::mesh::StatusTable;
use crate::metrics::ServiceMetrics;

/// Path of the liveness probe.
const LIVE: &str = "/health/live";

/// State that `/health` and the other endpoints report.
#[derive(Debug)]
pub(crate) struct HealthState {
    pub(crate) service: ServiceInfo,
    pub(crate) stage: watch::Sender<Stage>,
    /// Result of the author's health check; `None` until the first result.
    pub(crate) sample: watch::Sender<Option<HealthSample>>,
    /// Publication status; set once the capabilities are known.
    pub(crate) statuses: OnceLock<Arc<StatusTable>>,
    /// Service certificate, if there is one; set once it is loaded.
    pub(crate) certificate: OnceLock<ServiceCert>,
    pub(crate) manifest: &'static str,
    pub(crate) heartbeat: Heartbeat,
    /// Time at which boot started.
    pub(crate) since: SystemTime,
    pub(crate) reload: ReloadStatus,
    /// Sources of the metrics; set once the service has started.
    pub(crate) sources: OnceLock<MetricsSources>,
    /// The dead letters; set once the service has started.
    pub(crate) dead_letters: OnceLock<DeadLetters>,
    /// The calls with keys; set once the capabilities are registered.
    pub(crate) keyed: OnceLock<KeyedCalls>,
    /// The service's own metrics; set once its `start` has returned.
    pub(crate) service_metrics: OnceLock<ServiceMetrics>,
    /// The manifest with the JSON Schemas, generated at the first request.
    descriptor: OnceLock<String>,
}

/// Name, version and description of a service.
#[derive(Debug, Clone)]
pub(crate) struct ServiceInfo {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    pub(crate) description: &'static str,
}

/// Stage in the lifecycle of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Booting, at this step.
    Starting(&'static str),
    Live,
    Draining,
}

impl Stage {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Starting(_) => "starting",
            Self::Live => "live",
            Self::Draining => "draining",
        }
    }
}

/// Result of the author's health check, with its time.
#[derive(Debug, Clone)]
pub(crate) struct HealthSample {
    pub(crate) health: Health,
    pub(crate) at: Instant,
}

impl HealthSample {
    pub(crate) fn age(&self) -> Duration {
        self.at.elapsed()
    }
}

impl HealthState {
    pub(crate) fn new(service: ServiceInfo, manifest: &'static str) -> Arc<Self> {
        Arc::new(Self {
            service,
            stage: watch::Sender::new(Stage::Starting("config")),
            sample: watch::Sender::new(None),
            statuses: OnceLock::new(),
            certificate: OnceLock::new(),
            manifest,
            heartbeat: Heartbeat::new(),
            since: SystemTime::now(),
            reload: ReloadStatus::new(),
            sources: OnceLock::new(),
            service_metrics: OnceLock::new(),
            dead_letters: OnceLock::new(),
            keyed: OnceLock::new(),
            descriptor: OnceLock::new(),
        })
    }

    /// Returns the output of the subcommand `manifest`, or the manifest unchanged if it does not
    /// parse.
    pub(crate) fn descriptor(&self) -> &str {
        self.descriptor.get_or_init(|| {
            descriptor(self.manifest, linked).unwrap_or_else(|_| self.manifest.to_owned())
        })
    }

    pub(crate) fn set_stage(&self, stage: Stage) {
        self.stage.send_replace(stage);
    }

    /// Returns the current boot step; `None` once boot has ended.
    pub(crate) fn step(&self) -> Option<&'static str> {
        match *self.stage.borrow() {
            Stage::Starting(step) => Some(step),
            Stage::Live | Stage::Draining => None,
        }
    }
}
