//! Routes calls and streams to providers: looks up the providers, links to their stations, and
//! sends the requests.
//!
//! The SDK's `Pool` also does this, but it dials a station once for each waiting call. A station
//! accepts one link of a node: each further link supersedes the previous link, whose calls fail,
//! and the pool then redials all of them for its whole life. Here, all users of a station share one
//! dial, so every operation that may dial goes through a [`Router`].

mod dials;
#[cfg(all(test, feature = "dev-mesh"))]
mod end_to_end;
mod route;
mod table;

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use macula_rust::cbor::Value;
use macula_rust::pool::{Call, Pool, PoolError, Provider, StreamCall};
use macula_rust::record::{self, Trust};
use macula_rust::station_link::{self, Confidentiality, Link, LinkError, Stream};
use tokio::time::Instant;

use super::profile::macula_profile;
use super::shielded;
use crate::config::{Profile, RealmConfig};
use dials::Dials;
use route::{Node, Route, RouteKey};
use table::RouteTable;

/// Minimum time for dialing one of several stations, unless the call has less time. As in
/// macula-rust.
const MIN_DIAL_TIME: Duration = Duration::from_secs(1);
/// Time for the end of a link to be noticed after a request could not be written to the link.
const LINK_END_NOTICE: Duration = Duration::from_millis(100);

/// Sends calls and streams to providers over the links of one pool. Clones share the links.
#[derive(Clone)]
pub(in crate::mesh) struct Router(Arc<Shared>);

struct Shared {
    pool: Pool,
    trust: Trust,
    dials: Arc<Dials>,
    routes: RouteTable,
}

impl Router {
    pub(super) fn new(pool: Pool, realm: &RealmConfig, profile: Profile) -> Self {
        Self(Arc::new(Shared {
            pool,
            trust: Trust {
                profile: macula_profile(profile),
                realm_key: Some(realm.key.clone()),
            },
            dials: Arc::default(),
            routes: RouteTable::default(),
        }))
    }

    pub(super) fn pool(&self) -> &Pool {
        &self.0.pool
    }

    /// Returns a link to `station`. Dials the station if it is not linked; concurrent callers share
    /// the dial.
    pub(in crate::mesh) async fn link_to(
        &self,
        station: Node,
        deadline: Instant,
    ) -> Result<Link, PoolError> {
        let Shared { pool, dials, .. } = &*self.0;
        dials.link_to(pool, station, deadline).await
    }

    /// Returns the links to the node's own stations that are up, in the configured order.
    pub(in crate::mesh) fn station_links(&self) -> Vec<Link> {
        let pool = &self.0.pool;
        let links = pool.status().into_iter();
        let up = links.filter(|link| link.up && !link.direct);
        up.filter_map(|up| dials::link(pool, up.station)).collect()
    }

    /// Dials `stations` concurrently. Returns whether one of them is linked within `timeout`.
    pub(in crate::mesh) async fn any_linked(&self, stations: &[Node], timeout: Duration) -> bool {
        let Shared { pool, dials, .. } = &*self.0;
        dials.any(pool, stations, timeout).await
    }

    /// Returns the linked stations, and whether links for calls that have another route are
    /// available.
    pub(in crate::mesh) fn linked(&self) -> (HashSet<Node>, bool) {
        dials::linked(&self.0.pool)
    }

    /// Returns node and station of each provider that the realm authorizes, the most recent
    /// advertisement first.
    pub(in crate::mesh) async fn providers(
        &self,
        realm: [u8; 32],
        procedure: &str,
    ) -> Result<Vec<(Node, Node)>, PoolError> {
        let key = RouteKey::new(realm, procedure, route::ANY);
        let routes = self.look_up(&key).await?;
        Ok(routes.into_iter().map(|of| (of.node, of.station)).collect())
    }

