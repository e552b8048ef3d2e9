//! What a handler may know of the call it answers.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The call being answered, which a handler borrows as `&Call`.
///
/// ```
/// use hecate_om::Call;
///
/// # #[allow(dead_code)]
/// async fn whoami(call: &Call) -> String {
///     call.caller().to_string()
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Call {
    pub(crate) caller: NodeId,
    pub(crate) procedure: String,
    pub(crate) deadline_ms: u64,
    pub(crate) sealed: bool,
}

impl Call {
    /// The node that calls: the id of the key that signed the request, verified.
    #[must_use]
    pub const fn caller(&self) -> NodeId {
        self.caller
    }

    /// The procedure that was called, `<org>/<name>`.
    #[must_use]
    pub fn procedure(&self) -> &str {
        &self.procedure
    }

    /// When the caller stops waiting. Calls made while answering this one end by then, too.
    #[must_use]
    pub fn deadline(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.deadline_ms)
    }

    /// How long until [`Call::deadline`]; zero once it has passed.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.deadline()
            .duration_since(SystemTime::now())
            .unwrap_or_default()
    }

    /// Whether the request came sealed end to end; the answer then goes back sealed.
    #[must_use]
    pub const fn sealed(&self) -> bool {
        self.sealed
    }
}

/// A node of the mesh: the 32-byte id that its key proves, written as 64 lowercase hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId([u8; 32]);

impl NodeId {
    /// The id of these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The id's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A text that is no node id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a node id: 64 hex digits")]
pub struct NodeIdError(String);

impl std::str::FromStr for NodeId {
    type Err = NodeIdError;

    fn from_str(text: &str) -> Result<Self, NodeIdError> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| NodeIdError(text.to_owned()))?;
        Ok(Self(bytes))
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeId({self})")
    }
}
