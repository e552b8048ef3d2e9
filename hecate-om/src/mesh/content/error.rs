//! Errors of sharing and fetching.

use std::time::Duration;

use super::Content;
use crate::capability::Refusal;
use crate::cause::Cause;
use crate::mesh::connection::NotConnected;

/// Error of sharing or fetching a content.
///
/// [`retryable`](Self::retryable) returns whether the same operation may succeed later.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContentError {
    /// No station was linked in time, or there is no mesh.
    #[error("the content cannot be shared or fetched: {0}")]
    NotConnected(&'static str),
    /// No station accepted the announcement, so other nodes would not find the content. The content
    /// is not shared; share it again later.
    #[error("the content {content} could not be announced: {reason}")]
    NotAnnounced {
        /// Id of the content.
        content: Content,
        /// Reason of the last station.
        reason: String,
    },
    /// No node shares the content now. Fetch the content while a node shares it, that is, while a
    /// [`Shared`](super::Shared) of the content exists there.
    #[error("no node shares the content {content} now")]
    NotShared {
        /// Id of the content.
        content: Content,
    },
    /// Nodes announce the content, but no node delivered it. Fetch the content again later.
    #[error("no node that shares the content {content} delivered it: {reason}")]
    Unavailable {
        /// Id of the content.
        content: Content,
        /// Reason of each node.
        reason: String,
    },
    /// The delivered bytes do not match the content's id, and were discarded. A node that shares
    /// the content is faulty or malicious.
    #[error("the content {content} was delivered with bytes that do not match its id: {reason}")]
    Corrupted {
        /// Id of the content.
        content: Content,
        /// Mismatch found at each node.
        reason: String,
    },
    /// The content is too large to be shared, or larger than
    /// [`Fetch::max_bytes`](super::Fetch::max_bytes). To fetch the content, raise that limit.
    #[error("the content has {bytes} bytes, over the limit of {limit}")]
    TooLarge {
        /// Size of the content in bytes.
        bytes: u64,
        /// Exceeded limit in bytes.
        limit: u64,
    },
    /// The fetch did not complete within the timeout; see
    /// [`Fetch::timeout`](super::Fetch::timeout).
    #[error("timed out after {timeout:?} fetching content {content}")]
    TimedOut {
        /// Id of the content.
        content: Content,
        /// Timeout of the fetch.
        timeout: Duration,
    },
    /// The content is complete, but does not decode as the expected type. The content's publisher
    /// shared a value of another type.
    #[error("the content {content} is not of the expected type: {reason}")]
    Undecodable {
        /// Id of the content.
        content: Content,
        /// Decoding error, with the position.
        #[source]
        reason: Cause,
    },
    /// The value cannot be encoded for the wire, so it cannot be shared.
    #[error("the value cannot be shared: {0}")]
    Unencodable(#[source] Cause),
}

impl From<NotConnected> for ContentError {
    fn from(error: NotConnected) -> Self {
        Self::NotConnected(error.0)
    }
}

impl ContentError {
    /// Returns whether the same operation may succeed later.
    #[must_use]
    pub const fn retryable(&self) -> bool {
        match self {
            Self::NotConnected(_)
            | Self::NotAnnounced { .. }
            | Self::NotShared { .. }
            | Self::Unavailable { .. }
            | Self::TimedOut { .. } => true,
            Self::Corrupted { .. }
            | Self::TooLarge { .. }
            | Self::Undecodable { .. }
            | Self::Unencodable(_) => false,
        }
    }

    /// Returns the error's stable name, for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotConnected(_) => "not_connected",
            Self::NotAnnounced { .. } => "not_announced",
            Self::NotShared { .. } => "not_shared",
            Self::Unavailable { .. } => "unavailable",
            Self::Corrupted { .. } => "corrupted",
            Self::TooLarge { .. } => "too_large",
            Self::TimedOut { .. } => "timeout",
            Self::Undecodable { .. } => "undecodable",
            Self::Unencodable(_) => "unencodable",
        }
    }
}

/// Converts the error to a refusal. The refusal's code is the error's code with the prefix
/// `content_`. Details of other nodes go only to the log.
impl From<ContentError> for Refusal {
    fn from(error: ContentError) -> Self {
        let code = format!("content_{}", error.code());
        let text = match &error {
            // The caller sent the content's id, so the caller may learn the size.
            ContentError::TooLarge { .. } | ContentError::NotShared { .. } => error.to_string(),
            ContentError::Undecodable { reason, .. } => reason.to_string(),
            _ => "a content that the request needs could not be fetched or shared".into(),
        };
        let refusal = Self::new(code, text).log(error.to_string());
        if error.retryable() {
            refusal.with_retry_after(Duration::ZERO)
        } else {
            refusal
        }
    }
}