    /// Makes a call, at most once. Returns the answer, and the provider. If the future is dropped,
    /// a request that is being sent is sent completely.
    pub(in crate::mesh) fn call(
        &self,
        call: Call,
    ) -> BoxFuture<'_, Result<(Value, Node), PoolError>> {
        // Boxed, because the layout of this future counts towards the `recursion_limit` of the
        // author's crate.
        self.make_call(call).boxed()
    }

    async fn make_call(&self, call: Call) -> Result<(Value, Node), PoolError> {
        let deadline = Instant::now() + call.timeout;
        let key = RouteKey::new(call.realm, &call.procedure, call.provider);
        let (link, mut route) = self.connect(&key, call.confidential, deadline).await?;
        let mut answer = send(&link, &mut route, &call, deadline).await;
        if let Err(LinkError::SealedRefused { named }) = answer
            && route.kem_key.is_some()
        {
            self.forget(&call.procedure, route.node);
            let own = key.at(route.node);
            let found = bounded(deadline, self.look_up(&own)).await;
            route = route::with_new_key(found, named)?;
            answer = send(&link, &mut route, &call, deadline).await;
        }
        let node = route.node;
        match &answer {
            Ok(_) | Err(LinkError::Provider { .. }) => self.0.routes.insert(key, route),
            Err(_) => self.0.routes.remove(&key),
        }
        answer.map(|answer| (answer, node)).map_err(PoolError::Link)
    }

    /// Opens a stream, and returns it once its opening is sent. An opening that was not sent
    /// because its link ended is sent on the next link, until `deadline`.
    ///
    /// A stream that its provider refuses with `sealed_refused` is not reopened; see
    /// [`Router::forget`].
    pub(in crate::mesh) async fn open_stream(
        &self,
        call: StreamCall,
        deadline: Instant,
    ) -> Result<Stream, PoolError> {
        let key = RouteKey::new(call.realm, &call.procedure, call.provider);
        loop {
            let (link, route) = self.connect(&key, call.confidential, deadline).await?;
            let opened = link.open_stream(station_link::StreamCall {
                realm: call.realm,
                procedure: call.procedure.clone(),
                target: route.node,
                mode: call.mode,
                payload: call.payload.clone(),
                deadline: call.deadline,
                token: call.token.clone(),
                proofs: call.proofs.clone(),
                seal: Some(route.seal()),
            });
            let error = match opened.await {
                Ok(stream) => {
                    self.0.routes.insert(key, route);
                    return Ok(stream);
                }
                Err(error) => error,
            };
            self.0.routes.remove(&key);
            if end_reason(&link).await.is_none() || deadline <= Instant::now() {
                return Err(PoolError::Link(error));
            }
        }
    }

    /// Forgets the route to `node` for the procedure, so that the next request looks up the node's
    /// station and key. To be called when the provider cannot open a sealed stream, because the
    /// provider has restarted with a new key.
    pub(in crate::mesh) fn forget(&self, procedure: &str, node: Node) {
        self.0.routes.remove_node(procedure, node);
    }

    /// Returns a link to a provider's station, and the route.
    async fn connect(
        &self,
        key: &RouteKey,
        confidential: Confidentiality,
        deadline: Instant,
    ) -> Result<(Link, Route), PoolError> {
        let Shared { pool, routes, .. } = &*self.0;
        let in_use = routes.get(key);
        let link = in_use.as_ref().and_then(|of| dials::link(pool, of.station));
        let found = match in_use {
            Some(route) if link.is_some() => vec![route],
            _ => bounded(deadline, self.look_up(key)).await?,
        };
        let mut found = route::callable(found, confidential)?;
        match link.filter(|link| link.error().is_none()) {
            Some(link) => Ok((link, found.swap_remove(0))),
            None => self.reach(key, found, deadline).await,
        }
    }

    /// Looks up the routes to the providers that the realm authorizes, the most recent
    /// advertisement first.
    async fn look_up(&self, key: &RouteKey) -> Result<Vec<Route>, PoolError> {
        let slot = record::procedure_key(&key.realm, &key.procedure);
        let pool = self.0.pool.clone();
        let (records, _) = shielded(async move { pool.find_records(&slot).await }).await?;
        let routes = route::authorized(&records, key, &self.0.trust);
        if routes.is_empty() {
            return Err(PoolError::NoProvider(Vec::new()));
        }
        Ok(routes)
    }

    /// Links to the first station of `routes` that can be linked within its share of the time until
    /// `deadline`.
    async fn reach(
        &self,
        key: &RouteKey,
        routes: Vec<Route>,
        deadline: Instant,
    ) -> Result<(Link, Route), PoolError> {
        let mut failed = Vec::new();
        let mut untried = routes.len() as u32;
        for route in routes {
            let now = Instant::now();
            let share = deadline.saturating_duration_since(now) / untried;
            let until = (now + share.max(MIN_DIAL_TIME)).min(deadline);
            untried -= 1;
            match self.link_to(route.station, until).await {
                Ok(link) => return Ok((link, route)),
                Err(PoolError::Closed) => return Err(PoolError::Closed),
                Err(error) => {
                    self.0.routes.remove(key);
                    let Route { node, station, .. } = route;
                    failed.push((Provider { node, station }, error));
                }
            }
            if deadline <= Instant::now() {
                break;
            }
        }
        Err(PoolError::NoProvider(failed))
    }
}

/// Sends a call to the provider of `route`, and returns its answer. Stores in `route` a key that
/// the provider requires but does not advertise yet.
async fn send(
    link: &Link,
    route: &mut Route,
    call: &Call,
    deadline: Instant,
) -> Result<Value, LinkError> {
    let remaining = deadline.saturating_duration_since(Instant::now());
    if remaining.is_zero() {
        return Err(LinkError::CallTimeout);
    }
    let request = station_link::Call {
        realm: call.realm,
        procedure: call.procedure.clone(),
        target: route.node,
        payload: call.payload.clone(),
        timeout: remaining,
        token: call.token.clone(),
        proofs: call.proofs.clone(),
        seal: Some(route.seal()),
    };
    let sender = link.clone();
    let sending = shielded(async move { sender.call_resealing(request).await });
    let Ok(called) = tokio::time::timeout_at(deadline, sending).await else {
        return Err(LinkError::CallTimeout);
    };
    if called.resealed_to.is_some() {
        route.kem_key = called.resealed_to;
    }
    match called.outcome {
        // A failed write reports only that the connection is lost.
        Err(LinkError::Io(error)) => {
            let reason = end_reason(link).await;
            Err(reason.unwrap_or(LinkError::Io(error)))
        }
        outcome => outcome,
    }
}

/// Returns why `link` ended, or `None` if it does not end within [`LINK_END_NOTICE`].
pub(in crate::mesh) async fn end_reason(link: &Link) -> Option<LinkError> {
    let ended = tokio::time::timeout(LINK_END_NOTICE, link.done()).await;
    ended.ok()
}

/// Returns the output of `work`, or a timeout at `deadline`.
async fn bounded<T>(
    deadline: Instant,
    work: impl Future<Output = Result<T, PoolError>>,
) -> Result<T, PoolError> {
    let output = tokio::time::timeout_at(deadline, work).await;
    output.unwrap_or(Err(PoolError::Link(LinkError::CallTimeout)))
}

impl fmt::Debug for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Router({:?})", self.0.pool)
    }
}
