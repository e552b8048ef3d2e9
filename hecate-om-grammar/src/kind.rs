//! Whether a capability takes and returns single messages or streams.

/// Kind of a capability.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Kind {
    /// One request, one response.
    #[default]
    #[cfg_attr(feature = "serde", serde(rename = "response"))]
    Unary,
    /// One request, a stream of responses.
    #[cfg_attr(feature = "serde", serde(rename = "streamer"))]
    ServerStreaming,
    /// A stream of items from the caller, one response.
    #[cfg_attr(feature = "serde", serde(rename = "client_stream"))]
    ClientStreaming,
    /// A stream in each direction.
    #[cfg_attr(feature = "serde", serde(rename = "bidi"))]
    Bidirectional,
}

impl Kind {
    /// Returns the kind's name in a manifest.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unary => "response",
            Self::ServerStreaming => "streamer",
            Self::ClientStreaming => "client_stream",
            Self::Bidirectional => "bidi",
        }
    }
}
