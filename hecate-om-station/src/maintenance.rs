//! Periodic tasks of the station: removes expired state, renews state before it expires, and closes
//! the links of clients that do not respond.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use macula_rust::frame::liveness_ping_frame;
use macula_rust::record::{self, StationEndpointOptions, new_station_endpoint};
use macula_rust::transport::ALPN;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;
use tracing::warn;

use crate::clock::{now_ms, random};
use crate::endpoint::DialAddress;
use crate::frames::encode_frame;
use crate::state::StationState;

/// Interval of the periodic tasks. The wall clock decides which tasks are due.
const TICK: Duration = Duration::from_secs(5);

/// Interval between liveness probes of a client. Two unanswered probes close its link.
const PROBE_INTERVAL_MS: i64 = 30_000;

/// Interval between renewals of the station's own records, which live for at most five minutes.
const RECORD_RENEWAL_MS: i64 = 2 * 60 * 1000;

/// Runs the periodic tasks until the station stops.
pub(crate) async fn maintain(state: Arc<StationState>, address: DialAddress) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut records_renewed_ms = now_ms();
    let mut signing: Option<JoinHandle<()>> = None;
    loop {
        tokio::select! {
            () = state.stopping.cancelled() => break,
            _ = ticks.tick() => {}
        }
        let now = now_ms();
        state.dht.sweep(now);
        state.pending.sweep(now);
        check_links(&state, now);
        // Probes do not wait for signatures: tasks that are due now are signed at a later tick.
        if signing
            .as_ref()
            .is_some_and(|signing| !signing.is_finished())
        {
            continue;
        }
        let renewal_due = !(0..RECORD_RENEWAL_MS).contains(&(now - records_renewed_ms));
        if renewal_due {
            records_renewed_ms = now;
        }
        let (state, address) = (state.clone(), address.clone());
        // Signing takes milliseconds, so it runs on a blocking thread.
        let signed = tokio::task::spawn_blocking(move || {
            renew_status_statements(&state, now);
            if renewal_due {
                renew_records(&state, &address);
            }
            let linked: HashSet<_> = state.links.all().iter().map(|link| link.node).collect();
            state.realms.renew(&state.dht, &linked);
            state.dht.save();
        });
        signing = Some(signed);
    }
    // Wait for the last save: the next host of a development mesh writes the same files.
    if let Some(signing) = signing {
        let _ = signing.await;
    }
}

/// Closes the links that expired or missed their probes, and probes the other links.
fn check_links(state: &StationState, now_ms: i64) {
    for link in state.links.all() {
        state.routes.sweep(&link, now_ms);
        if let Some(expired) = link.expired(now_ms) {
            link.close(expired);
            continue;
        }
        let Some(nonce) = random() else { continue };
        match link.start_probe(nonce, now_ms, PROBE_INTERVAL_MS) {
            Ok(false) => {}
            Ok(true) => {
                if let Some(ping) = encode_frame(&liveness_ping_frame(&nonce)) {
                    link.send(ping);
                }
            }
            Err(lost) => link.close(lost),
        }
    }
}

/// Rotates the TLS binding if rotation is due. Sends each link whose status statement is due a new
/// statement for the binding of its handshake.
fn renew_status_statements(state: &StationState, now_ms: i64) {
    if let Err(error) = state.credentials.rotate(&state.key, now_ms) {
        warn!(%error, "the TLS binding was not rotated");
    }
    let links = state.links.all();
    let mut bindings = vec![state.credentials.current()];
    for link in &links {
        if !bindings
            .iter()
            .any(|known| Arc::ptr_eq(known, &link.binding))
        {
            bindings.push(link.binding.clone());
        }
    }
    for binding in bindings {
        let frame = match binding.renew_status(&state.key, now_ms) {
            Ok(Some(frame)) => frame,
            Ok(None) => continue,
            Err(error) => {
                warn!(%error, "a status statement was not issued");
                continue;
            }
        };
        for link in links.iter().filter(|l| Arc::ptr_eq(&l.binding, &binding)) {
            link.send(frame.clone());
        }
    }
}

/// Publishes the station's own records: its endpoint, and the advertisements of its realms.
pub(crate) fn renew_records(state: &StationState, address: &DialAddress) {
    let options = StationEndpointOptions {
        host_advertised: vec![address.host.clone()],
        alpn: String::from_utf8_lossy(ALPN).into_owned(),
        ttl_ms: 0,
    };
    let endpoint = new_station_endpoint(address.port, &options)
        .and_then(|unsigned| record::sign(&unsigned, &state.key))
        .and_then(|signed| record::encode(&signed));
    match endpoint {
        Ok(wire) => {
            if let Err(refusal) = state.dht.put(&wire) {
                warn!(refusal = refusal.name(), "the endpoint record was refused");
            }
        }
        Err(error) => warn!(%error, "the endpoint record was not signed"),
    }
    state.realms.advertise(&state.dht, &state.key);
}
