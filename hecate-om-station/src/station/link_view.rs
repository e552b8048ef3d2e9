//! Public view of a station's links.

use std::sync::Arc;

use crate::link::Link;
use crate::name::QualifiedName;
use crate::state::StationState;

/// Snapshot of a linked node and its registrations at the station, in no particular order.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LinkView {
    /// The node's id.
    pub node: [u8; 32],
    /// The procedures that the node advertised.
    pub procedures: Vec<QualifiedName>,
    /// The topics that the node subscribed to.
    pub topics: Vec<QualifiedName>,
}

impl LinkView {
    pub(super) fn all(state: &StationState) -> Vec<Self> {
        let view = |link: &Arc<Link>| Self {
            node: link.node,
            procedures: link.procedures().keys().cloned().collect(),
            topics: link.topics().iter().cloned().collect(),
        };
        state.links.all().iter().map(view).collect()
    }

    /// Returns whether the node advertised `procedure` in `realm`.
    #[must_use]
    pub fn serves(&self, realm: &[u8; 32], procedure: &str) -> bool {
        contains(&self.procedures, realm, procedure)
    }

    /// Returns whether the node subscribed to `topic` in `realm`.
    #[must_use]
    pub fn subscribes(&self, realm: &[u8; 32], topic: &str) -> bool {
        contains(&self.topics, realm, topic)
    }
}

fn contains(names: &[QualifiedName], realm: &[u8; 32], text: &str) -> bool {
    names
        .iter()
        .any(|name| name.realm == *realm && name.text == text)
}
