//! Tokens that this node issues, or delegates to other nodes.

use std::time::Duration;

use macula_rust::frame::MAX_PROOFS;
use macula_rust::node_key::NodeKey;
use macula_rust::ucan::{Capability, MAX_LIFETIME, Options, covers, create, proof_id};

use crate::capability::{Claims, PermissionGrant};
use crate::mesh::connection::Connection;
use crate::mesh::connection::authority::NoToken;
use crate::mesh::connection::claims::claims;
use crate::mesh::connection::clock;
use crate::mesh::connection::ucan::Ucan;
use crate::node_id::NodeId;

/// Time until the realm's first answer about the service's own token.
const TOKEN_TIMEOUT: Duration = Duration::from_secs(5);

/// Error of [`Mesh::delegate`](crate::Mesh::delegate) and [`Mesh::issue`](crate::Mesh::issue).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DelegateError {
    /// The service's `permissions` do not include the permission.
    #[error(
        "the service has no permission `{permission}`; add it to `permissions` of `#[hecate_service]`"
    )]
    Undeclared {
        /// The permission.
        permission: String,
    },
    /// The service has no token for the permission.
    #[error("no token for the permission `{permission}`: {reason}")]
    NoAuthority {
        /// The permission.
        permission: String,
        /// State of the service's request for permissions.
        reason: String,
    },
    /// The resource is not a realm, an org or a procedure.
    #[error(
        "`{0}` is not a resource; write `mri:realm:<realm>`, `mri:org:<realm>/<org>` or \
         `mri:proc:<realm>/<org>/<name>`"
    )]
    Resource(String),
    /// The permission is empty.
    #[error("the permission is empty; write one such as `corpora/read`")]
    Permission,
    /// The lifetime is shorter than a second or longer than ten years.
    #[error("a token lives between 1 second and 10 years, and not {0:?}")]
    Lifetime(Duration),
    /// The chain of proofs is too long.
    #[error("the service's token has {0} proofs already, and a token has at most 8")]
    TooManyProofs(usize),
    /// The key could not sign.
    #[error("the node's key could not sign: {0}")]
    Key(String),
}

/// Returns a token with which `to` has a permission of this node's own token.
pub(in crate::mesh) async fn delegate(
    connection: &Connection,
    to: NodeId,
    permission: &str,
    lifetime: Duration,
) -> Result<Ucan, DelegateError> {
    let expires = expiry(lifetime)?;
    let own = connection.authority().token_for(permission, TOKEN_TIMEOUT);
    let own = own.await.map_err(|reason| no_token(permission, &reason))?;
    delegated(connection.key(), &own, to, permission, expires)
}

/// Returns a token of this node's own.
pub(in crate::mesh) fn issue(
    key: &NodeKey,
    to: NodeId,
    resource: &str,
    permission: &str,
    lifetime: Duration,
) -> Result<Ucan, DelegateError> {
    let expires = expiry(lifetime)?;
    if !covers(resource, resource) {
        return Err(DelegateError::Resource(resource.to_owned()));
    }
    if permission.is_empty() {
        return Err(DelegateError::Permission);
    }
    let token = signed(key, to, &[capability(resource, permission)], expires, None)?;
    Ok(Ucan::new(token, Vec::new()))
}

/// Returns the expiry in Unix seconds.
fn expiry(lifetime: Duration) -> Result<i64, DelegateError> {
    let seconds = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
    if (1..=MAX_LIFETIME).contains(&seconds) {
        Ok(now() + seconds)
    } else {
        Err(DelegateError::Lifetime(lifetime))
    }
}

fn now() -> i64 {
    i64::try_from(clock::seconds()).unwrap_or(i64::MAX)
}

