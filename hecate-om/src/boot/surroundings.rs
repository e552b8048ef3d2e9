//! What a service boots in: a process of its own, or a test.

use crate::capability::{NodeId, States};
use crate::clock::Clock;
use crate::config::Layers;
use crate::linked::Packages;

/// What a service boots in.
#[derive(Debug)]
pub(crate) struct Surroundings {
    /// What it is configured by.
    pub(crate) layers: Layers,
    pub(crate) clock: Clock,
    /// Whose handlers it serves.
    pub(crate) packages: Packages,
    /// What takes the place of what its `start` provides.
    pub(crate) states: States,
    /// A test's issuer, whose tokens count in the place of those of every issuer that capabilities name.
    pub(crate) issuer: Option<NodeId>,
    /// Whether the process is the service's own: it is the one that the service manager is told of, and its health
    /// listener has a thread to itself.
    pub(crate) own_process: bool,
}

impl Surroundings {
    /// A process of the service's own, with the manifest that the binary has.
    pub(super) fn process(layers: Layers, manifest: &str) -> Self {
        Self {
            layers,
            clock: Clock::default(),
            packages: Packages::linked(manifest),
            states: States::default(),
            issuer: None,
            own_process: true,
        }
    }
}
