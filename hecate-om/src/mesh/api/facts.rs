//! Publishing and subscribing.

use serde::de::DeserializeOwned;

use crate::mesh::{FactBuilder, Mesh, PublishBuilder, Publishing, SubscribeError, Subscriber};
use crate::publication::{PublishedFact, SentFact};

/// Facts.
impl Mesh {
    /// Publishes a fact in the realm, in a background task.
    ///
    /// The fact is a struct with [`#[fact("…")]`](macro@crate::fact), which names the topic and lists the
    /// fact in the manifest. Anyone in the realm may publish and subscribe under any topic, so
    /// subscribers should decide by the publisher whether to trust a fact.
    ///
    /// The returned handle may be dropped. A failure, including a fact that cannot be encoded, is
    /// counted (`hecate_facts_published_total`) and logged with the location of the call, once until
    /// the outcome changes. Facts are sent in the order of publication, and a drain waits for them.
    ///
    /// ```
    /// use hecate_om::{JsonSchema, Mesh, fact, fact::PublishError};
    ///
    /// /// An order was placed.
    /// #[fact("acme/shop/order_placed_v1")]
    /// #[derive(serde::Serialize, JsonSchema)]
    /// struct OrderPlaced {
    ///     order: u64,
    /// }
    ///
    /// # #[allow(dead_code)]
    /// async fn place(mesh: &Mesh) -> Result<(), PublishError> {
    ///     // In the background.
    ///     mesh.publish(&OrderPlaced { order: 1 });
    ///     // Wait until a station's link has accepted it.
    ///     mesh.publish(&OrderPlaced { order: 2 }).await
    /// }
    /// ```
    #[track_caller]
    pub fn publish<F: PublishedFact + SentFact>(&self, fact: &F) -> Publishing {
        self.fact(fact).publish()
    }

    /// Returns a builder for publishing a fact with options; see [`Mesh::publish`].
    ///
    /// A fact has an id, by which subscribers recognize a repeat. A publisher that does not know
    /// whether an attempt succeeded publishes the fact again with the same id:
    ///
    /// ```
    /// # use hecate_om::{JsonSchema, Mesh, fact, fact::{FactId, PublishError}};
    /// # #[fact("acme/shop/order_paid_v1")]
    /// # #[derive(serde::Serialize, JsonSchema)]
    /// # struct OrderPaid { order: u64 }
    /// # #[allow(dead_code)]
    /// async fn pay(mesh: &Mesh, order: u64) -> Result<(), PublishError> {
    ///     let (paid, id) = (OrderPaid { order }, FactId::random());
    ///     match mesh.fact(&paid).id(id).publish().await {
    ///         Err(PublishError::TimedOut(_)) => mesh.fact(&paid).id(id).publish().await,
    ///         outcome => outcome,
    ///     }
    /// }
    /// ```
    pub fn fact<'a, F: PublishedFact + SentFact>(&'a self, fact: &'a F) -> FactBuilder<'a, F> {
        FactBuilder::new(self.topic(F::TOPIC), fact)
    }

    /// Returns a builder for publishing a value that has no type of its own, under any topic.
    ///
    /// Prefer [`Mesh::publish`]: the manifest does not list such a fact, and it has no id.
    ///
    /// The topic names a kind of fact, in the past tense and with a version:
    /// `<org>/<app>/order_placed_v1`. Put ids into the fact, not into the topic.
    /// [`topic`](crate::fact::topic) checks a topic at compile time.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # #[allow(dead_code)]
    /// fn report(mesh: &hecate_om::Mesh, degrees: f64) {
    ///     // A reading is stale after 30 s.
    ///     mesh.topic("acme/weather/temperature_read_v1").ttl(Duration::from_secs(30)).publish(&degrees);
    /// }
    /// ```
    pub fn topic(&self, topic: impl Into<String>) -> PublishBuilder<'_> {
        PublishBuilder::new(&self.facts, topic.into())
    }

    /// Subscribes to a topic until the returned value is dropped. If the subscription ends, it is
    /// renewed.
    ///
    /// For a subscription of the whole service, use `#[subscribe]`, which has a handler and is part
    /// of the manifest. This method is for tools, and for handlers that wait for a fact. `topic` is
    /// any text of 1 to 512 bytes, because other publishers may use any topic name. A
    /// `serde_json::Value` decodes facts of any form.
    ///
    /// Facts that do not decode as a `T` are skipped, counted and logged. The queue has room for
    /// 1,024 facts and 64 MiB. Further facts are dropped and reported by a
    /// [`Delivery::Gap`](crate::fact::Delivery::Gap).
    ///
    /// # Errors
    ///
    /// Returns [`SubscribeError::BadTopic`] for an empty or overlong topic, and
    /// [`SubscribeError::NoRuntime`] outside of a Tokio runtime.
    ///
    /// ```no_run
    /// use hecate_om::fact::Delivery;
    ///
    /// # async fn example(mesh: &hecate_om::Mesh) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut orders = mesh.subscribe::<serde_json::Value>("acme/shop/order_placed_v1")?;
    /// while let Some((delivery, metadata)) = orders.next().await {
    ///     match delivery {
    ///         Delivery::Fact(order) => println!("{order} from {}", metadata.publisher()),
    ///         Delivery::Interrupted { reason, .. } => println!("interrupted: {reason}"),
    ///         Delivery::Gap { .. } => println!("facts may have been missed"),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn subscribe<T: DeserializeOwned>(
        &self,
        topic: impl AsRef<str>,
    ) -> Result<Subscriber<T>, SubscribeError> {
        self.facts.subscribe(topic.as_ref())
    }
}
