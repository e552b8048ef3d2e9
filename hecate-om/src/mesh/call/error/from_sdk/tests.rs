use std::error::Error as _;

use super::*;

#[test]
fn a_call_that_its_provider_ends_at_the_deadline_has_timed_out() {
    let timeout = Duration::from_secs(3);
    let of = |detail: &str| {
        let error = LinkError::Provider {
            responded_by: [7; 32],
            code: "handler_error".to_owned(),
            detail: Some(detail.to_owned()),
        };
        CallError::from_pool_error(PoolError::Link(error), "acme/slow", timeout)
    };
    assert_eq!(of(PAST_DEADLINE), CallError::TimedOut(timeout));
    let refused = of("full: the request's deadline passed");
    assert!(matches!(refused, CallError::Refused(_)), "{refused}");
}

#[test]
fn the_source_is_the_sdks_error() {
    let timeout = Duration::from_secs(3);
    let of = |error| CallError::from_pool_error(error, "acme/say", timeout);
    let closed = of(PoolError::Link(LinkError::Closed));
    let source = closed.source().and_then(|source| source.downcast_ref());
    assert_eq!(source, Some(&PoolError::Link(LinkError::Closed)));
    let full = of(PoolError::DirectLinksFull);
    let source = full.source().and_then(|source| source.downcast_ref());
    assert_eq!(source, Some(&PoolError::DirectLinksFull));
    let unsealed = ConfidentialityError::new(ConfidentialityReason::KeyMismatch);
    let unsealed = of(PoolError::Confidentiality(unsealed));
    assert!(
        unsealed
            .source()
            .is_some_and(|source| source.is::<LinkError>())
    );
}

/// Checks the SDK's text against a provider that runs the SDK.
#[cfg(feature = "dev-mesh")]
#[tokio::test(flavor = "multi_thread")]
async fn a_call_without_an_answer_times_out_whichever_side_ends_it() {
    use macula_rust::record::own_procedure;
    use macula_rust::station_link::{self, Seal, handler};

    use crate::mesh::nodes::{linked, station};

    let station = station().await;
    let (provider, caller) = (
        linked(&[&station], false).await,
        linked(&[&station], false).await,
    );
    let node = *provider.identity.node_id.as_bytes();
    let procedure = own_procedure(&node, "slow");
    let to = station.node_id();
    let link = provider.links.pool.link_to(&to).await.expect("linked");
    let never = handler(|_| std::future::pending());
    let offer = station_link::Offer::unary(station.realm().id, &procedure, never);
    let _served = link.serve(offer).await.expect("it is served");
    let call = |timeout| station_link::Call {
        realm: station.realm().id,
        procedure: procedure.clone(),
        target: node,
        timeout,
        seal: Some(Seal::Clear),
        ..Default::default()
    };
    let own = caller.links.pool.link_to(&to).await.expect("linked");
    let timeout = Duration::from_millis(50);
    // Either side may be first.
    for _ in 0..20 {
        let error = own.call(call(timeout)).await.expect_err("it never answers");
        let error = CallError::from_pool_error(PoolError::Link(error), &procedure, timeout);
        assert_eq!(error, CallError::TimedOut(timeout));
    }
    station.close().await;
}
