//! Contents between services: shared by one node, fetched by another, verified by their ids.

use std::collections::HashMap;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use hecate_om::macula::cbor::Value as Wire;
use hecate_om::macula::frame::StreamMode;
use hecate_om::macula::manifest::{self, Manifest};
use hecate_om::macula::pool::{CONTENT_PROCEDURE, Offer};
use hecate_om::macula::record;
use hecate_om::macula::station_link::stream_handler;
use hecate_om::{
    Client, Mesh,
    content::{Content, ContentError},
};
use hecate_om_tests::{Sandbox, Service, WAIT_LIMIT, runtime, until};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::mesh_host::assert_served_again;
use crate::restart::start_with_a_station;

const CHUNK: usize = 256 * 1024;

/// Returns the bytes that `trial.share` shares.
fn counted(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|n| (n % 251) as u8).collect()
}

async fn call<Req: Serialize, Res: DeserializeOwned>(
    mesh: &Mesh,
    procedure: &str,
    request: Req,
) -> Res {
    let call = mesh.procedure(procedure).timeout(WAIT_LIMIT);
    let answer = call.call(&request).await;
    answer.unwrap_or_else(|error| panic!("{procedure}: {error}"))
}

async fn refused(mesh: &Mesh, request: Value) -> String {
    let call = mesh
        .procedure("hecate-trial/trial.digest")
        .timeout(WAIT_LIMIT);
    let answer = call.call::<_, Value>(&request).await;
    answer.expect_err("the fetch fails").code().to_owned()
}

/// Starts another trial beside the first one, with its own org.
fn start_another_trial(machine: &Sandbox) -> Service {
    let folder = machine.path().join("another");
    let mut command = machine.service("hecate-trial");
    command
        .env("HECATE_ORG", "another")
        .env("HECATE_SECRETS_DIR", &folder)
        .env("HECATE_STATE_DIR", &folder);
    Service::start(&mut command)
}

#[test]
fn a_shared_content_is_fetched_completely_and_progress_is_reported() {
    let machine = Sandbox::new();
    let trial = machine.start("hecate-trial");
    let other = start_another_trial(&machine);
    runtime().block_on(async {
        let client = machine.client().await;
        let mesh = client.mesh();
        for size in [0, 1, CHUNK, CHUNK + 1, 5 << 20] {
            let content: Content = call(mesh, "hecate-trial/trial.share", size).await;
            let wanted = json!({"content": content});
            let digested: Value = call(mesh, "another/trial.digest", &wanted).await;
            assert_eq!(digested["bytes"], size);
            let progress: Vec<usize> =
                serde_json::from_value(digested["progress"].clone()).unwrap();
            let mut steps: Vec<usize> = (0..size).step_by(CHUNK).collect();
            if size == 0 {
                steps.push(0);
            }
            steps.push(size);
            assert_eq!(progress, steps);
            let here = content.fetch(mesh).await.unwrap();
            assert!(here == counted(size), "{} bytes of {size}", here.len());
        }
        // In the other direction: a client shares, a service fetches.
        let shared = mesh.share("by a client").await.unwrap();
        let digested: Value = call(
            mesh,
            "another/trial.digest",
            json!({"content": shared.content()}),
        )
        .await;
        assert_eq!(digested["bytes"], 11);
        client.close().await;
    });
    let value =
        |service: &Service, name, labels: &[(&str, &str)]| service.metrics().value(name, labels);
    assert_eq!(value(&trial, "hecate_content_shared", &[]), 5.0);
    assert!(value(&trial, "hecate_content_shared_bytes", &[]) > f64::from(5 << 20));
    assert!(value(&trial, "hecate_content_given_total", &[]) > 20.0);
    let ok = [("outcome", "ok")];
    assert_eq!(value(&other, "hecate_content_fetches_total", &ok), 6.0);
}

#[test]
fn a_value_is_passed_by_content_and_a_wrong_one_is_refused() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    let other = start_another_trial(&machine);
    runtime().block_on(async {
        let client = machine.client().await;
        let mesh = client.mesh();
        let document = json!({"title": "Tides", "public": 1, "pages": 3, "tags": ["sea"]});
        let content: Content = call(mesh, "hecate-trial/trial.share_document", &document).await;
        let back: Value = call(mesh, "another/trial.fetch_document", content).await;
        assert_eq!(
            (&back["title"], &back["public"]),
            (&json!("Tides"), &json!(1))
        );

        let shared = mesh.share("no document").await.unwrap();
        let unfile = mesh
            .procedure("another/trial.fetch_document")
            .timeout(WAIT_LIMIT);
        let error = unfile
            .call::<_, Value>(&shared.content())
            .await
            .unwrap_err();
        assert_eq!(error.code(), "content_undecodable", "{error}");
        // Encoded by hand as deterministic CBOR, as a caller in another language does.
        let bytes = content.fetch(mesh).await.unwrap();
        let value = hecate_om::macula::cbor::decode(&bytes).unwrap();
        assert_eq!(value.get("title"), Some(&Wire::text("Tides")));
        client.close().await;
    });
    drop(other);
}

