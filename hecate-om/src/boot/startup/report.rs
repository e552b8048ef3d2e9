//! Log lines about the capabilities that a service serves.

use std::sync::Arc;
use std::time::Duration;

use crate::build_info;
use crate::capability::{GuardControl, Registry};
use crate::config::Config;
use crate::health::HealthState;
use crate::mesh::{self, PublicationStatus, StatusTable};

/// Time that the log line about served capabilities waits for the stations' first answers.
const FIRST_ANSWERS: Duration = Duration::from_secs(10);

/// Logs the capabilities that are open because neither they nor the service set an access policy.
pub(super) fn report_open(registry: &Registry) {
    let open: Vec<&str> = registry
        .iter()
        .map(|(_, dispatcher)| dispatcher.capability)
        .filter(|capability| capability.access.is_none())
        .map(|capability| capability.name)
        .collect();
    if !open.is_empty() {
        tracing::info!(
            capabilities = open.join(", "),
            "no access policy, so open to every caller; set `access = open` to confirm, or restrict it"
        );
    }
}

/// Logs the limits that exceed what the mesh admits, and whether limits can be changed at run time.
pub(super) fn report_limits(registry: &Registry, config: &Config, control: &GuardControl) {
    for limit in mesh::out_of_reach(registry, config.held_requests) {
        tracing::warn!(
            limit,
            "a limit exceeds what the mesh admits; further calls are refused as `busy`"
        );
    }
    if control.administrator().is_none() {
        tracing::info!("`set_limits` is not served, because HECATE_GUARDIAN is not set");
    }
}

/// Number of subscriptions and schedules, whose handlers run without a call.
#[derive(Debug, Clone, Copy)]
pub(super) struct HandlerCounts {
    pub(super) subscriptions: usize,
    pub(super) schedules: usize,
}

/// Logs in one line the served capabilities and the address of the health listener.
pub(super) async fn report_live(
    health_state: Arc<HealthState>,
    status: Arc<StatusTable>,
    health: String,
    counts: HandlerCounts,
    has_mesh: bool,
) {
    // A field whose number is 0 is omitted.
    let nonzero = |count: usize| (count > 0).then_some(count);
    let subscriptions = nonzero(counts.subscriptions);
    let schedules = nonzero(counts.schedules);
    let (name, version) = (health_state.service.name, health_state.service.version);
    if !has_mesh {
        tracing::info!(
            name,
            version,
            health,
            subscriptions,
            schedules,
            ml_dsa = build_info::ML_DSA,
            "service is live, without a mesh"
        );
        return;
    }
    // The service is already live; waiting only makes the log line more complete.
    let _ = tokio::time::timeout(FIRST_ANSWERS, status.settled()).await;
    let (served, waiting): (Vec<_>, Vec<_>) = status
        .publications()
        .into_iter()
        .partition(|(_, publication)| publication.is_served());
    let (served, waiting) = (procedures(served), procedures(waiting));
    if waiting.is_empty() {
        tracing::info!(
            name,
            version,
            served,
            health,
            subscriptions,
            schedules,
            ml_dsa = build_info::ML_DSA,
            "service is live"
        );
    } else {
        tracing::warn!(
            name,
            version,
            served,
            waiting,
            health,
            subscriptions,
            schedules,
            ml_dsa = build_info::ML_DSA,
            "service is live; some capabilities are not served yet"
        );
    }
}

fn procedures(publications: Vec<(String, PublicationStatus)>) -> String {
    let procedures: Vec<String> = publications
        .into_iter()
        .map(|(procedure, _)| procedure)
        .collect();
    procedures.join(", ")
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;
    use crate::health::ServiceInfo;
    use crate::mesh::ClaimState;

    /// Returns the time that the report of a service with one capability takes.
    async fn report(status: &Arc<StatusTable>) -> Duration {
        let service = ServiceInfo {
            name: "hecate-echo",
            version: "0.1.0",
            description: "Echoes the request",
        };
        let counts = HandlerCounts {
            subscriptions: 0,
            schedules: 0,
        };
        let since = Instant::now();
        let health_state = HealthState::new(service, "{}");
        report_live(
            health_state,
            Arc::clone(status),
            String::new(),
            counts,
            true,
        )
        .await;
        since.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn the_report_waits_for_the_first_answers_for_a_limited_time() {
        let procedures = ["acme/echo.say".to_owned()];
        let status = Arc::new(StatusTable::new("acme", procedures, ClaimState::Unsent));
        assert_eq!(report(&status).await, FIRST_ANSWERS);
        status.acknowledged("acme/echo.say", [1; 32]);
        assert_eq!(report(&status).await, Duration::ZERO);
    }
}
