//! Publishing a fact until its delivery, compared with `macula-rust`.

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

const SEQUENTIAL: usize = 100;
/// Facts in flight: fewer than the 256 that macula-rust queues for a subscriber.
const CONCURRENT: usize = 200;

/// Publishes facts one after another, each after the delivery of the previous one, and many without
/// waiting.
pub(crate) fn facts(runtime: &Runtime) {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let (publisher, listener) = (client(runtime, &machine), client(runtime, &machine));
    let dir = mesh_folder(&machine);
    let (bare_publisher, bare_subscriber) =
        runtime.block_on(async { (Bare::connect(&dir).await, Bare::connect(&dir).await) });

    let topic = "bench/bench/told_v1";
    let subscribing = listener.mesh().subscribe::<String>(topic);
    let mut ours = subscribing.expect("the topic is valid");
    runtime.block_on(ours.subscribed());
    let subscribing = bare_subscriber
        .pool
        .subscribe(&bare_subscriber.realm, "bench/bench/bare_v1");
    let mut bare = runtime
        .block_on(subscribing)
        .expect("the station accepts the subscription");

    for (name, together) in [
        ("100 facts in a row, to their delivery", 1),
        ("200 facts at once, to their delivery", CONCURRENT),
    ] {
        let rounds = if together == 1 { SEQUENTIAL } else { 1 };
        compare(
            name,
            15,
            || {
                timed(|| {
                    runtime.block_on(async {
                        for _ in 0..rounds {
                            for _ in 0..together {
                                // Without waiting, as services publish.
                                drop(publisher.mesh().publish(topic, TEXT));
                            }
                            for _ in 0..together {
                                let (delivery, _) = ours.next().await.expect("the mesh is there");
                                assert!(matches!(delivery, Delivery::Fact(text) if text == TEXT));
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
                                    realm: bare_publisher.realm,
                                    topic: "bench/bench/bare_v1".into(),
                                    payload: Payload::Clear(Value::text(TEXT)),
                                    ttl_ms: None,
                                };
                                bare_publisher
                                    .pool
                                    .publish(publication)
                                    .await
                                    .expect("a link accepts the fact");
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
