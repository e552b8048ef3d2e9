//! Reasons why a link is closed.

use std::fmt;

/// Reason why a link was closed. The names match those of the other macula SDKs, where these have
/// the same reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CloseReason {
    /// The client sent a GOODBYE with this reason.
    Goodbye(String),
    /// A frame was not valid in wire 1.0.
    Malformed,
    /// The node has connected again; a node has one link.
    Superseded,
    /// The client reads more slowly than the station writes.
    SlowConsumer,
    /// The client's status statement expired.
    StatusExpired,
    /// The client's CONNECT binding expired.
    BindingExpired,
    /// The client missed two liveness probes in a row.
    LivenessLost,
    /// The connection was lost.
    Lost(String),
    /// [`Station::end_link`](crate::Station::end_link) closed it.
    Closed,
    /// The station is closing, and every relayed call of the client was answered.
    Drained,
    /// The station is stopping.
    Shutdown,
}

impl CloseReason {
    /// Returns the reason's name in the GOODBYE and in the close of the QUIC connection.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Goodbye(_) => "goodbye",
            Self::Malformed => "malformed_frame",
            Self::Superseded => "superseded",
            Self::SlowConsumer => "slow_consumer",
            Self::StatusExpired => "status_expired",
            Self::BindingExpired => "binding_expired",
            Self::LivenessLost => "liveness_lost",
            Self::Lost(_) => "connection_lost",
            Self::Closed => "closed",
            Self::Drained => "drained",
            Self::Shutdown => "shutdown",
        }
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Self::Goodbye(detail) | Self::Lost(detail) => write!(f, ": {detail}"),
            _ => Ok(()),
        }
    }
}
