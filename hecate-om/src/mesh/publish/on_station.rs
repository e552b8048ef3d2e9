//! One capability on one link to a station: served, and again whenever that ends, until it is withdrawn.

use std::sync::Arc;

use macula_rust::node_key::key_id_of;
use macula_rust::record::{self, RecordError};
use macula_rust::station_link::{Link, LinkError, Offer, Request, Served, handler};
use macula_rust::ucan::Policy;

use super::{
    CLAIM_FIRST, PAUSE, SOON, Stations, TRY, TRY_AGAIN, TRY_AGAIN_SOON, WITHDRAW, WITHOUT_PAUSE,
};
use crate::backoff::jittered;
use crate::capability::{Access, Dispatcher};
use crate::config::{Profile, Realm};
use crate::mesh::board::Cause;
use crate::mesh::codec::Payload;
use crate::mesh::ucan::call;
use crate::mesh::{macula_profile, stream};

/// One capability on one link.
pub(super) struct OnStation {
    pub(super) stations: Stations,
    pub(super) link: Link,
    pub(super) station: [u8; 32],
    pub(super) procedure: String,
    pub(super) dispatcher: Arc<Dispatcher>,
}

impl OnStation {
    pub(super) async fn run(self) {
        let withdrawn = self.stations.withdrawn.clone();
        let mut answers = self.stations.claiming.answers.subscribe();
        tokio::select! {
            _ = answers.wait_for(|answered| *answered > 0) => {}
            // A grant of old may still hold where the realm is silent.
            () = tokio::time::sleep(CLAIM_FIRST) => {}
            _ = self.link.done() => return,
            () = withdrawn.cancelled() => return,
        }
        let (mut failures, mut lost) = (0, false);
        while self.link.error().is_none() && !withdrawn.is_cancelled() {
            answers.mark_unchanged();
            match self.serve(lost).await {
                Ok(served) => {
                    (failures, lost) = (0, false);
                    let ended = tokio::select! {
                        why = served.done() => why,
                        () = withdrawn.cancelled() => {
                            self.withdraw(&served).await;
                            return;
                        }
                    };
                    self.stations
                        .publisher
                        .board
                        .ended(&self.procedure, self.station);
                    // A link that ends says so itself, once for all that it carried.
                    if self.link.error().is_none() {
                        lost = true;
                        tracing::warn!(
                            procedure = self.procedure,
                            "no longer served at a station: {ended}"
                        );
                    }
                }
                Err(_) if withdrawn.is_cancelled() => return,
                Err(cause) => {
                    failures += 1;
                    self.failed(&cause);
                }
            }
            let pause = match failures <= SOON {
                true => TRY_AGAIN_SOON,
                false => TRY_AGAIN,
            };
            tokio::select! {
                () = self.stations.publisher.clock.sleep(jittered(pause)) => {}
                _ = answers.changed() => {}
                _ = self.link.done() => return,
                () = withdrawn.cancelled() => return,
            }
        }
    }

    /// Serves it; `lost` where it was said that it no longer is.
    async fn serve(&self, lost: bool) -> Result<Served, Cause> {
        let withdrawn = &self.stations.withdrawn;
        let leaving = || Cause::Other("the service is shutting down".into());
        let turn = tokio::select! {
            biased;
            () = withdrawn.cancelled() => return Err(leaving()),
            turn = self.stations.at_once.acquire() => turn.map_err(|_| leaving())?,
        };
        let serving = self.link.serve(self.offer());
        tokio::pin!(serving);
        let served = tokio::select! {
            served = &mut serving => served,
            // What the station may have taken already must be withdrawn, so it is waited for, briefly.
            () = withdrawn.cancelled() => {
                tokio::time::timeout(WITHDRAW, serving).await.map_err(|_| leaving())?
            }
            () = tokio::time::sleep(TRY) => Err(LinkError::AlreadyServed),
        };
        let served = match served {
            // The link holds a serving that nobody renews: only a fresh link is rid of it.
            Err(LinkError::AlreadyServed) => {
                // The pool dials again whatever comes of the goodbye.
                let _ = self.link.close("serving got stuck").await;
                return Err(Cause::Other(
                    "the station did not answer; the link is made anew".into(),
                ));
            }
            Err(LinkError::RecordNotFound) => return Err(self.ungranted().await),
            served => served.map_err(|error| cause(&error))?,
        };
        let publisher = &self.stations.publisher;
        if publisher.board.acknowledged(&self.procedure, self.station) || lost {
            tracing::info!(procedure = self.procedure, "served now");
        }
        if publisher.registry.len() > WITHOUT_PAUSE {
            tokio::select! {
                () = publisher.clock.spread(jittered(PAUSE)) => {}
                () = withdrawn.cancelled() => {}
            }
        }
        drop(turn);
        Ok(served)
    }

