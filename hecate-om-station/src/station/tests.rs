use std::sync::atomic::{AtomicUsize, Ordering};

use macula_rust::cbor::Value;
use macula_rust::node_key::{NodeKey, PUZZLE_DIFFICULTY};
use macula_rust::pool::{Offer, Opts, Pool, Seed};
use macula_rust::record::own_procedure;
use macula_rust::station_link::{Call, LinkError, Seal, handler};
use tokio::sync::Semaphore;

use super::*;
use crate::link::{Link, Links};

const PROFILE: Profile = Profile::PqPure;

pub(crate) async fn station() -> Station {
    let config = StationConfig::ephemeral(PROFILE);
    Station::start(config).await.unwrap()
}

/// Returns a client that does not link again.
pub(crate) async fn client(station: &Station) -> Pool {
    let key = Arc::new(NodeKey::generate_identity(PROFILE, PUZZLE_DIFFICULTY).unwrap());
    let seed = Seed {
        host: station.addr().ip().to_string(),
        port: station.addr().port(),
        node_id: station.node_id(),
    };
    let opts = Opts {
        respawn_delay: Duration::from_secs(3600),
        ..Opts::new(key)
    };
    Pool::connect(vec![seed], opts).await.unwrap()
}

pub(crate) fn all_links(station: &Station) -> &Links {
    &station.state.links
}

/// Returns the links of the clients, once the station has them.
pub(crate) async fn links(station: &Station, clients: &[&Pool]) -> Vec<Arc<Link>> {
    let mut links = Vec::new();
    for client in clients {
        client.link_to(&station.node_id()).await.unwrap();
        loop {
            if let Some(link) = station.state.links.get(&client.node_id()) {
                links.push(link);
                break;
            }
            sleep(ANSWER_POLL_INTERVAL).await;
        }
    }
    links
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_link_leaves_no_route_and_no_subscription() {
    let station = station().await;
    let pool = client(&station).await;
    let procedure = own_procedure(&pool.node_id(), "echo");
    let echo = handler(|request| async move { Ok(request.payload) });
    let offer = Offer::unary([9; 32], &procedure, echo);
    let _served = pool.serve(offer).await.unwrap();
    let _subscription = pool.subscribe(&[9; 32], "happened_v1").await.unwrap();
    let totals = || {
        (
            station.state.routes.total(),
            station.state.subscriptions.total(),
        )
    };
    let until = async |expected| {
        let reached = async {
            while totals() != expected {
                sleep(ANSWER_POLL_INTERVAL).await;
            }
        };
        let reached = timeout(Duration::from_secs(60), reached).await;
        assert!(reached.is_ok(), "{:?}", totals());
    };
    until((1, 1)).await;
    assert!(station.end_link(&pool.node_id()));
    until((0, 0)).await;
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closing_station_forwards_calls_that_answers_need_until_it_sends_drained() {
    let station = station().await;
    let (provider, other) = (client(&station).await, client(&station).await);
    let hold = own_procedure(&provider.node_id(), "hold");
    let count = own_procedure(&other.node_id(), "count");
    let (held, counted) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
    let (holds, counts) = (held.clone(), counted.clone());
    let holds = handler(move |request| {
        let held = holds.clone();
        async move {
            let _ = held.acquire().await;
            Ok(request.payload)
        }
    });
    let counts = handler(move |request| {
        counts.fetch_add(1, Ordering::SeqCst);
        async move { Ok(request.payload) }
    });
    let holds = Offer::unary([9; 32], &hold, holds);
    let _holds = provider.serve(holds).await.unwrap();
    let counts = Offer::unary([9; 32], &count, counts);
    let _counts = other.serve(counts).await.unwrap();
    let call = async |from: Pool, procedure: &str, target, timeout| {
        let link = from.link_to(&station.node_id()).await.unwrap();
        let call = Call {
            realm: [9; 32],
            procedure: procedure.to_owned(),
            target,
            payload: Value::Int(1),
            seal: Some(Seal::Clear),
            timeout: Duration::from_secs(timeout),
            ..Default::default()
        };
        link.call(call).await
    };
    let under_way = call(other.clone(), &hold, provider.node_id(), 60);
    let needed = |timeout| call(provider.clone(), &count, other.node_id(), timeout);
    let closes = async {
        while !station
            .state
            .pending
            .any_awaited(now_ms(), &station.state.links)
        {
            sleep(ANSWER_POLL_INTERVAL).await;
        }
        station.state.pending.close();
        assert_eq!(needed(60).await, Ok(Value::Int(1)));
        station.state.pending.stop();
        assert_eq!(needed(1).await, Err(LinkError::CallTimeout));
        held.add_permits(1);
    };
    let (answered, ()) = tokio::join!(under_way, closes);
    assert_eq!(answered, Ok(Value::Int(1)));
    assert_eq!(counted.load(Ordering::SeqCst), 1);
    station.close().await;
}
