//! Calls on a link that ends.

use futures_util::future::join_all;
use macula_rust::station_link::Confidentiality;
use tokio::sync::Semaphore;

use super::*;
use crate::Refusal;
use crate::capability::{Capability, HandlerFuture, Invocation, reply};
use crate::mesh::nodes::{linked, node, station};

/// Timeout that no call in these tests reaches.
const LONG: Duration = Duration::from_secs(100);
/// Payload size above the window of a station's stream, so that the payload is written in parts.
const LARGE: usize = 6 * 1024 * 1024;
const CALLERS: usize = 4;

fn answers(_: Invocation) -> HandlerFuture {
    HandlerFuture::new(async { reply::<bool, Refusal>(Ok(true)) })
}

/// Repeats a call until it fails.
async fn first_error(router: &Router, realm: [u8; 32], answered: &Semaphore) -> PoolError {
    loop {
        let call = Call {
            realm,
            procedure: "acme/read".into(),
            provider: route::ANY,
            payload: Value::Bytes(vec![7; LARGE]),
            timeout: LONG,
            token: None,
            proofs: Vec::new(),
            confidential: Confidentiality::Preferred,
        };
        let outcome = router.call(call).await;
        answered.add_permits(1);
        match outcome {
            // The provider refuses the payload as too large once it has received it.
            Ok(_) | Err(PoolError::Link(LinkError::Provider { .. })) => {}
            Err(error) => return error,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_is_being_written_when_its_station_stops_ends_with_the_reason_of_the_station() {
    let station = station().await;
    let realm = station.realm().id;
    let provider = node(
        &station,
        "acme",
        false,
        vec![Capability::new("read", answers)],
    )
    .await;
    let caller = linked(&[&station], false).await;
    let router = &caller.links.router;
    let answered = Semaphore::new(0);
    let callers = (0..CALLERS).map(|_| first_error(router, realm, &answered));
    let stop = async {
        let _all_called = answered.acquire_many(CALLERS as u32).await;
        station.close().await;
    };
    let (errors, ()) = tokio::join!(join_all(callers), stop);
    for error in errors {
        // The calls without a link were made afterwards, and not sent. Those that the station could
        // not relay arrived when it had closed the link of the provider already.
        let is_reason = matches!(
            error,
            PoolError::Link(LinkError::Goodbye(_) | LinkError::Relay { .. })
                | PoolError::NoLink(_)
                | PoolError::NoProvider(_)
        );
        assert!(is_reason, "{error}");
    }
    caller.links.handle().close().await;
    provider.close().await;
}
