//! Health: what operators and probes read. Nothing here is waited on, and nothing here does the work it reports.

mod body;
pub(crate) mod check;
mod connections;
mod heartbeat;
mod metrics;
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
pub(crate) use sampler::sample;
pub(crate) use server::{HealthServer, Listen, bind};
pub(crate) use thread::on_own_thread;

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::watch;

use crate::certificate::ServiceCert;
use crate::health_status::Health;
use crate::linked::{descriptor, linked};
use crate::mesh::StatusTable;

/// The liveness probe's path.
const LIVE: &str = "/health/live";

/// What `/health` and its siblings are made of.
#[derive(Debug)]
pub(crate) struct HealthState {
    pub(crate) service: ServiceInfo,
    pub(crate) stage: watch::Sender<Stage>,
    /// The author's verdict; `None` until the first sample.
    pub(crate) sample: watch::Sender<Option<HealthSample>>,
    /// Set once the capabilities are known.
    pub(crate) statuses: OnceLock<Arc<StatusTable>>,
    /// The service certificate, where there is one; set once it is read.
    pub(crate) certificate: OnceLock<ServiceCert>,
    pub(crate) manifest: &'static str,
    pub(crate) heartbeat: Heartbeat,
    /// When the service began to boot.
    pub(crate) since: SystemTime,
    /// Set once the service has started.
    pub(crate) sources: OnceLock<MetricsSources>,
    /// The manifest with the JSON Schemas, made when it is first asked for.
    descriptor: OnceLock<String>,
}

/// Who the service is.
#[derive(Debug, Clone)]
pub(crate) struct ServiceInfo {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    pub(crate) description: &'static str,
}

/// Where a service is in its life.
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

/// What the service said of itself, and when.
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
            sources: OnceLock::new(),
            descriptor: OnceLock::new(),
        })
    }

    /// What the binary's word `manifest` prints; the manifest alone where that does not parse, which boot refuses.
    pub(crate) fn descriptor(&self) -> &str {
        self.descriptor.get_or_init(|| {
            descriptor(self.manifest, linked).unwrap_or_else(|_| self.manifest.to_owned())
        })
    }

    pub(crate) fn set_stage(&self, stage: Stage) {
        self.stage.send_replace(stage);
    }

    /// The current boot step; `None` once boot is over.
    pub(crate) fn step(&self) -> Option<&'static str> {
        match *self.stage.borrow() {
            Stage::Starting(step) => Some(step),
            Stage::Live | Stage::Draining => None,
        }
    }
}
