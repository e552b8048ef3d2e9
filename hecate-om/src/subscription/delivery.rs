//! The deliveries that a subscription receives.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::capability::NodeId;
use crate::publication::{FactId, Stamp};

/// A delivery to a subscription: a fact, or a notice that facts may have been missed.
///
/// The mesh does not store facts, so facts are missed while no station carries a subscription. The
/// subscription then receives one [`Delivery::Interrupted`], and one [`Delivery::Gap`] once a
/// station carries it again. After a gap, ask the publisher for its current state. The times are
/// approximate, because each node has its own clock.
///
/// ```
/// use hecate_om::fact::Delivery;
///
/// fn describe(delivery: Delivery<String>) -> String {
///     match delivery {
///         Delivery::Fact(fact) => fact,
///         Delivery::Interrupted { reason, .. } => format!("interrupted: {reason}"),
///         Delivery::Gap { .. } => "reload the state".into(),
///     }
/// }
/// # assert_eq!(describe(Delivery::Fact("x".into())), "x");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery<T> {
    /// A fact, delivered once even if several stations carried it.
    Fact(T),
    /// No station carries the subscription. Facts published after about `since` may be missed,
    /// until a [`Delivery::Gap`] follows.
    Interrupted {
        /// Time at which a station last carried the subscription.
        since: SystemTime,
        /// Reason for the interruption.
        reason: String,
    },
    /// Facts published between about `from` and `to` may have been missed, because no station
    /// carried the subscription, or because facts arrived faster than they were handled and some
    /// were dropped.
    Gap {
        /// The start of the gap.
        from: SystemTime,
        /// The end of the gap.
        to: SystemTime,
        /// The reason for the gap.
        reason: String,
    },
}

impl<T> Delivery<T> {
    /// Returns the fact; `None` for an interruption or a gap.
    pub fn fact(self) -> Option<T> {
        match self {
            Self::Fact(fact) => Some(fact),
            Self::Interrupted { .. } | Self::Gap { .. } => None,
        }
    }

    /// Maps the fact, if the delivery is a fact.
    pub(crate) fn try_map<U, E>(
        self,
        map: impl FnOnce(T) -> Result<U, E>,
    ) -> Result<Delivery<U>, E> {
        Ok(match self {
            Self::Fact(fact) => Delivery::Fact(map(fact)?),
            Self::Interrupted { since, reason } => Delivery::Interrupted { since, reason },
            Self::Gap { from, to, reason } => Delivery::Gap { from, to, reason },
        })
    }
}

/// Topic, publisher and time of a delivery.
///
/// Every node in the realm may publish under any topic, so check [`FactMetadata::publisher`], which
/// is verified, before acting on a fact. For an interruption or a gap, the publisher is this node,
/// and the time is from this node's clock.
#[derive(Clone, PartialEq, Eq)]
pub struct FactMetadata {
    pub(crate) topic: Arc<str>,
    pub(crate) publisher: NodeId,
    pub(crate) published_at: SystemTime,
    /// Set for a fact that was published by its type.
    pub(crate) stamp: Option<Stamp>,
}

impl FactMetadata {
    /// Returns the topic of the subscription.
    #[must_use]
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// Returns the node that signed the fact. The signature is verified.
    #[must_use]
    pub const fn publisher(&self) -> NodeId {
        self.publisher
    }

    /// Returns the time of publication, by the publisher's clock.
    #[must_use]
    pub const fn published_at(&self) -> SystemTime {
        self.published_at
    }

    /// Returns the id of the fact; `None` for a fact that was published without its type, and for
    /// an interruption or a gap.
    ///
    /// A fact with the publisher and the id of an earlier one is that fact, published again. A
    /// subscription skips it while it remembers the earlier one. A handler that must not handle it
    /// again after a restart, or much later, stores the id with its own data.
    #[must_use]
    pub fn id(&self) -> Option<FactId> {
        self.stamp.map(|stamp| stamp.id)
    }
}

impl fmt::Debug for FactMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FactMetadata({} by {})", self.topic, self.publisher)
    }
}

/// Converts the milliseconds of the wire to a time.
pub(crate) fn at_ms(ms: u64) -> SystemTime {
    // A time outside the range of the clock counts as 1970.
    SystemTime::UNIX_EPOCH
        .checked_add(Duration::from_millis(ms))
        .unwrap_or(SystemTime::UNIX_EPOCH)
}
