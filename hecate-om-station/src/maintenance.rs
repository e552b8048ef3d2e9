//! The station's periodic work: what expires is dropped, what lapses is
//! renewed, who is silent is let go.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use macula_rust::frame::liveness_ping_frame;
use macula_rust::record::{self, StationEndpointOptions, new_station_endpoint};
use macula_rust::transport::ALPN;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;
use tracing::warn;

use crate::clock::{now_ms, random};
use crate::hub::Hub;
use crate::session::framed_value;

/// How often the station looks at what is due. What is due is judged by the
/// wall clock.
const TICK: Duration = Duration::from_secs(5);

/// A client is probed this often; two unanswered probes end its link.
const PROBE_MS: i64 = 30_000;

/// The station's own records live five minutes at most.
const RECORDS_RENEWED_MS: i64 = 2 * 60 * 1000;

/// Where the station is dialled, for its endpoint record.
#[derive(Debug, Clone)]
pub(crate) struct Reach {
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Reach {
    /// How a program on this machine reaches a listener on `addr`.
    pub(crate) fn of(addr: SocketAddr) -> Self {
        let host = match addr.ip() {
            IpAddr::V4(any) if any.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(any) if any.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        Self {
            host: host.to_string(),
            port: addr.port(),
        }
    }
}

/// Runs until the station stops.
pub(crate) async fn maintain(hub: Arc<Hub>, reach: Reach) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut records_renewed_ms = now_ms();
    let mut signing: Option<JoinHandle<()>> = None;
    loop {
        tokio::select! {
            () = hub.stopping.cancelled() => break,
            _ = ticks.tick() => {}
        }
        let now = now_ms();
        hub.dht.sweep(now);
        hub.pending.sweep(now);
        tend_links(&hub, now);
        // Probes do not wait for signatures; the next tick finds them done.
        if signing
            .as_ref()
            .is_some_and(|signing| !signing.is_finished())
        {
            continue;
        }
        let renewal_due = !(0..RECORDS_RENEWED_MS).contains(&(now - records_renewed_ms));
        if renewal_due {
            records_renewed_ms = now;
        }
        let (hub, reach) = (hub.clone(), reach.clone());
        // Signing takes milliseconds each, so it is kept off the async threads.
        let signed = tokio::task::spawn_blocking(move || {
            restate(&hub, now);
            if renewal_due {
                renew_records(&hub, &reach);
            }
            let linked: HashSet<_> = hub.links.all().iter().map(|link| link.node).collect();
            hub.realms.refresh(&hub.dht, &linked);
            hub.dht.keep();
        });
        signing = Some(signed);
    }
    // Whoever hosts next writes the files that this one may be writing.
    if let Some(signing) = signing {
        let _ = signing.await;
    }
}

/// Ends the links that lapsed or fell silent, and probes the others.
fn tend_links(hub: &Hub, now_ms: i64) {
    for link in hub.links.all() {
        hub.routes.sweep(&link, now_ms);
        if let Some(lapsed) = link.lapsed(now_ms) {
            link.end(lapsed);
            continue;
        }
        let Some(nonce) = random() else { continue };
        match link.probe(nonce, now_ms, PROBE_MS) {
            Ok(false) => {}
            Ok(true) => {
                if let Some(ping) = framed_value(&liveness_ping_frame(&nonce)) {
                    link.send(ping);
                }
            }
            Err(lost) => link.end(lost),
        }
    }
}

/// Sends each link a fresh statement of the binding it began with, when due.
fn restate(hub: &Hub, now_ms: i64) {
    if let Err(why) = hub.credentials.rotate(&hub.key, now_ms) {
        warn!(%why, "the TLS binding was not rotated");
    }
    let links = hub.links.all();
    let mut issued = vec![hub.credentials.current()];
    for link in &links {
        if !issued.iter().any(|held| Arc::ptr_eq(held, &link.issued)) {
            issued.push(link.issued.clone());
        }
    }
    for issued in issued {
        let frame = match issued.reissue(&hub.key, now_ms) {
            Ok(Some(frame)) => frame,
            Ok(None) => continue,
            Err(why) => {
                warn!(%why, "a status statement was not issued");
                continue;
            }
        };
        for link in links.iter().filter(|l| Arc::ptr_eq(&l.issued, &issued)) {
            link.send(frame.clone());
        }
    }
}

/// Puts the station's own records: where it is dialled, and the claim.
pub(crate) fn renew_records(hub: &Hub, reach: &Reach) {
    let options = StationEndpointOptions {
        host_advertised: vec![reach.host.clone()],
        alpn: String::from_utf8_lossy(ALPN).into_owned(),
        ttl_ms: 0,
    };
    let endpoint = new_station_endpoint(reach.port, &options)
        .and_then(|unsigned| record::sign(&unsigned, &hub.key))
        .and_then(|signed| record::encode(&signed));
    match endpoint {
        Ok(wire) => {
            if let Err(why) = hub.dht.put(&wire) {
                warn!(why = why.name(), "the endpoint record was not put");
            }
        }
        Err(why) => warn!(%why, "the endpoint record was not signed"),
    }
    hub.realms.advertise(&hub.dht, &hub.key);
}
