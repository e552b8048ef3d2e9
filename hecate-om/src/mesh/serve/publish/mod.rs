//! Publication: the claim, and the offer of each capability at each station.

mod capability_offer;
mod flow_offer;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::claim::{self, ClaimLabels, ClaimSignals};
use super::reachability;
use super::sealing::Sealing;
use super::serving::Serving;
use super::status::StatusTable;
use crate::capability::{Access, Registry};
use crate::clock::Clock;
use crate::config::{Profile, RealmConfig};
use crate::mesh::connection::{Links, report};
use crate::mesh::stream::FlowTable;
use capability_offer::CapabilityOffer;
use flow_offer::FlowOffer;

/// Publisher of the node's capabilities.
#[derive(Debug, Clone)]
pub(crate) struct Publisher {
    pub(crate) registry: Arc<Registry>,
    pub(crate) statuses: Arc<StatusTable>,
    pub(crate) realm: RealmConfig,
    pub(crate) profile: Profile,
    pub(crate) labels: ClaimLabels,
    /// Access policy of capabilities that declare none.
    pub(crate) default_access: Access,
    pub(crate) sealing: Sealing,
    /// Delay before a refused claim is sent again, and longest delay before a refused token request
    /// is sent again.
    pub(crate) claim_retry: Duration,
    /// Clock for these delays.
    pub(crate) clock: Clock,
}

impl Publisher {
    /// Serves the capabilities on all current and future links.
    pub(crate) fn serve(self, links: Links) -> Serving {
        let Links {
            pool,
            router,
            mut events,
        } = links;
        let serving = Serving::default();
        let claim_signals = Arc::<ClaimSignals>::default();
        serving.spawn(claim::claim(
            router,
            self.realm.clone(),
            self.labels.clone(),
            Arc::clone(&self.statuses),
            Arc::clone(&claim_signals),
            self.claim_retry,
            self.clock.clone(),
        ));
        serving.spawn(async move {
            let mut reported = HashMap::new();
            while let Some(event) = events.recv().await {
                report(event, &mut reported);
            }
        });
        let statuses = Arc::clone(&self.statuses);
        serving.watch(&pool, move |link| {
            reachability::watch(link, Arc::clone(&statuses))
        });
        let flows = FlowTable::new(serving.withdrawn());
        if !self.registry.streams().is_empty() {
            let offer = FlowOffer {
                flows: flows.clone(),
                realm: self.realm.id,
                node: pool.node_id(),
            };
            // Never withdrawn, because a drain also waits for streams in progress. The offer ends
            // with the pool.
            Serving::default().serve(&pool, vec![offer], &self.clock);
        }
        let publisher = Arc::new(self);
        let offers = publisher.registry.iter();
        let offers = offers.map(|(procedure, dispatcher)| CapabilityOffer {
            publisher: Arc::clone(&publisher),
            claim_signals: Arc::clone(&claim_signals),
            flows: flows.clone(),
            procedure: procedure.to_owned(),
            dispatcher: Arc::clone(dispatcher),
        });
        serving.serve(&pool, offers.collect(), &publisher.clock);
        serving
    }
}
