//! PUBLISH, relayed to the topic's subscribers.

use macula_rust::cbor::Value;
use macula_rust::frame::{PROTOCOL_VERSION, verify_publication};
use tracing::debug;

use crate::clock::now_ms;
use crate::frames::encode_frame;
use crate::link::Link;
use crate::name::QualifiedName;
use crate::state::StationState;

/// Handles a PUBLISH. If the publication verifies, each subscriber receives it as an EVENT. The
/// link of a subscriber whose send queue is full is closed, so that the subscriber knows that it
/// may have missed events.
pub(crate) fn publish(state: &StationState, link: &Link, fields: &Value) {
    let verified = match verify_publication(fields, state.profile(), now_ms()) {
        Ok(verified) => verified,
        Err(error) => {
            debug!(node = hex::encode(link.node), %error, "publication dropped");
            return;
        }
    };
    if verified.publisher != link.node {
        debug!(
            node = hex::encode(link.node),
            "publication dropped: signed by another node"
        );
        return;
    }
    let topic = QualifiedName::new(verified.realm, verified.topic);
    let subscribers = state.subscriptions.subscribers(&topic);
    if subscribers.is_empty() {
        return;
    }
    let Some(event) = event(fields).and_then(|event| encode_frame(&event)) else {
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

/// Returns the EVENT with a PUBLISH's publication as received.
fn event(publish: &Value) -> Option<Value> {
    let publication = publish.get("publication")?.clone();
    Some(Value::Map(vec![
        (Value::text("version"), Value::Int(PROTOCOL_VERSION.into())),
        (Value::text("frame_type"), Value::text("event")),
        (Value::text("publication"), publication),
        (Value::text("delivered_via"), Value::text("direct")),
    ]))
}
