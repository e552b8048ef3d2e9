//! A service that has booted.

use std::sync::Arc;

use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::mesh_connection::MeshConnection;
use super::reload::Reload;
use super::systemd::Systemd;
use crate::capability::InFlight;
use crate::config::Config;
use crate::dead_letter::DeadLetters;
use crate::handler::HandlerTasks;
use crate::health::{HealthServer, HealthState};
use crate::mesh::{Identity, Mesh, SubscriptionSupervisor};
use crate::schedule::Scheduler;
use crate::service::Contract;

/// Booted service, with everything that its shutdown needs.
pub(crate) struct RunningService<S> {
    pub(crate) service: Arc<S>,
    pub(crate) config: Config,
    pub(crate) health_state: Arc<HealthState>,
    pub(crate) health_server: HealthServer,
    /// Task that samples the author's health check.
    pub(super) sampler: JoinHandle<()>,
    pub(super) in_flight: InFlight,
    pub(super) handler_tasks: HandlerTasks,
    pub(super) supervisor: SubscriptionSupervisor,
    pub(super) dead_letters: DeadLetters,
    pub(super) scheduler: Scheduler,
    pub(super) mesh: Mesh,
    pub(super) systemd: Systemd,
    pub(super) own_process: bool,
    /// `None` for a service that is not reloaded.
    pub(super) reload: Option<Reload<S>>,
    /// Dropped last, because the lock of the node key keeps other processes from using the key.
    pub(crate) identity: Identity,
    /// `None` without a mesh.
    pub(super) connection: Option<MeshConnection>,
    #[cfg(feature = "dev-mesh")]
    pub(super) dev_mesh: Option<crate::mesh::DevMesh>,
}

impl<S: Contract> RunningService<S> {
    /// Reloads the settings at each notification. Notifications during a reload are one more
    /// reload.
    pub(super) async fn reload_on(&mut self, requested: &Notify) {
        loop {
            requested.notified().await;
            if let Some(reload) = &mut self.reload {
                reload.run(&self.systemd).await;
            }
        }
    }
}
