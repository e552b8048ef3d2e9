//! Publishing a fact until its delivery, compared with `macula-rust`.

use hecate_om::Client;
use hecate_om::fact::{Delivery, Subscriber};
use hecate_om_benches::{Table, timed};
use macula_rust::cbor::Value;
use macula_rust::frame::Payload;
use macula_rust::pool::{self, Subscription};
use macula_rust::station_link::Publication;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::TEXT;
use crate::bare::Node;
use crate::world::{World, client};

/// Topics of the two sides.
const OURS: &str = "bench/bench/told_v1";
const BARE: &str = "bench/bench/bare_v1";

/// Facts that are published together: fewer than the 64 that a link of macula-rust holds for a
/// subscription.
const BURST: usize = 50;
/// Numbers of subscribers, with the bursts of a round.
const SUBSCRIBERS: [(usize, usize); 3] = [(1, 8), (10, 4), (100, 1)];

/// Measures facts in a row, and bursts of facts to growing numbers of subscribers.
pub(crate) fn facts(table: &mut Table, runtime: &Runtime) {
    let mut points = Vec::new();
    for (subscribers, bursts) in SUBSCRIBERS {
        let world = World::start();
        let mut ours = runtime.block_on(Ours::start(&world, subscribers));
        let mut bare = runtime.block_on(Bare::start(&world, subscribers));
        if subscribers == 1 {
            let in_a_row = 100;
            table
                .row("facts in a row, to their delivery (macula-rust)")
                .rate(
                    in_a_row,
                    || timed(|| runtime.block_on(ours.publish(in_a_row, 1))),
                    || timed(|| runtime.block_on(bare.publish(in_a_row, 1))),
                );
        }
        let name = format!("deliveries to {subscribers} subscribers (macula-rust)");
        let facts = bursts * BURST;
        let medians = table.row(name).goal(0.97).rate(
            facts * subscribers,
            || timed(|| runtime.block_on(ours.publish(bursts, BURST))),
            || timed(|| runtime.block_on(bare.publish(bursts, BURST))),
        );
        points.push((subscribers as f64, subscribers as f64 / medians.ours));
        runtime.block_on(ours.close());
    }
    table.growth("time of a fact, by subscribers", &points, 1.05);
}

/// Publisher and subscribers through hecate-om.
struct Ours {
    clients: Vec<Client>,
    subscriptions: Vec<Subscriber<String>>,
}

impl Ours {
    async fn start(world: &World, subscribers: usize) -> Self {
        let mut clients = vec![client(&world.state()).await];
        let mut subscriptions = Vec::new();
        for _ in 0..subscribers {
            let subscriber = client(&world.state()).await;
            let subscribed = subscriber.mesh().subscribe::<String>(OURS);
            let mut subscribed = subscribed.expect("the topic is valid");
            subscribed.subscribed().await;
            subscriptions.push(subscribed);
            clients.push(subscriber);
        }
        Self {
            clients,
            subscriptions,
        }
    }

    /// Publishes facts in bursts, each after the delivery of the previous one to every subscriber.
    async fn publish(&mut self, bursts: usize, burst: usize) {
        for _ in 0..bursts {
            for _ in 0..burst {
                // Without waiting, as services publish.
                drop(self.clients[0].mesh().topic(OURS).publish(TEXT));
            }
            let mut receiving = JoinSet::new();
            for mut subscription in self.subscriptions.drain(..) {
                receiving.spawn(async move {
                    for _ in 0..burst {
                        let (delivery, _) = subscription.next().await.expect("the mesh is there");
                        assert!(matches!(delivery, Delivery::Fact(text) if text == TEXT));
                    }
                    subscription
                });
            }
            self.subscriptions = receiving.join_all().await;
        }
    }

    async fn close(self) {
        for client in self.clients {
            client.close().await;
        }
    }
}

/// Publisher and subscribers through `macula-rust`.
struct Bare {
    nodes: Vec<Node>,
    subscriptions: Vec<Subscription>,
}

impl Bare {
    async fn start(world: &World, subscribers: usize) -> Self {
        let mut nodes = vec![Node::connect(&world.mesh_folder()).await];
        let mut subscriptions = Vec::new();
        for _ in 0..subscribers {
            let node = Node::connect(&world.mesh_folder()).await;
            let subscribed = node.pool.subscribe(&node.realm, BARE).await;
            subscriptions.push(subscribed.expect("the station accepts the subscription"));
            nodes.push(node);
        }
        Self {
            nodes,
            subscriptions,
        }
    }

    async fn publish(&mut self, bursts: usize, burst: usize) {
        let publisher = &self.nodes[0];
        for _ in 0..bursts {
            for _ in 0..burst {
                let publication = Publication {
                    realm: publisher.realm,
                    topic: BARE.into(),
                    payload: Payload::Clear(Value::text(TEXT)),
                    ttl_ms: None,
                };
                let published = publisher.pool.publish(publication).await;
                published.expect("a link accepts the fact");
            }
            let mut receiving = JoinSet::new();
            for mut subscription in self.subscriptions.drain(..) {
                receiving.spawn(async move {
                    for _ in 0..burst {
                        let delivery = subscription.recv().await.expect("the mesh is there");
                        assert!(matches!(delivery, pool::Delivery::Event(_)), "{delivery:?}");
                    }
                    subscription
                });
            }
            self.subscriptions = receiving.join_all().await;
        }
    }
}
