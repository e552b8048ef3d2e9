//! Side effects of futures of macula-rust that are dropped before they complete, by their caller or
//! by the SDK's own timeouts; see `docs/upstream.md`. Run it with `cargo run -p hecate-om-station
//! --example dropped_futures`.

use std::net::UdpSocket;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use hecate_om_station::{Profile, Station, StationConfig};
use macula_rust::cbor::Value;
use macula_rust::node_key::{NodeKey, PUZZLE_DIFFICULTY};
use macula_rust::pool::{Call, Offer, Opts, Pool, PoolError, Seed};
use macula_rust::record::{self, StationEndpointOptions, own_procedure};
use macula_rust::station_link::{LinkError, handler};
use tokio::runtime::Builder;
use tokio::time::{sleep, timeout};

type Failure = Box<dyn std::error::Error + Send + Sync>;

const PROFILE: Profile = Profile::PqPure;
/// Larger than the window of a station's stream, 4 MiB, and smaller than the largest frame.
const LARGE: usize = 6 * 1024 * 1024;
/// Number of calls that time out.
const CALLS: u64 = 20;
/// Announced address of a station that is gone.
const LOOPBACK: &str = "127.0.0.1";

#[tokio::main]
async fn main() -> Result<(), Failure> {
    half_a_frame().await?;
    pending_calls().await?;
    direct_links().await
}

async fn node(station: &Station) -> Result<Pool, Failure> {
    let key = NodeKey::generate_identity(PROFILE, PUZZLE_DIFFICULTY)?;
    let seed = Seed {
        host: station.addr().ip().to_string(),
        port: station.addr().port(),
        node_id: station.node_id(),
    };
    Ok(Pool::connect(vec![seed], Opts::new(Arc::new(key))).await?)
}

/// Serves a procedure in the node's namespace that answers after `delay`.
async fn serve(pool: &Pool, delay: Duration) -> Result<String, Failure> {
    let procedure = own_procedure(&pool.node_id(), "late");
    let answer = handler(move |request| async move {
        sleep(delay).await;
        drop(request);
        Ok(Value::Null)
    });
    pool.serve(Offer::unary([9; 32], &procedure, answer))
        .await?;
    Ok(procedure)
}

fn call(procedure: &str, size: usize, timeout: Duration) -> Call {
    Call {
        realm: [9; 32],
        procedure: procedure.to_owned(),
        payload: Value::Bytes(vec![7; size]),
        timeout,
        ..Call::default()
    }
}

/// A station stops reading for a while, as under load. A call larger than its window times out by
/// the SDK's own timeout.
async fn half_a_frame() -> Result<(), Failure> {
    let (release, held) = mpsc::channel::<()>();
    let held = Mutex::new(Some(held));
    let (asks, mut asked) = tokio::sync::mpsc::unbounded_channel();
    let mut config = StationConfig::ephemeral(PROFILE);
    config.registration_policy = Arc::new(move |registration| {
        if registration.name.ends_with("/slow") {
            let _ = asks.send(());
            let held = held.lock().ok().and_then(|mut held| held.take());
            // `recv` fails if the other end is dropped.
            let _ = held.map(|held| held.recv());
        }
        Ok(())
    });
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let station = runtime.spawn(Station::start(config)).await??;
    let (provider, caller) = (node(&station).await?, node(&station).await?);
    let procedure = serve(&provider, Duration::ZERO).await?;
    let minute = Duration::from_secs(60);
    // The caller now knows the provider, and does not ask the station again.
    caller.call(call(&procedure, 1, minute)).await?;
    let link = caller.link_to(&station.node_id()).await?;
    let slow = own_procedure(&caller.node_id(), "slow");
    let slow = Offer::unary([9; 32], &slow, handler(async |_| Ok(Value::Null)));
    let serving = caller.clone();
    tokio::spawn(async move { serving.serve(slow).await.map(drop) });
    asked.recv().await;
    let large = caller
        .call(call(&procedure, LARGE, Duration::from_secs(1)))
        .await;
    println!(
        "half a frame: the large call: {:?}",
        large.map_err(|error| error.to_string())
    );
    drop(release);
    let small = caller.find_record(&[0; 32]).await.map(drop);
    println!(
        "half a frame: a look-up on the link, once the station reads again: {:?}",
        small.map_err(|error| error.to_string())
    );
    // The station reads the following frames as the rest of the large call, which it then cannot
    // parse.
    while link.error().is_none() {
        let _ = caller.put_record(&vec![0; LARGE / 4]).await;
    }
    println!("half a frame: the link: {:?}", link.error());
    caller.close().await;
    provider.close().await;
    runtime.shutdown_background();
    Ok(())
}

/// Calls time out and are answered later: a link counts each answer without a pending call.
async fn pending_calls() -> Result<(), Failure> {
    let station = Station::start(StationConfig::ephemeral(PROFILE)).await?;
    let (provider, caller) = (node(&station).await?, node(&station).await?);
    let procedure = serve(&provider, Duration::from_secs(60)).await?;
    let link = caller.link_to(&station.node_id()).await?;
    let mut timed_out = 0;
    while timed_out < CALLS {
        // The provider answers at the deadline, so usually a moment too late.
        let late = call(&procedure, 1, Duration::from_millis(200));
        let outcome = caller.call(late).await;
        timed_out += u64::from(outcome == Err(PoolError::Link(LinkError::CallTimeout)));
    }
    sleep(Duration::from_secs(2)).await;
    let unmatched = link.unrouted().get("unmatched_reply").copied().unwrap_or(0);
    println!(
        "pending calls: {CALLS} timed out, of which {} were still pending when they were answered",
        CALLS - unmatched
    );
    caller.close().await;
    provider.close().await;
    station.close().await;
    Ok(())
}

/// A caller drops dials of stations that do not answer.
async fn direct_links() -> Result<(), Failure> {
    let station = Station::start(StationConfig::ephemeral(PROFILE)).await?;
    let pool = node(&station).await?;
    let silent = UdpSocket::bind((LOOPBACK, 0))?;
    for _ in 0..8 {
        let key = NodeKey::generate_identity(PROFILE, 0)?;
        let options = StationEndpointOptions {
            host_advertised: vec![LOOPBACK.to_owned()],
            ttl_ms: 240_000,
            ..StationEndpointOptions::default()
        };
        let endpoint = record::new_station_endpoint(silent.local_addr()?.port(), &options)?;
        pool.put_record(&record::encode(&record::sign(&endpoint, &key)?)?)
            .await?;
        let gone = key.node_id()?;
        let _ = timeout(Duration::from_millis(200), pool.link_to(&gone)).await;
    }
    sleep(Duration::from_secs(10)).await;
    let held = pool.status().iter().filter(|link| link.direct).count();
    println!("direct links: {held} of 8 are held 10 s after they were given up");
    pool.close().await;
    station.close().await;
    Ok(())
}