#[test]
fn a_content_over_the_bound_is_refused_before_it_is_fetched() {
    let machine = Sandbox::new();
    let trial = machine.start("hecate-trial");
    runtime().block_on(async {
        let client = machine.client().await;
        let mesh = client.mesh();
        for size in [100, 3 * CHUNK] {
            let shared = mesh.share(counted(size)).await.unwrap();
            let content = shared.content();
            let at = |max: usize| json!({"content": content, "max_bytes": max});
            assert_eq!(refused(mesh, at(size - 1)).await, "content_too_large");
            let digested: Value = call(mesh, "hecate-trial/trial.digest", at(size)).await;
            assert_eq!(digested["bytes"], size);
        }
        client.close().await;
    });
    drop(trial);
}

#[test]
fn a_withdrawn_content_and_one_of_a_dead_node_are_different_errors() {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let trial = machine.start("hecate-trial");
    runtime().block_on(async {
        let client = machine.client().await;
        let mesh = client.mesh();
        let content: Content = call(mesh, "hecate-trial/trial.share", CHUNK * 2).await;
        let () = call(mesh, "hecate-trial/trial.unshare", ()).await;
        let gone = content.fetch(mesh).await.unwrap_err();
        assert_eq!(gone, ContentError::NotShared { content });

        // Content that is shared again is found, although its id was just withdrawn.
        let again: Content = call(mesh, "hecate-trial/trial.share", CHUNK * 2).await;
        assert_eq!(again, content);
        assert_eq!(content.fetch(mesh).await.unwrap(), counted(CHUNK * 2));

        trial.process.signal("KILL");
        drop(trial);
        let dead = content.fetch(mesh).timeout(WAIT_LIMIT).await.unwrap_err();
        assert!(matches!(dead, ContentError::Unavailable { .. }), "{dead}");
        assert!(dead.retryable());
        client.close().await;
    });
}

#[test]
fn a_drain_withdraws_shared_contents() {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let trial = machine.start("hecate-trial");
    runtime().block_on(async {
        let client = machine.client().await;
        let content: Content = call(client.mesh(), "hecate-trial/trial.share", 2 << 20).await;
        let (mut asked, id) = (false, trial.process.id());
        // The service drains while it serves the content: the fetch is not interrupted.
        let fetched = content.fetch(client.mesh()).progress(|_, _| {
            if !std::mem::replace(&mut asked, true) {
                let sent = Command::new("kill").arg(id.to_string()).status();
                assert!(sent.is_ok_and(|status| status.success()));
            }
        });
        assert_eq!(fetched.await.unwrap(), counted(2 << 20));
        let (status, log) = trial.process.end();
        assert_eq!(status.code(), Some(0), "{log}");
        let gone = content.fetch(client.mesh()).await.unwrap_err();
        assert_eq!(gone, ContentError::NotShared { content });
        client.close().await;
    });
}

#[test]
fn content_is_found_again_after_the_station_restarted() {
    let machine = Sandbox::new();
    let station = machine.mesh();
    let mut trial = start_with_a_station(&machine);
    let share = || {
        machine
            .cli(&["call", "hecate-trial/trial.share", "600000"])
            .json()
    };
    let content: Content = serde_json::from_value(share()).unwrap();
    let before = machine.mesh_info();
    station.signal("KILL");
    drop(station);
    let _station = machine.mesh();
    assert_eq!(machine.mesh_info(), before, "the same station");
    assert_served_again(&machine, &mut trial);
    assert_found_again(&machine, content);
}

#[test]
fn content_is_found_again_after_the_development_mesh_has_moved() {
    let machine = Sandbox::new();
    let host = machine.start("hecate-echo");
    let mut trial = machine.start("hecate-trial");
    let shared = machine.cli(&["call", "hecate-trial/trial.share", "600000"]);
    let content: Content = serde_json::from_value(shared.json()).unwrap();
    host.process.signal("KILL");
    drop(host);
    assert_served_again(&machine, &mut trial);
    assert_found_again(&machine, content);
}

/// Asserts that contents are announced again after the procedures that serve them.
fn assert_found_again(machine: &Sandbox, content: Content) {
    runtime().block_on(async {
        let client = machine.client().await;
        until("found again", || {
            let fetched = tokio::task::block_in_place(|| {
                let fetch = content
                    .fetch(client.mesh())
                    .timeout(Duration::from_secs(20));
                tokio::runtime::Handle::current().block_on(fetch.into_future())
            });
            match fetched {
                Ok(bytes) => {
                    assert!(bytes == counted(600_000));
                    Ok(())
                }
                other => Err(other),
            }
        });
        client.close().await;
    });
}

