//! CALL, passed on to the provider it targets, and the reply back.

use std::sync::Arc;

use bytes::Bytes;
use macula_rust::cbor::Value;
use macula_rust::frame::{
    RelayErrorSpec, RelayErrorType, RequestType, VerifiedRequest, claimed_reply_ids,
    sign_relay_error, verify_request,
};
use tracing::debug;

use super::Name;
use super::pending::NotPassedOn;
use crate::clock::now_ms;
use crate::hub::Hub;
use crate::procedures;
use crate::session::{Link, framed_value};

/// The station's own errors, a closed set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RelayCode {
    /// The target serves no such procedure through this station.
    UnknownNextPeer,
    /// The provider, or this station, has too much waiting, or the station is
    /// about to stop.
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

/// A request from `link` that verified and is `link`'s own. A station checks
/// what it passes on; what fails is dropped, as nothing in it can be trusted
/// enough to answer.
pub(super) fn own_request(
    hub: &Hub,
    link: &Link,
    fields: &Value,
    expected: RequestType,
) -> Option<VerifiedRequest> {
    let verified = verify_request(fields, hub.profile())
        .map_err(|why| debug!(node = hex::encode(link.node), %why, "request dropped"))
        .ok()?;
    if verified.frame_type != expected || verified.caller != link.node {
        debug!(
            node = hex::encode(link.node),
            "request dropped: not the caller's own"
        );
        return None;
    }
    Some(verified)
}

/// The link of the node `request` targets, where that node serves the
/// procedure through this station.
pub(super) fn provider_of(hub: &Hub, request: &VerifiedRequest) -> Option<Arc<Link>> {
    let link = hub.links.get(&request.target)?;
    let name = Name::new(request.realm, request.procedure.as_str());
    let serves = link
        .served()
        .get(&name)
        .is_some_and(|served| served.is_live(now_ms()));
    serves.then_some(link)
}

/// A CALL: answered by the station itself where it is the target, passed on
/// as received where a linked node serves it, and refused otherwise. A closing
/// station leaves new ones unanswered: the goodbye says that they were not
/// passed on.
pub(crate) fn call(hub: &Arc<Hub>, link: &Arc<Link>, fields: &Value, frame: Bytes) {
    let Some(request) = own_request(hub, link, fields, RequestType::Call) else {
        return;
    };
    if request.target == hub.node {
        procedures::answer(hub, link, request);
        return;
    }
    let Some(provider) = provider_of(hub, &request) else {
        refuse(hub, link, request, RelayCode::UnknownNextPeer);
        return;
    };
    let passed_on = hub.pending.begin(
        request.request_hash,
        link,
        provider.node,
        request.deadline,
        now_ms(),
    );
    match passed_on {
        Ok(()) => {}
        Err(NotPassedOn::Overloaded) => {
            refuse(hub, link, request, RelayCode::Overloaded);
            return;
        }
        Err(NotPassedOn::Closing) => return,
    }
    if provider.try_send(frame).is_err() {
        hub.pending.forget(&request.request_hash);
        refuse(hub, link, request, RelayCode::Overloaded);
    }
}

/// A RESULT or a provider's ERROR, passed on to the caller that waits for it.
/// Its signature is the caller's to check, against the request it signed.
pub(crate) fn reply(hub: &Arc<Hub>, link: &Arc<Link>, fields: &Value, frame: Bytes) {
    if fields.get("reply").is_none() {
        debug!(
            node = hex::encode(link.node),
            "reply dropped: not a provider's"
        );
        return;
    }
    let Ok((_, request)) = claimed_reply_ids(fields) else {
        debug!(node = hex::encode(link.node), "reply dropped: malformed");
        return;
    };
    if !hub.pending.answer(&request, &link.node, frame) {
        debug!(node = hex::encode(link.node), "reply dropped: unmatched");
    }
}

fn refuse(hub: &Hub, link: &Link, request: VerifiedRequest, code: RelayCode) {
    if code == RelayCode::Overloaded && !link.reads_overloaded() {
        return;
    }
    debug!(
        node = hex::encode(link.node),
        procedure = request.procedure,
        code = code.name(),
        "call refused"
    );
    if let Some(error) = relay_error(hub, request, RelayErrorType::Error, code) {
        link.send(error);
    }
}

/// The station's signed error for `request`, framed.
pub(super) fn relay_error(
    hub: &Hub,
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
    let signed = sign_relay_error(&spec, &hub.key)
        .map_err(|why| debug!(%why, "relay error not signed"))
        .ok()?;
    framed_value(&signed)
}
