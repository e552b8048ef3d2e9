//! Restarts of a station on its directory.

use std::net::UdpSocket;
use std::path::Path;

use hecate_om_station::{Profile, Station, StationConfig, StationError};
use macula_rust::cbor::Value;
use macula_rust::pool::Pool;
use macula_rust::record::{
    self, NodeRecordOptions, Reason, Record, TombstoneOptions, envelope, new_node_record,
    new_tombstone,
};

use crate::clients::{
    PROFILE, call, call_until_answered, claim, client, echo, identity, link_events, next, opts,
    seed, start,
};

fn config(directory: &Path) -> StationConfig {
    StationConfig::new(directory, PROFILE)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_station_is_the_same_and_its_providers_serve_again() {
    let directory = tempfile::tempdir().unwrap();
    let station = start(config(directory.path())).await;
    let realm = station.realm().clone();
    let mut provider = opts(&realm, identity(PROFILE));
    let mut events = link_events(&mut provider);
    let provider = Pool::connect(vec![seed(&station)], provider).await.unwrap();
    let caller = client(&station).await;
    claim(&provider, &realm, "acme").await.unwrap();
    let _served = provider.serve(echo(realm.id, "acme/echo")).await.unwrap();
    let hello = call(realm.id, "acme/echo", Value::text("hello"));
    assert_eq!(caller.call(hello.clone()).await, Ok(Value::text("hello")));
    next(&mut events, |event| event.up).await;
    let (node_id, addr) = (station.node_id(), station.addr());
    station.close().await;
    next(&mut events, |event| !event.up).await;

    let station = start(config(directory.path())).await;
    assert_eq!(station.node_id(), node_id);
    assert_eq!(station.addr(), addr);
    assert_eq!(station.realm(), &realm);
    // Without a new claim: the realm has saved its admissions.
    let response = call_until_answered(&caller, &hello).await;
    assert_eq!(response, Value::text("hello"));
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn long_lived_records_survive_a_restart_and_withdrawn_ones_stay_withdrawn() {
    let directory = tempfile::tempdir().unwrap();
    let station = start(config(directory.path())).await;
    let key = identity(PROFILE);
    let node = key.node_id().unwrap();
    let put = async |station: &Station, record: &Record| {
        let client = client(station).await;
        let signed = record::sign(record, &key).unwrap();
        client
            .put_record(&record::encode(&signed).unwrap())
            .await
            .unwrap();
        signed
    };
    let node_record = new_node_record(&node, &[], 0, &NodeRecordOptions::default()).unwrap();
    let node_record = put(&station, &node_record).await;
    let payload = Value::Map(vec![(Value::text("text"), Value::text("hello"))]);
    let own = envelope(0x20, payload, Some(b"subject".to_vec()), 0).unwrap();
    let own = put(&station, &own).await;
    let slot = record::storage_key(&own).unwrap();
    station.close().await;

    let station = start(config(directory.path())).await;
    let caller = client(&station).await;
    for (slot, saved) in [(node, &node_record), (slot, &own)] {
        let found = caller.find_record(&slot).await.unwrap();
        assert_eq!(found.record().version, saved.version);
    }
    let options = TombstoneOptions::default();
    put(
        &station,
        &new_tombstone(&own, Reason::Shutdown, &options).unwrap(),
    )
    .await;
    station.close().await;

    let station = start(config(directory.path())).await;
    let caller = client(&station).await;
    assert!(caller.find_record(&node).await.is_ok());
    let wire = record::encode(&own).unwrap();
    caller.put_record(&wire).await.unwrap();
    assert!(
        caller.find_record(&slot).await.is_err(),
        "the withdrawn record is found"
    );
    station.close().await;
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_state_of_a_station_is_accessible_to_its_owner_only() {
    use std::os::unix::fs::MetadataExt;

    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("mesh");
    let station = start(config(&directory)).await;
    let provider = client(&station).await;
    claim(&provider, station.realm(), "acme").await.unwrap();
    station.close().await;
    let mut paths = vec![directory];
    let mut seen = Vec::new();
    while let Some(path) = paths.pop() {
        let metadata = std::fs::metadata(&path).unwrap();
        assert_eq!(metadata.mode() & 0o077, 0, "{}", path.display());
        seen.push(path.file_name().unwrap().to_owned());
        if metadata.is_dir() {
            paths.extend(std::fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
        }
    }
    for name in [
        "station.key",
        "realm.key",
        "station.json",
        "admitted.json",
        "acme.key",
    ] {
        assert!(seen.iter().any(|seen| seen == name), "{name} in {seen:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_file_is_named_and_left_unchanged() {
    let directory = tempfile::tempdir().unwrap();
    start(config(directory.path())).await.close().await;
    for name in ["station.key", "realm.key", "station.json", "admitted.json"] {
        let path = directory.path().join(name);
        let original = std::fs::read(&path).unwrap_or_default();
        // Overwritten in place, which keeps its mode.
        std::fs::write(&path, b"{ no").unwrap();
        let refused = Station::start(config(directory.path())).await.unwrap_err();
        assert!(
            matches!(refused, StationError::Damaged { .. }),
            "{refused:?}"
        );
        let error = refused.to_string();
        assert!(
            error.contains(name) && error.contains("restore it"),
            "{error}"
        );
        assert_eq!(std::fs::read(&path).unwrap(), b"{ no");
        if original.is_empty() {
            std::fs::remove_file(&path).unwrap();
        } else {
            std::fs::write(&path, original).unwrap();
        }
    }
    let records = directory.path().join("records");
    std::fs::write(&records, b"{ no").unwrap();
    let refused = Station::start(config(directory.path())).await.unwrap_err();
    let error = refused.to_string();
    assert!(
        error.contains("records") && error.contains("remove it"),
        "{error}"
    );
    assert_eq!(std::fs::read(&records).unwrap(), b"{ no");
    std::fs::remove_file(&records).unwrap();
    start(config(directory.path())).await.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_of_another_profile_or_realm_is_refused_naming_both() {
    let directory = tempfile::tempdir().unwrap();
    start(config(directory.path())).await.close().await;
    let hybrid = StationConfig::new(directory.path(), Profile::PqHybrid);
    let refused = Station::start(hybrid).await.unwrap_err().to_string();
    assert!(
        refused.contains("pq_pure") && refused.contains("pq_hybrid"),
        "{refused}"
    );
    let mut other = config(directory.path());
    other.realm_name = "other.dev".to_owned();
    let refused = Station::start(other).await.unwrap_err().to_string();
    assert!(
        refused.contains("hecate.dev") && refused.contains("other.dev"),
        "{refused}"
    );
    let mut bad = StationConfig::ephemeral(PROFILE);
    bad.realm_name = "Not A Realm".to_owned();
    let refused = Station::start(bad).await.unwrap_err();
    assert!(matches!(refused, StationError::RealmName(_)), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_taken_by_another_program_is_an_error_until_another_is_chosen() {
    let directory = tempfile::tempdir().unwrap();
    let station = start(config(directory.path())).await;
    let (node_id, addr) = (station.node_id(), station.addr());
    station.close().await;
    let _taken = UdpSocket::bind(addr).unwrap();
    let refused = Station::start(config(directory.path())).await.unwrap_err();
    assert!(
        matches!(refused, StationError::PortTaken { port } if port == addr.port()),
        "{refused}"
    );
    let mut moved = config(directory.path());
    moved.port = Some(0);
    let moved = start(moved).await;
    let port = moved.addr().port();
    assert_ne!(port, addr.port());
    assert_eq!(moved.node_id(), node_id);
    moved.close().await;
    let again = start(config(directory.path())).await;
    assert_eq!(again.addr().port(), port, "the new port is saved");
    again.close().await;
}
