//! Signed request for a membership UCAN of macula-realm, with proof v2 as in `devicerequest` of
//! macula-go.
//!
//! The signature covers the deterministic CBOR of eight entries with text keys. One of the entries
//! is the payload without its `proof`. The payload includes the fields of a service (`org`,
//! `scope`, `actions`, `resources`). A realm that does not know these fields grants the permissions
//! of any device.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use macula_rust::cbor::{self, Value};
use macula_rust::node_key::NodeKey;

use super::IdentitySpec;

/// Purpose of the signature.
const TAG: &str = "macula.realm.device_request";
const VERSION: i128 = 2;
/// Procedure name in the signature. The name of the called procedure differs.
const PROCEDURE: &str = "macula_realm.membership_ucan";
/// Requested lifetime of a token: long enough to survive an outage of the realm, short enough that
/// revoked permissions end soon. The realm may grant a shorter lifetime.
const LIFETIME_SECONDS: u64 = 60 * 60;

/// Returns the unsigned request.
pub(super) fn request(spec: &IdentitySpec, org: &str, key: &NodeKey) -> Value {
    let texts = |texts: &[&str]| Value::List(texts.iter().map(|t| Value::text(*t)).collect());
    let seconds = LIFETIME_SECONDS.min(u64::from(spec.ttl_days).saturating_mul(24 * 60 * 60));
    Value::Map(vec![
        entry("public_key", Value::text(STANDARD.encode(key.public_key()))),
        entry("ttl_seconds", Value::Int(seconds.into())),
        entry("org", Value::text(org)),
        entry("scope", Value::text(spec.scope)),
        entry("actions", texts(spec.permissions)),
        entry("resources", texts(spec.resources)),
    ])
}

/// Returns `request` with its proof. The realm accepts each proof once, within 60 s of `now_ms`.
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
