//! Policies for nodes that link, and for nodes that claim an org.

use std::sync::Arc;

/// The realm's decision about a node that claims an org.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClaimDecision {
    /// The node may serve the org's procedures. The realm publishes the org's directory and the
    /// node's delegation, and renews both.
    Grant,
    /// The decision is pending, as in a real realm that waits for its operator. The node receives
    /// `not_admitted` and is expected to claim again.
    Pending,
    /// The claim is refused, with this text for the node.
    Refuse(String),
}

/// Decides a claim of an org (its name) by a node (its id).
pub type ClaimPolicy = Arc<dyn Fn(&str, &[u8; 32]) -> ClaimDecision + Send + Sync>;

/// Decides whether a node (its id) may link.
pub type LinkPolicy = Arc<dyn Fn(&[u8; 32]) -> bool + Send + Sync>;
