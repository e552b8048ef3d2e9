//! Subscriptions that a service changes at run time.

use std::any::{Any, TypeId};
use std::fmt;
use std::future::Future;
use std::mem::size_of;
use std::sync::{Arc, Mutex, PoisonError};

use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use super::SubscribeError;
use super::supervisor::SubscriptionSupervisor;
use super::worker::{LazySchemaId, SubscriptionSpec};
use crate::capability::StateMap;
use crate::handler::{FailurePolicy, HandlerError, HandlerFuture, Outcome};
use crate::subscription::{Delivery, FactInvocation, FactMetadata};

/// Subscription made at run time: a topic, a handler, and the handler's argument.
///
/// Two subscriptions are equal if their topics, handlers, arguments and options are equal.
#[derive(Clone)]
pub struct Subscription {
    topic: String,
    handler: TypeId,
    location: &'static str,
    args: Arc<dyn Args>,
    concurrency: u32,
    invoke: Arc<dyn Fn(FactInvocation) -> HandlerFuture<(), HandlerError> + Send + Sync>,
}

/// Argument of a handler, comparable without knowing its type.
trait Args: Any + Send + Sync {
    fn equals(&self, other: &dyn Any) -> bool;
    fn as_any(&self) -> &dyn Any;
}

impl<A: PartialEq + Send + Sync + 'static> Args for A {
    fn equals(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<A>() == Some(self)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Subscription {
    /// Returns a subscription to `topic`. The `handler` is called with `args` and each delivery,
    /// one delivery at a time and in order.
    ///
    /// The handler is a function, or a closure without captures. Pass its state as `args`, which
    /// distinguishes subscriptions with the same handler. The topic is any text of 1 to 512 bytes.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use hecate_om::fact::{FactMetadata, Delivery, Subscription};
    ///
    /// async fn placed(shop: Arc<u64>, order: Delivery<String>, metadata: FactMetadata) -> Result<(), String> {
    ///     match order {
    ///         Delivery::Fact(order) => println!("shop {shop}: {order} by {}", metadata.publisher()),
    ///         Delivery::Interrupted { .. } => {}
    ///         Delivery::Gap { .. } => return Err(format!("orders of shop {shop} may be missing; fetch all of them")),
    ///     }
    ///     Ok(())
    /// }
    ///
    /// let subscription = Subscription::new("acme/shop/order_placed_v1", 7, placed);
    /// ```
    pub fn new<A, T, F, Fut>(topic: impl Into<String>, args: A, handler: F) -> Self
    where
        A: PartialEq + Send + Sync + 'static,
        T: DeserializeOwned + Send + 'static,
        F: Fn(Arc<A>, Delivery<T>, FactMetadata) -> Fut + Copy + Send + Sync + 'static,
        Fut: Future<Output: Outcome> + Send + 'static,
    {
        const {
            assert!(
                size_of::<F>() == 0,
                "the handler of a subscription must be a function or a closure without captures: pass what it needs as its argument"
            );
        }
        let args = Arc::new(args);
        let handler_args = Arc::clone(&args);
        Self {
            topic: topic.into(),
            handler: TypeId::of::<F>(),
            location: std::any::type_name::<F>(),
            args,
            concurrency: 1,
            invoke: Arc::new(move |mut invocation: FactInvocation| {
                let args = Arc::clone(&handler_args);
                HandlerFuture::new(async move {
                    let delivery = invocation.decoded::<T>()?;
                    let metadata = invocation.metadata().clone();
                    handler(args, delivery, metadata).await.outcome()
                })
            }),
        }
    }

    /// Sets how many facts are handled concurrently. The default is 1, and 0 counts as 1. With more
    /// than 1, facts are handled in any order.
    #[must_use]
    pub fn concurrency(mut self, facts: u32) -> Self {
        self.concurrency = facts.max(1);
        self
    }

    /// Returns the topic.
    #[must_use]
    pub fn topic(&self) -> &str {
        &self.topic
    }
}

impl PartialEq for Subscription {
    fn eq(&self, other: &Self) -> bool {
        self.topic == other.topic
            && self.handler == other.handler
            && self.concurrency == other.concurrency
            && self.args.equals((*other.args).as_any())
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Subscription({} by {})", self.topic, self.location)
    }
}

/// Set of a service's subscriptions that can be changed at run time.
///
/// A service obtains the set from [`Boot::subscriptions`](crate::Boot::subscriptions), or borrows
/// it in a handler as `&Subscriptions`. Clones are cheap, and share the same set. The subscriptions
/// behave like those of `#[subscribe]`: they are renewed whenever they end, counted in the metrics,
/// and drained.
#[derive(Debug, Clone)]
pub struct Subscriptions(Arc<Set>);

#[derive(Debug)]
struct Set {
    supervisor: SubscriptionSupervisor,
    running: Mutex<Vec<(Subscription, CancellationToken)>>,
}

/// Number of changes by [`Subscriptions::replace`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed {
    /// Subscriptions that were started.
    pub started: usize,
    /// Subscriptions that were stopped.
    pub stopped: usize,
    /// Subscriptions that continue unchanged.
    pub kept: usize,
}

