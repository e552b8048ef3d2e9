//! Policy for the registrations that a station accepts from its nodes.

use std::sync::Arc;

/// A registration that a node requests from its station.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Registration<'a> {
    /// The kind of the registration.
    pub kind: RegistrationKind,
    /// The realm's id.
    pub realm: &'a [u8; 32],
    /// The procedure or topic.
    pub name: &'a str,
    /// The id of the requesting node.
    pub node: &'a [u8; 32],
}

/// Kind of a registration. The station acknowledges each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistrationKind {
    /// Advertises a procedure, for the first time or as a renewal.
    Advertise,
    /// Withdraws a procedure. If this is refused, calls of the procedure still reach the node.
    Unadvertise,
    /// Subscribes to a topic.
    Subscribe,
    /// Ends a subscription to a topic. If this is refused, the subscription stays.
    Unsubscribe,
}

/// Reason why a station refuses a registration (wire 1.0 §3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistrationRefusal {
    /// The station accepts no more providers.
    TooManyProviders,
    /// The node has reached the maximum number of procedures per node.
    AdvertiserQuota,
    /// The name is longer than 512 bytes.
    NameTooLong,
    /// The record does not verify.
    RecordRefused,
    /// The realm has not authorized the node, or the authorization does not verify.
    NotAuthorized,
    /// Any other reason.
    Refused,
}

impl RegistrationRefusal {
    /// Returns the reason's name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TooManyProviders => "too_many_providers",
            Self::AdvertiserQuota => "advertiser_quota",
            Self::NameTooLong => "name_too_long",
            Self::RecordRefused => "record_refused",
            Self::NotAuthorized => "not_authorized",
            Self::Refused => "refused",
        }
    }
}

/// Decides whether a station accepts a valid registration. It also decides each renewal of an
/// advertisement.
pub type RegistrationPolicy =
    Arc<dyn Fn(&Registration<'_>) -> Result<(), RegistrationRefusal> + Send + Sync>;
