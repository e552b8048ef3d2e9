//! Requests for the node's token, and renewal before the token expires.

use std::sync::Arc;
use std::time::Duration;

use macula_rust::cbor::Value;
use macula_rust::pool::{Call, PoolError};
use macula_rust::station_link::LinkError;
use tokio_util::sync::CancellationToken;

use super::reply::Expected;
use super::{Authority, AuthorityState, IdentitySpec, IssuedToken, request};
use crate::backoff::{Backoff, BackoffPolicy, jittered};
use crate::clock::Clock;
use crate::config::{Profile, RealmConfig};
use crate::mesh::connection::{Identity, NODE_NOT_ADMITTED, Router, clock};

/// Timeout of one request.
const TIMEOUT: Duration = Duration::from_secs(15);
/// First retry delay after the realm granted nothing. Each later delay is twice as long, up to
/// [`TokenRequester::retry`].
const FIRST_RETRY: Duration = Duration::from_secs(1);

/// Inputs of a token request.
#[derive(Debug, Clone)]
pub(crate) struct TokenRequester {
    pub(in crate::mesh) router: Router,
    pub(crate) realm: RealmConfig,
    pub(crate) profile: Profile,
    pub(crate) identity: Identity,
    pub(crate) org: String,
    /// Longest retry delay while the realm has not granted every permission.
    pub(crate) retry: Duration,
    pub(crate) clock: Clock,
}

impl Authority {
    /// Renews the token until cancelled. Returns at once if the service needs no permissions.
    pub(crate) async fn renew(
        self: Arc<Self>,
        requester: TokenRequester,
        cancelled: CancellationToken,
    ) {
        let Some(spec) = self.spec.filter(|spec| !spec.permissions.is_empty()) else {
            return;
        };
        let mut backoff = backoff(requester.retry);
        loop {
            let outcome = tokio::select! {
                outcome = requester.request(&spec) => outcome,
                () = cancelled.cancelled() => return,
            };
            let delay = match outcome {
                Ok(token) => {
                    let delay = rotation(&token, &mut backoff);
                    self.store(token, requester.retry);
                    delay
                }
                Err(state) => {
                    self.record_failure(&state, requester.retry);
                    backoff.next_delay()
                }
            };
            tokio::select! {
                () = self.sleep(delay, &requester.clock) => {}
                () = cancelled.cancelled() => return,
            }
        }
    }

    /// Sleeps for `delay`, and removes the token if it expires meanwhile.
    async fn sleep(&self, delay: Duration, clock: &Clock) {
        let sleep = clock.sleep(delay);
        tokio::pin!(sleep);
        let remaining = self
            .current
            .borrow()
            .token
            .as_deref()
            .map(IssuedToken::remaining);
        if let Some(remaining) = remaining {
            tokio::select! {
                () = &mut sleep => return,
                () = clock.sleep(remaining) => self.expire(),
            }
        }
        sleep.await;
    }

    /// Stores a new token, and logs the change.
    pub(super) fn store(&self, token: IssuedToken, retry: Duration) {
        let before = self.current.borrow().clone();
        let is_renewal = before.state == AuthorityState::Issued
            && before
                .token
                .is_some_and(|before| before.missing == token.missing);
        let seconds = token.remaining().as_secs();
        let token = Arc::new(token);
        // Stored before the log line, so that the log line implies that the token is in use.
        self.current.send_modify(|current| {
            current.state = AuthorityState::Issued;
            current.token = Some(Arc::clone(&token));
        });
        match (is_renewal, token.missing.is_empty()) {
            (true, _) => tracing::debug!(seconds, "token renewed"),
            (false, true) => tracing::info!(
                seconds,
                permissions = token.granted.join(", "),
                "the realm granted the service's permissions"
            ),
            (false, false) => tracing::warn!(
                seconds,
                granted = token.granted.join(", "),
                missing = token.missing.join(", "),
                retry = ?retry,
                "the realm granted only some of the service's `permissions`; its operator must grant those in `missing`"
            ),
        }
    }

