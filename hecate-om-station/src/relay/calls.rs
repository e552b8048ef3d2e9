//! CALL, forwarded to the provider, and its reply, forwarded to the caller.

use std::sync::Arc;

use bytes::Bytes;
use macula_rust::cbor::Value;
use macula_rust::frame::{
    RelayErrorSpec, RelayErrorType, RequestType, VerifiedRequest, claimed_reply_ids,
    sign_relay_error, verify_request,
};
use tracing::debug;

use crate::clock::now_ms;
use crate::frames::encode_frame;
use crate::link::Link;
use crate::name::QualifiedName;
use crate::procedures;
use crate::routing::ForwardError;
use crate::state::StationState;

/// Errors of the station as a relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RelayCode {
    /// The target does not serve the procedure through this station.
    UnknownNextPeer,
    /// The provider or the station has too many requests waiting, or the station is about to stop.
    Overloaded,
}

impl RelayCode {
    fn name(self) -> &'static str {
        match self {
            Self::UnknownNextPeer => "unknown_next_peer",
            Self::Overloaded => "overloaded",
        }
    }
}

/// Verifies a request of `link`. An invalid request is dropped: nothing in it can be trusted enough
/// to answer it.
pub(super) fn verify_own_request(
    state: &StationState,
    link: &Link,
    fields: &Value,
    expected: RequestType,
) -> Option<VerifiedRequest> {
    let verified = verify_request(fields, state.profile())
        .map_err(|error| debug!(node = hex::encode(link.node), %error, "request dropped"))
        .ok()?;
    if verified.frame_type != expected || verified.caller != link.node {
        debug!(
            node = hex::encode(link.node),
            "request dropped: of another type or signed by another node"
        );
        return None;
    }
    Some(verified)
}

/// Returns the link of the request's target, if that node advertised the procedure here.
pub(super) fn provider(state: &StationState, request: &VerifiedRequest) -> Option<Arc<Link>> {
    let link = state.links.get(&request.target)?;
    let name = QualifiedName::new(request.realm, request.procedure.as_str());
    let is_served = link
        .procedures()
        .get(&name)
        .is_some_and(|procedure| procedure.is_live(now_ms()));
    is_served.then_some(link)
}

/// Handles a CALL: answers it if the station is the target, forwards it as received if a linked
/// node serves the procedure, and refuses it otherwise. A closing station drops new calls: its
/// GOODBYE tells the caller that they were not forwarded.
pub(crate) fn call(state: &Arc<StationState>, link: &Arc<Link>, fields: &Value, frame: Bytes) {
    let Some(request) = verify_own_request(state, link, fields, RequestType::Call) else {
        return;
    };
    if request.target == state.node {
        procedures::answer(state, link, request);
        return;
    }
    let Some(provider) = provider(state, &request) else {
        refuse(state, link, request, RelayCode::UnknownNextPeer);
        return;
    };
    let registered = state.pending.register(
        request.request_hash,
        link,
        provider.node,
        request.deadline,
        now_ms(),
    );
    match registered {
        Ok(()) => {}
        Err(ForwardError::Overloaded) => {
            refuse(state, link, request, RelayCode::Overloaded);
            return;
        }
        Err(ForwardError::Closing) => return,
    }
    if provider.try_send(frame).is_err() {
        state.pending.remove(&request.request_hash);
        refuse(state, link, request, RelayCode::Overloaded);
    }
}

/// Handles a RESULT or a provider's ERROR: forwards it to the caller, which verifies its signature
/// with the request.
pub(crate) fn reply(state: &StationState, link: &Link, fields: &Value, frame: Bytes) {
    let node = || hex::encode(link.node);
    if fields.get("reply").is_none() {
        debug!(
            node = node(),
            "reply dropped: not from the provider of the call"
        );
        return;
    }
    let Ok((_, request)) = claimed_reply_ids(fields) else {
        debug!(node = node(), "reply dropped: malformed");
        return;
    };
    if !state.pending.complete(&request, &link.node, frame) {
        debug!(node = node(), "reply dropped: no call waits for it");
    }
}

fn refuse(state: &StationState, link: &Link, request: VerifiedRequest, code: RelayCode) {
    if code == RelayCode::Overloaded && !link.understands_overloaded() {
        return;
    }
    debug!(
        node = hex::encode(link.node),
        procedure = request.procedure,
        code = code.name(),
        "call refused"
    );
    if let Some(error) = relay_error(state, request, RelayErrorType::Error, code) {
        link.send(error);
    }
}

/// Returns the station's signed error for `request` as a frame.
pub(super) fn relay_error(
    state: &StationState,
    request: VerifiedRequest,
    frame_type: RelayErrorType,
    code: RelayCode,
) -> Option<Bytes> {
    let spec = RelayErrorSpec {
        frame_type,
        offending_hop: Some(request.target),
        request,
        code: code.name().to_owned(),
        source_route_partial: None,
    };
    let signed = sign_relay_error(&spec, &state.key)
        .map_err(|error| debug!(%error, "relay error not signed"))
        .ok()?;
    encode_frame(&signed)
}
