//! UCAN tokens that callers present, and the claims of verified tokens.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use macula_rust::frame::{MAX_PROOFS, MAX_PROOFS_BYTES};
use macula_rust::station_link::Request;
use macula_rust::ucan::{covers, proof_id};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use crate::capability::{Call, Claims, NodeId, PermissionGrant, Refusal};

/// UCAN and its proofs, presented with a call; see
/// [`CallBuilder::ucan`](crate::call::CallBuilder::ucan).
///
/// Parse a `Ucan` from text with the token on the first line and its proofs (the tokens that
/// delegate to it) on the following lines, as in the files of `macula-cli`. The limits are 8 proofs
/// and 256 KiB in all. Parsing checks only the form; the provider verifies signatures, audience and
/// times.
///
/// ```
/// use hecate_om::identity::Ucan;
///
/// let error = "not a token".parse::<Ucan>().unwrap_err();
/// assert!(error.to_string().contains("line 1"), "{error}");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Ucan {
    token: Vec<u8>,
    proofs: Vec<Vec<u8>>,
}

/// Error: the text is not a [`Ucan`]. Check that each line is a whole token, and that the first
/// line is the token itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UcanError(String);

impl Ucan {
    /// Returns a token without proofs.
    pub(super) const fn without_proofs(token: Vec<u8>) -> Self {
        Self {
            token,
            proofs: Vec::new(),
        }
    }

    pub(in crate::mesh) fn token(&self) -> &[u8] {
        &self.token
    }

    pub(in crate::mesh) fn proofs(&self) -> &[Vec<u8>] {
        &self.proofs
    }
}

impl FromStr for Ucan {
    type Err = UcanError;

    fn from_str(text: &str) -> Result<Self, UcanError> {
        if text.len() > MAX_PROOFS_BYTES {
            return Err(UcanError(format!(
                "a UCAN and its proofs have at most {MAX_PROOFS_BYTES} bytes, and this text has {}",
                text.len()
            )));
        }
        let mut tokens = Vec::new();
        for (n, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() {
                continue;
            }
            if !is_token(line) {
                return Err(UcanError(format!(
                    "line {} is not a UCAN; write three parts of base64url, separated by dots",
                    n + 1
                )));
            }
            let token = line.as_bytes().to_vec();
            if tokens.contains(&token) {
                return Err(UcanError(format!(
                    "line {} repeats another one; remove it",
                    n + 1
                )));
            }
            tokens.push(token);
        }
        if tokens.is_empty() {
            return Err(UcanError(
                "no UCAN; write the token on the first line and its proofs on the next lines"
                    .into(),
            ));
        }
        let token = tokens.remove(0);
        if tokens.len() > MAX_PROOFS {
            return Err(UcanError(format!(
                "a UCAN has at most {MAX_PROOFS} proofs, and this one has {}",
                tokens.len()
            )));
        }
        Ok(Self {
            token,
            proofs: tokens,
        })
    }
}

/// Hides the token, because anyone with the node's key could present it.
impl fmt::Debug for Ucan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ucan({} proofs)", self.proofs.len())
    }
}

fn is_token(line: &str) -> bool {
    let base64url = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_');
    let part = |part: &str| !part.is_empty() && part.bytes().all(base64url);
    line.split('.').count() == 3 && line.split('.').all(part)
}

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
    // Each capability of the token, with the capability of the current proof that covers it.
    let mut held: Vec<(PermissionGrant, PermissionGrant)> =
        own.into_iter().map(|g| (g.clone(), g)).collect();
    let proofs: HashMap<String, &Vec<u8>> = proofs.iter().map(|p| (proof_id(p), p)).collect();
    for _ in 0..proofs.len() {
        let Some(id) = parent.take() else { break };
        let (given, exp, next) = Payload::decode(proofs.get(&id)?)?.granted();
        expires = expires.min(exp);
        parent = next;
        held = held
            .into_iter()
            .filter_map(|(own, delegated)| {
                let covering = given.iter().find(|g| {
                    g.permission == delegated.permission && covers(&g.resource, &delegated.resource)
                })?;
                Some((own, covering.clone()))
            })
            .collect();
    }
    Some(Claims {
        issuer,
        audience,
        // `call_context` sets the realm and the procedure from the request. Until then, the claims allow
        // nothing.
        realm: [0; 32],
        procedure: String::new(),
        grants: held.into_iter().map(|(own, _)| own).collect(),
        expires,
        facts,
    })
}

/// Returns the context of a requested call. For a gated capability, the context includes the claims of the token
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

    #[test]
    fn the_token_is_on_the_first_line_and_its_proofs_follow() {
        let ucan: Ucan = "a.b.c\n\n  d.e.f \r\ng.h.i\n".parse().unwrap();
        assert_eq!(ucan.token(), b"a.b.c");
        assert_eq!(ucan.proofs(), [b"d.e.f".to_vec(), b"g.h.i".to_vec()]);
        assert_eq!(format!("{ucan:?}"), "Ucan(2 proofs)");
    }

    #[test]
    fn text_that_is_not_a_token_is_refused_with_the_reason() {
        let why = |text: &str| text.parse::<Ucan>().unwrap_err().to_string();
        assert!(why(" \n").starts_with("no UCAN"));
        assert!(why("a.b.c\nd.e").starts_with("line 2 is not a UCAN"));
        for bad in ["a.b.c.d", "a..c", "a.b.c=", "a b.c.d", "ä.b.c"] {
            assert!(why(bad).starts_with("line 1"), "{bad}");
        }
        assert!(why("a.b.c\nd.e.f\nd.e.f").starts_with("line 3 repeats"));
        let ten: String = (0..10).map(|n| format!("a.b.{n}\n")).collect();
        assert!(why(&ten).contains("at most 8 proofs"));
        assert!(why(&"a".repeat(300_000)).contains("at most 262144 bytes"));
    }
}
