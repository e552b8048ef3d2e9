//! What a call or a stream is made with, where its caller says more than the procedure and the request.

use std::time::Duration;

use macula_rust::station_link::Confidentiality;
use tokio::time::Instant;

use super::presented::Present;
use crate::capability::{NodeId, inherited_deadline};

/// How long a call may take where nobody says (macula's default).
const DEFAULT_PATIENCE: Duration = Duration::from_secs(5);
/// The longest a call may take (macula's limit).
pub(in crate::mesh) const MAX_PATIENCE: Duration = Duration::from_secs(600);

/// The options of one call; [`option_methods`] sets them.
#[derive(Debug, Clone)]
pub(in crate::mesh) struct Options {
    pub(in crate::mesh) patience: Duration,
    pub(in crate::mesh) provider: Option<NodeId>,
    pub(in crate::mesh) present: Present,
    pub(in crate::mesh) confidentiality: Confidentiality,
    pub(in crate::mesh) idempotent: bool,
}

impl Options {
    pub(in crate::mesh) const DEFAULT: Self = Self {
        patience: DEFAULT_PATIENCE,
        provider: None,
        present: Present::WhenAsked,
        confidentiality: Confidentiality::Preferred,
        idempotent: false,
    };

    /// How long the call may take, and when that ends: never past the deadline of the call being answered.
    pub(in crate::mesh) fn deadline(&self) -> (Duration, Instant) {
        let patience = inherited_deadline().map_or(self.patience, |left| left.min(self.patience));
        (patience, Instant::now() + patience)
    }
}

/// The methods of a builder that has `options: Options`.
macro_rules! option_methods {
    () => {
        /// Waits at most so long, instead of 5 s; never past the deadline of the call being answered, where this one
        /// is made in a handler, and never longer than 10 min.
        pub fn timeout(mut self, timeout: std::time::Duration) -> Self {
            self.options.patience = timeout.min($crate::mesh::call::options::MAX_PATIENCE);
            self
        }

        /// Calls this node, not any that serves the procedure.
        pub const fn provider(mut self, provider: $crate::capability::NodeId) -> Self {
            self.options.provider = Some(provider);
            self
        }

        /// Makes the call under this action of the service's `identity_spec`: the service's token, which the realm
        /// gives for what `actions` names, is presented at once, and waited for within the call's time where it is
        /// not there yet.
        ///
        /// Without it, the service's token is presented to providers of procedures that have asked for one. It is
        /// made out to this node, so whoever sees it can do nothing with it.
        pub fn action(mut self, action: impl Into<String>) -> Self {
            self.options.present = $crate::mesh::call::presented::Present::Action(action.into());
            self
        }

        /// Presents this token, not the service's own.
        pub fn ucan(mut self, ucan: $crate::mesh::Ucan) -> Self {
            self.options.present = $crate::mesh::call::presented::Present::Own(ucan);
            self
        }

        /// Makes the call sealed end to end only, so that no station reads it: a provider that names no key to seal
        /// to is never called. Without this the call is sealed wherever the provider names a key, and made in the
        /// clear to one that names none.
        pub const fn confidential(mut self) -> Self {
            self.options.confidentiality = macula_rust::station_link::Confidentiality::Required;
            self
        }

        /// Says that running the call twice does no more than running it once, so that it may be made again where it
        /// may have been run: after a try that was not answered in time, after a link that failed underneath it.
        ///
        /// There are at most three tries, at different providers where there are several. They share the call's time, each
        /// with twice as long as the one before: of the 5 s that a call has where nobody says, 0.7 s, 1.4 s and 2.9 s. A
        /// provider gives up a try at the try's own end, so what takes longer than four sevenths of the call's time is
        /// not answered; give it more by [`Self::timeout`].
        pub const fn idempotent(mut self) -> Self {
            self.options.idempotent = true;
            self
        }
    };
}

pub(in crate::mesh) use option_methods;
