//! From publishing a fact to its delivery, against the same through bare `macula-rust`.

use hecate_om::fact::Delivery;
use hecate_om_benches::{compare, timed};
use hecate_om_tests::Sandbox;
use macula_rust::cbor::Value;
use macula_rust::frame::Payload;
use macula_rust::pool;
use macula_rust::station_link::Publication;
use tokio::runtime::Runtime;

use crate::bare::Bare;
use crate::{TEXT, client, mesh_folder};

const IN_A_ROW: usize = 100;
/// Below what a subscriber holds before it drops: macula's 256.
const AT_ONCE: usize = 200;

/// One fact after the other, each once the one before has come; and many without waiting.
pub(crate) fn facts(runtime: &Runtime) {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let (publisher, listener) = (client(runtime, &machine), client(runtime, &machine));
    let dir = mesh_folder(&machine);
    let (told, heard) =
        runtime.block_on(async { (Bare::connect(&dir).await, Bare::connect(&dir).await) });

    let topic = "bench/bench/told_v1";
    let subscribing = listener.mesh().subscribe::<String>(topic);
    let mut ours = subscribing.expect("the topic is one");
    runtime.block_on(ours.subscribed());
    let subscribing = heard.pool.subscribe(&heard.realm, "bench/bench/bare_v1");
    let mut bare = runtime.block_on(subscribing).expect("the station takes it");

    for (name, together) in [
        ("100 facts in a row, to their delivery", 1),
        ("200 facts at once, to their delivery", AT_ONCE),
    ] {
        let rounds = if together == 1 { IN_A_ROW } else { 1 };
        compare(
            name,
            15,
            || {
                timed(|| {
                    runtime.block_on(async {
                        for _ in 0..rounds {
                            for _ in 0..together {
                                // Fire and forget, as a service does.
                                drop(publisher.mesh().publish(topic, TEXT));
                            }
                            for _ in 0..together {
                                let (heard, _) = ours.next().await.expect("the mesh is there");
                                assert!(matches!(heard, Delivery::Fact(text) if text == TEXT));
                            }
                        }
                    });
                })
            },
            || {
                timed(|| {
                    runtime.block_on(async {
                        for _ in 0..rounds {
                            for _ in 0..together {
                                let publication = Publication {
                                    realm: told.realm,
                                    topic: "bench/bench/bare_v1".into(),
                                    payload: Payload::Clear(Value::text(TEXT)),
                                    ttl_ms: None,
                                };
                                told.pool
                                    .publish(publication)
                                    .await
                                    .expect("a link takes it");
                            }
                            for _ in 0..together {
                                let delivery = bare.recv().await.expect("the mesh is there");
                                assert!(
                                    matches!(delivery, pool::Delivery::Event(_)),
                                    "{delivery:?}"
                                );
                            }
                        }
                    });
                })
            },
        );
    }
    runtime.block_on(async {
        publisher.close().await;
        listener.close().await;
    });
}
