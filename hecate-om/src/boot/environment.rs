//! The environment that a service boots in: a process of its own, or a test.

use crate::capability::{NodeId, StateMap};
use crate::clock::Clock;
use crate::config::Layers;
use crate::linked::HandlerScope;

/// The environment that a service boots in: a process of its own, or a test.
#[derive(Debug)]
pub(crate) struct BootEnvironment {
    /// The layers of its configuration.
    pub(crate) layers: Layers,
    pub(crate) clock: Clock,
    /// The linked handlers that the service serves.
    pub(crate) scope: HandlerScope,
    /// Values that replace those of the same types from the service's `start`.
    pub(crate) states: StateMap,
    /// A test's issuer, whose tokens are accepted instead of those of every issuer that
    /// capabilities name.
    pub(crate) issuer: Option<NodeId>,
    /// Whether the process runs only this service. It then notifies the service manager, and its
    /// health listener has a thread of its own.
    pub(crate) own_process: bool,
}

impl BootEnvironment {
    /// A process of the service's own, with the manifest in the binary.
    pub(super) fn process(layers: Layers, manifest: &str) -> Self {
        Self {
            layers,
            clock: Clock::default(),
            scope: HandlerScope::of_binary(manifest),
            states: StateMap::default(),
            issuer: None,
            own_process: true,
        }
    }
}
