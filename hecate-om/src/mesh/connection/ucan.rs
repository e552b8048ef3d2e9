//! Tokens: what a caller presents, and what a verified one says.

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

use crate::capability::{Call, Claims, Granted, NodeId, Refusal};

/// A UCAN and the parents that it rests on, to be presented with a call: see
/// [`CallBuilder::ucan`](crate::call::CallBuilder::ucan).
///
/// Its text has the token on the first line and the parents on those that follow, as the files of `macula-cli`
/// do. At most 8 parents, and 256 KiB in all. Whether it holds is the provider's to judge.
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

/// A text that is no [`Ucan`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UcanError(String);

impl Ucan {
    /// The token of a reply, which rests on nothing.
    pub(in crate::mesh) const fn alone(token: Vec<u8>) -> Self {
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
                "a UCAN and its parents take at most {MAX_PROOFS_BYTES} bytes, and this text has {}",
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
                    "line {} is not a UCAN: three parts of base64url, separated by dots",
                    n + 1
                )));
            }
            let token = line.as_bytes().to_vec();
            if tokens.contains(&token) {
                return Err(UcanError(format!("line {} repeats another", n + 1)));
            }
            tokens.push(token);
        }
        if tokens.is_empty() {
            return Err(UcanError(
                "there is no UCAN: put the token on the first line, and its parents on the next ones".into(),
            ));
        }
        let token = tokens.remove(0);
        if tokens.len() > MAX_PROOFS {
            return Err(UcanError(format!(
                "a UCAN may rest on at most {MAX_PROOFS} parents, and this one has {}",
                tokens.len()
            )));
        }
        Ok(Self {
            token,
            proofs: tokens,
        })
    }
}

/// Shows no token: whoever has the node's key, too, could present it.
impl fmt::Debug for Ucan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ucan({} parents)", self.proofs.len())
    }
}

fn is_token(line: &str) -> bool {
    let base64url = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_');
    let part = |part: &str| !part.is_empty() && part.bytes().all(base64url);
    line.split('.').count() == 3 && line.split('.').all(part)
}

/// A JWT part's base64url, read as macula reads it.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// A token's payload. A claim that stands twice is an error: macula takes the first of two, other readers the last,
/// and what was verified must be what is shown.
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
    /// Grants nothing (UCAN_V1 passes over it).
    Other(IgnoredAny),
}

impl Payload {
    fn of(token: &[u8]) -> Option<Self> {
        let payload = token.split(|b| *b == b'.').nth(1)?;
        serde_json::from_slice(&BASE64URL.decode(payload).ok()?).ok()
    }

    fn granted(self) -> (Vec<Granted>, u64, Option<String>) {
        let granted = self.cap.into_iter().filter_map(|cap| match cap {
            Cap::Granted { with, can } => Some(Granted { with, can }),
            Cap::Other(_) => None,
        });
        let parent = self.prf.and_then(|prf| prf.into_iter().next());
        (granted.collect(), self.exp, parent)
    }
}

/// What a token says that macula's policy has just accepted, with the proofs that it came with. `None` where a
/// claim of it can be read in two ways.
///
/// Macula carries up the chain only the one capability that answers the request. The others that a delegated token
/// names stand here as far as its parents cover them, too.
pub(in crate::mesh) fn claims(token: &[u8], proofs: &[Vec<u8>]) -> Option<Claims> {
    let mut payload = Payload::of(token)?;
    let issuer = std::mem::take(&mut payload.iss);
    let audience = payload.aud.parse().ok()?;
    let facts = match payload.fct.take() {
        Some(Value::Object(facts)) => facts,
        _ => Map::new(),
    };
    let (own, mut expires, mut parent) = payload.granted();
    // What stands for each capability at the link that is looked at.
    let mut held: Vec<(Granted, Granted)> = own.into_iter().map(|g| (g.clone(), g)).collect();
    let proofs: HashMap<String, &Vec<u8>> = proofs.iter().map(|p| (proof_id(p), p)).collect();
    // A chain is no longer than its proofs.
    for _ in 0..proofs.len() {
        let Some(id) = parent.take() else { break };
        let (given, exp, next) = Payload::of(proofs.get(&id)?)?.granted();
        expires = expires.min(exp);
        parent = next;
        held = held
            .into_iter()
            .filter_map(|(own, handed)| {
                let covering = given
                    .iter()
                    .find(|g| g.can == handed.can && covers(&g.with, &handed.with))?;
                Some((own, covering.clone()))
            })
            .collect();
    }
    Some(Claims {
        issuer,
        audience,
        // The request, not the token, contains them; `call` adds them, and without them nothing is
        // allowed.
        realm: [0; 32],
        procedure: String::new(),
        capabilities: held.into_iter().map(|(own, _)| own).collect(),
        expires,
        facts,
    })
}

/// The call of a request, with the claims of its token where the capability is gated: macula's policy has accepted
/// the token by then. An open capability shows none, as nobody has looked at it.
pub(in crate::mesh) fn call(request: &Request, gated: bool) -> Result<Call, Refusal> {
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
            .capabilities()
            .iter()
            .map(|g| (g.with(), g.can()))
            .collect()
    }

    #[test]
    fn a_token_says_what_its_issuer_put_into_it() {
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
        assert!(!claims.allows("read"), "no request came with it");
        assert!(claims.expires_at() > SystemTime::now());
        assert_eq!(claims.facts(), &facts);
    }

    #[test]
    fn a_delegated_token_claims_no_more_than_its_parents_gave() {
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
        assert!(claims.expires_at() < soon, "the parent ends first");
        assert!(super::claims(&leaf, &[b"x.y.z".to_vec()]).is_none());
    }

    #[test]
    fn a_claim_that_stands_twice_is_not_shown_as_either() {
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
    fn the_token_is_on_the_first_line_and_its_parents_follow() {
        let ucan: Ucan = "a.b.c\n\n  d.e.f \r\ng.h.i\n".parse().unwrap();
        assert_eq!(ucan.token(), b"a.b.c");
        assert_eq!(ucan.proofs(), [b"d.e.f".to_vec(), b"g.h.i".to_vec()]);
        assert_eq!(format!("{ucan:?}"), "Ucan(2 parents)");
    }

    #[test]
    fn what_is_no_token_is_refused_by_what_is_wrong() {
        let why = |text: &str| text.parse::<Ucan>().unwrap_err().to_string();
        assert!(why(" \n").starts_with("there is no UCAN"));
        assert!(why("a.b.c\nd.e").starts_with("line 2 is not a UCAN"));
        for bad in ["a.b.c.d", "a..c", "a.b.c=", "a b.c.d", "ä.b.c"] {
            assert!(why(bad).starts_with("line 1"), "{bad}");
        }
        assert!(why("a.b.c\nd.e.f\nd.e.f").starts_with("line 3 repeats"));
        let ten: String = (0..10).map(|n| format!("a.b.{n}\n")).collect();
        assert!(why(&ten).contains("at most 8 parents"));
        assert!(why(&"a".repeat(300_000)).contains("at most 262144 bytes"));
    }
}
