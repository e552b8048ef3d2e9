//! Serving: each capability on each station, by a task of its own, served again whenever it ends.

mod on_station;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use macula_rust::pool::{LinkEvent, Pool};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Links;
use super::board::Board;
use super::claim::{self, Claiming, Labels};
use super::connect::report;
use super::reachability;
use super::sealing::Sealing;
use super::stream::Flows;
use crate::capability::{Access, Registry};
use crate::clock::Clock;
use crate::config::{Profile, Realm};
use on_station::OnStation;

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
        let board = Arc::clone(&self.publisher.board);
        tokio::spawn(reachability::watch(link.clone(), station, board));
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