    /// Which of the realm's records is missing, in upstream's words.
    async fn ungranted(&self) -> Cause {
        let publisher = &self.stations.publisher;
        let slot = record::org_directory_key(&publisher.realm.id, publisher.board.org());
        match self.link.find_record(&slot).await {
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

    fn failed(&self, cause: &Cause) {
        if matches!(cause, Cause::Grant(_) | Cause::Ungranted(_)) {
            self.stations.claiming.lost.notify_one();
        }
        if self
            .stations
            .publisher
            .board
            .failed(&self.procedure, self.station, cause)
        {
            tracing::warn!(
                procedure = self.procedure,
                station = hex::encode(self.station),
                "not served, and tried again: {}",
                cause.text()
            );
        }
    }

    async fn withdraw(&self, served: &Served) {
        match tokio::time::timeout(WITHDRAW, served.stop()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(procedure = self.procedure, "not withdrawn: {error}"),
            Err(_) => tracing::warn!(
                procedure = self.procedure,
                "not withdrawn within {WITHDRAW:?}"
            ),
        }
        self.stations
            .publisher
            .board
            .ended(&self.procedure, self.station);
    }

    fn offer(&self) -> Offer {
        let publisher = &self.stations.publisher;
        let dispatcher = Arc::clone(&self.dispatcher);
        let access = dispatcher
            .capability
            .access
            .unwrap_or(publisher.default_access);
        let gated = access != Access::Open;
        let (confidential, keyed_since_ms) = publisher.sealing.of(&dispatcher.capability);
        let offer = match stream::mode(dispatcher.capability.kind) {
            Some(mode) => stream::offer(
                publisher.realm.id,
                &self.procedure,
                mode,
                &dispatcher,
                gated,
                &self.stations.flows,
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

    fn call_offer(&self, dispatcher: Arc<Dispatcher>, gated: bool) -> Offer {
        let handler = handler(move |request: Request| {
            let dispatcher = Arc::clone(&dispatcher);
            async move {
                let call = call(&request, gated).map_err(|refusal| refusal.to_detail())?;
                dispatcher
                    .dispatch(Payload(request.payload), call)
                    .await
                    .map(|payload| payload.0)
                    .map_err(|refusal| refusal.to_detail())
            }
        });
        let realm = self.stations.publisher.realm.id;
        Offer::unary(realm, &self.procedure, handler)
    }
}

/// What macula enforces for an access. An issuer that is no node id was refused at boot.
fn policy(access: Access, realm: &Realm, profile: Profile) -> Option<Policy> {
    match access {
        Access::Open => None,
        Access::RealmMember { can } => Some(Policy::RealmMemberRequired {
            key_id: key_id_of(&realm.key, macula_profile(profile)),
            can: can.to_owned(),
        }),
        Access::Ucan { issuer } => {
            let mut id = [0; 32];
            // The grammar takes 64 hex digits only; were it otherwise, nobody has the id of zeros.
            let _ = hex::decode_to_slice(issuer, &mut id);
            Some(Policy::UcanRequired { issuer: id })
        }
    }
}

fn cause(error: &LinkError) -> Cause {
    match error {
        LinkError::Record(RecordError::AuthorizationOutlived) => {
            Cause::Grant("the realm's grant for this node has run out; the realm must renew it")
        }
        LinkError::RegisterRefused { reason, .. } if reason == "not_authorized" => {
            Cause::Grant("the station does not accept the realm's grant for this node")
        }
        other => Cause::Other(other.to_string()),
    }
}
