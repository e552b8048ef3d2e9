//! Clients of a station.

use std::sync::Arc;
use std::time::Duration;

use hecate_om_station::{Profile, RealmIdentity, Station, StationConfig};
use macula_rust::cbor::Value;
use macula_rust::node_key::{NodeKey, PUZZLE_DIFFICULTY};
use macula_rust::pool::{Call, LinkEvent, Offer, Opts, Pool, PoolError, Seed};
use macula_rust::station_link::handler;
use tokio::sync::mpsc;

/// Profile of the tests, except those of the other one: its keys are generated in milliseconds.
pub(crate) const PROFILE: Profile = Profile::PqPure;

/// Maximum time of a wait, longer than any wait takes: reaching it is a failure.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(60);

pub(crate) async fn station() -> Station {
    start(StationConfig::ephemeral(PROFILE)).await
}

pub(crate) async fn start(config: StationConfig) -> Station {
    Station::start(config).await.unwrap()
}

pub(crate) fn identity(profile: Profile) -> Arc<NodeKey> {
    Arc::new(NodeKey::generate_identity(profile, PUZZLE_DIFFICULTY).unwrap())
}

pub(crate) fn seed(station: &Station) -> Seed {
    Seed {
        host: station.addr().ip().to_string(),
        port: station.addr().port(),
        node_id: station.node_id(),
    }
}

pub(crate) fn opts(realm: &RealmIdentity, identity: Arc<NodeKey>) -> Opts {
    let mut opts = Opts::new(identity);
    opts.realm_trust.insert(realm.id, realm.key.clone());
    opts.respawn_delay = Duration::from_millis(100);
    opts
}

/// Connects a client with a new identity, which trusts the station's realm.
pub(crate) async fn client(station: &Station) -> Pool {
    let opts = opts(station.realm(), identity(station.profile()));
    Pool::connect(vec![seed(station)], opts).await.unwrap()
}

/// Subscribes to the link events of a pool that will be connected with `opts`.
pub(crate) fn link_events(opts: &mut Opts) -> mpsc::UnboundedReceiver<LinkEvent> {
    let (sender, events) = mpsc::unbounded_channel();
    opts.on_link_event = Some(Arc::new(move |event| {
        let _ = sender.send(event);
    }));
    events
}

/// Waits for the next link event that matches.
pub(crate) async fn next(
    events: &mut mpsc::UnboundedReceiver<LinkEvent>,
    matches: impl Fn(&LinkEvent) -> bool,
) -> LinkEvent {
    let found = async {
        loop {
            let event = events.recv().await.unwrap();
            if matches(&event) {
                return event;
            }
        }
    };
    tokio::time::timeout(TIMEOUT, found).await.unwrap()
}

pub(crate) fn call(realm: [u8; 32], procedure: &str, payload: Value) -> Call {
    Call {
        realm,
        procedure: procedure.to_owned(),
        payload,
        ..Call::default()
    }
}

/// Sets the timeout of a call to [`TIMEOUT`]: a hybrid realm's keys take seconds on a busy machine.
pub(crate) fn with_long_timeout(call: Call) -> Call {
    Call {
        timeout: TIMEOUT,
        ..call
    }
}

/// Calls until the procedure answers. A caller is not notified when a provider serves again.
pub(crate) async fn call_until_answered(pool: &Pool, c: &Call) -> Value {
    let answered = async {
        loop {
            match pool.call(c.clone()).await {
                Ok(answer) => return answer,
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    };
    tokio::time::timeout(TIMEOUT, answered).await.unwrap()
}

/// Returns a procedure that echoes the request.
pub(crate) fn echo(realm: [u8; 32], procedure: &str) -> Offer {
    let echo = handler(|request| async move { Ok(request.payload) });
    Offer::unary(realm, procedure, echo)
}

pub(crate) fn map(pairs: &[(&str, Value)]) -> Value {
    Value::Map(
        pairs
            .iter()
            .map(|(key, value)| (Value::text(*key), value.clone()))
            .collect(),
    )
}

/// Claims `org` as a service does at boot.
pub(crate) async fn claim(
    pool: &Pool,
    realm: &RealmIdentity,
    org: &str,
) -> Result<Value, PoolError> {
    claim_in(pool, realm.id, &realm.name, org).await
}

/// Like [`claim`], in the realm with this id and name.
pub(crate) async fn claim_in(
    pool: &Pool,
    realm: [u8; 32],
    name: &str,
    org: &str,
) -> Result<Value, PoolError> {
    let payload = map(&[
        ("org", Value::text(org)),
        ("service_name", Value::text(org)),
        ("box", Value::text("")),
    ]);
    let claim = call(realm, &claim_procedure(name), payload);
    pool.call(with_long_timeout(claim)).await
}

pub(crate) fn claim_procedure(realm_name: &str) -> String {
    format!("{realm_name}/_realm/_realm/identity/request_provider_authorization_v1")
}
