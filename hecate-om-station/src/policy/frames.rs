//! Policy for the frames that a station sends, for tests of nodes on a station that misbehaves.

use std::fmt;
use std::sync::Arc;

/// Replaces the frames that a station sends to its nodes after their handshake: a test can drop,
/// repeat, delay, reorder, alter and forge them. On the streams between two nodes, the frames in
/// place of one are sent on the same stream.
///
/// ```
/// use hecate_om_station::{FramePolicy, Profile, StationConfig};
///
/// let mut config = StationConfig::ephemeral(Profile::PqPure);
/// // Every frame twice.
/// config.frame_policy = Some(FramePolicy::new(|_node, frame| {
///     vec![frame.to_vec(), frame.to_vec()]
/// }));
/// ```
#[derive(Clone)]
pub struct FramePolicy(Arc<Replace>);

type Replace = dyn Fn(&[u8; 32], &[u8]) -> Vec<Vec<u8>> + Send + Sync;

impl FramePolicy {
    /// Creates a policy from a function of the receiving node's id and of a frame, as CBOR. The
    /// function returns the frames to send, in their order.
    pub fn new(replace: impl Fn(&[u8; 32], &[u8]) -> Vec<Vec<u8>> + Send + Sync + 'static) -> Self {
        Self(Arc::new(replace))
    }

    /// Returns the frames to send to `node` in place of a frame, all as CBOR.
    pub(crate) fn replace(&self, node: &[u8; 32], frame: &[u8]) -> Vec<Vec<u8>> {
        (self.0)(node, frame)
    }
}

impl fmt::Debug for FramePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FramePolicy").finish_non_exhaustive()
    }
}
