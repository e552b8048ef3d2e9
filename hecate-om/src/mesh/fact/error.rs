//! Errors of publishing and subscribing.

use std::time::Duration;

use crate::capability::Refusal;
use crate::cause::Cause;
use crate::codec::CodecError;

/// Reason why a fact was not published.
///
/// Publish the fact again later after [`NotConnected`](Self::NotConnected),
/// [`TimedOut`](Self::TimedOut), [`TooMany`](Self::TooMany) and
/// [`TooManyBytes`](Self::TooManyBytes). After other errors, change the topic, the fact or the
/// station first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The topic's name is invalid. Use [`topic`](crate::fact::topic) to check a constant topic at
    /// compile time.
    #[error("not published: {0}")]
    BadTopic(#[source] Cause),
    /// The fact cannot be encoded for the wire, for instance because it is too large.
    #[error("not published: the fact cannot be encoded: {0}")]
    Unencodable(#[source] Cause),
    /// No station was linked within the timeout, or there is no mesh.
    #[error("not published: {0}")]
    NotConnected(&'static str),
    /// Every linked station refused the fact.
    #[error("not published: {0}")]
    Refused(#[source] Cause),
    /// No station accepted the fact within
    /// [`PublishBuilder::timeout`](super::PublishBuilder::timeout).
    #[error("not published within {0:?}")]
    TimedOut(Duration),
    /// The queue has the maximum number of facts. Await some of the returned handles before
    /// publishing more.
    #[error(
        "not published: {0} facts are already waiting; await some of their handles before publishing more"
    )]
    TooMany(usize),
    /// The facts in the queue have the maximum number of bytes. Await some of the returned handles
    /// before publishing more.
    #[error(
        "not published: {0} bytes of facts are already waiting; await some of their handles before publishing more"
    )]
    TooManyBytes(u64),
    /// The publishing task ended abnormally, or there is no Tokio runtime.
    #[error("not published: its task ended abnormally")]
    Aborted,
}

impl PublishError {
    /// Labels of the outcomes of a publication. The first label is success.
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
        Self::Unencodable(Cause::new(error))
    }
}

/// Converts the error to the refusal `not_published`. The reason goes only to the log. The refusal
/// is retryable if the links or the queue caused the error.
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

/// Reason why a topic cannot be subscribed to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubscribeError {
    /// The topic is empty, or too long for the wire.
    #[error("`{topic}` cannot be subscribed to: a topic has 1 to {max} bytes, and this has {bytes}", max = Self::MAX_TOPIC, bytes = .topic.len())]
    BadTopic {
        /// Rejected topic.
        topic: String,
    },
    /// There is no Tokio runtime for the subscription; subscribe inside a runtime.
    #[error("a subscription needs a Tokio runtime; subscribe inside of one")]
    NoRuntime,
}

impl SubscribeError {
    const MAX_TOPIC: usize = hecate_om_manifest::names::MAX_TOPIC_BYTES;

    /// Checks that the wire can carry `topic`. The check is less strict than for the topics that
    /// this crate publishes under, because other publishers may use any topic name.
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
