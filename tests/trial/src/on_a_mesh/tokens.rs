//! Restricted capabilities, called with tokens that the test signs.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hecate_om::testing::{Issuer, TestMesh, TokenDecision, TokenGrant};
use hecate_om::{Mesh, call::CallError, identity::Ucan};
use serde_json::Value;

use crate::members::{issuer_only, members};
use crate::{Runs, Trial};

async fn run(mesh: &Mesh, ucan: Option<Ucan>) -> Result<u64, CallError> {
    let call = mesh.call::<issuer_only>(&()).org("hecate-trial");
    match ucan {
        Some(ucan) => call.ucan(ucan).await,
        None => call.await,
    }
}

#[tokio::test]
async fn only_a_caller_with_a_token_may_do_what_the_token_allows() {
    let mesh = TestMesh::start().await;
    // The tokens of services are a separate decision.
    mesh.realm()
        .set_token_policy(|_| TokenDecision::Refuse("not you".into()));
    let runs = Arc::<Runs>::default();
    let trial = mesh.service::<Trial>().provide_shared(Arc::clone(&runs));
    let _trial = trial.boot().await;
    let member = mesh.caller_with(["trial/members"]).await;
    let counted = |mesh: &Mesh| {
        let mesh = mesh.clone();
        async move { mesh.call::<members>(&()).org("hecate-trial").await }
    };
    assert_eq!(counted(&member).await, Ok(1));
    // By name, too: after the provider has asked for a token, and with the permission.
    let by_name = || member.procedure("hecate-trial/trial.members");
    assert_eq!(by_name().call::<_, u64>(&()).await, Ok(2));
    let named = by_name()
        .permission("trial/members")
        .call::<_, u64>(&())
        .await;
    assert_eq!(named, Ok(3));
    let other = by_name()
        .permission("trial/write")
        .call::<_, u64>(&())
        .await;
    assert_eq!(other.unwrap_err().code(), "undeclared_action");

    let claims = member.procedure("hecate-trial/trial.claims");
    let claims: Value = claims.call(&()).await.unwrap();
    assert_eq!(claims["audience"], member.node_id().to_string());
    for stranger in [
        mesh.caller().clone(),
        mesh.another_caller().await,
        mesh.caller_with(["trial/other"]).await,
    ] {
        let refused = counted(&stranger).await.unwrap_err();
        assert!(
            matches!(refused, CallError::Unauthorized { .. }),
            "{refused}"
        );
    }
    assert_eq!(runs.0.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn a_realms_token_is_valid_for_its_node_org_and_lifetime_only() {
    let mesh = TestMesh::start().await;
    let _trial = mesh.boot::<Trial>().await;
    let caller = mesh.caller();
    let grant = TokenGrant::new(["trial/members"]);
    let call = |ucan: Ucan| async move {
        let call = caller.call::<members>(&()).org("hecate-trial").ucan(ucan);
        call.await.map_err(|error| error.code().to_owned())
    };
    let realm = mesh.realm();
    assert_eq!(call(realm.token(caller.node_id(), &grant)).await, Ok(1));
    let own = mesh.realm().org("hecate-trial");
    assert_eq!(call(own.token(caller.node_id(), &grant)).await, Ok(2));
    let unauthorized = Err("unauthorized".to_owned());
    let another = mesh.another_caller().await;
    for ucan in [
        realm.token(another.node_id(), &grant),
        mesh.realm().org("acme").token(caller.node_id(), &grant),
    ] {
        assert_eq!(call(ucan).await, unauthorized);
    }
    let short = TokenGrant {
        ttl: Duration::from_secs(1),
        ..grant
    };
    let short = realm.token(caller.node_id(), &short);
    let ended = async { while call(short.clone()).await.is_ok() {} };
    let ended = tokio::time::timeout(super::WAIT_LIMIT, ended).await;
    assert!(ended.is_ok(), "a token of a second holds for a minute");
}

#[tokio::test]
async fn a_tests_issuer_replaces_the_one_in_a_capability() {
    let mesh = TestMesh::start().await;
    let (issuer, other) = (Issuer::new(), Issuer::new());
    let runs = Arc::<Runs>::default();
    let trial = mesh.service::<Trial>().provide_shared(Arc::clone(&runs));
    let _trial = trial.issuer(&issuer).boot().await;
    let caller = mesh.caller();
    let grant = TokenGrant::new(["trial/members"]);
    let token = |from: &Issuer| Some(from.token(caller.node_id(), &grant));
    assert_eq!(run(caller, token(&issuer)).await, Ok(1));
    // The realm's tokens are valid for members only.
    let realms = mesh.realm().token(caller.node_id(), &grant);
    for refused in [token(&other), Some(realms), None] {
        let refused = run(caller, refused).await.unwrap_err();
        assert_eq!(refused.code(), "unauthorized");
    }
    // The issuer's tokens are not valid for members of the realm.
    let member = caller.call::<members>(&()).org("hecate-trial");
    let member = member.ucan(issuer.token(caller.node_id(), &grant)).await;
    assert_eq!(member.unwrap_err().code(), "unauthorized");
    assert_eq!(runs.0.load(Ordering::Relaxed), 1);
}
