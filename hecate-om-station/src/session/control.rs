//! Frames of a client's control stream.

use std::sync::Arc;

use bytes::Bytes;
use macula_rust::cbor::{self, Value};
use macula_rust::frame::{
    FrameError, Liveness, is_control_frame, liveness_nonce, liveness_pong_frame, read_control,
    read_envelope, unknown_frame_type,
};
use macula_rust::handshake::{Peer, read_status_frame};
use tracing::debug;

use crate::clock::now_ms;
use crate::frames::{PREFIX, encode_frame};
use crate::link::{CloseReason, Link};
use crate::relay;
use crate::state::StationState;

/// The frame types that a station handles on a control stream. Other types are skipped (wire 1.0
/// §3.3).
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

/// Handles a frame, received with its length prefix. `Err` closes the link: after a malformed
/// frame, a status statement that does not verify, or a GOODBYE. A frame whose signed object does
/// not verify is dropped and the link stays.
pub(crate) fn handle(
    state: &Arc<StationState>,
    link: &Arc<Link>,
    frame: Bytes,
) -> Result<(), CloseReason> {
    let value = cbor::decode(&frame[PREFIX..]).map_err(|_| CloseReason::Malformed)?;
    let envelope = match read_envelope(&value) {
        Ok(envelope) => envelope,
        Err(FrameError::ExtensionUnsupported(name)) => {
            debug!(name, "frame dropped: unknown critical extension");
            return Ok(());
        }
        Err(_) => return Err(CloseReason::Malformed),
    };
    if let Some(unknown) = unknown_frame_type(&envelope, FRAME_TYPES) {
        debug!(frame_type = unknown, "frame dropped: unknown type");
        return Ok(());
    }
    let fields = envelope.frame;
    if is_control_frame(&envelope.frame_type) && read_control(&fields).is_err() {
        return Err(CloseReason::Malformed);
    }
    match envelope.frame_type.as_str() {
        "call" => relay::call(state, link, &fields, frame),
        "result" | "error" => relay::reply(state, link, &fields, frame),
        "publish" => relay::publish(state, link, &fields),
        "advertise" => relay::advertise(state, link, &fields),
        "unadvertise" => relay::unadvertise(state, link, &fields),
        "subscribe" => relay::subscribe(state, link, &fields),
        "unsubscribe" => relay::unsubscribe(state, link, &fields),
        "status" => return handle_status(state, link, &fields),
        "goodbye" => return Err(CloseReason::Goodbye(goodbye_reason(&fields))),
        _ => handle_liveness(link, &fields),
    }
    Ok(())
}

fn handle_status(state: &StationState, link: &Link, fields: &Value) -> Result<(), CloseReason> {
    let peer = Peer {
        profile: state.profile(),
        identity_key: link.proof.identity_key.clone(),
        binding: link.proof.connect_binding.clone(),
        now_ms: now_ms(),
    };
    let expires_at = read_status_frame(fields, &peer).map_err(|error| {
        debug!(node = hex::encode(link.node), %error, "status refused");
        CloseReason::Malformed
    })?;
    link.renew_status(expires_at);
    Ok(())
}

/// Answers a probe in stream order: the answer tells the client that every frame before the probe
/// was handled.
fn handle_liveness(link: &Link, fields: &Value) {
    match liveness_nonce(fields) {
        Some((Liveness::Ping, nonce)) => {
            if let Some(pong) = encode_frame(&liveness_pong_frame(&nonce)) {
                link.send(pong);
            }
        }
        Some((Liveness::Pong, nonce)) => link.record_probe_answer(nonce),
        None => {}
    }
}

fn goodbye_reason(fields: &Value) -> String {
    match fields.get("reason") {
        Some(Value::Text(reason)) => reason.clone(),
        _ => String::new(),
    }
}
