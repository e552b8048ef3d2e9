//! Subscriptions that come and go while the service runs.

use std::any::{Any, TypeId};
use std::fmt;
use std::future::Future;
use std::mem::size_of;
use std::sync::{Arc, Mutex, PoisonError};

use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use super::SubscribeError;
use super::listening::{Listener, SubscriptionSupervisor};
use crate::capability::States;
use crate::handler::{HandlerError, HandlerFuture, Outcome};
use crate::subscription::{Delivery, FactInvocation, FactMetadata};

/// A subscription that a service makes while it runs: a topic, the handler of what is heard, and what the handler is
/// given with each.
///
/// The whole of it says which subscription it is: two are the same where topic, handler, argument and options are.
#[derive(Clone)]
pub struct Subscription {
    topic: String,
    handler: TypeId,
    location: &'static str,
    args: Arc<dyn Args>,
    concurrency: u32,
    invoke: Arc<dyn Fn(FactInvocation) -> HandlerFuture<(), HandlerError> + Send + Sync>,
}

/// An argument that can be told from another of its type.
trait Args: Any + Send + Sync {
    fn same(&self, other: &dyn Any) -> bool;
    fn as_any(&self) -> &dyn Any;
}

impl<A: PartialEq + Send + Sync + 'static> Args for A {
    fn same(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<A>() == Some(self)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Subscription {
    /// A subscription to `topic`, whose `handler` is called with `args` and what is heard, one at a time and in order.
    ///
    /// The handler is a function, or a closure that captures nothing: what it needs is its argument, by which one
    /// subscription is told from another. The topic is any text that the wire carries.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use hecate_om::fact::{FactMetadata, Delivery, Subscription};
    ///
    /// async fn placed(shop: Arc<u64>, order: Delivery<String>, event: FactMetadata) -> Result<(), String> {
    ///     match order {
    ///         Delivery::Fact(order) => println!("shop {shop}: {order} by {}", event.publisher()),
    ///         Delivery::Interrupted { .. } => {}
    ///         Delivery::Gap { .. } => return Err(format!("the orders of shop {shop} are to be asked for again")),
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
                "the handler of a subscription captures nothing and is no pointer: give it what it needs as its argument"
            );
        }
        let args = Arc::new(args);
        let given = Arc::clone(&args);
        Self {
            topic: topic.into(),
            handler: TypeId::of::<F>(),
            location: std::any::type_name::<F>(),
            args,
            concurrency: 1,
            invoke: Arc::new(move |mut invocation: FactInvocation| {
                let args = Arc::clone(&given);
                HandlerFuture::new(async move {
                    let heard = invocation.decoded::<T>()?;
                    let event = invocation.metadata().clone();
                    handler(args, heard, event).await.outcome()
                })
            }),
        }
    }

    /// Handles so many facts at once, in no order, instead of one after the other; 0 counts as 1.
    #[must_use]
    pub fn concurrency(mut self, facts: u32) -> Self {
        self.concurrency = facts.max(1);
        self
    }

    /// What it listens to.
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
            && self.args.same((*other.args).as_any())
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Subscription({} by {})", self.topic, self.location)
    }
}

/// The subscriptions that a service makes while it runs, as one set.
///
/// A service has it from [`Boot::subscriptions`](crate::Boot::subscriptions), or borrows it in a handler as
/// `&Subscriptions`. It is cheap to clone, and all clones are the same set. What it holds is looked after as what
/// `#[subscribe]` makes: made again whenever it ends, counted, and drained.
#[derive(Debug, Clone)]
pub struct Subscriptions(Arc<Set>);

#[derive(Debug)]
struct Set {
    listening: SubscriptionSupervisor,
    running: Mutex<Vec<(Subscription, CancellationToken)>>,
}

/// What a change of the set came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed {
    /// How many were started.
    pub started: usize,
    /// How many were stopped.
    pub stopped: usize,
    /// How many went on untouched.
    pub kept: usize,
}

impl Subscriptions {
    pub(crate) fn new(listening: SubscriptionSupervisor) -> Self {
        Self(Arc::new(Set {
            listening,
            running: Mutex::default(),
        }))
    }

    /// Has these subscriptions and no others, from now on. One that is in the set already goes on untouched; one that
    /// differs in anything, be it only its argument, is another: the old one is stopped, once what it has heard is
    /// handled, and the new one started. One that is given twice counts once.
    ///
    /// # Errors
    ///
    /// Where the wire carries no such topic. Nothing is changed then.
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
        for one in subscriptions {
            SubscribeError::check(&one.topic)?;
            if !wanted.contains(&one) {
                wanted.push(one);
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
        for (one, stop) in before {
            match wanted.iter().position(|wanted| *wanted == one) {
                Some(at) => {
                    wanted.swap_remove(at);
                    changed.kept += 1;
                    running.push((one, stop));
                }
                None => {
                    changed.stopped += 1;
                    stop.cancel();
                }
            }
        }
        for one in wanted {
            changed.started += 1;
            let stop = self.0.listening.begin(Listener {
                topic: one.topic.clone(),
                location: one.location,
                gaps_ignored: false,
                concurrency: one.concurrency,
                states: Arc::new(States::default()),
                invoke: Arc::clone(&one.invoke),
            });
            running.push((one, stop));
        }
        Ok(changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capability::NodeId;
    use crate::handler::HandlerTasks;
    use crate::mesh::{Authority, Mesh};

    async fn one(_: Arc<u8>, _: Delivery<String>, _: FactMetadata) {}
    async fn other(_: Arc<u8>, _: Delivery<String>, _: FactMetadata) {}

    fn set() -> Subscriptions {
        let (mesh, _) = Mesh::pending(NodeId::from_bytes([1; 32]), Arc::new(Authority::none()));
        Subscriptions::new(SubscriptionSupervisor::new(mesh, HandlerTasks::default()))
    }

    fn changed(started: usize, stopped: usize, kept: usize) -> Result<Changed, SubscribeError> {
        Ok(Changed {
            started,
            stopped,
            kept,
        })
    }

    #[tokio::test]
    async fn only_what_differs_in_anything_is_stopped_and_started() {
        let set = set();
        let a = || Subscription::new("a_v1", 1, one);
        let b = || Subscription::new("b_v1", 1, one);
        assert_eq!(set.replace([a(), b()]), changed(2, 0, 0));
        assert_eq!(set.replace([b(), a(), b()]), changed(0, 0, 2));
        assert_eq!(
            set.replace([a(), Subscription::new("b_v1", 2, one)]),
            changed(1, 1, 1)
        );
        assert_eq!(set.replace([a(), b()]), changed(1, 1, 1));
        assert_eq!(
            set.replace([a(), Subscription::new("b_v1", 1, other)]),
            changed(1, 1, 1)
        );
        assert_eq!(set.replace([a().concurrency(2), b()]), changed(2, 2, 0));
        assert_eq!(set.replace([]), changed(0, 2, 0));
    }

    #[tokio::test]
    async fn a_topic_that_the_wire_does_not_carry_changes_nothing() {
        let set = set();
        let a = || Subscription::new("a_v1", 1, one);
        assert_eq!(set.replace([a()]), changed(1, 0, 0));
        let error = set
            .replace([Subscription::new("x".repeat(513), 1, one)])
            .unwrap_err();
        assert!(error.to_string().contains("this has 513"), "{error}");
        assert_eq!(set.replace([a()]), changed(0, 0, 1));
    }
}
