//! Publishing: the claim, and each capability offered at each station.

mod capability_offer;
mod flow_offer;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::board::Board;
use super::claim::{self, Claiming, Labels};
use super::reachability;
use super::sealing::Sealing;
use super::serving::Serving;
use crate::capability::{Access, Registry};
use crate::clock::Clock;
use crate::config::{Profile, Realm};
use crate::mesh::connection::Links;
use crate::mesh::connection::report;
use crate::mesh::stream::FlowTable;
use capability_offer::CapabilityOffer;
use flow_offer::FlowOffer;

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

impl Publisher {
    /// Serves on the links that are up and on those that come.
    pub(crate) fn serve(self, links: Links) -> Serving {
        let Links { pool, mut events } = links;
        let serving = Serving::default();
        let claiming = Arc::<Claiming>::default();
        serving.spawn(claim::claim(
            pool.clone(),
            self.realm.clone(),
            self.labels.clone(),
            Arc::clone(&self.board),
            Arc::clone(&claiming),
            self.claim_retry,
            self.clock.clone(),
        ));
        serving.spawn(async move {
            let mut reported = HashMap::new();
            while let Some(event) = events.recv().await {
                report(event, &mut reported);
            }
        });
        let board = Arc::clone(&self.board);
        serving.watch(&pool, move |link| {
            reachability::watch(link, Arc::clone(&board))
        });
        let flows = FlowTable::new(serving.withdrawn());
        if !self.registry.streams().is_empty() {
            let offer = FlowOffer {
                flows: flows.clone(),
                realm: self.realm.id,
                node: pool.node_id(),
            };
            // Never withdrawn, because streams in progress are also drained. It ends with the pool.
            Serving::default().serve(&pool, vec![offer], &self.clock);
        }
        let publisher = Arc::new(self);
        let offers = publisher.registry.iter();
        let offers = offers.map(|(procedure, dispatcher)| CapabilityOffer {
            publisher: Arc::clone(&publisher),
            claiming: Arc::clone(&claiming),
            flows: flows.clone(),
            procedure: procedure.to_owned(),
            dispatcher: Arc::clone(dispatcher),
        });
        serving.serve(&pool, offers.collect(), &publisher.clock);
        serving
    }
}
