//! Public methods of [`Mesh`] other than calls, and [`Content::fetch`].

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{
    CallBuilder, Content, ContentError, Fetch, Mesh, PublishBuilder, Publishing, Shared,
    SubscribeError, Subscriber,
};
use crate::capability::NodeId;

impl Mesh {
    /// Returns this node's id, which other services see as the caller.
    #[must_use]
    pub const fn node_id(&self) -> NodeId {
        self.connection.node_id()
    }

    /// Starts building a call of a procedure, `<org>/<name>`, or `<org>/<name>_v<N>` for a version
    /// above 1.
    pub fn procedure(&self, procedure: impl Into<String>) -> CallBuilder<'_> {
        CallBuilder::new(self, procedure.into())
    }

    /// Returns the links and the realm as types of the SDK, for features that the framework does
    /// not wrap.
    ///
    /// Returns `None` until the first station is linked, and if there is no mesh. Call this method
    /// for each use, because the links are replaced when a development mesh moves to another host.
    #[cfg(feature = "macula")]
    #[must_use]
    pub fn handles(&self) -> Option<super::MeshHandles> {
        self.connection.handles()
    }

    /// Returns the realm's id, the SHA-256 of the realm's name. Returns `None` until the first
    /// station is linked, and if there is no mesh.
    #[must_use]
    pub fn realm_id(&self) -> Option<[u8; 32]> {
        self.connection.uplink().map(|up| up.realm.id)
    }
}

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

/// Contents.
impl Mesh {
    /// Shares bytes (`Vec<u8>`, `&[u8]`, `String`, `&str`), up to about 3.5 GiB. Waits up to 15 s
    /// until a station has accepted the announcement.
    ///
    /// The same bytes have the same id on every node, and are stored once. During
    /// [`Service::start`] there is no link yet, so share the first contents of a service in a
    /// spawned task.
    ///
    /// A fetch accepts at most 256 MiB by default.
    ///
    /// ```
    /// use hecate_om::{Mesh, Refusal, capability, content::Content};
    ///
    /// /// State of the service, which lives until the service ends.
    /// #[derive(Default)]
    /// struct Atlas(tokio::sync::OnceCell<hecate_om::content::Shared>);
    ///
    /// /// Returns the atlas, which has 80 MB.
    /// #[capability("atlas.get", version = 1)]
    /// async fn get(atlas: &Atlas, mesh: &Mesh) -> Result<Content, Refusal> {
    ///     let shared = atlas.0.get_or_try_init(|| mesh.share("the atlas")).await?;
    ///     Ok(shared.content())
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`ContentError::TooLarge`] if the bytes exceed the limit. Returns
    /// [`ContentError::NotConnected`] or [`ContentError::NotAnnounced`] if no station accepted the
    /// announcement in time; the content is then not shared.
    ///
    /// [`Service::start`]: crate::Service::start
    pub async fn share(&self, bytes: impl Into<Vec<u8>>) -> Result<Shared, ContentError> {
        self.contents.share(bytes.into()).await
    }

    /// Shares a value in its wire encoding: deterministic CBOR (RFC 8949, section 4.2.1), with
    /// booleans as 0 and 1, and enums as serde serializes them. The limits are 131,072 items and 64
    /// levels.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Mesh::share`], and [`ContentError::Unencodable`].
    pub async fn share_value<T: Serialize>(&self, value: &T) -> Result<Shared<T>, ContentError> {
        self.contents.share_value(value).await
    }
}

impl<T: ?Sized> Content<T> {
    /// Fetches the content from a node that shares it. The default limits are 60 s and 256 MiB.
    ///
    /// Each block is verified by the id, and memory is allocated only for received blocks. If a
    /// node fails halfway, the rest is fetched from another node. Content that this node shares
    /// itself is copied locally.
    ///
    /// Fetching a `Content` returns a `Vec<u8>`. Fetching a `Content<T>` returns a `T` that was
    /// shared by [`Mesh::share_value`].
    ///
    /// ```no_run
    /// # async fn example(mesh: &hecate_om::Mesh, atlas: hecate_om::content::Content) -> Result<(), hecate_om::content::ContentError> {
    /// let bytes: Vec<u8> = atlas
    ///     .fetch(mesh)
    ///     .max_bytes(100 << 20)
    ///     .progress(|done, total| println!("{done} of {total} bytes"))
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn fetch<'a>(&self, mesh: &'a Mesh) -> Fetch<'a, T> {
        Fetch::new(&mesh.contents, *self)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::mesh::Authority;

    #[test]
    fn before_the_first_link_and_without_a_mesh_there_is_no_realm() {
        let (mesh, setter) =
            Mesh::pending(NodeId::from_bytes([7; 32]), Arc::new(Authority::none()));
        assert_eq!(mesh.realm_id(), None);
        setter.absent();
        assert_eq!(mesh.realm_id(), None);
    }
}
