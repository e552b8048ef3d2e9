//! A subscription as a stream.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_util::Stream;
use futures_util::stream::{self, BoxStream, StreamExt};
use serde::de::DeserializeOwned;
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::queue::Item;
use super::{FactStats, Feed, SubscribeError};
use crate::codec;
use crate::mesh::Mesh;
use crate::subscription::{Delivery, FactMetadata};

/// What is heard under one topic, as a [`Stream`](futures_util::Stream) of what was heard and where it comes from,
/// until this is dropped; see [`Mesh::subscribe`].
pub struct Subscriber<T> {
    items: BoxStream<'static, Item>,
    stats: Arc<FactStats>,
    carried: watch::Receiver<bool>,
    _stop: DropGuard,
    fact: PhantomData<fn() -> T>,
}

impl Mesh {
    /// Listens to a topic, from when a station carries the subscription; it is made again, for as long as this is
    /// held, whenever it ends.
    ///
    /// A service that listens for as long as it runs is better told by `#[subscribe]`: that is in its manifest, and
    /// looked after. This is for a tool, or for what one handler waits for. Whatever publishes may name its topics as it
    /// likes, so `topic` is any text that the wire carries; facts of any form are read as a `serde_json::Value`.
    ///
    /// Facts that do not decode as a `T` are left out, counted and logged. Up to 1,024 wait to be taken, 64 MiB at
    /// most; what comes while so many wait is dropped, and told of as a [`Delivery::Gap`].
    ///
    /// # Errors
    ///
    /// Where the wire carries no such topic, and where no Tokio runtime is there to listen.
    ///
    /// ```no_run
    /// use hecate_om::fact::Delivery;
    ///
    /// # async fn example(mesh: &hecate_om::Mesh) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut orders = mesh.subscribe::<serde_json::Value>("acme/shop/order_placed_v1")?;
    /// while let Some((heard, event)) = orders.next().await {
    ///     match heard {
    ///         Delivery::Fact(order) => println!("{} says {order}", event.publisher()),
    ///         Delivery::Interrupted { reason, .. } => println!("deaf: {reason}"),
    ///         Delivery::Gap { .. } => println!("some may have been missed"),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn subscribe<T: DeserializeOwned>(
        &self,
        topic: impl AsRef<str>,
    ) -> Result<Subscriber<T>, SubscribeError> {
        let topic = topic.as_ref();
        SubscribeError::check(topic)?;
        let runtime = self.facts.runtime().ok_or(SubscribeError::NoRuntime)?;
        let feed = Feed::new(self.clone(), topic);
        let stop = CancellationToken::new();
        let items = stream::unfold(feed.queue(), |queue| async move {
            let item = queue.pop().await?;
            Some((item, queue))
        });
        let subscriber = Subscriber {
            items: items.boxed(),
            stats: feed.stats(),
            carried: feed.carried(),
            _stop: stop.clone().drop_guard(),
            fact: PhantomData,
        };
        runtime.spawn(feed.run(stop));
        Ok(subscriber)
    }
}

impl<T: DeserializeOwned> Subscriber<T> {
    /// What is heard next; `None` once the mesh is closed.
    pub async fn next(&mut self) -> Option<(Delivery<T>, FactMetadata)> {
        std::future::poll_fn(|cx| self.poll_item(cx)).await
    }

    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<(Delivery<T>, FactMetadata)>> {
        loop {
            let Some((heard, event)) = ready!(self.items.poll_next_unpin(cx)) else {
                return Poll::Ready(None);
            };
            let is_fact = matches!(heard, Delivery::Fact(_));
            let running = is_fact.then(|| self.stats.tally.start(&tracing::Span::none()));
            let read = heard.try_map(codec::decode);
            if let Some(running) = running {
                running.end(if read.is_ok() { "ok" } else { "undecodable" });
            }
            match read {
                Ok(heard) => return Poll::Ready(Some((heard, event))),
                Err(error) => self
                    .stats
                    .undecodable(event.publisher(), &error.to_string()),
            }
        }
    }
}

impl<T> Subscriber<T> {
    /// Waits until a station carries the subscription for the first time: what is published from then on is heard.
    pub async fn subscribed(&mut self) {
        // An error is a mesh that is gone, where nothing is published.
        let _ = self.carried.wait_for(|carried| *carried).await;
    }
}

impl<T: DeserializeOwned> Stream for Subscriber<T> {
    type Item = (Delivery<T>, FactMetadata);

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_item(cx)
    }
}

impl<T> fmt::Debug for Subscriber<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Subscriber({})", self.stats.topic)
    }
}
