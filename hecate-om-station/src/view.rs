//! What a station shows of its links.

use crate::hub::Hub;
use crate::relay::Name;

/// A linked node, with the procedures that it serves and the topics that it
/// subscribed to through the station, each in no order.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LinkView {
    /// The node's id.
    pub node: [u8; 32],
    /// The procedures whose advertisements the station took.
    pub procedures: Vec<Name>,
    /// The topics.
    pub topics: Vec<Name>,
}

impl LinkView {
    /// The links of now.
    pub(crate) fn all(hub: &Hub) -> Vec<Self> {
        let view = |link: &std::sync::Arc<crate::session::Link>| Self {
            node: link.node,
            procedures: link.served().keys().cloned().collect(),
            topics: link.topics().iter().cloned().collect(),
        };
        hub.links.all().iter().map(view).collect()
    }

    /// Whether the node serves `procedure` in `realm` through the station.
    #[must_use]
    pub fn serves(&self, realm: &[u8; 32], procedure: &str) -> bool {
        contains(&self.procedures, realm, procedure)
    }

    /// Whether the node subscribed to `topic` in `realm` through the station.
    #[must_use]
    pub fn subscribes(&self, realm: &[u8; 32], topic: &str) -> bool {
        contains(&self.topics, realm, topic)
    }
}

fn contains(names: &[Name], realm: &[u8; 32], text: &str) -> bool {
    names
        .iter()
        .any(|name| name.realm == *realm && name.text == text)
}
