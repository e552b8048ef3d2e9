//! Choice of the provider for a call with a key.

use std::time::Duration;

use tokio::time::Instant;

use super::balancer::{LoadBalancer, MIN_STATION_WAIT};
use super::{CallOutcome, Node, RECHECK_INTERVAL, SharedList, Unavailable};
use crate::mesh::connection::Uplink;
use crate::rendezvous;

impl LoadBalancer<'_> {
    /// Returns the provider for a call with a key: the first one by the key's rendezvous hash whose
    /// station can be linked. A busy provider is not passed over, because it may have run an earlier
    /// call with the key. Uses at most `try_timeout`.
    pub(in crate::mesh) async fn pick_by_key(
        &mut self,
        up: &Uplink,
        key: &str,
        try_timeout: Duration,
    ) -> Result<Node, Unavailable> {
        let until = Instant::now() + try_timeout;
        let known = self.known().clone();
        if needs_lookup(&known) {
            known.refreshed(up, self.procedure, try_timeout / 2).await;
        }
        let nodes = known.lock().nodes();
        let nodes = in_order(self.procedure, key, nodes, &self.avoided);
        for (at, node) in nodes.iter().enumerate() {
            let stations = known.lock().stations(node);
            let (linked, _) = up.router.linked();
            let since = Instant::now();
            let remaining = until.saturating_duration_since(since);
            let share = remaining / (nodes.len() - at) as u32;
            let timeout = share.max(MIN_STATION_WAIT).min(remaining);
            if stations.iter().any(|station| linked.contains(station))
                || up.router.any_linked(&stations, timeout).await
            {
                return Ok(*node);
            }
            self.avoided.push(*node);
            let now = Instant::now();
            known
                .lock()
                .record_outcome(node, CallOutcome::Gone, since, now);
        }
        // The next try starts over.
        self.avoided.clear();
        Err(Unavailable::NoProvider)
    }
}

/// Returns whether the list must be complete before a provider is chosen, because callers with
/// different lists may choose different providers.
fn needs_lookup(known: &SharedList) -> bool {
    let peers = known.lock();
    let now = Instant::now();
    let is_recent = peers
        .empty_for(now)
        .is_none_or(|age| age < RECHECK_INTERVAL);
    peers.needs_lookup(now) || !is_recent
}

/// Returns the providers in the order in which calls with the key try them.
fn in_order(procedure: &str, key: &str, nodes: Vec<Node>, avoided: &[Node]) -> Vec<Node> {
    let key = [procedure, key].join("\0");
    let mut nodes = rendezvous::order(key.as_bytes(), nodes);
    nodes.retain(|node| !avoided.contains(node));
    nodes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_with_a_key_try_the_same_providers_in_the_same_order() {
        let nodes = || (0..5).map(|id| [id; 32]).collect::<Vec<_>>();
        let order = in_order("org/pay", "order-7", nodes(), &[]);
        let mut reversed = nodes();
        reversed.reverse();
        assert_eq!(in_order("org/pay", "order-7", reversed, &[]), order);
        assert_eq!(
            in_order("org/pay", "order-7", nodes(), &order[..1]),
            order[1..]
        );
    }

    #[test]
    fn keys_and_procedures_are_spread_over_the_providers() {
        let first = |procedure: &str, key: &str| {
            let nodes = (0..3).map(|id| [id; 32]).collect();
            in_order(procedure, key, nodes, &[])[0][0]
        };
        let mut by_key = std::collections::BTreeSet::new();
        let mut by_procedure = by_key.clone();
        for number in 0..50 {
            by_key.insert(first("org/pay", &format!("order-{number}")));
            by_procedure.insert(first(&format!("org/pay{number}"), "order"));
        }
        assert_eq!((by_key.len(), by_procedure.len()), (3, 3));
    }
}
