//! Errors of publishing and subscribing.

use std::time::Duration;

use crate::capability::Refusal;
use crate::codec::CodecError;

/// Why a fact was not published.
///
/// Publish it again later after [`NotConnected`](Self::NotConnected),
/// [`TimedOut`](Self::TimedOut), [`TooMany`](Self::TooMany) and
/// [`TooManyBytes`](Self::TooManyBytes); the others need a change of the topic, the fact or the
/// station first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The topic's name is invalid. Check a constant topic at compile time by
    /// [`topic`](crate::fact::topic).
    #[error("not published: {0}")]
    BadTopic(String),
    /// The fact cannot be encoded for the wire, for instance because it is too large.
    #[error("not published: the fact cannot be encoded: {0}")]
    Unencodable(String),
    /// No station was linked in time, or there is no mesh.
    #[error("not published: {0}")]
    NotConnected(&'static str),
    /// Every linked station refused the fact.
    #[error("not published: {0}")]
    Refused(String),
    /// No station accepted the fact within
    /// [`PublishBuilder::timeout`](super::PublishBuilder::timeout).
    #[error("not published within {0:?}")]
    TimedOut(Duration),
    /// The queue is full. Await some of the returned handles before publishing more.
    #[error(
        "not published: {0} facts are already waiting; await some of their handles before publishing more"
    )]
    TooMany(usize),
    /// The facts in the queue have too many bytes. Await some of the returned handles before
    /// publishing more.
    #[error(
        "not published: {0} bytes of facts are already waiting; await some of their handles before publishing more"
    )]
    TooManyBytes(u64),
    /// The publishing task ended abnormally, or there is no Tokio runtime to run it.
    #[error("not published: its task ended abnormally")]
    Aborted,
}

impl PublishError {
    /// Labels of the outcomes of a publication; the first is success.
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

    /// Returns the label of the outcome.
    pub(super) const fn label(&self) -> &'static str {
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

impl From<CodecError> for PublishError {
    fn from(error: CodecError) -> Self {
        Self::Unencodable(error.to_string())
    }
}

/// In a handler, an unpublished fact becomes the refusal `not_published`. Its reason goes to the
/// log only. The refusal is retryable if the links or the queue were at fault.
impl From<PublishError> for Refusal {
    fn from(error: PublishError) -> Self {
        let refusal = Self::new("not_published", "a fact cannot be published now");
        let refusal = refusal.log(error.to_string());
        match error {
            PublishError::NotConnected(_)
            | PublishError::TimedOut(_)
            | PublishError::TooMany(_)
            | PublishError::TooManyBytes(_) => refusal.with_retry_after(Duration::ZERO),
            _ => refusal,
        }
    }
}

/// Why a topic cannot be subscribed to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubscribeError {
    /// The topic is empty or too long for the wire; shorten it.
    #[error("`{topic}` cannot be subscribed to: a topic has 1 to {max} bytes, and this has {bytes}", max = Self::MAX_TOPIC, bytes = .topic.len())]
    BadTopic {
        /// The topic.
        topic: String,
    },
    /// There is no Tokio runtime to run the subscription; call from inside one.
    #[error("a subscription needs a Tokio runtime; subscribe inside of one")]
    NoRuntime,
}

impl SubscribeError {
    const MAX_TOPIC: usize = hecate_om_manifest::names::MAX_TOPIC_BYTES;

    /// Checks that the wire can carry `topic`. Other publishers name topics as they like, so this
    /// is less strict than the names that this crate publishes under.
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
