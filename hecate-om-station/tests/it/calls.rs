//! Calls through the station.

use macula_rust::cbor::Value;
use macula_rust::pool::{Offer, Pool, PoolError};
use macula_rust::record::own_procedure;
use macula_rust::station_link::{self, LinkError, Seal, handler};

use hecate_om_station::{Profile, StationConfig};

use crate::clients::{
    TIMEOUT, call, claim, client, echo, identity, link_events, map, next, opts, seed, start,
    station, with_long_timeout,
};
use crate::raw::Raw;

const REALM: [u8; 32] = [9; 32];

#[tokio::test(flavor = "multi_thread")]
async fn a_procedure_in_a_nodes_own_namespace_is_served_and_called() {
    let station = station().await;
    let (provider, caller) = (client(&station).await, client(&station).await);
    let procedure = own_procedure(&provider.node_id(), "divide");
    let divide = handler(|request| async move {
        match (request.payload.get("of"), request.payload.get("by")) {
            (Some(Value::Int(of)), Some(Value::Int(by))) if *by != 0 => Ok(Value::Int(of / by)),
            _ => Err("division by zero".to_owned()),
        }
    });
    let offer = Offer::unary(REALM, &procedure, divide);
    let _served = provider.serve(offer).await.unwrap();
    let divided = |of: i128, by: i128| {
        let payload = map(&[("of", Value::Int(of)), ("by", Value::Int(by))]);
        caller.call(call(REALM, &procedure, payload))
    };
    assert_eq!(divided(12, 4).await, Ok(Value::Int(3)));
    let refused = PoolError::Link(LinkError::Provider {
        responded_by: provider.node_id(),
        code: "handler_error".to_owned(),
        detail: Some("division by zero".to_owned()),
    });
    assert_eq!(divided(12, 0).await, Err(refused));
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payload_of_megabytes_is_relayed_in_both_directions() {
    let station = station().await;
    let (provider, caller) = (client(&station).await, client(&station).await);
    let procedure = own_procedure(&provider.node_id(), "echo");
    let _served = provider.serve(echo(REALM, &procedure)).await.unwrap();
    let large = Value::Bytes(vec![7; 3 * 1024 * 1024]);
    let response = caller.call(call(REALM, &procedure, large.clone())).await;
    assert_eq!(response, Ok(large));
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_calls_each_receive_their_own_answer() {
    let station = station().await;
    let (provider, caller) = (client(&station).await, client(&station).await);
    let procedure = own_procedure(&provider.node_id(), "echo");
    let _served = provider.serve(echo(REALM, &procedure)).await.unwrap();
    let echo_call = |n| with_long_timeout(call(REALM, &procedure, Value::Int(n)));
    // Until the provider has answered once, each call looks it up, for at most five seconds.
    assert_eq!(caller.call(echo_call(0)).await, Ok(Value::Int(0)));
    let calls: Vec<_> = (1..=100)
        .map(|n| {
            let (caller, c) = (caller.clone(), echo_call(n));
            tokio::spawn(async move { (n, caller.call(c).await) })
        })
        .collect();
    for call in calls {
        let (n, answer) = call.await.unwrap();
        assert_eq!(answer, Ok(Value::Int(n)));
    }
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_procedure_is_an_unknown_next_peer() {
    let station = station().await;
    let (provider, caller) = (client(&station).await, client(&station).await);
    let procedure = own_procedure(&provider.node_id(), "echo");
    let served = provider.serve(echo(REALM, &procedure)).await.unwrap();
    let link = caller.link_to(&station.node_id()).await.unwrap();
    let direct = || station_link::Call {
        realm: REALM,
        procedure: procedure.clone(),
        target: provider.node_id(),
        payload: Value::Int(1),
        seal: Some(Seal::Clear),
        ..Default::default()
    };
    assert_eq!(link.call(direct()).await, Ok(Value::Int(1)));
    served.stop().await.unwrap();
    let relayed = LinkError::Relay {
        reported_by: station.node_id(),
        code: "unknown_next_peer".to_owned(),
    };
    assert_eq!(link.call(direct()).await, Err(relayed.clone()));
    // A node that was never linked is also not found.
    let stranger = station_link::Call {
        target: [7; 32],
        ..direct()
    };
    assert_eq!(link.call(stranger).await, Err(relayed));
    // A caller does not resolve a withdrawn procedure either.
    let resolved = caller.call(call(REALM, &procedure, Value::Int(1))).await;
    assert_eq!(resolved, Err(PoolError::NoProvider(Vec::new())));
    station.close().await;
}

/// Waits until the station is closing: then it refuses streams as `overloaded`.
async fn wait_until_closing(link: &station_link::Link, target: [u8; 32], procedure: &str) {
    let refused = async {
        loop {
            let open = station_link::StreamCall {
                realm: REALM,
                procedure: procedure.to_owned(),
                target,
                seal: Some(Seal::Clear),
                ..Default::default()
            };
            let stream = link.open_stream(open).await.unwrap();
            match stream.recv().await {
                Err(LinkError::Stream { code, .. }) if code == "overloaded" => return,
                Err(LinkError::Stream { .. }) => {}
                other => panic!("{other:?}"),
            }
        }
    };
    tokio::time::timeout(TIMEOUT, refused).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closing_station_forwards_the_calls_of_a_node_with_a_call_to_answer() {
    let station = station().await;
    let (provider, other) = (client(&station).await, client(&station).await);
    let caller = client(&station).await;
    let (outer, inner) = (
        own_procedure(&provider.node_id(), "outer"),
        own_procedure(&other.node_id(), "inner"),
    );
    let _inner = other.serve(echo(REALM, &inner)).await.unwrap();
    let of = |procedure: &str, target| station_link::Call {
        realm: REALM,
        procedure: procedure.to_owned(),
        target,
        payload: Value::Int(1),
        seal: Some(Seal::Clear),
        timeout: TIMEOUT,
        ..Default::default()
    };
    let own = provider.link_to(&station.node_id()).await.unwrap();
    let needed = of(&inner, other.node_id());
    let release = std::sync::Arc::new(tokio::sync::Semaphore::new(0));
    let released = release.clone();
    let (started, mut starts) = tokio::sync::mpsc::unbounded_channel();
    let ask = handler(move |_| {
        let (own, needed) = (own.clone(), needed.clone());
        let (started, released) = (started.clone(), released.clone());
        async move {
            let _ = started.send(());
            let _ = released.acquire().await;
            own.call(needed).await.map_err(|error| error.to_string())
        }
    });
    let offer = Offer::unary(REALM, &outer, ask);
    let _outer = provider.serve(offer).await.unwrap();
    let link = caller.link_to(&station.node_id()).await.unwrap();
    let pending = {
        let (link, call) = (link.clone(), of(&outer, provider.node_id()));
        tokio::spawn(async move { link.call(call).await })
    };
    starts.recv().await.unwrap();
    let closing = tokio::spawn(station.close());
    wait_until_closing(&link, provider.node_id(), &outer).await;
    release.add_permits(1);
    assert_eq!(pending.await.unwrap(), Ok(Value::Int(1)));
    closing.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closing_station_waits_for_pending_calls_and_forwards_no_new_ones() {
    let station = station().await;
    let (provider, other) = (client(&station).await, client(&station).await);
    let mut caller = Raw::link(&station).await;
    let procedure = own_procedure(&provider.node_id(), "wait");
    let (started, mut starts) = tokio::sync::mpsc::unbounded_channel();
    let (release, _) = tokio::sync::watch::channel(false);
    let released = release.subscribe();
    let wait = handler(move |request| {
        let (started, mut released) = (started.clone(), released.clone());
        async move {
            let _ = started.send(request.payload.clone());
            let _ = released.wait_for(|released| *released).await;
            Ok(request.payload)
        }
    });
    let offer = Offer::unary(REALM, &procedure, wait);
    let _served = provider.serve(offer).await.unwrap();
    let link = other.link_to(&station.node_id()).await.unwrap();
    let target = provider.node_id();
    let pending = caller.call(REALM, &procedure, target);
    caller.send(&pending).await;
    starts.recv().await.unwrap();
    let closing = tokio::spawn(station.close());
    wait_until_closing(&link, target, &procedure).await;
    let dropped = caller.call(REALM, &procedure, target);
    caller.send(&dropped).await;
    // The answer of the probe shows that the station has handled the call.
    caller.probe().await;
    release.send_replace(true);
    caller.next("result").await;
    let goodbye = caller.next("goodbye").await;
    assert_eq!(goodbye.get("reason"), Some(&Value::text("drained")));
    drop(caller);
    closing.await.unwrap();
    assert!(
        starts.try_recv().is_err(),
        "the second call reached the provider"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_procedure_of_the_station_is_refused() {
    let station = station().await;
    let caller = client(&station).await;
    let link = caller.link_to(&station.node_id()).await.unwrap();
    let unknown = station_link::Call {
        procedure: "_dht.unknown".to_owned(),
        ..Default::default()
    };
    let refused = LinkError::Provider {
        responded_by: station.node_id(),
        code: "unknown_next_peer".to_owned(),
        detail: None,
    };
    assert_eq!(link.call(unknown).await, Err(refused));
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hybrid_station_relays_calls() {
    let station = start(StationConfig::ephemeral(Profile::PqHybrid)).await;
    let (provider, caller) = (client(&station).await, client(&station).await);
    let realm = station.realm();
    claim(&provider, realm, "acme").await.unwrap();
    let _served = provider.serve(echo(realm.id, "acme/echo")).await.unwrap();
    let hello = call(realm.id, "acme/echo", Value::text("hello"));
    let response = caller.call(with_long_timeout(hello)).await;
    assert_eq!(response, Ok(Value::text("hello")));
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_of_another_profile_is_refused_and_others_are_served() {
    let station = station().await;
    let mut hybrid = opts(station.realm(), identity(Profile::PqHybrid));
    // The pool itself refuses a realm key of another profile.
    hybrid.realm_trust.clear();
    let mut events = link_events(&mut hybrid);
    let connecting = tokio::spawn(Pool::connect(vec![seed(&station)], hybrid));
    let down = next(&mut events, |event| !event.up).await;
    connecting.abort();
    let error = down.error.unwrap().to_string();
    assert!(error.contains("profile_unsupported"), "{error}");
    let client = client(&station).await;
    assert!(client.find_records(&[0; 32]).await.is_ok());
    station.close().await;
}
