//! Offer of one capability on each link.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use macula_rust::node_key::key_id_of;
use macula_rust::record::{self, RecordError};
use macula_rust::station_link::{Link, LinkError, Offer, Request, handler};
use macula_rust::ucan::Policy;

use super::Publisher;
use crate::backoff::BackoffPolicy;
use crate::capability::{Access, Dispatcher};
use crate::codec::Payload;
use crate::config::{Profile, RealmConfig};
use crate::mesh::connection::claims::call_context;
use crate::mesh::connection::{macula_profile, shielded};
use crate::mesh::serve::claim::ClaimSignals;
use crate::mesh::serve::serving::{Change, LinkOffer};
use crate::mesh::serve::status::Cause;
use crate::mesh::stream::{self, FlowTable};

/// Timeout for the first claim, before the first attempt to publish. An attempt without a claim
/// would fail and be logged.
const CLAIM_FIRST: Duration = Duration::from_secs(2);

/// Offer of one capability.
pub(super) struct CapabilityOffer {
    pub(super) publisher: Arc<Publisher>,
    pub(super) claim_signals: Arc<ClaimSignals>,
    pub(super) flows: FlowTable,
    pub(super) procedure: String,
    pub(super) dispatcher: Arc<Dispatcher>,
}

impl LinkOffer for CapabilityOffer {
    /// The first delays are short, because a grant reaches the DHT seconds after it is issued. The
    /// last delay is the advertise interval of hecate-om (Erlang).
    const RETRY: BackoffPolicy =
        BackoffPolicy::new(Duration::from_secs(1), 2.0, Duration::from_secs(30));

    fn offer(&self) -> Offer {
        let publisher = &self.publisher;
        let dispatcher = Arc::clone(&self.dispatcher);
        let access = dispatcher
            .capability
            .access
            .unwrap_or(publisher.default_access);
        let gated = access.needs_token();
        let (confidential, keyed_since_ms) =
            publisher.sealing.confidentiality(&dispatcher.capability);
        let offer = match stream::mode(dispatcher.capability.kind) {
            Some(mode) => stream::offer(
                publisher.realm.id,
                &self.procedure,
                mode,
                &dispatcher,
                gated,
                &self.flows,
            ),
            None => self.call_offer(dispatcher, gated),
        };
        Offer {
            realm_key: Some(publisher.realm.key.clone()),
            policy: policy(access, &publisher.realm, publisher.profile),
            confidential,
            keyed_since_ms,
            ..offer
        }
    }

    async fn ready(&self) {
        let mut answers = self.claim_signals.answers.subscribe();
        // With a timeout, because an earlier grant may still be valid if the realm does not answer.
        let answered = answers.wait_for(|answered| *answered > 0);
        let _ = tokio::time::timeout(CLAIM_FIRST, answered).await;
    }

    fn retry_event(&self) -> impl Future<Output = ()> + Send {
        let mut answers = self.claim_signals.answers.subscribe();
        async move {
            // This offer owns the sender, so the wait cannot fail.
            let _ = answers.changed().await;
        }
    }

    async fn notify(&self, link: &Link, change: Change) {
        let (statuses, procedure) = (&self.publisher.statuses, &self.procedure);
        let station = link.station_node_id();
        match change {
            Change::Served { again } => {
                if statuses.acknowledged(procedure, station) || again {
                    tracing::info!(procedure, "served now");
                }
            }
            Change::Failed(error) => self.failed(link, error).await,
            Change::Lost(error) => {
                statuses.ended(procedure, station);
                tracing::warn!(procedure, station = hex::encode(station), %error, "no longer served at a station");
            }
            Change::Ended => statuses.ended(procedure, station),
        }
    }
}

impl CapabilityOffer {
    async fn failed(&self, link: &Link, error: LinkError) {
        let cause = if error == LinkError::RecordNotFound {
            self.ungranted(link).await
        } else {
            cause(&error)
        };
        if matches!(cause, Cause::Grant(_) | Cause::Ungranted(_)) {
            self.claim_signals.grant_missing.notify_one();
        }
        let station = link.station_node_id();
        if self
            .publisher
            .statuses
            .failed(&self.procedure, station, &cause)
        {
            tracing::warn!(
                procedure = self.procedure,
                station = hex::encode(station),
                reason = cause.text(),
                "not served at a station; retrying"
            );
        }
    }

    /// Returns which record of the realm is missing, with the names of hecate-om (Erlang).
    async fn ungranted(&self, link: &Link) -> Cause {
        let publisher = &self.publisher;
        let slot = record::org_directory_key(&publisher.realm.id, publisher.statuses.org());
        let link = link.clone();
        match shielded(async move { link.find_record(&slot).await }).await {
            Ok(_) => Cause::Ungranted(
                "operator_must_grant: the realm has published no grant for this node; the realm's operator must \
                 admit it to the org",
            ),
            Err(LinkError::RecordNotFound) => Cause::Grant(
                "realm_has_not_published: the realm has published nothing of the org; it does once its operator has \
                 admitted a node to it",
            ),
            Err(other) => cause(&other),
        }
    }

    fn call_offer(&self, dispatcher: Arc<Dispatcher>, gated: bool) -> Offer {
        let handler = handler(move |request: Request| {
            let dispatcher = Arc::clone(&dispatcher);
            async move {
                let call = call_context(&request, gated).map_err(|refusal| refusal.to_detail())?;
                dispatcher
                    .dispatch(Payload(request.payload), call)
                    .await
                    .map(|payload| payload.0)
                    .map_err(|refusal| refusal.to_detail())
            }
        });
        Offer::unary(self.publisher.realm.id, &self.procedure, handler)
    }
}

/// Returns the policy that macula-rust enforces for an access policy. Boot has refused any issuer
/// that is not a node id.
fn policy(access: Access, realm: &RealmConfig, profile: Profile) -> Option<Policy> {
    match access {
        // The guard checks lists of nodes.
        Access::Open | Access::Nodes { .. } | Access::NodesFrom { .. } | Access::Listed(_) => None,
        Access::RealmMember { permission } => Some(Policy::RealmMemberRequired {
            key_id: key_id_of(&realm.key, macula_profile(profile)),
            can: permission.to_owned(),
        }),
        Access::Ucan { issuer } => {
            let mut id = [0; 32];
            // The grammar accepts only 64 hex digits. If decoding fails nevertheless, the id stays
            // zero, which no node has.
            let _ = hex::decode_to_slice(issuer, &mut id);
            Some(Policy::UcanRequired { issuer: id })
        }
        // Boot has replaced this variant by one with an issuer. The fallback is the zero id, as
        // above.
        Access::UcanFrom { .. } => Some(Policy::UcanRequired { issuer: [0; 32] }),
    }
}

fn cause(error: &LinkError) -> Cause {
    match error {
        LinkError::Record(RecordError::AuthorizationOutlived) => {
            Cause::Grant("the realm's grant for this node has expired; the realm must renew it")
        }
        LinkError::RegisterRefused { reason, .. } if reason == "not_authorized" => {
            Cause::Grant("the station does not accept the realm's grant for this node")
        }
        other => Cause::Other(other.to_string()),
    }
}
