//! Snapshots of all services, on the mesh and behind health listeners.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use hecate_om::{Mesh, call::CallError, identity::NodeId};
use hecate_om_gateway::description::info;
use tokio::task::JoinSet;

use super::listener::HealthListener;
use super::rates::{GuardReport, GuardSample};
use super::row::{Row, text};
use crate::commands::ls;
use crate::http::Endpoint;

/// Bounds of the time limit for the mesh and for each service; between them, the limit is the
/// interval.
const TIMEOUTS: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(1)..=Duration::from_secs(5);
/// Maximum difference in uptime, in seconds, between a service on the mesh and its health listener.
const SAME_UPTIME: u64 = 3;

/// Queries all services.
#[derive(Debug)]
pub(super) struct Observer {
    mesh: Mesh,
    org: Option<String>,
    all: bool,
    listeners: Vec<HealthListener>,
    timeout: Duration,
    before: BTreeMap<Key, GuardSample>,
}

type Key = (String, NodeId);

/// State of all services at one time, sorted by org.
#[derive(Debug, Clone)]
pub(super) struct Snapshot {
    pub(super) at: SystemTime,
    pub(super) rows: Vec<Row>,
}

impl Observer {
    pub(super) fn new(
        mesh: Mesh,
        org: Option<String>,
        all: bool,
        endpoints: Vec<Endpoint>,
        interval: Duration,
    ) -> Self {
        Self {
            mesh,
            org,
            all,
            listeners: endpoints.into_iter().map(HealthListener::new).collect(),
            timeout: interval.clamp(*TIMEOUTS.start(), *TIMEOUTS.end()),
            before: BTreeMap::new(),
        }
    }

    /// Takes a snapshot.
    ///
    /// # Errors
    ///
    /// If the mesh does not return the advertised procedures.
    pub(super) async fn observe(&mut self) -> Result<Snapshot, CallError> {
        let timeout = self.timeout;
        let mut rows = self.on_mesh().await?;
        for listener in &mut self.listeners {
            let row = listener.observe(timeout).await;
            match matching_row(&mut rows, &row) {
                Some(on_mesh) => merge(on_mesh, row),
                None => rows.push(row),
            }
        }
        Ok(Snapshot {
            at: SystemTime::now(),
            rows,
        })
    }

    /// Returns the orgs that have services on the mesh.
    pub(super) async fn orgs(&self) -> Result<BTreeSet<String>, CallError> {
        ls::orgs(&self.mesh, self.timeout).await
    }

    async fn on_mesh(&mut self) -> Result<Vec<Row>, CallError> {
        let found =
            ls::list_procedures(&self.mesh, self.org.as_deref(), self.all, self.timeout).await?;
        let mut tasks = JoinSet::new();
        for (key, offers) in found {
            let (mesh, timeout) = (self.mesh.clone(), self.timeout);
            tasks.spawn(async move {
                let (row, sample) = query(&mesh, &key, offers.procedures.len(), timeout).await;
                (key, row, sample)
            });
        }
        let mut rows = BTreeMap::new();
        let mut counts = BTreeMap::new();
        while let Some(result) = tasks.join_next().await {
            let Ok((key, mut row, sample)) = result else {
                continue;
            };
            if let Some(sample) = sample {
                let rates = sample.rates(self.before.get(&key));
                row.calls_per_s = Some(rates.calls);
                row.denied_per_s = Some(rates.denied);
                counts.insert(key.clone(), sample);
            }
            rows.insert(key, row);
        }
        self.before = counts;
        Ok(rows.into_values().collect())
    }
}

/// Queries a service's info and its guard's counts.
async fn query(
    mesh: &Mesh,
    (org, node): &Key,
    procedures: usize,
    timeout: Duration,
) -> (Row, Option<GuardSample>) {
    let row = Row {
        org: text(org),
        node_id: Some(node.to_string()),
        procedures,
        ..Row::default()
    };
    if ls::is_internal(org) {
        let status = "internal".into();
        return (Row { status, ..row }, None);
    }
    let report = mesh
        .procedure(format!("{org}/get_limits"))
        .provider(*node)
        .timeout(timeout);
    let (info, report) = tokio::join!(
        info(mesh, org, Some(*node), timeout),
        report.call::<(), GuardReport>(&())
    );
    let row = match info {
        Ok(info) => Row {
            version: Some(text(&info.version)),
            status: text(&info.status),
            uptime_s: Some(info.uptime_s),
            ..row
        },
        Err(_) => Row {
            status: "no answer".into(),
            ..row
        },
    };
    let sample = report
        .ok()
        .map(|report| GuardSample::new(report, SystemTime::now()));
    (row, sample)
}

/// Returns the service on the mesh that belongs to a health listener, by org and uptime.
fn matching_row<'r>(rows: &'r mut [Row], listener: &Row) -> Option<&'r mut Row> {
    let apart = |row: &Row| {
        row.uptime_s?
            .checked_sub(listener.uptime_s?)
            .map_or_else(|| Some(listener.uptime_s? - row.uptime_s?), Some)
    };
    rows.iter_mut()
        .filter(|row| row.org == listener.org && row.health.is_none())
        .filter(|row| apart(row).is_some_and(|seconds| seconds <= SAME_UPTIME))
        .min_by_key(|row| apart(row))
}

/// Replaces the values from the mesh by the health listener's values.
fn merge(on_mesh: &mut Row, listener: Row) {
    *on_mesh = Row {
        node_id: on_mesh.node_id.take(),
        procedures: on_mesh.procedures,
        ..listener
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(org: &str, node: Option<&str>, uptime_s: u64) -> Row {
        Row {
            org: org.into(),
            node_id: node.map(str::to_owned),
            uptime_s: Some(uptime_s),
            ..Row::default()
        }
    }

    #[test]
    fn a_listener_belongs_to_the_service_with_the_same_org_and_uptime() {
        let mut rows = [
            row("acme", Some("a"), 1_000),
            row("acme", Some("b"), 50),
            row("other", Some("c"), 52),
        ];
        let found = matching_row(&mut rows, &row("acme", None, 52)).unwrap();
        assert_eq!(found.node_id.as_deref(), Some("b"));
        assert!(matching_row(&mut rows, &row("acme", None, 500)).is_none());
        assert!(matching_row(&mut rows, &row("none", None, 52)).is_none());
    }

    #[test]
    fn values_of_the_listener_replace_those_of_the_mesh_except_the_node() {
        let mut on_mesh = row("acme", Some("b"), 50);
        on_mesh.procedures = 3;
        let listener = Row {
            status: "degraded".into(),
            reason: Some("disk".into()),
            p99_ms: Some(4.0),
            ..row("acme", None, 52)
        };
        merge(&mut on_mesh, listener);
        assert_eq!(on_mesh.node_id.as_deref(), Some("b"));
        assert_eq!((on_mesh.procedures, on_mesh.p99_ms), (3, Some(4.0)));
        assert_eq!(on_mesh.reason.as_deref(), Some("disk"));
    }
}
