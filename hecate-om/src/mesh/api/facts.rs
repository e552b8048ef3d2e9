//! Publishing and subscribing.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::mesh::{Mesh, PublishBuilder, Publishing, SubscribeError, Subscriber};

/// Facts.
impl Mesh {
    /// Publishes a fact in the realm, in a background task.
    ///
    /// The topic names a kind of fact, in the past tense and with a version:
    /// `<org>/<app>/order_placed_v1`. Put ids into the fact, not into the topic. Anyone in the
    /// realm may publish and subscribe under any topic, so subscribers should decide by the
    /// publisher whether to trust a fact. [`topic`](crate::fact::topic) checks a topic at compile
    /// time.
    ///
    /// The returned handle may be dropped. A failure, including an invalid topic or a fact that
    /// cannot be encoded, is counted (`hecate_facts_published_total`) and logged with the location
    /// of the call, once until the outcome changes. Facts are sent in the order of publication, and
    /// a drain waits for them.
    ///
    /// ```
    /// use hecate_om::{Mesh, fact::PublishError};
    ///
    /// #[derive(serde::Serialize)]
    /// struct OrderPlaced {
    ///     order: u64,
    /// }
    ///
    /// # #[allow(dead_code)]
    /// async fn place(mesh: &Mesh) -> Result<(), PublishError> {
    ///     // In the background.
    ///     mesh.publish("acme/shop/order_placed_v1", &OrderPlaced { order: 1 });
    ///     // Wait until a station's link has accepted it.
    ///     mesh.publish("acme/shop/order_placed_v1", &OrderPlaced { order: 2 }).await
    /// }
    /// ```
    #[track_caller]
    pub fn publish<T: Serialize + ?Sized>(&self, topic: impl Into<String>, fact: &T) -> Publishing {
        self.topic(topic).publish(fact)
    }

    /// Returns a builder for publishing with options; see [`Mesh::publish`].
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
