//! Whether a capability takes and returns single messages or streams.

/// Kind of a capability.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Kind {
    /// One request, one response.
    #[default]
    Response,
    /// One request, a stream of responses.
    Streamer,
    /// A stream of items from the caller, one response.
    ClientStream,
    /// A stream in each direction.
    Bidi,
}

impl Kind {
    /// Returns the kind's name in a manifest.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Response => "response",
            Self::Streamer => "streamer",
            Self::ClientStream => "client_stream",
            Self::Bidi => "bidi",
        }
    }
}
