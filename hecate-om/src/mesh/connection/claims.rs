//! Claims of the UCANs that callers present.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use macula_rust::station_link::Request;
use macula_rust::ucan::{covers, proof_id};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use crate::capability::{Call, Claims, NodeId, PermissionGrant, Refusal};

/// Base64url encoding of the parts of a JWT, with the options of macula-rust.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// Payload of a token. A duplicate claim is an error: macula-rust reads the first occurrence and
/// other readers the last, and handlers must see the verified claim.
#[derive(Deserialize)]
struct Payload {
    iss: String,
    aud: String,
    cap: Vec<Cap>,
    exp: u64,
    #[serde(default)]
    prf: Option<Vec<String>>,
    #[serde(default)]
    fct: Option<Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Cap {
    Granted {
        with: String,
        can: String,
    },
    /// Another type of capability, which grants nothing: UCAN_V1 ignores it.
    Other(IgnoredAny),
}

impl Payload {
    fn decode(token: &[u8]) -> Option<Self> {
        let payload = token.split(|b| *b == b'.').nth(1)?;
        serde_json::from_slice(&BASE64URL.decode(payload).ok()?).ok()
    }

    fn granted(self) -> (Vec<PermissionGrant>, u64, Option<String>) {
        let granted = self.cap.into_iter().filter_map(|cap| match cap {
            Cap::Granted { with, can } => Some(PermissionGrant {
                resource: with,
                permission: can,
            }),
            Cap::Other(_) => None,
        });
        let parent = self.prf.and_then(|prf| prf.into_iter().next());
        (granted.collect(), self.exp, parent)
    }
}

/// Returns the claims of a token that macula-rust has accepted, with its proofs. Returns `None` if
/// the token is ambiguous.
///
/// macula-rust checks the chain of proofs only for the requested capability. Of the other
/// capabilities in a delegated token, this function returns those that the proofs cover.
pub(in crate::mesh) fn claims(token: &[u8], proofs: &[Vec<u8>]) -> Option<Claims> {
    let mut payload = Payload::decode(token)?;
    let issuer = std::mem::take(&mut payload.iss);
    let audience = payload.aud.parse().ok()?;
    let facts = match payload.fct.take() {
        Some(Value::Object(facts)) => facts,
        _ => Map::new(),
    };
    let (own, mut expires, mut parent) = payload.granted();
    // Each grant of the token, with the grant of the current proof that covers it.
    let mut held: Vec<(PermissionGrant, PermissionGrant)> =
        own.into_iter().map(|g| (g.clone(), g)).collect();
    let proofs: HashMap<String, &Vec<u8>> = proofs.iter().map(|p| (proof_id(p), p)).collect();
    for _ in 0..proofs.len() {
        let Some(id) = parent.take() else { break };
        let (given, exp, next) = Payload::decode(proofs.get(&id)?)?.granted();
        expires = expires.min(exp);
        parent = next;
        let given = given.into_iter().collect();
        held = held
            .into_iter()
            .filter_map(|(own, delegated)| Some((own, covering(&given, &delegated)?)))
            .collect();
    }
    Some(Claims {
        issuer,
        audience,
        // `call` sets the realm and the procedure from the request. Until then, the claims allow
        // nothing.
        realm: [0; 32],
        procedure: String::new(),
        grants: held.into_iter().map(|(own, _)| own).collect(),
        expires,
        facts,
    })
}

/// Returns the narrowest of the grants `given` that covers `delegated`: the proofs of `given` cover
/// the narrowest if they cover any. The work does not depend on the number of grants, because a
/// token can have thousands.
fn covering(
    given: &HashSet<PermissionGrant>,
    delegated: &PermissionGrant,
) -> Option<PermissionGrant> {
    let resource = &delegated.resource;
    let (realm, rest) = match resource.strip_prefix("mri:")?.split_once(':')? {
        ("realm", realm) => (realm, ""),
        (_, rest) => rest.split_once('/')?,
    };
    let org = rest.split('/').next().unwrap_or_default();
    let candidates = [
        resource.clone(),
        format!("mri:org:{realm}/{org}"),
        format!("mri:realm:{realm}"),
    ];
    candidates
        .into_iter()
        .filter(|candidate| covers(candidate, resource))
        .map(|resource| PermissionGrant {
            resource,
            permission: delegated.permission.clone(),
        })
        .find(|candidate| given.contains(candidate))
}

/// Returns the call of a request. For a gated capability, the call includes the claims of the token
/// that macula-rust has accepted. For an open capability, no token was verified.
pub(in crate::mesh) fn call_context(request: &Request, gated: bool) -> Result<Call, Refusal> {
    let caller = NodeId::from_bytes(request.caller);
    let procedure = request.procedure.clone();
    let mut call = Call::new(caller, procedure, request.deadline_ms, request.sealed);
    if gated {
        let token = request.token.as_deref().unwrap_or_default();
        let proofs = request.proofs.as_deref().unwrap_or_default();
        let mut claims = claims(token, proofs).ok_or_else(|| {
            Refusal::new(
                "unauthorized",
                "a claim of the token can be read in two ways",
            )
        })?;
        claims.realm = request.realm;
        claims.procedure = request.procedure.clone();
        call.claims = Some(Arc::new(claims));
    }
    Ok(call)
}

#[cfg(test)]
pub(in crate::mesh) mod tests {
    use std::time::SystemTime;

    use macula_rust::node_key::NodeKey;
    use macula_rust::profile::Profile;
    use macula_rust::ucan::{Capability, Options, create};

