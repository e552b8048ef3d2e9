//! The step `publish`: the node connects, and publishes its capabilities in the background.

use std::sync::Arc;

use tokio::sync::watch;

use super::report::{report_limits, report_open};
use super::start::UnlinkedMesh;
use crate::boot::mesh_connection::{MeshConnection, NodeCredentials};
use crate::builtin::publish_denials;
use crate::capability::{Access, GuardControl, Registry, StateMap};
use crate::config::{Config, Stations};
use crate::health::{HealthState, MetricsSources};
use crate::linked::Handlers;
use crate::mesh::{
    ClaimState, Identity, Mesh, MeshSetter, MeshTarget, StatusTable, SubscriptionSpec,
};
use crate::schedule::ScheduleStats;

/// Context of publishing a service's capabilities.
pub(super) struct PublishContext<'a> {
    pub(super) config: &'a Config,
    pub(super) identity: &'a Identity,
    pub(super) health_state: &'a Arc<HealthState>,
    pub(super) handlers: &'a Handlers,
    pub(super) states: &'a Arc<StateMap>,
    pub(super) registry: Arc<Registry>,
    pub(super) control: Arc<GuardControl>,
    /// Access of capabilities that do not set their own.
    pub(super) default_access: Access,
    /// Whether the author set the service's access.
    pub(super) is_access_declared: bool,
}

/// Outcome of the step.
pub(super) struct Published {
    /// `None` without a mesh.
    pub(super) connection: Option<MeshConnection>,
    pub(super) status: Arc<StatusTable>,
    /// One entry for each schedule, in the order of the schedules.
    pub(super) schedule_stats: Vec<Arc<ScheduleStats>>,
}

impl PublishContext<'_> {
    /// Connects to the stations, and starts to publish and subscribe. Returns without waiting.
    pub(super) fn publish(
        self,
        mesh: &UnlinkedMesh,
        setter: MeshSetter,
        stations: Option<Stations>,
        moves: Option<watch::Receiver<Stations>>,
    ) -> Published {
        let schedule_stats = self.set_metrics_sources(&mesh.mesh, stations.as_ref());
        if !self.is_access_declared {
            report_open(&self.registry);
        }
        report_limits(&self.registry, self.config, &self.control);
        let status = self.publication_status(stations.is_some());
        let connection = if let Some(stations) = stations {
            let credentials = NodeCredentials {
                identity: self.identity.clone(),
                authority: Arc::clone(&mesh.authority),
            };
            Some(MeshConnection::start(
                MeshTarget {
                    stations,
                    updates: moves,
                },
                credentials,
                self.config,
                setter,
                self.registry,
                Arc::clone(&status),
                self.default_access,
            ))
        } else {
            setter.absent();
            None
        };
        for handler in &self.handlers.facts {
            mesh.supervisor
                .start(SubscriptionSpec::new(handler, self.states));
        }
        if let Some(connection) = &connection {
            let watched = mesh.mesh.connection().clone();
            let ended = connection.connecting.clone();
            tokio::spawn(watched.watch_unconfirmed_facts(self.config.clock.clone(), ended));
            tokio::spawn(publish_denials(
                self.control,
                mesh.mesh.clone(),
                self.config.clock.clone(),
                connection.connecting.clone(),
            ));
        }
        Published {
            connection,
            status,
            schedule_stats,
        }
    }

    /// Sets the sources of `/metrics`, and returns the statistics of the schedules.
    fn set_metrics_sources(
        &self,
        mesh: &Mesh,
        stations: Option<&Stations>,
    ) -> Vec<Arc<ScheduleStats>> {
        let schedules = self.handlers.schedules.iter();
        let stats: Vec<_> = schedules
            .map(|schedule| Arc::new(ScheduleStats::new(schedule.name)))
            .collect();
        let seeds = stations.iter().flat_map(|stations| &stations.seeds);
        // Cannot fail: the sources are set only here.
        let _ = self.health_state.sources.set(MetricsSources {
            schedules: stats.clone(),
            calls: self.registry.call_metrics(),
            streams: self.registry.streams(),
            guards: self.registry.guards(),
            mesh: mesh.clone(),
            stations: seeds.map(|seed| seed.node_id).collect(),
        });
        stats
    }

    /// Creates the publication status, which health reports.
    fn publication_status(&self, has_mesh: bool) -> Arc<StatusTable> {
        let (claim, procedures) = if has_mesh {
            (ClaimState::Unsent, self.registry.procedures())
        } else {
            (ClaimState::NoMesh, Vec::new())
        };
        let status = Arc::new(StatusTable::new(
            self.config.org.as_str(),
            procedures,
            claim,
        ));
        // Cannot fail: the statuses are set only here.
        let _ = self.health_state.statuses.set(Arc::clone(&status));
        status
    }
}