/// Returns a token that hands on the grants of `own` for one permission.
fn delegated(
    key: &NodeKey,
    own: &Ucan,
    to: NodeId,
    permission: &str,
    expires: i64,
) -> Result<Ucan, DelegateError> {
    if own.proofs().len() >= MAX_PROOFS {
        return Err(DelegateError::TooManyProofs(own.proofs().len()));
    }
    let claims = claims(own.token(), own.proofs());
    let granted = |claims: &Claims| {
        let grants = claims.grants().iter();
        let of_permission = grants.filter(|grant| grant.permission() == permission);
        let grant = |grant: &PermissionGrant| capability(grant.resource(), grant.permission());
        of_permission.map(grant).collect::<Vec<_>>()
    };
    let caps = claims.as_ref().map(granted).unwrap_or_default();
    let until = claims.and_then(|claims| i64::try_from(claims.expires).ok());
    let (Some(until), false) = (until, caps.is_empty()) else {
        return Err(DelegateError::NoAuthority {
            permission: permission.to_owned(),
            reason: "the service's token does not grant it".to_owned(),
        });
    };
    let token = signed(key, to, &caps, expires.min(until), Some(own.token()))?;
    let parent = std::iter::once(own.token().to_vec());
    Ok(Ucan::new(
        token,
        parent.chain(own.proofs().to_vec()).collect(),
    ))
}

fn signed(
    key: &NodeKey,
    to: NodeId,
    caps: &[Capability],
    expires: i64,
    parent: Option<&[u8]>,
) -> Result<Vec<u8>, DelegateError> {
    let options = Options {
        exp: expires,
        prf: parent.map(|parent| vec![proof_id(parent)]),
        ..Options::default()
    };
    create(key, to.as_bytes(), caps, &options)
        .map_err(|error| DelegateError::Key(error.to_string()))
}

fn capability(resource: &str, permission: &str) -> Capability {
    Capability {
        with: resource.to_owned(),
        can: permission.to_owned(),
    }
}