    /// Records why the request failed, and logs the reason if it changed. A valid token stays in
    /// use.
    pub(super) fn record_failure(&self, state: &AuthorityState, retry: Duration) {
        let changed = self.current.borrow().state != *state;
        self.current.send_if_modified(|current| {
            current.state = state.clone();
            changed
        });
        if changed {
            let permissions = self.permissions().join(", ");
            tracing::debug!(state = state.name(), "state of the token request changed");
            let held = self.token().is_some();
            match state {
                AuthorityState::Pending => tracing::warn!(
                    permissions,
                    held,
                    retry = ?retry,
                    "the realm has not decided on the service's permissions yet; its operator must admit this node"
                ),
                AuthorityState::Refused(reason) => tracing::warn!(
                    permissions,
                    held,
                    retry = ?retry,
                    reason,
                    "the realm refused the service's permissions"
                ),
                AuthorityState::Unusable(reason) => tracing::error!(
                    permissions,
                    held,
                    retry = ?retry,
                    reason,
                    "the realm answered with an unusable token"
                ),
                AuthorityState::NotDelivered(reason) => tracing::warn!(
                    permissions,
                    held,
                    retry = ?retry,
                    reason,
                    "the request for the service's permissions did not reach the realm"
                ),
                AuthorityState::NotNeeded
                | AuthorityState::NotRequested
                | AuthorityState::Issued => {}
            }
        }
    }

    /// Removes the token if it has expired.
    pub(super) fn expire(&self) {
        let expired = self
            .current
            .send_if_modified(|current| current.token.take_if(|token| !token.is_valid()).is_some());
        if expired {
            tracing::warn!(
                permissions = self.permissions().join(", "),
                "the service's token has expired; calls that need it are refused"
            );
        }
    }
}

impl TokenRequester {
    /// Requests a token, and verifies the reply.
    async fn request(&self, spec: &IdentitySpec) -> Result<IssuedToken, AuthorityState> {
        let realm = &self.realm;
        let call = Call {
            realm: realm.id,
            procedure: format!(
                "{}/_realm/_realm/identity/issue_membership_ucan_v1",
                realm.name
            ),
            payload: self.signed_payload(spec).await?,
            timeout: TIMEOUT,
            ..Call::default()
        };
        let (reply, _) = self.router.call(call).await.map_err(failed)?;
        let expected = Expected {
            node: self.identity.node_id,
            realm,
            profile: self.profile,
            spec,
            now: clock::seconds(),
        };
        expected.verify(&reply).map_err(AuthorityState::Unusable)
    }

    /// Signs the request on a blocking thread, because signing takes milliseconds.
    async fn signed_payload(&self, spec: &IdentitySpec) -> Result<Value, AuthorityState> {
        let request = request::request(spec, &self.org, &self.identity.key);
        let (key, realm) = (Arc::clone(&self.identity.key), self.realm.id);
        let now = clock::millis();
        tokio::task::spawn_blocking(move || request::signed(request, &realm, &key, now))
            .await
            .map_err(|error| AuthorityState::NotDelivered(error.to_string()))?
            .map_err(AuthorityState::NotDelivered)
    }
}

/// Returns the delay before the next request: two thirds of the token's remaining lifetime, which
/// leaves time to reach the realm. The delay is shorter if the token lacks a permission.
fn rotation(token: &IssuedToken, backoff: &mut Backoff) -> Duration {
    let two_thirds = jittered(token.remaining() * 2 / 3);
    if token.missing.is_empty() {
        backoff.reset();
        return two_thirds.max(FIRST_RETRY / 2);
    }
    backoff.next_delay().min(two_thirds.max(FIRST_RETRY))
}

/// Returns the retry delays while the realm has not granted every permission, up to `retry`.
fn backoff(retry: Duration) -> Backoff {
    BackoffPolicy::new(FIRST_RETRY.min(retry), 2.0, retry).start()
}

fn failed(error: PoolError) -> AuthorityState {
    match error {
        PoolError::Link(LinkError::Provider {
            code,
            detail: Some(detail),
            ..
        }) => {
            // The code differs between realm releases; the detail does not.
            if detail == NODE_NOT_ADMITTED {
                AuthorityState::Pending
            } else if code == "handler_error" {
                AuthorityState::Refused(detail)
            } else {
                AuthorityState::NotDelivered(format!("{code}: {detail}"))
            }
        }
        error => AuthorityState::NotDelivered(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_realm_that_grants_nothing_is_asked_at_growing_intervals_up_to_the_configured_one() {
        let pauses: Vec<u64> = backoff(Duration::from_secs(5))
            .take(5)
            .map(|pause| pause.as_secs_f64().round() as u64)
            .collect();
        assert_eq!(pauses, [1, 2, 4, 5, 5]);
    }
}
