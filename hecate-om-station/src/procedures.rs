//! Calls of the station's own procedures: `_dht.*`, and the procedures of its realms.

use std::sync::Arc;

use macula_rust::cbor::Value;
use macula_rust::frame::{VerifiedRequest, sign_provider_error, sign_result};
use tracing::debug;

use crate::clock::{CLOCK_TOLERANCE_MS, now_ms};
use crate::dht;
use crate::frames::{encode_frame, truncate};
use crate::link::{Link, StationRequestGuard};
use crate::provider_error::ProviderError;
use crate::realm::{Realm, RealmProcedure};
use crate::state::StationState;

/// Maximum length of an ERROR's detail, in bytes.
const MAX_DETAIL_BYTES: usize = 256;

/// The realm of `_dht.*`.
const ZERO_REALM: [u8; 32] = [0; 32];

/// Answers a verified request whose target is the station. A stopping station does not answer: its
/// GOODBYE tells the client that the request was not run.
pub(crate) fn answer(state: &Arc<StationState>, link: &Arc<Link>, request: VerifiedRequest) {
    if state.pending.has_stopped() {
        return;
    }
    let counted = link.count_station_request();
    // Check again, because a stopping station reads the count.
    if state.pending.has_stopped() {
        return;
    }
    let deadline = i64::try_from(request.deadline).unwrap_or(i64::MAX);
    let outcome = if deadline.saturating_add(CLOCK_TOLERANCE_MS) < now_ms() {
        Err(ProviderError::new("expired"))
    } else if request.sealed.is_some() {
        // The station publishes no key to seal requests with.
        Err(ProviderError::new("sealed_refused"))
    } else if request.realm == ZERO_REALM {
        dht::answer(&state.dht, &request.procedure, &request.payload)
    } else if let Some((realm, procedure)) = realm_procedure(state, &request) {
        return answer_realm(state, link, request, counted, realm, procedure);
    } else {
        Err(ProviderError::new("unknown_next_peer"))
    };
    respond(state, link, &request, outcome);
}

/// Returns the realm and the procedure of `request`, if the station serves them.
fn realm_procedure(
    state: &StationState,
    request: &VerifiedRequest,
) -> Option<(Arc<Realm>, RealmProcedure)> {
    let realm = state.realms.serving(&request.realm)?;
    let procedure = realm.procedure(&request.procedure)?;
    Some((realm.clone(), procedure))
}

/// Answers a realm's procedure on a blocking thread, because answering requires signatures.
fn answer_realm(
    state: &Arc<StationState>,
    link: &Arc<Link>,
    request: VerifiedRequest,
    counted: StationRequestGuard,
    realm: Arc<Realm>,
    procedure: RealmProcedure,
) {
    let Ok(permit) = realm.requests.clone().try_acquire_owned() else {
        let unavailable = Err(ProviderError::new("unavailable"));
        respond(state, link, &request, unavailable);
        return;
    };
    let (state, link) = (state.clone(), link.clone());
    tokio::task::spawn_blocking(move || {
        let outcome = realm.answer(procedure, &state.dht, &request);
        drop(permit);
        respond(&state, &link, &request, outcome);
        drop(counted);
    });
}

fn respond(
    state: &StationState,
    link: &Link,
    request: &VerifiedRequest,
    outcome: Result<Value, ProviderError>,
) {
    let signed = match outcome {
        Ok(payload) => sign_result(request, &payload, None, &state.key),
        Err(error) => {
            debug!(
                node = hex::encode(link.node),
                procedure = request.procedure,
                code = error.code,
                detail = error.detail,
                "call to the station refused"
            );
            let detail = error.detail.as_deref();
            let detail = detail.map(|detail| truncate(detail, MAX_DETAIL_BYTES));
            sign_provider_error(request, error.code, detail, None, &state.key)
        }
    };
    match signed.map(|reply| encode_frame(&reply)) {
        Ok(Some(reply)) => link.send(reply),
        Ok(None) => debug!("reply of the station not sent: over the frame limit"),
        Err(error) => debug!(%error, "reply of the station not signed"),
    }
}
