//! Routes in use.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::route::{Node, Route, RouteKey};

/// Maximum number of routes in the table. When full, the route that expires first is removed.
const MAX_ROUTES: usize = 4096;

/// Routes on which providers answered, each until its advertisement expires.
#[derive(Debug, Default)]
pub(super) struct RouteTable(Mutex<HashMap<RouteKey, Route>>);

impl RouteTable {
    fn lock(&self) -> MutexGuard<'_, HashMap<RouteKey, Route>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get(&self, key: &RouteKey) -> Option<Route> {
        let route = self.lock().get(key).cloned();
        route.filter(Route::is_valid)
    }

    pub(super) fn insert(&self, key: RouteKey, route: Route) {
        let mut routes = self.lock();
        if routes.len() >= MAX_ROUTES && !routes.contains_key(&key) {
            let first = routes.iter().min_by_key(|(_, route)| route.expires_at);
            if let Some(first) = first.map(|(key, _)| key.clone()) {
                routes.remove(&first);
            }
        }
        routes.insert(key, route);
    }

    pub(super) fn remove(&self, key: &RouteKey) {
        self.lock().remove(key);
    }

    /// Removes the routes of the procedure to `node`.
    pub(super) fn remove_node(&self, procedure: &str, node: Node) {
        self.lock()
            .retain(|key, route| key.procedure != procedure || route.node != node);
    }
}

#[cfg(test)]
mod tests {
    use super::super::route::tests::route;
    use super::*;

    fn key(procedure: &str, provider: u8) -> RouteKey {
        RouteKey::new([1; 32], procedure, [provider; 32])
    }

    #[test]
    fn a_full_table_drops_the_route_that_expires_first() {
        let table = RouteTable::default();
        let expires_in = |n: usize| Route {
            expires_at: i64::MAX as u64 - n as u64,
            ..route(1, None)
        };
        for n in 0..=MAX_ROUTES {
            table.insert(key(&format!("acme/p{n}"), 0), expires_in(n));
        }
        assert_eq!(table.lock().len(), MAX_ROUTES);
        let last_but_one = format!("acme/p{}", MAX_ROUTES - 1);
        assert_eq!(table.get(&key(&last_but_one, 0)), None);
        assert!(table.get(&key("acme/p0", 0)).is_some());
    }

    #[test]
    fn an_expired_route_is_not_used() {
        let table = RouteTable::default();
        let expired = Route {
            expires_at: 1,
            ..route(1, None)
        };
        table.insert(key("acme/read", 0), expired);
        assert_eq!(table.get(&key("acme/read", 0)), None);
    }

    #[test]
    fn the_routes_to_one_node_are_removed_under_every_key() {
        let table = RouteTable::default();
        table.insert(key("acme/read", 0), route(1, None));
        table.insert(key("acme/read", 1), route(1, None));
        table.insert(key("acme/read", 2), route(2, None));
        table.insert(key("acme/write", 1), route(1, None));
        table.remove_node("acme/read", [1; 32]);
        assert_eq!(table.get(&key("acme/read", 0)), None);
        assert_eq!(table.get(&key("acme/read", 1)), None);
        assert!(table.get(&key("acme/read", 2)).is_some());
        assert!(table.get(&key("acme/write", 1)).is_some());
    }
}
