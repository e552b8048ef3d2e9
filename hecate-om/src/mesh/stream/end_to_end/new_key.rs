//! Sealed requests to a provider that has restarted, and so has a new key.

use super::reopening::{all, close, each_kind};
use super::*;
use crate::mesh::nodes::{Node, node_of};

fn is_sealed(invocation: Invocation) -> HandlerFuture {
    HandlerFuture::new(async move {
        crate::capability::reply::<bool, Refusal>(Ok(invocation.call().sealed()))
    })
}

fn capabilities() -> Vec<Capability> {
    let mut capabilities = all([texts, lengths, echoes], None);
    capabilities.push(Capability::new("sealed", is_sealed));
    capabilities
}

/// Makes a unary call. Returns whether it arrived sealed.
async fn unary(caller: &Node) -> Result<bool, CallError> {
    in_time(caller.mesh.procedure("acme/sealed").call(&())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_and_streams_are_sealed_to_the_new_key_of_a_restarted_provider() {
    let station = station().await;
    let mut provider = node(&station, "acme", true, capabilities()).await;
    let caller = node(&station, "other", false, Vec::new()).await;
    for start in 0..3 {
        assert_eq!(
            each_kind(&caller.mesh).await,
            [Ok(()), Ok(()), Ok(())],
            "start {start}"
        );
        assert_eq!(unary(&caller).await, Ok(true), "start {start}");
        let identity = provider.identity.clone();
        close(vec![provider]).await;
        provider = node_of(&station, "acme", identity, true, capabilities()).await;
    }
    close(vec![provider, caller]).await;
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_not_reopened_in_plaintext_if_its_provider_no_longer_has_a_key() {
    let station = station().await;
    let provider = node(&station, "acme", true, capabilities()).await;
    let caller = node(&station, "other", false, Vec::new()).await;
    assert_eq!(each_kind(&caller.mesh).await, [Ok(()), Ok(()), Ok(())]);
    let identity = provider.identity.clone();
    close(vec![provider]).await;
    let provider = node_of(&station, "acme", identity, false, capabilities()).await;
    for used in each_kind(&caller.mesh).await {
        let code = used.map_err(|error| error.code().to_owned());
        assert_eq!(code, Err("no_kem_key".into()));
    }
    assert_eq!(
        each_kind(&caller.mesh).await,
        [Ok(()), Ok(()), Ok(())],
        "a new stream is clear"
    );
    close(vec![provider, caller]).await;
    station.close().await;
}