fn no_token(permission: &str, reason: &NoToken) -> DelegateError {
    let permission = permission.to_owned();
    match reason {
        NoToken::Undeclared => DelegateError::Undeclared { permission },
        NoToken::NotGranted(status) => DelegateError::NoAuthority {
            permission,
            reason: status.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use macula_rust::profile::Profile;
    use macula_rust::ucan::{Context, Policy, Refusal, Request, authorize};
    use sha2::{Digest as _, Sha256};

    use super::*;
    use crate::mesh::connection::claims::tests::{in_seconds, key, token};

    const REALM: &str = "io.macula";
    const ORG: &str = "mri:org:io.macula/acme";
    const READ: &str = "corpora/read";
    const HOUR: i64 = 3_600;

    /// A realm's key, and a service's key with the realm's token.
    struct Realm {
        realm: NodeKey,
        service: NodeKey,
        own: Ucan,
    }

    fn realm(caps: &[(&str, &str)], expires: i64) -> Realm {
        let (realm, service) = (key(), key());
        let options = Options {
            exp: expires,
            ..Options::default()
        };
        let own = token(&realm, service.node_id().unwrap(), caps, &options);
        Realm {
            realm,
            service,
            own: Ucan::new(own, Vec::new()),
        }
    }

    impl Realm {
        fn delegate(&self, to: NodeId, permission: &str) -> Result<Ucan, DelegateError> {
            delegated(&self.service, &self.own, to, permission, in_seconds(HOUR))
        }

        /// Returns whether a provider of `procedure` accepts the token from `caller` at a time.
        fn accepts(
            &self,
            ucan: &Ucan,
            caller: NodeId,
            procedure: &str,
            now: i64,
        ) -> Result<(), Refusal> {
            let policy = Policy::UcanRequired {
                issuer: self.realm.node_id().unwrap(),
            };
            let context = Context {
                caller: *caller.as_bytes(),
                profile: Profile::PqPure,
                now,
                request: Some(Request {
                    realm: Sha256::digest(REALM).into(),
                    procedure: procedure.to_owned(),
                }),
                proofs: Context::keyed_proofs(ucan.proofs()),
            };
            authorize(ucan.token(), &policy, &context).map(drop)
        }
    }

    const GUEST: NodeId = NodeId::from_bytes([7; 32]);

    #[test]
    fn a_delegated_token_is_accepted_from_its_audience_until_it_expires() {
        let realm = realm(&[(ORG, READ), (ORG, "corpora/write")], in_seconds(2 * HOUR));
        let ucan = realm.delegate(GUEST, READ).unwrap();
        let now = in_seconds(0);
        assert_eq!(realm.accepts(&ucan, GUEST, "acme/find_v1", now), Ok(()));
        let other = NodeId::from_bytes([8; 32]);
        assert!(realm.accepts(&ucan, other, "acme/find_v1", now).is_err());
        assert!(realm.accepts(&ucan, GUEST, "other/find_v1", now).is_err());
        let late = in_seconds(HOUR + 600);
        assert!(realm.accepts(&ucan, GUEST, "acme/find_v1", late).is_err());
        // Only this permission is handed on.
        let grants = claims(ucan.token(), ucan.proofs()).unwrap().grants;
        let permissions: Vec<&str> = grants.iter().map(PermissionGrant::permission).collect();
        assert_eq!(permissions, [READ]);
    }

    #[test]
    fn a_delegated_token_expires_with_its_parent() {
        let expires = in_seconds(60);
        let realm = realm(&[(ORG, READ)], expires);
        let ucan = realm.delegate(GUEST, READ).unwrap();
        let claims = claims(ucan.token(), ucan.proofs()).unwrap();
        assert_eq!(i64::try_from(claims.expires), Ok(expires));
    }

    #[test]
    fn a_permission_that_the_token_does_not_grant_is_not_delegated() {
        let realm = realm(&[(ORG, READ)], in_seconds(HOUR));
        let refused = realm.delegate(GUEST, "corpora/write").unwrap_err();
        assert!(matches!(refused, DelegateError::NoAuthority { .. }));
    }

    #[test]
    fn a_chain_of_proofs_has_a_limit() {
        let mut realm = realm(&[(ORG, READ)], in_seconds(HOUR));
        for n in 0..MAX_PROOFS {
            let next = key();
            let to = NodeId::from_bytes(next.node_id().unwrap());
            let ucan = realm.delegate(to, READ).unwrap();
            assert_eq!(ucan.proofs().len(), n + 1);
            let now = in_seconds(0);
            assert_eq!(realm.accepts(&ucan, to, "acme/find_v1", now), Ok(()), "{n}");
            (realm.service, realm.own) = (next, ucan);
        }
        let refused = realm.delegate(GUEST, READ);
        assert_eq!(refused, Err(DelegateError::TooManyProofs(MAX_PROOFS)));
    }

    #[test]
    fn a_lifetime_is_between_a_second_and_ten_years() {
        for (seconds, is_valid) in [
            (0, false),
            (1, true),
            (315_576_000, true),
            (315_576_001, false),
            (u64::MAX, false),
        ] {
            let expires = expiry(Duration::from_secs(seconds));
            assert_eq!(expires.is_ok(), is_valid, "{seconds}");
        }
    }

    #[test]
    fn an_issued_token_is_accepted_where_this_node_is_the_issuer() {
        let key = key();
        let minute = Duration::from_secs(60);
        let issued = |resource: &str| issue(&key, GUEST, resource, READ, minute);
        let ucan = issued("mri:proc:io.macula/acme/find_v1").unwrap();
        let policy = Policy::UcanRequired {
            issuer: key.node_id().unwrap(),
        };
        let mut context = Context {
            caller: *GUEST.as_bytes(),
            profile: Profile::PqPure,
            now: in_seconds(0),
            request: Some(Request {
                realm: Sha256::digest(REALM).into(),
                procedure: "acme/find_v1".to_owned(),
            }),
            proofs: Context::keyed_proofs(ucan.proofs()),
        };
        assert!(authorize(ucan.token(), &policy, &context).is_ok());
        context.caller = [8; 32];
        assert!(authorize(ucan.token(), &policy, &context).is_err());
        for resource in ["", "acme", "mri:org:IO.macula/acme", "mri:proc:io.macula/x"] {
            let refused = issued(resource);
            assert_eq!(refused, Err(DelegateError::Resource(resource.to_owned())));
        }
        let refused = issue(&key, GUEST, ORG, "", minute);
        assert_eq!(refused, Err(DelegateError::Permission));
    }
}
