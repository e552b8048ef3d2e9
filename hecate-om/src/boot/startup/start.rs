//! The step `start`: runs the service's own `start`, and collects the values that handlers may
//! borrow.

use std::sync::Arc;

use tokio::task::JoinHandle;

use crate::boot::error::{BootError, StepResult as _};
use crate::boot::stop::{self, STOP_TIMEOUT};
use crate::boot_refusal::Reason;
use crate::capability::{GuardControl, StateMap};
use crate::certificate::ServiceCert;
use crate::config::{Config, Layers};
use crate::dead_letter::DeadLetters;
use crate::handler::HandlerTasks;
use crate::health::{self, HealthState};
use crate::mesh::{
    Authority, Identity, IdentitySpec, Mesh, MeshSetter, Orgs, SubscriptionSupervisor,
    Subscriptions,
};
use crate::metrics::ServiceMetrics;
use crate::panic::catch_async;
use crate::service::{Boot, BootSettings, Contract, Realm};

/// Mesh handle that the service may use before the node is linked: calls wait for a link.
pub(super) struct UnlinkedMesh {
    pub(super) mesh: Mesh,
    pub(super) authority: Arc<Authority>,
    pub(super) handler_tasks: HandlerTasks,
    pub(super) supervisor: SubscriptionSupervisor,
    pub(super) dead_letters: DeadLetters,
    subscriptions: Subscriptions,
}

impl UnlinkedMesh {
    /// Returns the mesh handle, and the setter that links it.
    pub(super) fn new(
        identity: &Identity,
        spec: IdentitySpec,
        config: &Config,
        orgs: Orgs,
        version: &'static str,
    ) -> (Self, MeshSetter) {
        let authority = Arc::new(Authority::new(spec));
        let (mesh, setter) = Mesh::pending(identity, Arc::clone(&authority));
        let mesh = mesh.with_orgs(orgs);
        let handler_tasks = HandlerTasks::default();
        let dead_letters = DeadLetters::new(&config.state_dir, version, handler_tasks.clone());
        let supervisor = SubscriptionSupervisor::new(
            Arc::clone(mesh.facts()),
            handler_tasks.clone(),
            dead_letters.clone(),
            config.clock.clone(),
        );
        let unlinked = Self {
            mesh,
            authority,
            handler_tasks,
            subscriptions: Subscriptions::new(supervisor.clone()),
            supervisor,
            dead_letters,
        };
        (unlinked, setter)
    }
}

/// Context of running the service's `start`.
pub(super) struct StartContext<'a, S: Contract> {
    pub(super) config: &'a Config,
    pub(super) layers: &'a Layers,
    pub(super) settings: Arc<S::Settings>,
    pub(super) realm: Option<Realm>,
    pub(super) certificate: Option<ServiceCert>,
    pub(super) health_state: &'a Arc<HealthState>,
}

impl<S: Contract> StartContext<'_, S> {
    /// Runs the service's `start`, then starts to sample the service's health.
    pub(super) async fn start(self, mesh: &UnlinkedMesh) -> Result<Started<S>, BootError> {
        let env = S::ENV
            .iter()
            .map(|variable| (*variable, self.layers.value(variable).map(str::to_owned)));
        let mut boot = Boot {
            states: StateMap::default(),
            mesh: mesh.mesh.clone(),
            subscriptions: mesh.subscriptions.clone(),
            state_dir: self.config.state_dir.clone(),
            org: self.config.org.to_string(),
            env: env.collect(),
            settings: BootSettings::new(self.settings),
            realm: self.realm,
            service_cert: self.certificate,
            metrics: ServiceMetrics::default(),
        };
        let service = Arc::new(start::<S>(&mut boot).await?);
        // Cannot fail: the metrics are set only here.
        let _ = self.health_state.service_metrics.set(boot.metrics);
        let sampler = tokio::spawn(health::sample(
            Arc::clone(&service),
            S::lifecycle().health,
            Arc::clone(self.health_state),
            self.config.clock.clone(),
        ));
        Ok(Started {
            service,
            sampler,
            provided: boot.states,
        })
    }
}

async fn start<S: Contract>(boot: &mut Boot) -> Result<S, BootError> {
    let start = S::lifecycle().start;
    match catch_async(start(boot)).await {
        Ok(service) => service.refused_at("start", Reason::START_FAILED),
        Err(panic) => Err(format!(
            "the service's `start` panicked: {}",
            panic.located()
        ))
        .refused_at("start", Reason::START_FAILED),
    }
}

/// A service whose `start` has returned.
pub(super) struct Started<S> {
    pub(super) service: Arc<S>,
    pub(super) sampler: JoinHandle<()>,
    provided: StateMap,
}

impl<S: Contract> Started<S> {
    /// Returns the values that handlers may borrow: those that `start` provided, the service
    /// itself, its settings, and the runtime's own values. A value of `overrides` replaces the value of the
    /// same type from `start`.
    pub(super) fn states(
        &mut self,
        overrides: StateMap,
        settings: Arc<S::Settings>,
        mesh: &UnlinkedMesh,
        control: &Arc<GuardControl>,
    ) -> StateMap {
        std::mem::take(&mut self.provided)
            .overridden(overrides)
            .with(Arc::clone(&self.service))
            .with(settings)
            .with(Arc::new(mesh.mesh.clone()))
            .with(Arc::new(mesh.subscriptions.clone()))
            .with(Arc::new(mesh.handler_tasks.clone()))
            .with(Arc::clone(control))
    }

    /// Undoes the step: stops the sampling of health, and runs the service's `stop`.
    pub(super) async fn undo(self) {
        self.sampler.abort();
        if !stop::stop::<S>(&self.service, STOP_TIMEOUT).await {
            stop::log_timeout();
        }
    }
}
