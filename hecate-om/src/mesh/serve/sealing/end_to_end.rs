//! Sealed calls over a station, between two nodes in one process.

use std::time::Duration;

use macula_rust::cbor::Value;
use macula_rust::station_link::{self, LinkError, Seal};

use super::*;
use crate::capability::{HandlerFuture, Invocation};
use crate::mesh::CallError;
use crate::mesh::nodes::{Node, node, station};

const ORG: &str = "acme";

/// Responds with whether the call was sealed.
fn sealed(invocation: Invocation) -> HandlerFuture {
    HandlerFuture::new(async move {
        let sealed = invocation.call().sealed();
        crate::capability::reply::<bool, crate::Refusal>(Ok(sealed))
    })
}

fn capabilities(kem_advertise: bool) -> Vec<Capability> {
    let of = |name, confidential| Capability {
        confidential,
        ..Capability::new(name, sealed)
    };
    let required = if kem_advertise {
        Some(Confidential::Required)
    } else {
        None
    };
    vec![
        of("unset", None),
        of("off", Some(Confidential::Off)),
        of("required", required),
        // The name of a built-in capability.
        of("info", None),
    ]
}

/// Calls `procedure`, and returns whether the call arrived sealed.
async fn call(node: &Node, procedure: &str, confidential: bool) -> Result<bool, CallError> {
    let call = node.mesh.procedure(procedure);
    if confidential {
        call.confidential()
    } else {
        call
    }
    .timeout(Duration::from_secs(30))
    .call(&())
    .await
}

/// Calls `at` in plaintext, and returns the answer or the refusal's wire code.
async fn call_in_plaintext(
    node: &Node,
    station: [u8; 32],
    procedure: &str,
    at: &Node,
) -> Result<Value, String> {
    let up = node.mesh.connection().up(Duration::from_secs(30)).await;
    let up = up.expect("the node is linked");
    let link = up.pool.link_to(&station).await;
    let link = link.expect("the station is linked");
    let call = station_link::Call {
        realm: up.realm.id,
        procedure: procedure.into(),
        target: *at.mesh.node_id().as_bytes(),
        payload: Value::Null,
        timeout: Duration::from_secs(30),
        token: None,
        proofs: Vec::new(),
        seal: Some(Seal::Clear),
    };
    match link.call(call).await {
        Ok(answer) => Ok(answer),
        Err(LinkError::Provider { code, .. }) => Err(code),
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_sealed_if_the_provider_advertises_a_key_and_refused_in_plaintext_if_it_requires_that()
 {
    let station = station().await;
    let keyed = node(&station, ORG, true, capabilities(true)).await;
    let keyless = node(&station, "other", false, capabilities(false)).await;

    for (name, sealed) in [
        ("unset", true),
        ("required", true),
        ("info", true),
        ("off", false),
    ] {
        let procedure = format!("{ORG}/{name}");
        assert_eq!(
            call(&keyless, &procedure, false).await,
            Ok(sealed),
            "{name}"
        );
        let required = call(&keyless, &procedure, true).await;
        if sealed {
            assert_eq!(required, Ok(true), "{name}")
        } else {
            assert_eq!(required, Err(CallError::NoKemKey { procedure }), "{name}")
        }
    }
    let none = call(&keyed, "other/unset", true).await;
    let none = none.unwrap_err();
    assert_eq!(none.code(), "no_kem_key");
    assert!(!none.retryable());
    assert_eq!(call(&keyed, "other/unset", false).await, Ok(false));

    let plaintext = async |name: &str| {
        let procedure = format!("{ORG}/{name}");
        call_in_plaintext(&keyless, station.node_id(), &procedure, &keyed).await
    };
    assert_eq!(plaintext("info").await, Ok(Value::Int(0)));
    assert_eq!(
        plaintext("unset").await,
        Ok(Value::Int(0)),
        "plaintext is accepted until old advertisements expire"
    );
    assert_eq!(plaintext("required").await, Err("sealed_required".into()));

    keyed.close().await;
    keyless.close().await;
    station.close().await;
}
