//! Messages of flow control on the wire.

use macula_rust::record::own_procedure;
use serde::{Deserialize, Serialize};

/// Name of the procedure in the node's own namespace.
const NAME: &str = "hecate_om.flow";

/// Returns the flow control procedure of `node`.
pub(in crate::mesh::stream) fn procedure(node: &[u8; 32]) -> String {
    own_procedure(node, NAME)
}

/// [`FlowRequest::until_consumed`] and [`FlowRequest::limit`] of a caller that has sent everything
/// and waits for the provider: the largest integer of the wire.
pub(in crate::mesh::stream) const WAITS_FOR_END: u64 = i64::MAX as u64;

/// A caller's report on one of its streams, its request for credit, or both.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::mesh::stream) struct FlowRequest {
    /// Request id of the stream's opening, in hex.
    pub(super) stream: String,
    /// Bytes that the caller has consumed.
    #[serde(rename = "taken", default)]
    pub(in crate::mesh::stream) consumed: Option<u64>,
    /// The provider answers once it has consumed this many of the caller's bytes.
    #[serde(rename = "until", default)]
    pub(super) until_consumed: Option<u64>,
    /// The provider answers once the caller may send this many bytes of the stream in all.
    #[serde(rename = "room", default)]
    pub(super) limit: Option<u64>,
}

/// The provider's answer.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::mesh::stream) struct WindowUpdate {
    /// Bytes of the caller that the provider has consumed.
    #[serde(rename = "taken")]
    pub(in crate::mesh::stream) consumed: u64,
    /// Total bytes of the stream that the caller may send; absent from providers of an earlier
    /// version.
    #[serde(default)]
    pub(in crate::mesh::stream) limit: Option<u64>,
}
