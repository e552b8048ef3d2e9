//! All services at one time: those on the mesh, and those behind the health listeners.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use hecate_om::{Mesh, call::CallError, identity::NodeId};
use tokio::task::JoinSet;

use super::http::Endpoint;
use super::listener::Listener;
use super::rates::{Counted, Guarded};
use super::row::{Row, text};
use crate::commands::ls;

/// How long the mesh and each service are waited for, at least and at most, whatever the interval is.
const PATIENCE: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(1)..=Duration::from_secs(5);
/// How many seconds the mesh and a health listener may differ in how long a service runs, and mean the same one.
const SAME_UPTIME: u64 = 3;

/// Asks all of them, again and again.
#[derive(Debug)]
pub(super) struct Observer {
    mesh: Mesh,
    org: Option<String>,
    all: bool,
    listeners: Vec<Listener>,
    patience: Duration,
    before: BTreeMap<Key, Counted>,
}

type Key = (String, NodeId);

/// What they said at one time, in the order of their names.
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
            listeners: endpoints.into_iter().map(Listener::new).collect(),
            patience: interval.clamp(*PATIENCE.start(), *PATIENCE.end()),
            before: BTreeMap::new(),
        }
    }

    /// Asks all of them once.
    ///
    /// # Errors
    ///
    /// Where the mesh does not say who is on it.
    pub(super) async fn observe(&mut self) -> Result<Snapshot, CallError> {
        let patience = self.patience;
        let mut rows = self.on_mesh().await?;
        for listener in &mut self.listeners {
            let row = listener.observe(patience).await;
            match same(&mut rows, &row) {
                Some(on_mesh) => merge(on_mesh, row),
                None => rows.push(row),
            }
        }
        Ok(Snapshot {
            at: SystemTime::now(),
            rows,
        })
    }

    /// The orgs that have services on the mesh.
    pub(super) async fn orgs(&self) -> Result<BTreeSet<String>, CallError> {
        ls::orgs(&self.mesh, self.patience).await
    }

    async fn on_mesh(&mut self) -> Result<Vec<Row>, CallError> {
        let found = ls::found(&self.mesh, self.org.as_deref(), self.all, self.patience).await?;
        let mut asked = JoinSet::new();
        for (key, procedures) in found {
            let (mesh, patience) = (self.mesh.clone(), self.patience);
            asked.spawn(async move {
                let (row, counted) = ask(&mesh, &key, procedures.len(), patience).await;
                (key, row, counted)
            });
        }
        let mut rows = BTreeMap::new();
        let mut counts = BTreeMap::new();
        while let Some(one) = asked.join_next().await {
            let Ok((key, mut row, counted)) = one else {
                continue;
            };
            if let Some(counted) = counted {
                let rates = counted.rates(self.before.get(&key));
                row.calls_per_s = Some(rates.calls);
                row.denied_per_s = Some(rates.denied);
                counts.insert(key.clone(), counted);
            }
            rows.insert(key, row);
        }
        self.before = counts;
        Ok(rows.into_values().collect())
    }
}

/// Asks one service what it is and what its guard has counted.
async fn ask(
    mesh: &Mesh,
    (org, node): &Key,
    procedures: usize,
    patience: Duration,
) -> (Row, Option<Counted>) {
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
    let guarded = mesh
        .procedure(format!("{org}/get_limits"))
        .provider(*node)
        .timeout(patience);
    let (info, guarded) = tokio::join!(
        ls::info(mesh, org, Some(*node), patience),
        guarded.call::<(), Guarded>(&())
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
    let counted = guarded
        .ok()
        .map(|guarded| Counted::new(guarded, SystemTime::now()));
    (row, counted)
}

/// The service on the mesh that a health listener speaks for: of its org, and running for as long.
fn same<'r>(rows: &'r mut [Row], listener: &Row) -> Option<&'r mut Row> {
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

/// Puts what a health listener says in place of what the mesh does, where both do.
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
    fn a_listener_speaks_for_the_service_of_its_org_that_runs_as_long() {
        let mut rows = [
            row("acme", Some("a"), 1_000),
            row("acme", Some("b"), 50),
            row("other", Some("c"), 52),
        ];
        let found = same(&mut rows, &row("acme", None, 52)).unwrap();
        assert_eq!(found.node_id.as_deref(), Some("b"));
        assert!(same(&mut rows, &row("acme", None, 500)).is_none());
        assert!(same(&mut rows, &row("none", None, 52)).is_none());
    }

    #[test]
    fn what_the_listener_says_counts_and_the_node_stays() {
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
