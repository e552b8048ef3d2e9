//! Why a fact was not published, or cannot be listened to.

use std::time::Duration;

use crate::capability::Refusal;
use crate::codec;

/// Why a fact was not published.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The topic is no topic's name.
    #[error("not published: {0}")]
    BadTopic(String),
    /// The fact does not fit the wire.
    #[error("not published: the fact does not fit the wire: {0}")]
    Unencodable(String),
    /// No station was linked in time.
    #[error("not published: {0}")]
    NotConnected(&'static str),
    /// The links are there, and none took it.
    #[error("not published: {0}")]
    Refused(String),
    /// No link took it in time.
    #[error("not published within {0:?}")]
    TimedOut(Duration),
    /// So many facts are on their way that another would only wait.
    #[error(
        "not published: {0} facts are on their way already; await the handles of some before publishing more"
    )]
    TooMany(usize),
    /// Too many bytes of facts are waiting to be sent.
    #[error(
        "not published: {0} bytes of facts are already waiting; await some of their handles before publishing more"
    )]
    TooManyBytes(u64),
    /// The task that published it ended before it had.
    #[error("not published: its task ended abnormally")]
    Aborted,
}

impl PublishError {
    /// The words for how a publication ends, the first of them for one that succeeds.
    pub(super) const OUTCOMES: [&str; 8] = [
        "ok",
        "bad_topic",
        "unencodable",
        "not_connected",
        "refused",
        "timeout",
        "too_many",
        "aborted",
    ];

    pub(super) const fn word(&self) -> &'static str {
        Self::OUTCOMES[match self {
            Self::BadTopic(_) => 1,
            Self::Unencodable(_) => 2,
            Self::NotConnected(_) => 3,
            Self::Refused(_) => 4,
            Self::TimedOut(_) => 5,
            Self::TooMany(_) | Self::TooManyBytes(_) => 6,
            Self::Aborted => 7,
        }]
    }
}

impl From<codec::CodecError> for PublishError {
    fn from(error: codec::CodecError) -> Self {
        Self::Unencodable(error.to_string())
    }
}

/// A fact that cannot be published while answering a call fails that under `not_published`; the text is for the log
/// only. A retry can help where the links were at fault.
impl From<PublishError> for Refusal {
    fn from(error: PublishError) -> Self {
        let refusal = Self::new("not_published", "what is to be told cannot be told now");
        let refusal = refusal.log(error.to_string());
        match error {
            PublishError::NotConnected(_)
            | PublishError::TimedOut(_)
            | PublishError::TooMany(_)
            | PublishError::TooManyBytes(_) => refusal.retry_after(Duration::ZERO),
            _ => refusal,
        }
    }
}

/// Why a topic cannot be listened to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubscribeError {
    /// The wire carries no such topic.
    #[error("`{topic}` cannot be subscribed to: a topic is 1 to {max} bytes of text, and this has {bytes}", max = Self::MAX_TOPIC, bytes = .topic.len())]
    BadTopic {
        /// What was to be listened to.
        topic: String,
    },
    /// It was called outside of a Tokio runtime, before the mesh was made in one.
    #[error("facts are listened to by a task, and no Tokio runtime runs here")]
    NoRuntime,
}

impl SubscribeError {
    const MAX_TOPIC: usize = hecate_om_manifest::names::MAX_TOPIC_BYTES;

    /// Holds `topic` against what the wire carries. That is less than what this crate publishes under: others'
    /// topics are as they are.
    pub(crate) fn check(topic: &str) -> Result<(), Self> {
        if topic.is_empty() || topic.len() > Self::MAX_TOPIC {
            Err(Self::BadTopic {
                topic: topic.to_owned(),
            })
        } else {
            Ok(())
        }
    }
}
