//! Verification of a peer's answers without a mesh, for fuzz targets.

use macula_rust::cbor;

use super::Content;
use super::peer::{PeerError, block, read_manifest};

/// Sizes in a verified manifest, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedRoot {
    /// Size of the content.
    pub size: u64,
    /// Size of each chunk, in order.
    pub chunks: Vec<u64>,
}

/// Verifies the answer to a request for the root of a chunked content, in the wire's CBOR.
///
/// # Errors
///
/// Returns why the answer is refused.
pub fn verify_root(content: &Content, answer: &[u8]) -> Result<VerifiedRoot, String> {
    let answer = cbor::decode(answer).map_err(|error| error.to_string())?;
    let manifest = read_manifest(&answer, content.id()).map_err(reason)?;
    Ok(VerifiedRoot {
        size: manifest.size,
        chunks: manifest.chunks.iter().map(|chunk| chunk.size).collect(),
    })
}

/// Verifies the answer to a request for a block, in the wire's CBOR, and returns the bytes.
///
/// # Errors
///
/// Returns why the answer is refused.
pub fn verify_block(content: &Content, answer: &[u8]) -> Result<Vec<u8>, String> {
    let answer = cbor::decode(answer).map_err(|error| error.to_string())?;
    block(answer, content.id()).map_err(reason)
}

fn reason(error: PeerError) -> String {
    match error {
        PeerError::NotShared => "not shared".to_owned(),
        PeerError::Corrupted(reason) | PeerError::Other(reason) => reason,
    }
}
