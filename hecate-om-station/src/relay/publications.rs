//! SUBSCRIBE, UNSUBSCRIBE, and PUBLISH to whoever subscribed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use macula_rust::cbor::Value;
use macula_rust::frame::{PROTOCOL_VERSION, verify_publication};
use tracing::debug;

use super::Name;
use super::acknowledge::{Answered, acknowledge};
use super::name::MAX_NAME_BYTES;
use crate::clock::now_ms;
use crate::config::{RegistrationKind, RegistrationRefusal as Refusal};
use crate::hub::Hub;
use crate::session::{Link, framed_value};

/// Topics a link may subscribe to at most, and subscriptions over all links.
const MAX_PER_LINK: usize = 4_096;
const MAX_TOTAL: usize = 65_536;

/// Who subscribed to what.
#[derive(Debug, Default)]
pub(crate) struct Topics {
    subscribers: Mutex<Subscribers>,
}

#[derive(Debug, Default)]
struct Subscribers {
    by_topic: HashMap<Name, Vec<Arc<Link>>>,
    total: usize,
}

impl Topics {
    fn lock(&self) -> MutexGuard<'_, Subscribers> {
        self.subscribers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn subscribe(&self, link: &Arc<Link>, topic: &Name) -> Result<(), Refusal> {
        let mut subscribers = self.lock();
        let mut topics = link.topics();
        if topics.contains(topic) {
            return Ok(());
        }
        if topics.len() >= MAX_PER_LINK || subscribers.total >= MAX_TOTAL {
            return Err(Refusal::Refused);
        }
        topics.insert(topic.clone());
        subscribers.total += 1;
        let of_topic = subscribers.by_topic.entry(topic.clone()).or_default();
        of_topic.push(link.clone());
        Ok(())
    }

    fn unsubscribe(&self, link: &Arc<Link>, topic: &Name) {
        let mut subscribers = self.lock();
        if link.topics().remove(topic) {
            subscribers.remove(link, topic);
        }
    }

    /// Drops the subscriptions of an ended link.
    pub(crate) fn forget(&self, link: &Arc<Link>) {
        let mut subscribers = self.lock();
        let topics = std::mem::take(&mut *link.topics());
        for topic in &topics {
            subscribers.remove(link, topic);
        }
    }

    fn of(&self, topic: &Name) -> Vec<Arc<Link>> {
        self.lock().by_topic.get(topic).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
impl Topics {
    pub(crate) fn total(&self) -> usize {
        self.lock().total
    }
}

impl Subscribers {
    fn remove(&mut self, link: &Arc<Link>, topic: &Name) {
        let Some(links) = self.by_topic.get_mut(topic) else {
            return;
        };
        let before = links.len();
        links.retain(|held| !Arc::ptr_eq(held, link));
        self.total -= before - links.len();
        if links.is_empty() {
            self.by_topic.remove(topic);
        }
    }
}

pub(crate) fn subscribe(hub: &Arc<Hub>, link: &Arc<Link>, fields: &Value) {
    let Some((topic, subscriber)) = topic(fields) else {
        debug!(node = hex::encode(link.node), "subscribe dropped: no topic");
        return;
    };
    let outcome = if topic.text.len() > MAX_NAME_BYTES {
        Err(Refusal::NameTooLong)
    } else if subscriber != link.node {
        Err(Refusal::Refused)
    } else {
        hub.judge(RegistrationKind::Subscribe, &topic, link)
            .and_then(|()| hub.topics.subscribe(link, &topic))
    };
    let answered = Answered::Subscribe { subscriber };
    acknowledge(link, answered, &topic, outcome);
}

pub(crate) fn unsubscribe(hub: &Arc<Hub>, link: &Arc<Link>, fields: &Value) {
    let Some((topic, subscriber)) = topic(fields) else {
        debug!(
            node = hex::encode(link.node),
            "unsubscribe dropped: no topic"
        );
        return;
    };
    let outcome = if subscriber == link.node {
        let verdict = hub.judge(RegistrationKind::Unsubscribe, &topic, link);
        verdict.map(|()| hub.topics.unsubscribe(link, &topic))
    } else {
        Err(Refusal::Refused)
    };
    let answered = Answered::Unsubscribe { subscriber };
    acknowledge(link, answered, &topic, outcome);
}

/// A frame's topic and subscriber; `None` for a topic an acknowledgement,
/// whose name is text, could not name.
fn topic(fields: &Value) -> Option<(Name, [u8; 32])> {
    let bytes = |key: &str| match fields.get(key) {
        Some(Value::Bytes(bytes)) => Some(bytes.clone()),
        _ => None,
    };
    let realm = bytes("realm")?.try_into().ok()?;
    let subscriber = bytes("subscriber")?.try_into().ok()?;
    let text = String::from_utf8(bytes("topic")?).ok()?;
    (!text.is_empty()).then(|| (Name::new(realm, text), subscriber))
}

/// A PUBLISH: its publication, once it verifies, goes to the topic's
/// subscribers as one EVENT, encoded once. A subscriber that reads too slowly
/// loses its link, not its events in silence.
pub(crate) fn publish(hub: &Arc<Hub>, link: &Arc<Link>, fields: &Value) {
    let verified = match verify_publication(fields, hub.profile(), now_ms()) {
        Ok(verified) => verified,
        Err(why) => {
            debug!(node = hex::encode(link.node), %why, "publication dropped");
            return;
        }
    };
    if verified.publisher != link.node {
        debug!(
            node = hex::encode(link.node),
            "publication dropped: not the publisher's own"
        );
        return;
    }
    let subscribers = hub.topics.of(&Name::new(verified.realm, verified.topic));
    if subscribers.is_empty() {
        return;
    }
    let Some(event) = event(fields).and_then(|event| framed_value(&event)) else {
        debug!(
            node = hex::encode(link.node),
            "publication dropped: its event is over the frame limit"
        );
        return;
    };
    for subscriber in subscribers {
        subscriber.send(event.clone());
    }
}

/// The EVENT of a PUBLISH: its publication as received.
fn event(publish: &Value) -> Option<Value> {
    let publication = publish.get("publication")?.clone();
    Some(Value::Map(vec![
        (Value::text("version"), Value::Int(PROTOCOL_VERSION.into())),
        (Value::text("frame_type"), Value::text("event")),
        (Value::text("publication"), publication),
        (Value::text("delivered_via"), Value::text("direct")),
    ]))
}
