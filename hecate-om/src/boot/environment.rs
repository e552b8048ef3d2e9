//! The environment that a service boots in.

use std::sync::Arc;

use super::issuers::Issuers;
use crate::capability::{NodeId, StateMap};
use crate::clock::Clock;
use crate::config::{Layers, Sources};
use crate::linked::HandlerScope;
use crate::service::Contract;

/// Environment that a service boots in: a process of its own, or a test.
pub(crate) struct BootEnvironment<S: Contract> {
    /// Layers of the service's configuration.
    pub(crate) layers: Layers,
    pub(crate) clock: Clock,
    /// Linked handlers that the service serves.
    pub(crate) scope: HandlerScope,
    /// Settings of a test, which replace those of the layers.
    pub(crate) settings: Option<Arc<S::Settings>>,
    /// Values that replace values of the same types from the service's `start`.
    pub(crate) states: StateMap,
    /// Issuer of a test. Its tokens are accepted instead of those of the issuers that capabilities
    /// name.
    pub(crate) issuer: Option<NodeId>,
    /// Whether the process runs only this service. If so, the service notifies the service manager,
    /// and the health listener has its own thread.
    pub(crate) own_process: bool,
    /// Sources of the layers, if the service can be reloaded.
    pub(crate) sources: Option<Sources>,
}

/// What a reload reads.
#[derive(Debug)]
pub(super) struct ReloadInput {
    pub(super) sources: Sources,
    pub(super) scope: HandlerScope,
    pub(super) issuers: Issuers,
}

impl<S: Contract> BootEnvironment<S> {
    /// Returns the environment of a service process, with the manifest in the binary.
    pub(super) fn process(layers: Layers, sources: Sources) -> Self {
        Self {
            layers,
            clock: Clock::default(),
            scope: HandlerScope::of_binary(S::MANIFEST),
            settings: None,
            states: StateMap::default(),
            issuer: None,
            own_process: true,
            sources: Some(sources),
        }
    }
}
