//! What the station does with each frame of a client's control stream.

use std::sync::Arc;

use bytes::Bytes;
use macula_rust::cbor::{self, Value};
use macula_rust::frame::{
    FrameError, Liveness, is_control_frame, liveness_nonce, liveness_pong_frame, read_control,
    read_envelope, unknown_frame_type,
};
use macula_rust::handshake::{Peer, read_status_frame};
use tracing::debug;

use super::frames::{PREFIX, framed_value};
use super::link::{End, Link};
use crate::clock::now_ms;
use crate::hub::Hub;
use crate::relay;

/// The frame types a station acts on from a client's control stream; any
/// other is read past (wire 1.0 §3.3).
const FRAME_TYPES: &[&str] = &[
    "status",
    "liveness_ping",
    "liveness_pong",
    "goodbye",
    "advertise",
    "unadvertise",
    "subscribe",
    "unsubscribe",
    "publish",
    "call",
    "result",
    "error",
];

/// Acts on one frame, received with its length prefix. `Err` ends the link: a
/// frame that does not read, a statement that does not verify, a goodbye. A
/// frame whose signed object does not verify is dropped and the link stays.
pub(super) fn received(hub: &Arc<Hub>, link: &Arc<Link>, frame: Bytes) -> Result<(), End> {
    let value = cbor::decode(&frame[PREFIX..]).map_err(|_| End::Malformed)?;
    let envelope = match read_envelope(&value) {
        Ok(envelope) => envelope,
        Err(FrameError::ExtensionUnsupported(name)) => {
            debug!(name, "frame dropped: critical extension unknown");
            return Ok(());
        }
        Err(_) => return Err(End::Malformed),
    };
    if let Some(unknown) = unknown_frame_type(&envelope, FRAME_TYPES) {
        debug!(frame_type = unknown, "frame dropped: type unknown");
        return Ok(());
    }
    let fields = envelope.frame;
    if is_control_frame(&envelope.frame_type) && read_control(&fields).is_err() {
        return Err(End::Malformed);
    }
    match envelope.frame_type.as_str() {
        "call" => relay::call(hub, link, &fields, frame),
        "result" | "error" => relay::reply(hub, link, &fields, frame),
        "publish" => relay::publish(hub, link, &fields),
        "advertise" => relay::advertise(hub, link, &fields),
        "unadvertise" => relay::unadvertise(hub, link, &fields),
        "subscribe" => relay::subscribe(hub, link, &fields),
        "unsubscribe" => relay::unsubscribe(hub, link, &fields),
        "status" => return status(hub, link, &fields),
        "goodbye" => return Err(End::Goodbye(goodbye_reason(&fields))),
        _ => liveness(link, &fields),
    }
    Ok(())
}

fn status(hub: &Hub, link: &Link, fields: &Value) -> Result<(), End> {
    let peer = Peer {
        profile: hub.profile(),
        identity_key: link.proof.identity_key.clone(),
        binding: link.proof.connect_binding.clone(),
        now_ms: now_ms(),
    };
    let expires_at = read_status_frame(fields, &peer).map_err(|why| {
        debug!(node = hex::encode(link.node), %why, "status refused");
        End::Malformed
    })?;
    link.status_renewed(expires_at);
    Ok(())
}

/// Answers a probe in its place in the stream: to the client the answer says
/// that every frame before the probe was acted on.
fn liveness(link: &Link, fields: &Value) {
    match liveness_nonce(fields) {
        Some((Liveness::Ping, nonce)) => {
            if let Some(pong) = framed_value(&liveness_pong_frame(&nonce)) {
                link.send(pong);
            }
        }
        Some((Liveness::Pong, nonce)) => link.probe_answered(nonce),
        None => {}
    }
}

fn goodbye_reason(fields: &Value) -> String {
    match fields.get("reason") {
        Some(Value::Text(reason)) => reason.clone(),
        _ => String::new(),
    }
}
