//! Subscriptions of links to topics.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::link::Link;
use crate::name::QualifiedName;
use crate::policy::RegistrationRefusal;

/// Maximum number of subscriptions: of one link, and of all links together.
pub(super) const MAX_PER_LINK: usize = 4_096;
const MAX_TOTAL: usize = 65_536;

/// The subscriptions of all links.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    subscribers: Mutex<Subscribers>,
}

#[derive(Debug, Default)]
struct Subscribers {
    by_topic: HashMap<QualifiedName, Vec<Arc<Link>>>,
    total: usize,
}

impl Subscriptions {
    fn lock(&self) -> MutexGuard<'_, Subscribers> {
        self.subscribers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn insert(
        &self,
        link: &Arc<Link>,
        topic: &QualifiedName,
    ) -> Result<(), RegistrationRefusal> {
        let mut subscribers = self.lock();
        let mut topics = link.topics();
        if topics.contains(topic) {
            return Ok(());
        }
        if topics.len() >= MAX_PER_LINK || subscribers.total >= MAX_TOTAL {
            return Err(RegistrationRefusal::Refused);
        }
        topics.insert(topic.clone());
        subscribers.total += 1;
        let of_topic = subscribers.by_topic.entry(topic.clone()).or_default();
        of_topic.push(link.clone());
        Ok(())
    }

    pub(crate) fn remove(&self, link: &Arc<Link>, topic: &QualifiedName) {
        let mut subscribers = self.lock();
        if link.topics().remove(topic) {
            subscribers.remove(link, topic);
        }
    }

    /// Removes all subscriptions of `link`.
    pub(crate) fn remove_link(&self, link: &Arc<Link>) {
        let mut subscribers = self.lock();
        let topics = std::mem::take(&mut *link.topics());
        for topic in &topics {
            subscribers.remove(link, topic);
        }
    }

    /// Returns the links that are subscribed to `topic`.
    pub(crate) fn subscribers(&self, topic: &QualifiedName) -> Vec<Arc<Link>> {
        self.lock().by_topic.get(topic).cloned().unwrap_or_default()
    }

    /// Returns the number of subscriptions of all links.
    pub(crate) fn total(&self) -> usize {
        self.lock().total
    }
}

impl Subscribers {
    fn remove(&mut self, link: &Arc<Link>, topic: &QualifiedName) {
        let Some(links) = self.by_topic.get_mut(topic) else {
            return;
        };
        let before = links.len();
        links.retain(|subscriber| !Arc::ptr_eq(subscriber, link));
        self.total -= before - links.len();
        if links.is_empty() {
            self.by_topic.remove(topic);
        }
    }
}
