//! Registration of a service's capabilities with their procedures.

use std::sync::Arc;
use std::time::Instant;

use hecate_om_manifest::procedure;

use crate::boot::allow_lists::{listed, report_empty};
use crate::boot::error::{BootError, StepResult as _};
use crate::boot_refusal::Reason;
use crate::builtin::{
    CapabilityDescription, ServiceDescription, builtins, guard_builtins, replica_builtin,
};
use crate::capability::{
    Access, Capability, GuardControl, InFlight, KeyedBounds, KeyedCalls, Layer, Limits, Registry,
    StateMap, around,
};
use crate::config::Config;
use crate::health::HealthState;
use crate::linked::Handlers;
use crate::mesh::Identity;
use crate::publication::PublicationDescription;
use crate::subscription::FactDescription;

/// Context of registering a service's capabilities.
pub(super) struct RegistrationContext<'a> {
    pub(super) config: &'a Config,
    pub(super) identity: &'a Identity,
    pub(super) health_state: &'a Arc<HealthState>,
    pub(super) default_access: Access,
    /// Layers around each capability of the service.
    pub(super) layers: &'static [Layer],
}

impl RegistrationContext<'_> {
    /// Returns the service's capabilities and the built-in ones.
    pub(super) fn with_builtins(
        &self,
        capabilities: Vec<Capability>,
        handlers: &Handlers,
        control: &GuardControl,
    ) -> Vec<Capability> {
        let name = self.health_state.service.name;
        let schedules = handlers.schedules.iter();
        let builtins = builtins(name).into_iter();
        let builtins = builtins.chain(schedules.filter_map(|s| replica_builtin(name, s)));
        let builtins = builtins.chain(guard_builtins(control.administrator()));
        let layered = |capability: Capability| Capability {
            layers: around(self.layers, capability.layers),
            access: capability.access.or_else(|| listed(self.default_access)),
            ..capability
        };
        let capabilities = capabilities.into_iter().map(layered);
        capabilities.chain(builtins).collect()
    }

    /// Returns the limits that the attributes set, by procedure.
    pub(super) fn declared_limits(&self, capabilities: &[Capability]) -> Vec<(String, Limits)> {
        let org = self.config.org.as_str();
        capabilities
            .iter()
            .map(|c| (procedure(org, c.name, c.version), c.limits))
            .collect()
    }

    /// Checks that every borrowed value was provided, and registers each capability under its
    /// procedure.
    pub(super) fn register(
        &self,
        capabilities: Vec<Capability>,
        handlers: &Handlers,
        states: StateMap,
        in_flight: &InFlight,
        control: &GuardControl,
    ) -> Result<(Arc<Registry>, Arc<StateMap>), BootError> {
        handlers
            .check(&states)
            .refused_at("start", Reason::STATE_NOT_PROVIDED)?;
        let org = self.config.org.as_str();
        let all: Vec<Capability> = capabilities
            .into_iter()
            .map(|capability| Capability {
                limits: self.config.guard.with_defaults(capability.limits),
                ..capability
            })
            .collect();
        report_empty(all.iter());
        let capabilities = all.iter().map(|capability| {
            let procedure = procedure(org, capability.name, capability.version);
            CapabilityDescription::new(capability, procedure, self.default_access)
        });
        let description = ServiceDescription {
            service: self.health_state.service.clone(),
            service_name: self.config.service_name.clone(),
            box_name: self.config.box_name.clone(),
            org: org.to_owned(),
            node_id: self.identity.node_id.to_string(),
            started: Instant::now(),
            health_state: Arc::clone(self.health_state),
            procedures: all
                .iter()
                .map(|capability| procedure(org, capability.name, capability.version))
                .collect(),
            capabilities: capabilities.collect(),
            facts: handlers.facts.iter().map(FactDescription::new).collect(),
            publications: handlers
                .publications
                .iter()
                .map(|publication| PublicationDescription::new(publication))
                .collect(),
        };
        let states = Arc::new(states.with(Arc::new(description)));
        let bounds = KeyedBounds {
            keys: self.config.dedupe_max_keys,
            bytes: self.config.dedupe_max_bytes,
        };
        let keyed = KeyedCalls::new(bounds, &self.config.state_dir);
        let registry = Registry::new(org, all, &states, in_flight, &keyed)
            .refused_at("start", Reason::STATE_NOT_PROVIDED)?;
        control.set_guards(registry.guards());
        // Cannot fail: the keys are set only here.
        let _ = self.health_state.keyed.set(keyed);
        Ok((Arc::new(registry), states))
    }
}

/// Returns the control of the guards, as the deployment configures it.
pub(super) fn guard_control(config: &Config) -> Arc<GuardControl> {
    let guard = &config.guard;
    // `Access` has a `&'static str`, so one short text is leaked at each boot.
    let administrator = guard.administrator.clone();
    let administrator = administrator.map(|permission| &*permission.leak());
    Arc::new(GuardControl::new(guard.ranges.clone(), administrator))
}
