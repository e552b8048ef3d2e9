//! What a caller's verified token says.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

use super::NodeId;

/// What the UCAN says under which a call is made, verified for this caller, this realm and this procedure before
/// the handler runs (macula's UCAN_V1); a handler has it from [`Call::claims`](crate::Call::claims).
///
/// A delegated token may name more than its parents gave: what they did not give is left out here.
#[derive(Debug, Clone, PartialEq)]
pub struct Claims {
    pub(crate) issuer: String,
    pub(crate) audience: NodeId,
    /// The id of the realm of the call.
    pub(crate) realm: [u8; 32],
    /// The procedure that was called.
    pub(crate) procedure: String,
    pub(crate) capabilities: Vec<Granted>,
    pub(crate) expires: u64,
    pub(crate) facts: Map<String, Value>,
}

/// One thing that a token allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    pub(crate) with: String,
    pub(crate) can: String,
}

impl Granted {
    /// What it may be done to: `mri:realm:<realm>`, `mri:org:<realm>/<org>` or `mri:proc:<realm>/<procedure>`.
    #[must_use]
    pub fn with(&self) -> &str {
        &self.with
    }

    /// What may be done.
    #[must_use]
    pub fn can(&self) -> &str {
        &self.can
    }
}

impl Claims {
    /// Who signed the token: a `did:key`. For a delegated token that is the delegate, not the root of its chain,
    /// which is who `access = …` requires.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Whom it was made out to: the caller.
    #[must_use]
    pub const fn audience(&self) -> NodeId {
        self.audience
    }

    /// Every grant of the token, in the token's order. Each grant holds only for the resource that
    /// it names. Prefer [`Claims::allows`] and [`Claims::allows_on`], which also compare the
    /// resource.
    #[must_use]
    pub fn capabilities(&self) -> &[Granted] {
        &self.capabilities
    }

    /// When it ends: the earliest end in its chain, to the second.
    #[must_use]
    pub fn expires_at(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.expires)
    }

    /// What else its issuer states (`fct`); empty where it states nothing.
    #[must_use]
    pub const fn facts(&self) -> &Map<String, Value> {
        &self.facts
    }
}
