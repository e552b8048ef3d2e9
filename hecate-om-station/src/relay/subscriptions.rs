//! SUBSCRIBE and UNSUBSCRIBE.

use std::sync::Arc;

use macula_rust::cbor::Value;
use tracing::debug;

use super::acknowledge::{Acknowledged, acknowledge};
use crate::link::Link;
use crate::name::{MAX_NAME_BYTES, QualifiedName};
use crate::policy::{RegistrationKind, RegistrationRefusal};
use crate::state::StationState;

pub(crate) fn subscribe(state: &StationState, link: &Arc<Link>, fields: &Value) {
    let Some((topic, subscriber)) = read_subscription(fields) else {
        debug!(node = hex::encode(link.node), "subscribe dropped: no topic");
        return;
    };
    let outcome = if topic.text.len() > MAX_NAME_BYTES {
        Err(RegistrationRefusal::NameTooLong)
    } else if subscriber != link.node {
        Err(RegistrationRefusal::Refused)
    } else {
        state
            .check_registration(RegistrationKind::Subscribe, &topic, link)
            .and_then(|()| state.subscriptions.insert(link, &topic))
    };
    let acknowledged = Acknowledged::Subscribe { subscriber };
    acknowledge(link, acknowledged, &topic, outcome);
}

pub(crate) fn unsubscribe(state: &StationState, link: &Arc<Link>, fields: &Value) {
    let Some((topic, subscriber)) = read_subscription(fields) else {
        debug!(
            node = hex::encode(link.node),
            "unsubscribe dropped: no topic"
        );
        return;
    };
    let outcome = if subscriber == link.node {
        state
            .check_registration(RegistrationKind::Unsubscribe, &topic, link)
            .map(|()| state.subscriptions.remove(link, &topic))
    } else {
        Err(RegistrationRefusal::Refused)
    };
    let acknowledged = Acknowledged::Unsubscribe { subscriber };
    acknowledge(link, acknowledged, &topic, outcome);
}

/// Reads a frame's topic and subscriber. Returns `None` if the topic is not text, because an
/// acknowledgement must repeat it as text.
fn read_subscription(fields: &Value) -> Option<(QualifiedName, [u8; 32])> {
    let bytes = |key: &str| match fields.get(key) {
        Some(Value::Bytes(bytes)) => Some(bytes.clone()),
        _ => None,
    };
    let realm = bytes("realm")?.try_into().ok()?;
    let subscriber = bytes("subscriber")?.try_into().ok()?;
    let text = String::from_utf8(bytes("topic")?).ok()?;
    (!text.is_empty()).then(|| (QualifiedName::new(realm, text), subscriber))
}
