//! UCANs that callers present.

use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use arbitrary::{Result, Unstructured};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hecate_om::__private::accepted_claims;
use hecate_om::identity::Ucan;
use macula_rust::node_key::NodeKey;
use macula_rust::profile::Profile;
use macula_rust::ucan::{
    Capability, Context, Options, Policy, Request, authorize, create, proof_id,
};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::generators::json::{damage, value};
use crate::generators::text;
use crate::limits::within_limits;

/// Memory for each byte of a token and its proofs.
const FACTOR: u64 = 64;

const PROFILE: Profile = Profile::PqPure;
const REALM: &str = "io.macula";
const PROCEDURE: &str = "acme/notes.add";
const PERMISSION: &str = "notes/write";

/// Resources that a token may grant the permission on.
const RESOURCES: [&str; 7] = [
    "mri:realm:io.macula",
    "mri:org:io.macula/acme",
    "mri:proc:io.macula/acme/notes.add",
    "mri:org:io.macula/other",
    "mri:realm:org.other",
    "mri:proc:io.macula/acme",
    "mri:org:io.macula/",
];

/// Checks that text is either a token with its proofs, or refused with a reason; and that the
/// claims of an accepted token are those of its signed payload, grant nothing beyond its proofs,
/// and allow the call for which it was accepted.
///
/// The input is the text, and a description of tokens that known keys sign, some with a damaged
/// payload.
///
/// # Panics
///
/// If a property does not hold.
pub fn ucan_tokens(input: &[u8]) {
    if let Ok(text) = std::str::from_utf8(input) {
        let read = within_limits(input.len(), FACTOR, || text.parse::<Ucan>());
        if let Err(error) = read {
            assert!(!error.to_string().is_empty(), "refused for a reason");
        }
        // Claims are read only after the token was accepted, but must not depend on it.
        claims_of(&[text.as_bytes().to_vec()]);
    }
    if let Ok(tokens) = chain(&mut Unstructured::new(input)) {
        claims_are_of_the_accepted_token(&tokens);
    }
}

/// Keys of the issuer, of two delegates, and of the caller.
fn keys() -> &'static [NodeKey; 4] {
    static KEYS: OnceLock<[NodeKey; 4]> = OnceLock::new();
    KEYS.get_or_init(|| {
        [(); 4].map(|()| NodeKey::generate_identity(PROFILE, 0).expect("a key is generated"))
    })
}

fn node(key: &NodeKey) -> [u8; 32] {
    key.node_id().expect("an identity key has a node id")
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}

/// Returns the caller's token and its proofs.
fn chain(u: &mut Unstructured<'_>) -> Result<Vec<Vec<u8>>> {
    let [issuer, first, second, caller] = keys();
    let mut tokens = Vec::new();
    let mut parent = None;
    let links: &[_] = match u.int_in_range(0..=2)? {
        0 => &[(issuer, caller)],
        1 => &[(issuer, first), (first, caller)],
        _ => &[(issuer, first), (first, second), (second, caller)],
    };
    for (signer, audience) in links {
        let token = token(u, signer, audience, parent.take())?;
        parent = Some(proof_id(&token));
        tokens.insert(0, token);
    }
    Ok(tokens)
}

/// Returns a token, in a quarter of the cases with a damaged payload.
fn token(
    u: &mut Unstructured<'_>,
    signer: &NodeKey,
    audience: &NodeKey,
    parent: Option<String>,
) -> Result<Vec<u8>> {
    let mut grants = Vec::new();
    for _ in 0..u.int_in_range(0..=4)? {
        grants.push(Capability {
            with: u.choose(&RESOURCES)?.to_string(),
            can: if u.ratio(7, 8)? {
                PERMISSION.to_owned()
            } else {
                text(u, 20)?
            },
        });
    }
    // Many grants in one token.
    let repeated = u.int_in_range(0..=10)?;
    for _ in 0..repeated {
        grants.extend(grants.clone());
    }
    let facts = match value(u)? {
        Value::Object(facts) => Some(facts),
        _ => None,
    };
    let options = Options {
        exp: now() + u.int_in_range(1..=3_600)?,
        nbf: None,
        nnc: None,
        fct: facts,
        prf: parent.map(|parent| vec![parent]),
    };
    let token = create(signer, &node(audience), &grants, &options).expect("a token is signed");
    if u.ratio(3, 4)? {
        return Ok(token);
    }
    let text = String::from_utf8_lossy(&token).into_owned();
    let mut parts = text.split('.');
    let (Some(header), Some(payload)) = (parts.next(), parts.next()) else {
        return Ok(token);
    };
    let mut payload = URL_SAFE_NO_PAD.decode(payload).unwrap_or_default();
    if u.arbitrary()? {
        let mut claims = serde_json::from_slice(&payload).unwrap_or_default();
        damage(&mut claims, u)?;
        payload = claims.to_string().into_bytes();
    } else {
        // A claim that occurs twice.
        let (name, value) = (*u.choose(&["aud", "exp", "cap", "prf", "fct"])?, value(u)?);
        payload.pop();
        payload.extend(format!(",\"{name}\":{value}}}").into_bytes());
    }
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(payload));
    let signature = signer.sign(signed.as_bytes()).expect("a key signs");
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)).into_bytes())
}

fn claims_of(tokens: &[Vec<u8>]) -> Option<hecate_om::identity::Claims> {
    let length = tokens.iter().map(Vec::len).sum();
    let realm = Sha256::digest(REALM).into();
    within_limits(length, FACTOR, || {
        accepted_claims(&tokens[0], &tokens[1..], realm, PROCEDURE)
    })
}

fn claims_are_of_the_accepted_token(tokens: &[Vec<u8>]) {
    let [issuer, _, _, caller] = keys();
    let claims = claims_of(tokens);
    let policy = Policy::RealmMemberRequired {
        key_id: macula_rust::node_key::key_id_of(&issuer.public_key(), PROFILE),
        can: PERMISSION.to_owned(),
    };
    let context = Context {
        caller: node(caller),
        profile: PROFILE,
        now: now(),
        request: Some(Request {
            realm: Sha256::digest(REALM).into(),
            procedure: PROCEDURE.to_owned(),
        }),
        proofs: Context::keyed_proofs(&tokens[1..]),
    };
    let accepted = authorize(&tokens[0], &policy, &context);
    // An ambiguous token is refused, although macula-rust accepts it.
    let (Ok(payload), Some(claims)) = (accepted, claims) else {
        return;
    };
    let field = |name: &str| {
        payload
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    assert_eq!(claims.issuer(), field("iss"));
    assert_eq!(claims.audience().to_string(), field("aud"));
    assert!(claims.allows(PERMISSION), "{payload:?}");
    let granted = payload["cap"].as_array().expect("a token has grants");
    for grant in claims.grants() {
        let is_granted =
            |own: &Value| own["with"] == grant.resource() && own["can"] == grant.permission();
        assert!(granted.iter().any(is_granted), "{grant:?}");
    }
    let expires = claims
        .expires_at()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970");
    assert!(Some(expires.as_secs()) <= payload["exp"].as_u64());
    if let Some(facts) = payload.get("fct").and_then(Value::as_object) {
        assert_eq!(claims.facts(), facts);
    }
}
