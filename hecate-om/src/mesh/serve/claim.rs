//! Boot claim: this node requests to become a provider of its org.
//!
//! Calls `<realm name>/_realm/_realm/identity/request_provider_authorization_v1` with the org, and
//! with two labels for the realm's operator, who decides. The verified node id of the caller
//! identifies the node; there is no token.

use std::sync::Arc;
use std::time::Duration;

use macula_rust::cbor::Value;
use macula_rust::pool::{Call, PoolError};
use macula_rust::station_link::LinkError;
use tokio::sync::{Notify, watch};

use super::status::{ClaimState, StatusTable};
use crate::backoff::{BackoffPolicy, jittered};
use crate::clock::Clock;
use crate::config::RealmConfig;
use crate::mesh::connection::{NODE_NOT_ADMITTED, Router};

/// Timeout of one claim, as in hecate-om (Erlang).
const TIMEOUT: Duration = Duration::from_secs(15);
/// Shortest delay between an issued claim and the next claim, which is sent if the grant cannot be
/// found.
const REISSUE: Duration = Duration::from_secs(5);

/// Labels of the claim, for the realm's operator.
#[derive(Debug, Clone)]
pub(crate) struct ClaimLabels {
    pub(crate) org: String,
    pub(crate) service_name: String,
    pub(crate) box_name: String,
}

/// Signals between the claim and the publication of capabilities.
#[derive(Debug, Default)]
pub(in crate::mesh) struct ClaimSignals {
    /// Number of answers. Publication waits for the first answer, and retries at once after each
    /// answer.
    pub(in crate::mesh) answers: watch::Sender<u64>,
    /// Notified when an issued grant cannot be found.
    pub(in crate::mesh) grant_missing: Notify,
}

/// Sends the claim until cancelled. A claim that is not issued is sent again after about `retry`.
pub(in crate::mesh) async fn claim(
    router: Router,
    realm: RealmConfig,
    labels: ClaimLabels,
    statuses: Arc<StatusTable>,
    signals: Arc<ClaimSignals>,
    retry: Duration,
    clock: Clock,
) {
    // The delay grows, so that a realm that issues claims but publishes no grant is not overloaded.
    let mut reissue = BackoffPolicy::new(REISSUE.min(retry), 2.0, retry).start();
    loop {
        let state = request(&router, &realm, &labels).await;
        let issued = state == ClaimState::Issued;
        if statuses.set_claim(state.clone()) {
            report(&state, &realm, &labels, retry);
        }
        signals.answers.send_modify(|n| *n += 1);
        if issued {
            signals.grant_missing.notified().await;
            if statuses.all_acknowledged() {
                reissue.reset();
            }
            clock.sleep(reissue.next_delay()).await;
        } else {
            clock.sleep(jittered(retry)).await;
        }
    }
}

/// Sends the claim once, and returns its state.
async fn request(router: &Router, realm: &RealmConfig, labels: &ClaimLabels) -> ClaimState {
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
        timeout: TIMEOUT,
        ..Call::default()
    };
    match router.call(call).await {
        Ok(_) => ClaimState::Issued,
        // The code differs between realm releases; the detail does not.
        Err(PoolError::Link(LinkError::Provider {
            detail: Some(detail),
            ..
        })) if detail == NODE_NOT_ADMITTED => ClaimState::Pending,
        Err(error) => ClaimState::NotDelivered(error.to_string()),
    }
}

fn report(state: &ClaimState, realm: &RealmConfig, labels: &ClaimLabels, retry: Duration) {
    let org = &labels.org;
    let realm = hex::encode(realm.id);
    match state {
        ClaimState::Issued => {
            tracing::info!(org, realm, "the realm has admitted this node to the org");
        }
        ClaimState::Pending => tracing::warn!(
            org,
            realm,
            retry = ?retry,
            "the realm has not admitted this node yet; its operator must"
        ),
        ClaimState::NotDelivered(reason) => tracing::warn!(
            org,
            realm,
            retry = ?retry,
            reason,
            "the realm did not accept the claim to provide for the org; retrying"
        ),
        ClaimState::NoMesh | ClaimState::Unsent => {}
    }
}
