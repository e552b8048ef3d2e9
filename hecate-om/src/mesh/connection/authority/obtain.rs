//! Obtaining the token, and another before it ends.

use std::sync::Arc;
use std::time::Duration;

use macula_rust::cbor::Value;
use macula_rust::pool::{Call, Pool, PoolError};
use macula_rust::station_link::LinkError;
use tokio_util::sync::CancellationToken;

use super::reply::Expected;
use super::{Authority, AuthorityState, Held, request};
use crate::backoff::{Backoff, BackoffPolicy, jittered};
use crate::clock::Clock;
use crate::config::{Profile, Realm};
use crate::mesh::Identity;
use crate::mesh::IdentitySpec;
use crate::mesh::connection::NOT_ADMITTED;
use crate::mesh::connection::clock;
use crate::mesh::connection::shielded;

/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// First delay before the realm is asked again after it granted nothing. Each later delay is twice
/// as long, up to [`Asking::retry`].
const SOON: Duration = Duration::from_secs(1);

/// Whom to ask, and as whom.
#[derive(Debug, Clone)]
pub(crate) struct Asking {
    pub(crate) pool: Pool,
    pub(crate) realm: Realm,
    pub(crate) profile: Profile,
    pub(crate) identity: Identity,
    pub(crate) org: String,
    /// The longest until a realm that has not granted all is asked again.
    pub(crate) retry: Duration,
    /// By which it is waited.
    pub(crate) clock: Clock,
}

impl Authority {
    /// Keeps the token fresh, until it is cancelled. A service that names no action asks for nothing.
    pub(crate) async fn keep(self: Arc<Self>, asking: Asking, cancelled: CancellationToken) {
        let Some(spec) = self.spec.filter(|spec| !spec.actions.is_empty()) else {
            return;
        };
        let mut backoff = backoff(asking.retry);
        loop {
            let outcome = tokio::select! {
                outcome = ask(&spec, &asking) => outcome,
                () = cancelled.cancelled() => return,
            };
            let pause = match outcome {
                Ok(held) => {
                    let pause = rotation(&held, &mut backoff);
                    self.hold(held, asking.retry);
                    pause
                }
                Err(state) => {
                    self.keep_on(&state, asking.retry);
                    backoff.next_delay()
                }
            };
            tokio::select! {
                () = self.pause(pause, &asking.clock) => {}
                () = cancelled.cancelled() => return,
            }
        }
    }

    /// Waits so long, and says so where the token that is held runs out meanwhile.
    async fn pause(&self, pause: Duration, clock: &Clock) {
        let pause = clock.sleep(pause);
        tokio::pin!(pause);
        let left = self.standing.borrow().held.as_deref().map(Held::left);
        if let Some(left) = left {
            tokio::select! {
                () = &mut pause => return,
                () = clock.sleep(left) => self.lapse(),
            }
        }
        pause.await;
    }

    /// Holds a new token, and logs what it changes.
    pub(super) fn hold(&self, held: Held, retry: Duration) {
        let before = self.standing.borrow().clone();
        let known = before.state == AuthorityState::Issued
            && before.held.is_some_and(|old| old.missing == held.missing);
        let seconds = held.left().as_secs();
        let held = Arc::new(held);
        // Before it is logged: whoever reads the line may rely on it.
        self.standing.send_modify(|standing| {
            standing.state = AuthorityState::Issued;
            standing.held = Some(Arc::clone(&held));
        });
        match (known, held.missing.is_empty()) {
            (true, _) => tracing::debug!(seconds, "the service's authority was renewed"),
            (false, true) => tracing::info!(
                seconds,
                actions = held.granted.join(", "),
                "the realm granted the service its authority"
            ),
            (false, false) => tracing::warn!(
                seconds,
                granted = held.granted.join(", "),
                missing = held.missing.join(", "),
                "the realm granted the service not all of its `permissions`; its operator must grant the missing ones, \
                 and it is asked again, at least about every {retry:?}"
            ),
        }
    }

