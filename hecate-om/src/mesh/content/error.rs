//! Why a content is not shared, or not had.

use std::time::Duration;

use super::Content;
use crate::capability::Refusal;

/// Why a content could not be shared or fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContentError {
    /// No station is linked.
    #[error("the content cannot be shared or fetched: {0}")]
    NotConnected(&'static str),
    /// No station took the announcement, so nobody would find the content; it is not shared.
    #[error("the content {content} could not be announced: {reason}")]
    NotAnnounced {
        /// The content.
        content: Content,
        /// What the last station said.
        reason: String,
    },
    /// Nobody shares the content now.
    #[error("nobody shares the content {content} now")]
    NotShared {
        /// The content.
        content: Content,
    },
    /// Nodes announce the content, and none of them could be reached or gave it.
    #[error("no node that shares the content {content} gave it: {reason}")]
    Unavailable {
        /// The content.
        content: Content,
        /// What each of them met.
        reason: String,
    },
    /// Whoever was reached gave what is not the content: it does not match the id. Nothing of it was kept.
    #[error("what was given as the content {content} is not what its id says: {reason}")]
    Corrupted {
        /// The content.
        content: Content,
        /// What does not match, by node.
        reason: String,
    },
    /// The content is larger than was to be taken ([`Fetch::max_bytes`](super::Fetch::max_bytes)), or than can be shared.
    #[error("the content of {bytes} bytes is over the {limit} that may be taken")]
    TooLarge {
        /// How large it is.
        bytes: u64,
        /// How large it may be.
        limit: u64,
    },
    /// It was not all there in time.
    #[error("the content {content} was not had within {patience:?}")]
    TimedOut {
        /// The content.
        content: Content,
        /// How long it was waited for.
        patience: Duration,
    },
    /// The content is whole, and is not the wire's form of the expected type.
    #[error("the content {content} is not of the expected type: {reason}")]
    Undecodable {
        /// The content.
        content: Content,
        /// What is wrong, and where.
        reason: String,
    },
    /// The value to be shared does not fit the wire's form.
    #[error("the value cannot be shared: {0}")]
    Unencodable(String),
}

impl ContentError {
    /// Whether the same may succeed later.
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

    /// The error's stable name, for programs.
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

/// A handler that does not get a content, or cannot share one, fails under the error's code with `content_` before it.
/// The text says nothing of where the content was looked for; that is for the log.
impl From<ContentError> for Refusal {
    fn from(error: ContentError) -> Self {
        let code = format!("content_{}", error.code());
        let text = match &error {
            // Both say what the caller may know: the size, or the type, of what the caller itself named.
            ContentError::TooLarge { .. } | ContentError::NotShared { .. } => error.to_string(),
            ContentError::Undecodable { reason, .. } => reason.clone(),
            _ => "a content that the request needs could not be had or shared".into(),
        };
        let refusal = Self::new(code, text).log(error.to_string());
        if error.retryable() {
            refusal.retry_after(Duration::ZERO)
        } else {
            refusal
        }
    }
}
