//! Calls for unit tests of handlers.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hecate_om_station::{DEFAULT_REALM_NAME, TokenGrant};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

use crate::capability::{Call, Claims, NodeId, PermissionGrant};

/// Builder of a [`Call`], for a unit test that calls a handler as a plain function.
///
/// By default, a caller with an arbitrary node id calls `hecate-test/test.call` unsealed, without a
/// token, and waits for 30 s.
///
/// ```
/// use hecate_om::testing::{TokenGrant, TestCall};
/// use hecate_om::{Call, Refusal};
///
/// async fn remove(call: &Call, id: String) -> Result<String, Refusal> {
///     match call.claims() {
///         Some(claims) if claims.allows("corpora/write") => Ok(id),
///         _ => Err(Refusal::new("not_yours", "only a writer may remove a document")),
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let stranger = TestCall::new().build();
/// assert_eq!(remove(&stranger, "7".into()).await.unwrap_err().code(), "not_yours");
///
/// let writer = TestCall::new().grant(&TokenGrant::new(["corpora/write"])).build();
/// assert_eq!(remove(&writer, "7".into()).await.unwrap(), "7");
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a builder makes no call before `build`"]
pub struct TestCall {
    caller: NodeId,
    procedure: String,
    timeout: Duration,
    sealed: bool,
    /// Grants of the token, and the time until the first of them expires; `None` without a token.
    granted: Option<(Vec<PermissionGrant>, Duration)>,
    facts: Map<String, Value>,
}

impl Default for TestCall {
    fn default() -> Self {
        Self::new()
    }
}

impl TestCall {
    /// Creates a builder with the defaults.
    pub fn new() -> Self {
        Self {
            caller: NodeId::from_bytes([7; 32]),
            procedure: "hecate-test/test.call".to_owned(),
            timeout: Duration::from_secs(30),
            sealed: false,
            granted: None,
            facts: Map::new(),
        }
    }

    /// Sets the node that calls.
    pub const fn caller(mut self, caller: NodeId) -> Self {
        self.caller = caller;
        self
    }

    /// Sets the procedure, `<org>/<name>`, which [`Claims::allows`] compares grants with.
    pub fn procedure(mut self, procedure: impl Into<String>) -> Self {
        self.procedure = procedure.into();
        self
    }

    /// Sets how long the caller waits, counted from [`build`](Self::build).
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Marks the call as sealed end to end.
    pub const fn sealed(mut self) -> Self {
        self.sealed = true;
        self
    }

    /// Adds a grant to the caller's token. If the grant names no resource, it is valid for the
    /// whole realm, `hecate.dev`.
    pub fn grant(mut self, grant: &TokenGrant) -> Self {
        let realm = || format!("mri:realm:{DEFAULT_REALM_NAME}");
        let resource = grant.resource.clone().unwrap_or_else(realm);
        let (granted, ttl) = self.granted.get_or_insert((Vec::new(), grant.ttl));
        *ttl = grant.ttl.min(*ttl);
        granted.extend(grant.permissions.iter().map(|permission| PermissionGrant {
            resource: resource.clone(),
            permission: permission.clone(),
        }));
        self
    }

    /// Adds a fact to the caller's token. It is visible only if the token also has a
    /// [grant](Self::grant).
    pub fn fact(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.facts.insert(name.into(), value.into());
        self
    }

    /// Builds the call.
    #[must_use]
    pub fn build(self) -> Call {
        let deadline = since_1970(self.timeout).as_millis();
        let mut call = Call::new(
            self.caller,
            self.procedure.clone(),
            u64::try_from(deadline).unwrap_or(u64::MAX),
            self.sealed,
        );
        call.cancellation = Some(CancellationToken::new());
        call.claims = self.granted.map(|(grants, ttl)| {
            Arc::new(Claims {
                issuer: "did:key:zTheTestsOwn".to_owned(),
                audience: self.caller,
                realm: Sha256::digest(DEFAULT_REALM_NAME).into(),
                procedure: self.procedure,
                grants,
                expires: since_1970(ttl).as_secs(),
                facts: self.facts,
            })
        });
        call
    }
}

/// Returns the time `from_now`, as a duration since 1970.
fn since_1970(from_now: Duration) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap_or_default().saturating_add(from_now)
}

/// Cancels a call, as its deadline and the shutdown of the service do: [`Call::cancelled`] returns
/// for the call and for its clones.
pub fn cancel(call: &Call) {
    if let Some(cancellation) = &call.cancellation {
        cancellation.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_call_has_the_set_values_and_is_otherwise_anonymous() {
        let call = TestCall::new().build();
        assert!(call.claims().is_none() && !call.sealed() && !call.is_cancelled());
        assert!(!call.remaining().is_zero());
        let caller = NodeId::from_bytes([9; 32]);
        let call = TestCall::new()
            .caller(caller)
            .procedure("acme/parcels.register")
            .timeout(Duration::ZERO)
            .sealed()
            .build();
        assert_eq!(call.caller(), caller);
        assert_eq!(call.procedure(), "acme/parcels.register");
        assert!(call.sealed() && call.remaining().is_zero());
    }

    #[test]
    fn a_grant_holds_for_its_resource_as_in_a_token() {
        let acme = TokenGrant {
            resource: Some("mri:org:hecate.dev/acme".to_owned()),
            ttl: Duration::from_secs(5),
            ..TokenGrant::new(["write"])
        };
        let builder = TestCall::new()
            .procedure("acme/parcels.register")
            .grant(&TokenGrant::new(["read"]))
            .grant(&acme)
            .fact("team", "blue");
        let call = builder.clone().build();
        let claims = call.claims().unwrap();
        assert!(claims.allows("read") && claims.allows("write") && !claims.allows("admin"));
        assert_eq!(claims.audience(), call.caller());
        assert_eq!(claims.facts()["team"], "blue");
        assert!(claims.expires_at() <= SystemTime::now() + Duration::from_secs(5));
        let elsewhere = builder.procedure("umbrella/parcels.register").build();
        let claims = elsewhere.claims().unwrap();
        assert!(claims.allows("read") && !claims.allows("write"));
    }

    #[tokio::test]
    async fn a_cancelled_call_is_cancelled_in_its_clones() {
        let call = TestCall::new().build();
        let clone = call.clone();
        cancel(&call);
        clone.cancelled().await;
        assert!(call.is_cancelled());
    }
}
