//! The procedures the station answers itself: `_dht.*` for every node, and
//! the realm's own.

use std::sync::Arc;

use macula_rust::cbor::Value;
use macula_rust::frame::{VerifiedRequest, sign_provider_error, sign_result};
use tracing::debug;

use crate::clock::now_ms;
use crate::dht::{self, Dht};
use crate::hub::Hub;
use crate::realm::Realm;
use crate::session::{Link, StationRequest, framed_value};

/// How far past its deadline a request is still answered: the tolerance every
/// clock on the mesh is given.
const CLOCK_TOLERANCE_MS: i64 = macula_rust::record::CLOCK_TOLERANCE_MS as i64;

/// An ERROR's detail is at most this long.
const MAX_DETAIL_BYTES: usize = 256;

/// The realm `_dht.*` is served in.
const ZERO_REALM: [u8; 32] = [0; 32];

/// Why the station refuses a request, as a provider's ERROR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: &'static str,
    pub(crate) detail: Option<String>,
}

impl Refusal {
    pub(crate) fn new(code: &'static str) -> Self {
        Self { code, detail: None }
    }

    /// A handler's refusal, in its own words.
    pub(crate) fn handler(text: impl Into<String>) -> Self {
        Self {
            code: "handler_error",
            detail: Some(text.into()),
        }
    }
}

/// Answers a verified request whose target is the station. A station that stops
/// leaves it unanswered: the goodbye says that it was not acted on.
pub(crate) fn answer(hub: &Arc<Hub>, link: &Arc<Link>, request: VerifiedRequest) {
    // Counted before this looks, because a station that stops looks at the count.
    let counted = link.begin_station_request();
    if hub.pending.has_stopped() {
        return;
    }
    let deadline = i64::try_from(request.deadline).unwrap_or(i64::MAX);
    let outcome = if deadline.saturating_add(CLOCK_TOLERANCE_MS) < now_ms() {
        Err(Refusal::new("expired"))
    } else if request.sealed.is_some() {
        // The station names no key to seal to.
        Err(Refusal::new("sealed_refused"))
    } else if request.realm == ZERO_REALM {
        dht::answer(&hub.dht, &request.procedure, &request.payload)
    } else if let Some(work) = of_a_realm(hub, &request) {
        return off_the_reader(hub, link, request, counted, work);
    } else {
        Err(Refusal::new("unknown_next_peer"))
    };
    respond(hub, link, &request, outcome);
}

/// What a realm makes of a request.
type Work = fn(&Realm, &Dht, &VerifiedRequest) -> Result<Value, Refusal>;

/// The realm of `request`, and what it makes of it, if the station serves that
/// realm and the procedure is one of the realm's own.
fn of_a_realm(hub: &Hub, request: &VerifiedRequest) -> Option<(Arc<Realm>, Work)> {
    let realm = hub.realms.serving(&request.realm)?.clone();
    let work: Work = if realm.is_claim(&request.procedure) {
        |realm, dht, request| realm.claim(dht, &request.caller, &request.payload)
    } else if realm.is_authority(&request.procedure) {
        |realm, _, request| realm.authority(&request.payload)
    } else {
        return None;
    };
    Some((realm, work))
}

/// A realm makes and signs what it answers with, so it works off the link's
/// reader.
fn off_the_reader(
    hub: &Arc<Hub>,
    link: &Arc<Link>,
    request: VerifiedRequest,
    counted: StationRequest,
    (realm, work): (Arc<Realm>, Work),
) {
    let Ok(permit) = realm.claims.clone().try_acquire_owned() else {
        respond(hub, link, &request, Err(Refusal::new("unavailable")));
        return;
    };
    let (hub, link) = (hub.clone(), link.clone());
    tokio::task::spawn_blocking(move || {
        let outcome = work(&realm, &hub.dht, &request);
        drop(permit);
        respond(&hub, &link, &request, outcome);
        drop(counted);
    });
}

fn respond(hub: &Hub, link: &Link, request: &VerifiedRequest, outcome: Result<Value, Refusal>) {
    let signed = match outcome {
        Ok(payload) => sign_result(request, &payload, None, &hub.key),
        Err(refusal) => {
            debug!(
                node = hex::encode(link.node),
                procedure = request.procedure,
                code = refusal.code,
                detail = refusal.detail,
                "call to the station refused"
            );
            let detail = refusal.detail.as_deref().map(within_bound);
            sign_provider_error(request, refusal.code, detail, None, &hub.key)
        }
    };
    match signed.map(|reply| framed_value(&reply)) {
        Ok(Some(reply)) => link.send(reply),
        Ok(None) => debug!("reply of the station not sent: over the frame limit"),
        Err(why) => debug!(%why, "reply of the station not signed"),
    }
}

fn within_bound(text: &str) -> &str {
    let mut end = text.len().min(MAX_DETAIL_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