/// Starts a node that announces contents, and answers requests with wrong values: for a root with
/// the value of its id, for a chunk always with the same value.
async fn lying_node(machine: &Sandbox, wrong_answers: Vec<(Vec<u8>, Wire)>) -> Client {
    let client = machine.client().await;
    until("linked", || {
        client.mesh().handles().map(drop).ok_or("no link yet")
    });
    let handles = client.mesh().handles().expect("the client is linked");
    let roots: Arc<HashMap<Vec<u8>, Wire>> = Arc::new(
        wrong_answers
            .iter()
            .map(|(bytes, root)| (id_of(bytes), root.clone()))
            .collect(),
    );
    let answer = stream_handler(move |stream| {
        let asked = stream.request().payload.clone();
        let roots = Arc::clone(&roots);
        async move {
            let Some(Wire::Bytes(id)) = asked.get("mcid") else {
                return Err("not a request of macula".into());
            };
            let body = match asked.get("want") {
                Some(Wire::Text(want)) if want == "root" => roots[id].clone(),
                _ => body("block", id, "bytes", Wire::Bytes(vec![0; CHUNK])),
            };
            stream
                .send_value(body)
                .await
                .map_err(|error| error.to_string())?;
            stream.close().await.map_err(|error| error.to_string())
        }
    });
    let pool = handles.pool();
    let procedure = record::own_procedure(&pool.node_id(), CONTENT_PROCEDURE);
    let offer = Offer::stream(
        handles.realm_id(),
        &procedure,
        StreamMode::ServerStream,
        answer,
    );
    // Dropping the guards withdraws nothing: the node serves until its links close.
    pool.serve(offer).await.expect("the station takes it");
    for (bytes, _) in wrong_answers {
        let announced = pool.share_content(&handles.realm_id(), &bytes, "").await;
        announced.expect("the station takes it");
    }
    client
}

fn body(kind: &str, id: &[u8], name: &str, value: Wire) -> Wire {
    Wire::Map(vec![
        (Wire::text("kind"), Wire::text(kind)),
        (Wire::text("mcid"), Wire::Bytes(id.to_vec())),
        (Wire::text(name), value),
    ])
}

fn id_of(bytes: &[u8]) -> Vec<u8> {
    if bytes.len() <= CHUNK {
        manifest::block_mcid(bytes).to_vec()
    } else {
        manifest_of(bytes).mcid.to_vec()
    }
}

fn manifest_of(bytes: &[u8]) -> Manifest {
    let (manifest, _) = manifest::create(bytes, "", CHUNK as u64).expect("chunks have a size");
    manifest
}

#[test]
fn a_content_that_does_not_match_its_id_is_fetched_from_an_honest_node() {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    // Each case has its own content and its own wrong answer.
    let large = |n: u8| vec![n; 3 * CHUNK];
    let block =
        |of: &[u8], bytes: &[u8]| body("block", &id_of(of), "bytes", Wire::Bytes(bytes.to_vec()));
    let listing = |of: Vec<u8>, edit: fn(&mut Manifest)| {
        let mut manifest = manifest_of(&of);
        edit(&mut manifest);
        let root = body(
            "manifest",
            &id_of(&of),
            "manifest",
            manifest::to_wire(&manifest),
        );
        (of, root)
    };
    let wrong_answers = vec![
        (b"the truth".to_vec(), block(b"the truth", b"a lie")),
        (b"the whole truth".to_vec(), Wire::text("no map")),
        // The chunks differ from those in the list.
        listing(large(1), |_| {}),
        listing(large(2), |m| m.size -= 1),
        listing(large(3), |m| m.chunks[1].hash = [7; 48]),
        listing(large(4), |m| m.root_hash = [7; 48]),
        listing(large(5), |m| m.chunks.truncate(1)),
    ];
    runtime().block_on(async {
        let truths: Vec<Vec<u8>> = wrong_answers
            .iter()
            .map(|(bytes, _)| bytes.clone())
            .collect();
        let lying_node = lying_node(&machine, wrong_answers).await;
        let honest = machine.client().await;
        let fetcher = machine.client().await;
        for (n, truth) in truths.iter().enumerate() {
            let shared = honest.mesh().share(&**truth).await.unwrap();
            let content = shared.content();
            // Fetch several times, because each fetch may ask either node first.
            for _ in 0..4 {
                let fetched = content.fetch(fetcher.mesh()).await;
                assert!(fetched.unwrap() == *truth, "the lie {n} was believed");
            }
            shared.unshare().await;
            let error = content.fetch(fetcher.mesh()).await.unwrap_err();
            assert!(
                matches!(error, ContentError::Corrupted { .. }),
                "{n}: {error}"
            );
        }
        for node in [honest, fetcher, lying_node] {
            node.close().await;
        }
    });
}
