//! The signed request: macula-realm's membership UCAN, with proof v2 as macula-go's `devicerequest` makes it.
//!
//! What is signed is deterministic CBOR of eight text-keyed entries, among them the payload as it travels less its
//! `proof`. The service's own fields (`org`, `scope`, `actions`, `resources`) are signed with it; a realm that does
//! not know them grants what it grants every device.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use macula_rust::cbor::{self, Value};
use macula_rust::node_key::NodeKey;

use crate::mesh::IdentitySpec;

/// What the signature is for.
const TAG: &str = "macula.realm.device_request";
const VERSION: i128 = 2;
/// The procedure as it is signed, which is not the name that is called.
const PROCEDURE: &str = "macula_realm.membership_ucan";
/// How long a token is asked for, at most: long enough for a realm to be away, short enough that what it takes back
/// ends soon. A realm may give less.
const ASKED_SECONDS: u64 = 60 * 60;

/// What the node asks its realm for.
pub(super) fn request(spec: &IdentitySpec, org: &str, key: &NodeKey) -> Value {
    let texts = |texts: &[&str]| Value::List(texts.iter().map(|t| Value::text(*t)).collect());
    let seconds = ASKED_SECONDS.min(u64::from(spec.ttl_days).saturating_mul(24 * 60 * 60));
    Value::Map(vec![
        entry("public_key", Value::text(STANDARD.encode(key.public_key()))),
        entry("ttl_seconds", Value::Int(seconds.into())),
        entry("org", Value::text(org)),
        entry("scope", Value::text(spec.scope)),
        entry("actions", texts(spec.actions)),
        entry("resources", texts(spec.resources)),
    ])
}

/// `request` with its proof, made now: a realm takes it within 60 s of `now_ms`, once.
pub(super) fn signed(
    request: Value,
    realm: &[u8; 32],
    key: &NodeKey,
    now_ms: i64,
) -> Result<Value, String> {
    let nonce: [u8; 16] = rand::random();
    let message = cbor::encode(&Value::Map(vec![
        entry("tag", Value::text(TAG)),
        entry("v", Value::Int(VERSION)),
        entry("public_key", Value::Bytes(key.public_key())),
        entry("realm", Value::Bytes(realm.to_vec())),
        entry("procedure", Value::text(PROCEDURE)),
        entry("timestamp", Value::Int(now_ms.into())),
        entry("nonce", Value::Bytes(nonce.to_vec())),
        entry("request", request.clone()),
    ]))
    .map_err(|error| error.to_string())?;
    let signature = key.sign(&message).map_err(|error| error.to_string())?;
    let proof = Value::Map(vec![
        entry("v", Value::Int(VERSION)),
        entry("timestamp", Value::Int(now_ms.into())),
        entry("nonce", Value::text(hex::encode(nonce))),
        entry("signature", Value::text(hex::encode(signature))),
    ]);
    Ok(request.with_field("proof", proof))
}

fn entry(key: &str, value: Value) -> (Value, Value) {
    (Value::text(key), value)
}
