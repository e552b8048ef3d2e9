//! The boot claim: this node asks the realm to be a provider of its org.
//!
//! `<realm name>/_realm/_realm/identity/request_provider_authorization_v1`, with the org and two labels for the
//! person who decides. The caller's verified node id is the claim; there is no token.

use std::sync::Arc;
use std::time::Duration;

use macula_rust::cbor::Value;
use macula_rust::pool::{Call, Pool, PoolError};
use macula_rust::station_link::LinkError;
use tokio::sync::{Notify, watch};

use super::status::{ClaimState, StatusTable};
use crate::backoff::{BackoffPolicy, jittered};
use crate::clock::Clock;
use crate::config::Realm;
use crate::mesh::connection::{NOT_ADMITTED, shielded};

/// How long one claim may take (upstream's).
const PATIENCE: Duration = Duration::from_secs(15);
/// The least time between an issued claim and the next, where its grant cannot be found.
const REISSUE: Duration = Duration::from_secs(5);

/// What the realm is told of the claimant.
#[derive(Debug, Clone)]
pub(crate) struct ClaimLabels {
    pub(crate) org: String,
    pub(crate) service_name: String,
    pub(crate) box_name: String,
}

/// The claim under way, for those who need its outcome.
#[derive(Debug, Default)]
pub(in crate::mesh) struct Claiming {
    /// Counts the answers: publication waits for the first, and a grant that was issued is tried at once.
    pub(in crate::mesh) answers: watch::Sender<u64>,
    /// Told when a grant that was issued cannot be found.
    pub(in crate::mesh) lost: Notify,
}

/// Makes the claim, for as long as it is polled; one that is not issued, about every `retry` again.
pub(in crate::mesh) async fn claim(
    pool: Pool,
    realm: Realm,
    labels: ClaimLabels,
    statuses: Arc<StatusTable>,
    claiming: Arc<Claiming>,
    retry: Duration,
    clock: Clock,
) {
    // A realm that grants but publishes nothing must not be asked more and more often.
    let mut reissue = BackoffPolicy::new(REISSUE.min(retry), 2.0, retry).start();
    loop {
        let state = ask(&pool, &realm, &labels).await;
        let issued = state == ClaimState::Issued;
        if statuses.set_claim(state.clone()) {
            report(&state, &realm, &labels, retry);
        }
        claiming.answers.send_modify(|n| *n += 1);
        if issued {
            claiming.lost.notified().await;
            if statuses.all_acknowledged() {
                reissue.reset();
            }
            clock.sleep(reissue.next_delay()).await;
        } else {
            clock.sleep(jittered(retry)).await;
        }
    }
}

async fn ask(pool: &Pool, realm: &Realm, labels: &ClaimLabels) -> ClaimState {
    let payload = [
        ("org", &labels.org),
        ("service_name", &labels.service_name),
        ("box", &labels.box_name),
    ];
    let call = Call {
        realm: realm.id,
        procedure: format!(
            "{}/_realm/_realm/identity/request_provider_authorization_v1",
            realm.name
        ),
        payload: Value::Map(
            payload
                .into_iter()
                .map(|(key, text)| (Value::text(key), Value::text(text.clone())))
                .collect(),
        ),
        timeout: PATIENCE,
        ..Call::default()
    };
    let pool = pool.clone();
    match shielded(async move { pool.call(call).await }).await {
        Ok(_) => ClaimState::Issued,
        // The code differs between releases of the realm; the detail does not.
        Err(PoolError::Link(LinkError::Provider {
            detail: Some(detail),
            ..
        })) if detail == NOT_ADMITTED => ClaimState::Pending,
        Err(error) => ClaimState::NotDelivered(error.to_string()),
    }
}

fn report(state: &ClaimState, realm: &Realm, labels: &ClaimLabels, retry: Duration) {
    let org = &labels.org;
    let realm = hex::encode(realm.id);
    match state {
        ClaimState::Issued => {
            tracing::info!(
                org,
                realm,
                "the realm has granted this node to provide for its org"
            );
        }
        ClaimState::Pending => tracing::warn!(
            org,
            realm,
            "the realm has not admitted this node yet: its operator must grant it; it is asked again about every {retry:?}"
        ),
        ClaimState::NotDelivered(reason) => tracing::warn!(
            org,
            realm,
            "the realm did not take the claim to provide for the org, and is asked again about every {retry:?}: {reason}"
        ),
        ClaimState::NoMesh | ClaimState::Unsent => {}
    }
}