impl Subscriptions {
    pub(crate) fn new(supervisor: SubscriptionSupervisor) -> Self {
        Self(Arc::new(Set {
            supervisor,
            running: Mutex::default(),
        }))
    }

    /// Replaces the set. Subscriptions that are already in the set continue unchanged, and new
    /// subscriptions are started. Duplicates count once. Subscriptions that are not in the new set
    /// are stopped after their queued deliveries are handled.
    ///
    /// # Errors
    ///
    /// Returns [`SubscribeError::BadTopic`] if a topic is empty or over 512 bytes. The set is then
    /// unchanged.
    ///
    /// ```no_run
    /// # use std::sync::Arc;
    /// use hecate_om::fact::{FactMetadata, Delivery, SubscribeError, Subscription, Subscriptions};
    ///
    /// async fn placed(shop: Arc<u64>, order: Delivery<String>, _: FactMetadata) {
    ///     println!("{shop}: {order:?}");
    /// }
    ///
    /// fn follow(subscriptions: &Subscriptions, shops: &[u64]) -> Result<(), SubscribeError> {
    ///     let each = shops.iter().map(|shop| {
    ///         Subscription::new(format!("acme/shop-{shop}/order_placed_v1"), *shop, placed)
    ///     });
    ///     subscriptions.replace(each)?;
    ///     Ok(())
    /// }
    /// ```
    pub fn replace(
        &self,
        subscriptions: impl IntoIterator<Item = Subscription>,
    ) -> Result<Changed, SubscribeError> {
        let mut wanted: Vec<Subscription> = Vec::new();
        for subscription in subscriptions {
            SubscribeError::check(&subscription.topic)?;
            if !wanted.contains(&subscription) {
                wanted.push(subscription);
            }
        }
        let mut running = self
            .0
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::take(&mut *running);
        let mut changed = Changed {
            started: 0,
            stopped: 0,
            kept: 0,
        };
        for (subscription, stop) in before {
            match wanted.iter().position(|wanted| *wanted == subscription) {
                Some(at) => {
                    wanted.swap_remove(at);
                    changed.kept += 1;
                    running.push((subscription, stop));
                }
                None => {
                    changed.stopped += 1;
                    stop.cancel();
                }
            }
        }
        for subscription in wanted {
            changed.started += 1;
            let stop = self.0.supervisor.start(SubscriptionSpec {
                topic: subscription.topic.clone(),
                location: subscription.location,
                gaps_ignored: false,
                concurrency: subscription.concurrency,
                failure: FailurePolicy::default(),
                is_stored: false,
                states: Arc::new(StateMap::default()),
                schema: LazySchemaId::default(),
                invoke: Arc::clone(&subscription.invoke),
            });
            running.push((subscription, stop));
        }
        Ok(changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::dead_letter::DeadLetters;
    use crate::handler::HandlerTasks;
    use crate::mesh::{Authority, Identity, Mesh};

    async fn handle(_: Arc<u8>, _: Delivery<String>, _: FactMetadata) {}
    async fn handle_otherwise(_: Arc<u8>, _: Delivery<String>, _: FactMetadata) {}

    fn set() -> Subscriptions {
        let (mesh, _) = Mesh::pending(&Identity::for_tests(), Arc::new(Authority::none()));
        let facts = Arc::clone(mesh.facts());
        let tasks = HandlerTasks::default();
        let (dead_letters, clock) = (DeadLetters::unused(&tasks), Clock::default());
        Subscriptions::new(SubscriptionSupervisor::new(
            facts,
            tasks,
            dead_letters,
            clock,
        ))
    }

    fn changed(started: usize, stopped: usize, kept: usize) -> Result<Changed, SubscribeError> {
        Ok(Changed {
            started,
            stopped,
            kept,
        })
    }

    #[tokio::test]
    async fn only_subscriptions_that_differ_are_stopped_and_started() {
        let set = set();
        let a = || Subscription::new("a_v1", 1, handle);
        let b = || Subscription::new("b_v1", 1, handle);
        assert_eq!(set.replace([a(), b()]), changed(2, 0, 0));
        assert_eq!(set.replace([b(), a(), b()]), changed(0, 0, 2));
        assert_eq!(
            set.replace([a(), Subscription::new("b_v1", 2, handle)]),
            changed(1, 1, 1)
        );
        assert_eq!(set.replace([a(), b()]), changed(1, 1, 1));
        assert_eq!(
            set.replace([a(), Subscription::new("b_v1", 1, handle_otherwise)]),
            changed(1, 1, 1)
        );
        assert_eq!(set.replace([a().concurrency(2), b()]), changed(2, 2, 0));
        assert_eq!(set.replace([]), changed(0, 2, 0));
    }

    #[tokio::test]
    async fn an_invalid_topic_changes_nothing() {
        let set = set();
        let a = || Subscription::new("a_v1", 1, handle);
        assert_eq!(set.replace([a()]), changed(1, 0, 0));
        let error = set
            .replace([Subscription::new("x".repeat(513), 1, handle)])
            .unwrap_err();
        assert!(error.to_string().contains("this has 513"), "{error}");
        assert_eq!(set.replace([a()]), changed(0, 0, 1));
    }
}
