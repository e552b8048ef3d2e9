//! Registration of a service's capabilities with their procedures.

use std::sync::Arc;
use std::time::Instant;

use hecate_om_manifest::procedure;

use crate::builtin::{Described, ServiceCard, builtins, guard_builtins};
use crate::capability::{
    Access, Capability, GuardControl, InFlight, MissingState, Registry, States,
};
use crate::config::Config;
use crate::health::Vitals;
use crate::mesh::Identity;
use crate::subscription::{DescribedFact, FactHandler};

/// What a service's capabilities are registered with.
pub(super) struct RegistrationContext<'a> {
    pub(super) config: &'a Config,
    pub(super) identity: &'a Identity,
    pub(super) vitals: &'a Arc<Vitals>,
    pub(super) default_access: Access,
}

impl RegistrationContext<'_> {
    /// Registers the service's capabilities and the built-in ones, each under its procedure.
    pub(super) fn register(
        &self,
        capabilities: Vec<Capability>,
        heard: &[FactHandler],
        states: States,
        in_flight: &InFlight,
        control: &GuardControl,
    ) -> Result<(Arc<Registry>, Arc<States>), MissingState> {
        let org = self.config.org.as_str();
        let name = self.vitals.about.name;
        let all: Vec<Capability> = capabilities
            .into_iter()
            .chain(builtins(name))
            .chain(guard_builtins(control.guardian()))
            .map(|c| Capability {
                limits: self.config.guard.under(c.limits),
                ..c
            })
            .collect();
        let described = |c: &Capability| {
            Described::new(c, procedure(org, c.name, c.version), self.default_access)
        };
        let card = ServiceCard {
            about: self.vitals.about.clone(),
            service_name: self.config.service_name.clone(),
            box_name: self.config.box_name.clone(),
            org: org.to_owned(),
            node_id: self.identity.node_id.to_string(),
            started: Instant::now(),
            vitals: Arc::clone(self.vitals),
            procedures: all
                .iter()
                .map(|c| procedure(org, c.name, c.version))
                .collect(),
            capabilities: all.iter().map(described).collect(),
            heard: heard.iter().map(DescribedFact::new).collect(),
        };
        let states = Arc::new(states.with(Arc::new(card)));
        let registry = Registry::new(org, all, &states, in_flight)?;
        control.set_guards(registry.guards());
        Ok((Arc::new(registry), states))
    }
}

/// Returns the guard's control as the deployment configures it.
pub(super) fn guard_control(config: &Config) -> Arc<GuardControl> {
    let guard = &config.guard;
    // One short text for the life of the process: an access names its ability for as long.
    let guardian = guard.guardian.clone().map(|can| &*can.leak());
    Arc::new(GuardControl::new(guard.envelope.clone(), guardian))
}
