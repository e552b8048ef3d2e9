//! Offer of the flow-control procedure of streams on each link.

use std::time::Duration;

use macula_rust::station_link::{Link, Offer};

use crate::backoff::BackoffPolicy;
use crate::mesh::serve::serving::{Change, LinkOffer};
use crate::mesh::stream::FlowTable;

/// Offer of the procedure by which both ends of a stream report consumed items.
pub(super) struct FlowOffer {
    pub(super) flows: FlowTable,
    pub(super) realm: [u8; 32],
    pub(super) node: [u8; 32],
}

impl LinkOffer for FlowOffer {
    const RETRY: BackoffPolicy =
        BackoffPolicy::new(Duration::from_secs(1), 2.0, Duration::from_secs(30));

    fn offer(&self) -> Offer {
        self.flows.offer(self.realm, &self.node)
    }

    async fn notify(&self, _: &Link, change: Change) {
        if let Change::Failed(error) | Change::Lost(error) = change {
            tracing::debug!(%error, "flow control of streams not served at a station");
        }
    }
}
