//! Wire messages of flow control.

use macula_rust::record::own_procedure;
use serde::{Deserialize, Serialize};

/// Name of the flow-control procedure in the node's own namespace.
const NAME: &str = "hecate_om.flow";

/// Returns the flow-control procedure of `node`.
pub(in crate::mesh::stream) fn procedure(node: &[u8; 32]) -> String {
    own_procedure(node, NAME)
}

/// Value of [`FlowRequest::until_consumed`] and [`FlowRequest::limit`] for a caller that has sent
/// everything and waits for the provider: the largest integer of the wire.
pub(in crate::mesh::stream) const WAITS_FOR_END: u64 = i64::MAX as u64;

/// Caller's report on one of its streams, the caller's request for credit, or both.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::mesh::stream) struct FlowRequest {
    /// Request id of the stream's opening, in hex.
    pub(super) stream: String,
    /// Bytes that the caller has consumed.
    #[serde(rename = "taken", default)]
    pub(in crate::mesh::stream) consumed: Option<u64>,
    /// Number of the caller's bytes that the provider must consume before it answers.
    #[serde(rename = "until", default)]
    pub(super) until_consumed: Option<u64>,
    /// Total bytes of the stream that the provider must allow before it answers.
    #[serde(rename = "room", default)]
    pub(super) limit: Option<u64>,
}

/// Answer of the provider.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::mesh::stream) struct WindowUpdate {
    /// Number of the caller's bytes that the provider has consumed.
    #[serde(rename = "taken")]
    pub(in crate::mesh::stream) consumed: u64,
    /// Total bytes of the stream that the caller may send. Absent from providers of an earlier
    /// version.
    #[serde(default)]
    pub(in crate::mesh::stream) limit: Option<u64>,
}