    use super::*;
    use crate::mesh::connection::clock;

    pub(crate) fn key() -> NodeKey {
        NodeKey::generate_identity(Profile::PqPure, 0).unwrap()
    }

    pub(crate) fn in_seconds(seconds: i64) -> i64 {
        i64::try_from(clock::seconds()).unwrap() + seconds
    }

    pub(crate) fn token(
        issuer: &NodeKey,
        audience: [u8; 32],
        caps: &[(&str, &str)],
        options: &Options,
    ) -> Vec<u8> {
        let cap = |(with, can): &(&str, &str)| Capability {
            with: (*with).to_owned(),
            can: (*can).to_owned(),
        };
        let caps: Vec<Capability> = caps.iter().map(cap).collect();
        create(issuer, &audience, &caps, options).unwrap()
    }

    fn until(exp: i64) -> Options {
        Options {
            exp,
            ..Options::default()
        }
    }

    fn pairs(claims: &Claims) -> Vec<(&str, &str)> {
        claims
            .grants()
            .iter()
            .map(|g| (g.resource(), g.permission()))
            .collect()
    }

    #[test]
    fn the_claims_are_what_the_issuer_wrote() {
        let issuer = key();
        let facts = Map::from_iter([("team".to_owned(), Value::from("blue"))]);
        let options = Options {
            fct: Some(facts.clone()),
            ..until(in_seconds(60))
        };
        let caps = [
            ("mri:realm:hecate.dev", "write"),
            ("mri:org:hecate.dev/acme", "read"),
        ];
        let claims = claims(&token(&issuer, [7; 32], &caps, &options), &[]).unwrap();
        assert_eq!(pairs(&claims), caps);
        assert!(claims.issuer().starts_with("did:key:z"));
        assert_eq!(claims.audience().as_bytes(), &[7; 32]);
        assert!(!claims.allows("read"), "there is no request");
        assert!(claims.expires_at() > SystemTime::now());
        assert_eq!(claims.facts(), &facts);
    }

    #[test]
    fn a_delegated_token_claims_no_more_than_its_proofs_grant() {
        let (root, middle) = (key(), key());
        let given = [("mri:org:hecate.dev/acme", "read")];
        let parent = token(
            &root,
            middle.node_id().unwrap(),
            &given,
            &until(in_seconds(60)),
        );
        let options = Options {
            prf: Some(vec![proof_id(&parent)]),
            ..until(in_seconds(600))
        };
        let asked = [
            ("mri:org:hecate.dev/acme", "admin"),
            ("mri:realm:hecate.dev", "read"),
            ("mri:proc:hecate.dev/acme/x", "read"),
        ];
        let leaf = token(&middle, [7; 32], &asked, &options);
        let claims = claims(&leaf, &[parent]).unwrap();
        assert_eq!(pairs(&claims), [("mri:proc:hecate.dev/acme/x", "read")]);
        let soon = SystemTime::now() + std::time::Duration::from_secs(61);
        assert!(claims.expires_at() < soon, "the proof expires first");
        assert!(super::claims(&leaf, &[b"x.y.z".to_vec()]).is_none());
    }

    #[test]
    fn a_grant_is_claimed_if_any_grant_of_the_proofs_covers_it() {
        let (root, middle, last) = (key(), key(), key());
        let token_of =
            |signer, audience: &NodeKey, caps: &[(&str, &str)], parent: Option<&[u8]>| {
                let options = Options {
                    prf: parent.map(|parent| vec![proof_id(parent)]),
                    ..until(in_seconds(60))
                };
                token(signer, audience.node_id().unwrap(), caps, &options)
            };
        let (realm, org) = ("mri:realm:hecate.dev", "mri:org:hecate.dev/acme");
        let first = token_of(&root, &middle, &[(org, "read")], None);
        // The root has not granted the realm, but the org.
        let both = [(realm, "read"), (org, "read")];
        let second = token_of(&middle, &last, &both, Some(&first));
        let own = [("mri:proc:hecate.dev/acme/x", "read")];
        let leaf = token_of(&last, &root, &own, Some(&second));
        let claims = claims(&leaf, &[first, second]).unwrap();
        assert_eq!(pairs(&claims), own);
    }

    #[test]
    fn a_duplicate_claim_makes_the_token_unreadable() {
        let claimed = |payload: &str| {
            let token = format!("e30.{}.c2ln", BASE64URL.encode(payload));
            claims(token.as_bytes(), &[])
        };
        let aud = "07".repeat(32);
        let whole = |cap: &str, more: &str| {
            format!(r#"{{"iss":"did:key:z","aud":"{aud}","cap":[{cap}],"exp":9{more}}}"#)
        };
        let cap = r#"{"with":"mri:realm:a","can":"x"}"#;
        assert!(claimed(&whole(cap, "")).is_some());
        assert!(claimed(&whole(cap, r#","exp":10"#)).is_none());
        assert!(claimed(&whole(cap, &format!(r#","cap":[{cap}]"#))).is_none());
        let twice = r#"{"with":"mri:realm:a","can":"x","can":"y"}"#;
        let shown = claimed(&whole(&format!("{twice},{cap},7"), "")).unwrap();
        assert_eq!(pairs(&shown), [("mri:realm:a", "x")]);
        for wrong in ["", "{}", "[]", "null", &whole(cap, r#","prf":7"#)] {
            assert!(claimed(wrong).is_none(), "{wrong}");
        }
    }
}
