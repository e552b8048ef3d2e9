//! Serving: each capability on each station, by a task of its own, served again whenever it ends.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use macula_rust::node_key::key_id_of;
use macula_rust::pool::{LinkEvent, Pool};
use macula_rust::record::{self, RecordError};
use macula_rust::station_link::{Link, LinkError, Offer, Request, Served, handler};
use macula_rust::ucan::Policy;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::board::{Board, Cause};
use super::claim::{self, Claiming, Labels};
use super::codec::Payload;
use super::connect::report;
use super::sealing::Sealing;
use super::stream::{self, Flows};
use super::ucan::call;
use super::{Links, jittered, macula_profile};
use crate::capability::{Access, Dispatcher, Registry};
use crate::clock::Clock;
use crate::config::{Profile, Realm};

/// How many advertisements are made at once. Each takes three DHT calls and two signatures; more at a time would
/// slow the calls of everyone on the station, and their renewals would come together, too.
const AT_ONCE: usize = 4;
/// How long until a capability that could not be served is tried again (upstream's tick, 27 to 33 s).
const TRY_AGAIN: Duration = Duration::from_secs(30);
/// How long until it is tried again at first: a grant reaches the DHT seconds after it was issued.
const TRY_AGAIN_SOON: Duration = Duration::from_secs(1);
/// How many of the tries come soon.
const SOON: u32 = 3;
/// How long one try may take at the very most: each of its steps has a limit of its own, together 45 s.
const TRY: Duration = Duration::from_secs(120);
/// How many advertisements on a link are made without a pause. Renewals come at the pace of the first
/// advertisements, half a lifetime later: those beyond are spread, so that they do not come in one burst.
const WITHOUT_PAUSE: usize = 32;
/// The pause after each of the others, per place.
const PAUSE: Duration = Duration::from_millis(100);
/// How long the first claim is waited for: what it brings about would else be tried in vain, and logged.
const CLAIM_FIRST: Duration = Duration::from_secs(2);
/// How long a withdrawal may take while draining.
const WITHDRAW: Duration = Duration::from_secs(5);

/// What serving needs to know.
#[derive(Debug, Clone)]
pub(crate) struct Publisher {
    pub(crate) registry: Arc<Registry>,
    pub(crate) board: Arc<Board>,
    pub(crate) realm: Realm,
    pub(crate) profile: Profile,
    pub(crate) labels: Labels,
    /// Who may call what does not say.
    pub(crate) default_access: Access,
    pub(crate) sealing: Sealing,
    /// How long until a claim that is not issued is made again, and at most until the realm is asked again for
    /// authority that it has not given.
    pub(crate) claim_retry: Duration,
    /// By which it waits before it tries or asks again.
    pub(crate) clock: Clock,
}

/// The serving under way.
#[derive(Debug)]
pub(crate) struct Serving {
    tasks: TaskTracker,
    withdrawn: CancellationToken,
}

impl Serving {
    /// Withdraws every capability from every station, and returns once the stations have taken it: the tombstone
    /// they answer for follows the UNADVERTISE on the same stream, so nothing is routed here after.
    pub(crate) async fn withdraw(self) {
        self.withdrawn.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Publisher {
    /// Serves on the links that are up and on those that come.
    pub(crate) fn serve(self, links: Links) -> Serving {
        let serving = Serving {
            tasks: TaskTracker::new(),
            withdrawn: CancellationToken::new(),
        };
        let stations = Stations {
            publisher: Arc::new(self),
            pool: links.pool.clone(),
            claiming: Arc::default(),
            flows: Flows::default(),
            at_once: Arc::new(Semaphore::new(AT_ONCE)),
            tasks: serving.tasks.clone(),
            withdrawn: serving.withdrawn.clone(),
        };
        serving.tasks.spawn(stations.follow(links));
        serving
    }
}

/// Follows the links of a pool.
#[derive(Clone)]
struct Stations {
    publisher: Arc<Publisher>,
    pool: Pool,
    claiming: Arc<Claiming>,
    flows: Flows,
    at_once: Arc<Semaphore>,
    tasks: TaskTracker,
    withdrawn: CancellationToken,
}

impl Stations {
    async fn follow(self, mut links: Links) {
        let publisher = &self.publisher;
        let claim = claim::claim(
            self.pool.clone(),
            publisher.realm.clone(),
            publisher.labels.clone(),
            Arc::clone(&publisher.board),
            Arc::clone(&self.claiming),
            publisher.claim_retry,
            publisher.clock.clone(),
        );
        let withdrawn = self.withdrawn.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = claim => {}
                () = withdrawn.cancelled() => {}
            }
        });
        let mut served = HashSet::new();
        let mut down = HashMap::new();
        for status in self.pool.status() {
            if status.up && !status.direct {
                self.linked(status.station, &mut served).await;
            }
        }
        loop {
            let event = tokio::select! {
                event = links.events.recv() => event,
                () = self.withdrawn.cancelled() => return,
            };
            match event {
                None => return,
                // A direct link is made for a call; nothing is served there.
                Some(LinkEvent { direct: true, .. }) => {}
                Some(LinkEvent {
                    station, up: true, ..
                }) => {
                    down.remove(&station);
                    self.linked(station, &mut served).await;
                }
                Some(event) => report(event, &mut down),
            }
        }
    }

    /// Serves everything on the link to `station`, unless that is done already.
    async fn linked(&self, station: [u8; 32], served: &mut HashSet<u64>) {
        let Ok(link) = self.pool.link_to(&station).await else {
            return;
        };
        if !served.insert(link.serial()) {
            return;
        }
        tracing::info!(station = hex::encode(station), "linked to a station");
        if !self.publisher.registry.streams().is_empty() {
            let flows = self.flows.clone();
            // It is there until the link ends: streams under way are drained, too.
            tokio::spawn(flows.serve(link.clone(), self.publisher.realm.id, self.pool.node_id()));
        }
        for (procedure, dispatcher) in self.publisher.registry.iter() {
            let serving = OnStation {
                stations: self.clone(),
                link: link.clone(),
                station,
                procedure: procedure.to_owned(),
                dispatcher: Arc::clone(dispatcher),
            };
            self.tasks.spawn(serving.run());
        }
    }
}

/// One capability on one link.
struct OnStation {
    stations: Stations,
    link: Link,
    station: [u8; 32],
    procedure: String,
    dispatcher: Arc<Dispatcher>,
}

impl OnStation {
    async fn run(self) {
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
