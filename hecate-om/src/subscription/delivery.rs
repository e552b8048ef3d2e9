//! What a subscription hears.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::capability::NodeId;

/// What a subscription hears: a fact, or that facts may have been missed.
///
/// The mesh keeps no facts for who is away. While no station carries a subscription, what is published is missed: then
/// there is one [`Delivery::Interrupted`], and one [`Delivery::Gap`] once a station carries it again. Answer a gap by
/// asking whoever publishes for what holds now; the times are hints, since each node has its own clock.
///
/// ```
/// use hecate_om::fact::Delivery;
///
/// fn what(heard: Delivery<String>) -> String {
///     match heard {
///         Delivery::Fact(fact) => fact,
///         Delivery::Interrupted { reason, .. } => format!("deaf: {reason}"),
///         Delivery::Gap { .. } => "to be asked for again".into(),
///     }
/// }
/// # assert_eq!(what(Delivery::Fact("x".into())), "x");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery<T> {
    /// A fact, once, whichever stations carried it.
    Fact(T),
    /// No station carries the subscription: what is published from about `since` on may be missed, until a
    /// [`Delivery::Gap`] follows.
    Interrupted {
        /// When a station was last heard from.
        since: SystemTime,
        /// Why it ended.
        reason: String,
    },
    /// What was published between about `from` and `to` may have been missed: a station carries the subscription
    /// again, or facts came faster than they were handled and some were dropped.
    Gap {
        /// The begin.
        from: SystemTime,
        /// The end.
        to: SystemTime,
        /// Why.
        reason: String,
    },
}

impl<T> Delivery<T> {
    /// The fact, where it is one.
    pub fn fact(self) -> Option<T> {
        match self {
            Self::Fact(fact) => Some(fact),
            Self::Interrupted { .. } | Self::Gap { .. } => None,
        }
    }

    /// With the fact, where it is one, as `read` has it.
    pub(crate) fn try_map<U, E>(
        self,
        read: impl FnOnce(T) -> Result<U, E>,
    ) -> Result<Delivery<U>, E> {
        Ok(match self {
            Self::Fact(fact) => Delivery::Fact(read(fact)?),
            Self::Interrupted { since, reason } => Delivery::Interrupted { since, reason },
            Self::Gap { from, to, reason } => Delivery::Gap { from, to, reason },
        })
    }
}

/// Where what was heard comes from.
///
/// Anyone in the realm may publish anything: who acts on a fact looks at [`FactMetadata::publisher`], which is verified.
/// Of an interruption and a gap, which nobody publishes, the publisher is this node and the time is its own.
#[derive(Clone, PartialEq, Eq)]
pub struct FactMetadata {
    pub(crate) topic: Arc<str>,
    pub(crate) publisher: NodeId,
    pub(crate) published_at: SystemTime,
    pub(crate) seal_key: Option<[u8; 8]>,
}

impl FactMetadata {
    /// What was listened to.
    #[must_use]
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// The node that signed the fact, verified.
    #[must_use]
    pub const fn publisher(&self) -> NodeId {
        self.publisher
    }

    /// When it was published, by the publisher's clock.
    #[must_use]
    pub const fn published_at(&self) -> SystemTime {
        self.published_at
    }

    /// The key of the group that the fact was sealed under on its way; `None` for one that came in the clear.
    #[must_use]
    pub const fn seal_key(&self) -> Option<[u8; 8]> {
        self.seal_key
    }
}

impl fmt::Debug for FactMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FactMetadata({} by {})", self.topic, self.publisher)
    }
}

/// The wire's milliseconds as a time.
pub(crate) fn at_ms(ms: u64) -> SystemTime {
    // What no clock has is as good as its beginning.
    SystemTime::UNIX_EPOCH
        .checked_add(Duration::from_millis(ms))
        .unwrap_or(SystemTime::UNIX_EPOCH)
}
