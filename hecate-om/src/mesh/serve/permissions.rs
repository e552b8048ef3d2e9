//! Permissions of verified claims. Grants cover resources by macula's rule.

use macula_rust::ucan::covers;
use sha2::{Digest as _, Sha256};

use crate::capability::{Claims, PermissionGrant};

impl Claims {
    /// Returns whether the token allows `permission` on the called procedure, by a grant for the
    /// procedure, the procedure's org or the realm. For grants on other resources, use
    /// [`Claims::allows_on`].
    #[must_use]
    pub fn allows(&self, permission: &str) -> bool {
        self.grants_of(permission).any(|grant| {
            realm_of(grant.resource()).is_some_and(|realm| {
                let called = format!("mri:proc:{realm}/{}", self.procedure);
                self.is_own_realm(realm) && covers(grant.resource(), &called)
            })
        })
    }

    /// Returns whether the token allows `permission` on `resource`: `mri:realm:<realm>`,
    /// `mri:org:<realm>/<org>` or `mri:proc:<realm>/<procedure>`. A grant for a realm covers the
    /// realm's orgs, and a grant for an org covers the org's procedures.
    ///
    /// A resource of another realm is never allowed, because that realm has not issued the token.
    /// [`Realm::name`](crate::identity::Realm::name) returns the name of the service's realm.
    #[must_use]
    pub fn allows_on(&self, permission: &str, resource: &str) -> bool {
        realm_of(resource).is_some_and(|realm| self.is_own_realm(realm))
            && self
                .grants_of(permission)
                .any(|grant| covers(grant.resource(), resource))
    }

    fn grants_of(&self, permission: &str) -> impl Iterator<Item = &PermissionGrant> {
        self.grants
            .iter()
            .filter(move |grant| grant.permission == permission)
    }

    /// Returns whether `realm` is the name of the call's realm.
    fn is_own_realm(&self, realm: &str) -> bool {
        Sha256::digest(realm).as_slice() == self.realm
    }
}

/// Returns the name of the realm in a resource. [`covers`] checks that the resource is well-formed.
fn realm_of(resource: &str) -> Option<&str> {
    let (_, rest) = resource.strip_prefix("mri:")?.split_once(':')?;
    rest.split('/').next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capability::NodeId;

    /// Returns the claims of a call of `acme/doc.remove` in the realm `hecate.dev`.
    fn claims(granted: &[(&str, &str)]) -> Claims {
        let granted = granted
            .iter()
            .map(|(resource, permission)| PermissionGrant {
                resource: (*resource).to_owned(),
                permission: (*permission).to_owned(),
            });
        Claims {
            issuer: String::new(),
            audience: NodeId::from_bytes([7; 32]),
            realm: Sha256::digest("hecate.dev").into(),
            procedure: "acme/doc.remove".to_owned(),
            grants: granted.collect(),
            expires: 0,
            facts: serde_json::Map::new(),
        }
    }

    #[test]
    fn a_grant_allows_the_called_procedure_only_for_the_procedure_its_org_or_its_realm() {
        for with in [
            "mri:realm:hecate.dev",
            "mri:org:hecate.dev/acme",
            "mri:proc:hecate.dev/acme/doc.remove",
        ] {
            let claims = claims(&[(with, "write")]);
            assert!(claims.allows("write"), "{with}");
            assert!(!claims.allows("read"), "{with}");
        }
        for with in [
            "mri:org:hecate.dev/elsewhere",
            "mri:org:hecate.dev/acm",
            "mri:proc:hecate.dev/acme/doc.read",
            "mri:proc:hecate.dev/acme/doc.remove_v2",
            "mri:realm:io.macula",
            "mri:org:io.macula/acme",
            "mri:proc:io.macula/acme/doc.remove",
            "mri:realm:Hecate.dev",
            "mri:realm:",
            "mri:realm",
            "acme",
            "*",
            "",
        ] {
            assert!(!claims(&[(with, "write")]).allows("write"), "{with}");
        }
    }

    #[test]
    fn another_resource_is_allowed_if_a_grant_covers_it() {
        let claims = claims(&[
            ("mri:org:hecate.dev/elsewhere", "write"),
            ("mri:realm:io.macula", "write"),
        ]);
        for resource in [
            "mri:org:hecate.dev/elsewhere",
            "mri:proc:hecate.dev/elsewhere/corpus",
        ] {
            assert!(claims.allows_on("write", resource), "{resource}");
            assert!(!claims.allows_on("read", resource), "{resource}");
        }
        for resource in [
            "mri:realm:hecate.dev",
            "mri:org:hecate.dev/acme",
            "mri:realm:io.macula",
            "mri:org:io.macula/elsewhere",
            "elsewhere",
            "",
        ] {
            assert!(!claims.allows_on("write", resource), "{resource}");
        }
    }
}
