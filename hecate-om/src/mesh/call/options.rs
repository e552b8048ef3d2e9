//! Options of a call or of a stream's opening.

use std::time::Duration;

use macula_rust::station_link::Confidentiality;
use tokio::time::Instant;

use super::credentials::TokenSource;
use crate::capability::{NodeId, inherited_timeout};

/// Default timeout of a call, as in macula.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest timeout of a call, as in macula.
pub(in crate::mesh) const MAX_TIMEOUT: Duration = Duration::from_secs(600);

/// Options of one call, set by [`option_methods`].
#[derive(Debug, Clone)]
pub(in crate::mesh) struct CallOptions {
    pub(in crate::mesh) timeout: Duration,
    pub(in crate::mesh) provider: Option<NodeId>,
    pub(in crate::mesh) token: TokenSource,
    pub(in crate::mesh) confidentiality: Confidentiality,
    pub(in crate::mesh) idempotent: bool,
    /// Key of the request; `None` for a request whose repeats are not recognized.
    pub(in crate::mesh) key: Option<String>,
}

impl CallOptions {
    pub(in crate::mesh) const DEFAULT: Self = Self {
        timeout: DEFAULT_TIMEOUT,
        provider: None,
        token: TokenSource::IfRequired,
        confidentiality: Confidentiality::Preferred,
        idempotent: false,
        key: None,
    };

    /// Returns the call's timeout and deadline. The deadline is never later than the deadline of
    /// the call that the current handler serves.
    pub(in crate::mesh) fn deadline(&self) -> (Duration, Instant) {
        let timeout =
            inherited_timeout().map_or(self.timeout, |remaining| remaining.min(self.timeout));
        (timeout, Instant::now() + timeout)
    }
}

/// Defines the option methods of a builder with a field `options: CallOptions`. A builder for a
/// capability's type also has a field `org: Option<String>`.
macro_rules! option_methods {
    (by_type) => {
        /// Sets the org whose service is called.
        pub fn org(mut self, org: impl Into<String>) -> Self {
            self.org = Some(org.into());
            self
        }

        $crate::mesh::call::options::option_methods!();
    };
    () => {
        /// Sets the timeout. The default is 5 s, the maximum 10 min.
        ///
        /// In a handler, the deadline of the handled call also applies.
        pub fn timeout(mut self, timeout: std::time::Duration) -> Self {
            self.options.timeout = timeout.min($crate::mesh::call::options::MAX_TIMEOUT);
            self
        }

        /// Sends the call to this node, instead of to any provider of the procedure.
        pub const fn provider(mut self, provider: $crate::capability::NodeId) -> Self {
            self.options.provider = Some(provider);
            self
        }

        /// Presents the service's token for this permission, which must be listed in the service's
        /// `permissions`.
        ///
        /// If the realm has not issued the token yet, the call waits for the token within the
        /// timeout.
        ///
        /// Without this option, the service's token is presented only to providers that require a
        /// token. The token names this node as its audience, so other nodes cannot use it.
        pub fn permission(mut self, permission: impl Into<String>) -> Self {
            self.options.token =
                $crate::mesh::call::credentials::TokenSource::Permission(permission.into());
            self
        }

        /// Presents this token instead of the service's token.
        pub fn ucan(mut self, ucan: $crate::mesh::Ucan) -> Self {
            self.options.token = $crate::mesh::call::credentials::TokenSource::Explicit(ucan);
            self
        }

        /// Requires that the call is sealed end to end, so that no station can read it. Providers
        /// that advertise no key are not called.
        ///
        /// Without this option, the call is sealed if the provider advertises a key.
        pub const fn confidential(mut self) -> Self {
            self.options.confidentiality = macula_rust::station_link::Confidentiality::Required;
            self
        }

        /// Declares that running the call twice has the same effect as running it once. The call
        /// may then be retried even if a handler may have run: after a timeout or a lost link.
        ///
        /// There are at most three tries, at different providers if there are several. The timeout
        /// of each try is twice that of the previous try: 0.7 s, 1.4 s and 2.9 s of the default of
        /// 5 s. A handler that needs longer than four sevenths of the timeout can never answer in
        /// time; set a longer [`Self::timeout`] for such a handler.
        pub const fn idempotent(mut self) -> Self {
            self.options.idempotent = true;
            self
        }
    };
}

/// Defines the method that sets the key of a unary call.
macro_rules! key_method {
    () => {
        /// Sets the key of the request, by which a capability with `dedupe` recognizes repeats: the
        /// same key within the capability's window gives the first answer again.
        ///
        /// A key is 1 to 255 bytes of text without control characters, and belongs to this node and
        /// the procedure. Use a key for one request only. All calls with the key go to the same
        /// instance of the service while it is there. A call with a key is repeated automatically
        /// only if it certainly did not run, even if it is `idempotent`; repeat it with the same key.
        ///
        /// A provider without `dedupe` refuses the call with `key_unsupported`.
        pub fn key(mut self, key: impl Into<String>) -> Self {
            self.options.key = Some(key.into());
            self
        }
    };
}

pub(in crate::mesh) use {key_method, option_methods};
