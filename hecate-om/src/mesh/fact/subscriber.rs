//! Subscription that is read as a stream.

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

use super::delivery_queue::Item;
use super::subscription_task::SubscriptionTask;
use super::{FactStats, Facts, SubscribeError};
use crate::codec;
use crate::subscription::{Delivery, FactMetadata};

/// Subscription to one topic: a [`Stream`](futures_util::Stream) of deliveries with their metadata.
/// Dropping the subscriber ends the subscription. See [`Mesh::subscribe`](crate::Mesh::subscribe).
pub struct Subscriber<T> {
    items: BoxStream<'static, Item>,
    stats: Arc<FactStats>,
    subscribed: watch::Receiver<bool>,
    _stop: DropGuard,
    fact: PhantomData<fn() -> T>,
}

impl Facts {
    pub(in crate::mesh) fn subscribe<T: DeserializeOwned>(
        self: &Arc<Self>,
        topic: &str,
    ) -> Result<Subscriber<T>, SubscribeError> {
        SubscribeError::check(topic)?;
        let runtime = self.runtime().ok_or(SubscribeError::NoRuntime)?;
        let task = SubscriptionTask::new(Arc::clone(self), topic);
        let stop = CancellationToken::new();
        let items = stream::unfold(task.queue(), |queue| async move {
            let item = queue.pop().await?;
            Some((item, queue))
        });
        let subscriber = Subscriber {
            items: items.boxed(),
            stats: task.stats(),
            subscribed: task.subscribed(),
            _stop: stop.clone().drop_guard(),
            fact: PhantomData,
        };
        runtime.spawn(task.run(stop));
        Ok(subscriber)
    }
}

impl<T: DeserializeOwned> Subscriber<T> {
    /// Waits for the next delivery. Returns `None` once the mesh is closed.
    pub async fn next(&mut self) -> Option<(Delivery<T>, FactMetadata)> {
        std::future::poll_fn(|cx| self.poll_item(cx)).await
    }

    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<(Delivery<T>, FactMetadata)>> {
        loop {
            let Some((delivery, metadata)) = ready!(self.items.poll_next_unpin(cx)) else {
                return Poll::Ready(None);
            };
            let is_fact = matches!(delivery, Delivery::Fact(_));
            let running = is_fact.then(|| self.stats.metrics.start(&tracing::Span::none()));
            let decoded = delivery.try_map(codec::decode);
            if let Some(running) = running {
                running.end(if decoded.is_ok() { "ok" } else { "undecodable" });
            }
            match decoded {
                Ok(delivery) => return Poll::Ready(Some((delivery, metadata))),
                Err(error) => self
                    .stats
                    .log_undecodable(metadata.publisher(), &error.to_string()),
            }
        }
    }
}

impl<T> Subscriber<T> {
    /// Waits until a station carries the subscription for the first time. Facts published after
    /// that are delivered.
    pub async fn subscribed(&mut self) {
        // An error means that the mesh is closed, so there are no further facts.
        let _ = self.subscribed.wait_for(|subscribed| *subscribed).await;
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
