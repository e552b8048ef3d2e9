//! One try of an RPC operation.

use std::time::Duration;

use macula_rust::station_link::Confidentiality;

use super::providers::Node;

/// Parameters of one try, except the payload.
#[derive(Debug)]
pub(in crate::mesh) struct Attempt {
    pub(in crate::mesh) realm: [u8; 32],
    pub(in crate::mesh) procedure: String,
    /// Target node, or [`ANY_PROVIDER`](super::providers::ANY_PROVIDER).
    pub(in crate::mesh) provider: Node,
    pub(in crate::mesh) token: Option<Vec<u8>>,
    pub(in crate::mesh) proofs: Vec<Vec<u8>>,
    pub(in crate::mesh) confidential: Confidentiality,
    /// Timeout of the try.
    pub(in crate::mesh) timeout: Duration,
}
