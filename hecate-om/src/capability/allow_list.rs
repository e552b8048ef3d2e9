//! Lists of the nodes that may call a capability.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{PoisonError, RwLock};

use super::NodeId;

/// Source of an allow-list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AllowListSource {
    /// The attribute, with node ids as 64 lower-case hex digits.
    Attribute(&'static [&'static str]),
    /// The setting of this variable.
    Setting(&'static str),
}

/// Nodes that may call, which can be replaced while calls are checked. An empty list admits nobody.
pub struct AllowList {
    source: AllowListSource,
    nodes: RwLock<BTreeSet<NodeId>>,
}

impl AllowList {
    /// Creates a list that admits nobody.
    pub(crate) const fn new(source: AllowListSource) -> Self {
        Self {
            source,
            nodes: RwLock::new(BTreeSet::new()),
        }
    }

    pub(crate) const fn source(&self) -> AllowListSource {
        self.source
    }

    /// Returns whether a node may call.
    pub(crate) fn admits(&self, node: NodeId) -> bool {
        let nodes = self.nodes.read().unwrap_or_else(PoisonError::into_inner);
        nodes.contains(&node)
    }

    /// Returns whether nobody may call.
    pub(crate) fn is_empty(&self) -> bool {
        let nodes = self.nodes.read().unwrap_or_else(PoisonError::into_inner);
        nodes.is_empty()
    }

    /// Replaces the nodes. Calls that were admitted before go on.
    pub(crate) fn replace(&self, nodes: BTreeSet<NodeId>) {
        let mut current = self.nodes.write().unwrap_or_else(PoisonError::into_inner);
        *current = nodes;
    }
}

/// Two lists are equal if they have the same source, because a setting has one value.
impl PartialEq for AllowList {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for AllowList {}

impl fmt::Debug for AllowList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AllowList").field(&self.source).finish()
    }
}