    /// Keeps on with what there is, and logs why there is nothing new, once for each reason.
    pub(super) fn keep_on(&self, state: &AuthorityState, retry: Duration) {
        let changed = self.standing.borrow().state != *state;
        self.standing.send_if_modified(|standing| {
            standing.state = state.clone();
            changed
        });
        if changed {
            let actions = self.actions().join(", ");
            tracing::debug!(state = state.name(), "authority");
            let held = self.token().is_some();
            let next = format_args!("it is asked again, at least about every {retry:?}");
            match state {
                AuthorityState::Pending => tracing::warn!(
                    actions,
                    held,
                    "the realm has not admitted this node to the service's authority yet: its operator must; {next}"
                ),
                AuthorityState::Refused(why) => tracing::warn!(
                    actions,
                    held,
                    "the realm refused the service its authority, and {next}: {why}"
                ),
                AuthorityState::Unusable(why) => tracing::error!(
                    actions,
                    held,
                    "the realm answered with a token that is of no use, and {next}: {why}"
                ),
                AuthorityState::NotDelivered(why) => tracing::warn!(
                    actions,
                    held,
                    "the realm could not be asked for the service's authority, and {next}: {why}"
                ),
                AuthorityState::NotNeeded | AuthorityState::Unasked | AuthorityState::Issued => {}
            }
        }
    }

    /// Lets go of a token that has run out.
    pub(super) fn lapse(&self) {
        let lapsed = self
            .standing
            .send_if_modified(|standing| standing.held.take_if(|held| !held.is_good()).is_some());
        if lapsed {
            tracing::warn!(
                actions = self.actions().join(", "),
                "the service's authority has run out before the realm gave it anew"
            );
        }
    }
}

async fn ask(spec: &IdentitySpec, asking: &Asking) -> Result<Held, AuthorityState> {
    let realm = &asking.realm;
    let payload = payload(spec, asking).await?;
    let call = Call {
        realm: realm.id,
        procedure: format!(
            "{}/_realm/_realm/identity/issue_membership_ucan_v1",
            realm.name
        ),
        payload,
        timeout: PATIENCE,
        ..Call::default()
    };
    let pool = asking.pool.clone();
    let reply = shielded(async move { pool.call(call).await }).await;
    let reply = reply.map_err(refused)?;
    let expected = Expected {
        node: asking.identity.node_id,
        realm,
        profile: asking.profile,
        spec,
        now: clock::seconds(),
    };
    expected.held(&reply).map_err(AuthorityState::Unusable)
}

/// Signing takes milliseconds, so it is kept off the async threads.
async fn payload(spec: &IdentitySpec, asking: &Asking) -> Result<Value, AuthorityState> {
    let request = request::request(spec, &asking.org, &asking.identity.key);
    let (key, realm) = (Arc::clone(&asking.identity.key), asking.realm.id);
    let now = clock::millis();
    tokio::task::spawn_blocking(move || request::signed(request, &realm, &key, now))
        .await
        .map_err(|error| AuthorityState::NotDelivered(error.to_string()))?
        .map_err(AuthorityState::NotDelivered)
}

/// When the next token is asked for: with a third of this one's life left, for a realm that cannot be reached, and
/// sooner where this one lacks something.
fn rotation(held: &Held, backoff: &mut Backoff) -> Duration {
    let two_thirds = jittered(held.left() * 2 / 3);
    if held.missing.is_empty() {
        backoff.reset();
        return two_thirds.max(SOON / 2);
    }
    backoff.next_delay().min(two_thirds.max(SOON))
}

/// Returns the delays before a realm that has not granted everything is asked again, up to `retry`.
fn backoff(retry: Duration) -> Backoff {
    BackoffPolicy::new(SOON.min(retry), 2.0, retry).start()
}

fn refused(error: PoolError) -> AuthorityState {
    match error {
        PoolError::Link(LinkError::Provider {
            code,
            detail: Some(detail),
            ..
        }) => {
            // The code differs between releases of the realm; the detail does not.
            if detail == NOT_ADMITTED {
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
    fn a_realm_that_gives_nothing_is_asked_ever_later_up_to_the_configured_pace() {
        let pauses: Vec<u64> = backoff(Duration::from_secs(5))
            .take(5)
            .map(|pause| pause.as_secs_f64().round() as u64)
            .collect();
        assert_eq!(pauses, [1, 2, 4, 5, 5]);
    }
}
