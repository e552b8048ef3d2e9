//! A node's signed request to its realm (macula-realm's proof v2, as in macula-go's
//! `devicerequest`). The proof binds the node's key to this request in this realm, and is accepted
//! once.
//!
//! The request is the payload without its `proof`, and without `caller`, which the wire reserves.
//! The signature covers the deterministic CBOR of a map with eight entries. The names of refusals
//! are those that macula-realm documents for the same proof over HTTP. Their form in a
//! `handler_error` is not documented; here the detail starts with the name and a colon.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use macula_rust::cbor::{self, Value};
use macula_rust::node_key::{carried_key_well_formed, node_id_of, verify};
use macula_rust::profile::Profile;

use super::text;
use crate::provider_error::ProviderError;

/// Domain separation tag of the signature.
const TAG: &str = "macula.realm.device_request";
const VERSION: i128 = 2;
/// The name of the membership procedure in the signed bytes; the called procedure has another name.
const PROCEDURE: &str = "macula_realm.membership_ucan";
/// Maximum difference between a proof's time and the realm's time, in milliseconds.
const MAX_SKEW_MS: i64 = 60_000;
/// Maximum number of remembered nonces. A nonce is remembered for two minutes, and costs its sender
/// a signature.
const MAX_NONCES: usize = 65_536;

/// The recently used nonces, each with its time of signature.
#[derive(Debug, Default)]
pub(super) struct Nonces(Mutex<HashMap<[u8; 16], i64>>);

impl Nonces {
    /// Records the use of a nonce, and refuses a second use.
    fn record(&self, nonce: [u8; 16], signed_ms: i64, now_ms: i64) -> Result<(), ProviderError> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MAX_NONCES {
            seen.retain(|_, signed_ms| (now_ms - *signed_ms).abs() <= MAX_SKEW_MS);
        }
        if seen.len() >= MAX_NONCES {
            return Err(ProviderError::new("unavailable"));
        }
        match seen.insert(nonce, signed_ms) {
            None => Ok(()),
            Some(_) => Err(refused("replayed", "this nonce was used before")),
        }
    }
}

/// Verifies the proof in `payload` and returns the node whose key signed it.
pub(super) fn verify_signer(
    payload: &Value,
    realm: &[u8; 32],
    profile: Profile,
    nonces: &Nonces,
    now_ms: i64,
) -> Result<[u8; 32], ProviderError> {
    let key = payload
        .get("public_key")
        .and_then(text)
        .and_then(|text| STANDARD.decode(text).ok())
        .filter(|key| carried_key_well_formed(key, profile))
        .ok_or_else(|| {
            refused(
                "not_a_device_key",
                &format!(
                    "`public_key` must be a node's public key in the profile {}, as base64",
                    profile.name()
                ),
            )
        })?;
    let Some(proof @ Value::Map(_)) = payload.get("proof") else {
        return Err(refused("missing_proof", "`proof` must be a map"));
    };
    if proof.get("v") != Some(&Value::Int(VERSION)) {
        return Err(refused("unsupported_version", "`proof.v` must be 2"));
    }
    let bad = |detail: &str| refused("bad_proof", detail);
    let Some(Value::Int(timestamp)) = proof.get("timestamp") else {
        return Err(bad("`proof.timestamp` must be a time in Unix milliseconds"));
    };
    let timestamp = i64::try_from(*timestamp).unwrap_or_default();
    if timestamp.abs_diff(now_ms) > MAX_SKEW_MS.unsigned_abs() {
        return Err(refused(
            "stale_proof",
            "`proof.timestamp` differs by more than 60 s from the realm's clock",
        ));
    }
    let nonce = hex_field(proof, "nonce")
        .and_then(|nonce| <[u8; 16]>::try_from(nonce).ok())
        .ok_or_else(|| bad("`proof.nonce` must be 32 hex digits"))?;
    let signature = hex_field(proof, "signature")
        .ok_or_else(|| bad("`proof.signature` must be hexadecimal"))?;
    let message = signed_bytes(&key, realm, timestamp, nonce, payload)
        .ok_or_else(|| bad("the request cannot be encoded"))?;
    if !verify(&message, &signature, &key, profile) {
        return Err(bad("the signature of the request does not verify"));
    }
    nonces.record(nonce, timestamp, now_ms)?;
    Ok(node_id_of(&key, profile))
}

/// Encodes the bytes that the signature covers.
fn signed_bytes(
    key: &[u8],
    realm: &[u8; 32],
    timestamp: i64,
    nonce: [u8; 16],
    payload: &Value,
) -> Option<Vec<u8>> {
    let entries = [
        ("tag", Value::text(TAG)),
        ("v", Value::Int(VERSION)),
        ("public_key", Value::Bytes(key.to_vec())),
        ("realm", Value::Bytes(realm.to_vec())),
        ("procedure", Value::text(PROCEDURE)),
        ("timestamp", Value::Int(timestamp.into())),
        ("nonce", Value::Bytes(nonce.to_vec())),
        ("request", payload.without(&["proof", "caller"])),
    ];
    let entries = entries.map(|(key, value)| (Value::text(key), value));
    cbor::encode(&Value::Map(entries.to_vec())).ok()
}

fn refused(name: &str, detail: &str) -> ProviderError {
    ProviderError::handler(format!("{name}: {detail}"))
}

fn hex_field(proof: &Value, key: &str) -> Option<Vec<u8>> {
    hex::decode(proof.get(key).and_then(text)?).ok()
}

#[cfg(test)]
mod tests {
    use macula_rust::node_key::NodeKey;

    use super::*;
    use crate::storage::NO_PUZZLE;

    const PROFILE: Profile = Profile::PqPure;
    const REALM: [u8; 32] = [3; 32];
    const NOW: i64 = 1_790_000_000_000;

    /// Returns a request of `fields`, signed by `key` at `timestamp`.
    pub(crate) fn signed(key: &NodeKey, fields: &[(&str, Value)], timestamp: i64) -> Value {
        let public_key = STANDARD.encode(key.public_key());
        let mut payload = Value::Map(vec![(Value::text("public_key"), Value::text(public_key))]);
        if let Value::Map(entries) = &mut payload {
            entries.extend(fields.iter().map(|(k, v)| (Value::text(*k), v.clone())));
        }
        let nonce = crate::clock::random::<16>().unwrap();
        let message = signed_bytes(&key.public_key(), &REALM, timestamp, nonce, &payload).unwrap();
        let proof = [
            ("v", Value::Int(2)),
            ("timestamp", Value::Int(timestamp.into())),
            ("nonce", Value::text(hex::encode(nonce))),
            (
                "signature",
                Value::text(hex::encode(key.sign(&message).unwrap())),
            ),
        ];
        let proof = Value::Map(proof.map(|(k, v)| (Value::text(k), v)).to_vec());
        payload.with_field("proof", proof)
    }

    fn key() -> NodeKey {
        NodeKey::generate_identity(PROFILE, NO_PUZZLE).unwrap()
    }

    fn refusal(outcome: Result<[u8; 32], ProviderError>) -> String {
        let detail = outcome.unwrap_err().detail.unwrap();
        detail.split(':').next().unwrap().to_owned()
    }

    #[test]
    fn a_request_identifies_its_signer_once() {
        let (key, nonces) = (key(), Nonces::default());
        let payload = signed(&key, &[("org", Value::text("acme"))], NOW);
        let node = verify_signer(&payload, &REALM, PROFILE, &nonces, NOW);
        assert_eq!(node, Ok(key.node_id().unwrap()));
        let again = verify_signer(&payload, &REALM, PROFILE, &nonces, NOW);
        assert_eq!(refusal(again), "replayed");
        // The wire reserves `caller`, so the signature does not cover it.
        let fresh = signed(&key, &[], NOW).with_field("caller", Value::Bytes(vec![1; 32]));
        assert!(verify_signer(&fresh, &REALM, PROFILE, &nonces, NOW).is_ok());
    }

    #[test]
    fn a_request_changed_or_for_another_realm_or_time_is_refused_by_name() {
        let (key, nonces) = (key(), Nonces::default());
        let payload = signed(&key, &[("org", Value::text("acme"))], NOW);
        let check = |payload: &Value, realm, now| {
            refusal(verify_signer(payload, realm, PROFILE, &nonces, now))
        };
        let changed = payload.clone().with_field("org", Value::text("other"));
        assert_eq!(check(&changed, &REALM, NOW), "bad_proof");
        assert_eq!(check(&payload, &[4; 32], NOW), "bad_proof");
        assert_eq!(check(&payload, &REALM, NOW + 60_001), "stale_proof");
        assert_eq!(check(&payload, &REALM, NOW - 60_001), "stale_proof");
        let another = STANDARD.encode(self::key().public_key());
        let another = payload.with_field("public_key", Value::text(another));
        assert_eq!(check(&another, &REALM, NOW), "bad_proof");
    }

    #[test]
    fn an_invalid_request_is_refused_by_name() {
        let (key, nonces) = (key(), Nonces::default());
        let good = signed(&key, &[], NOW);
        let check =
            |payload: &Value| refusal(verify_signer(payload, &REALM, PROFILE, &nonces, NOW));
        for payload in [Value::Null, Value::Int(1), Value::List(vec![good.clone()])] {
            assert_eq!(check(&payload), "not_a_device_key", "{payload:?}");
        }
        for key in [
            Value::text("AAAA"),
            Value::text("not base64"),
            Value::Int(1),
        ] {
            let payload = good.clone().with_field("public_key", key);
            assert_eq!(check(&payload), "not_a_device_key");
        }
        let without = good.without(&["proof"]);
        assert_eq!(check(&without), "missing_proof");
        assert_eq!(
            check(&without.with_field("proof", Value::text("x"))),
            "missing_proof"
        );
        let proof = good.get("proof").unwrap();
        let with = |field: &str, value| {
            good.clone()
                .with_field("proof", proof.clone().with_field(field, value))
        };
        assert_eq!(check(&with("v", Value::Int(1))), "unsupported_version");
        assert_eq!(check(&with("timestamp", Value::text("now"))), "bad_proof");
        assert_eq!(
            check(&with("timestamp", Value::Int(i128::MAX))),
            "stale_proof"
        );
        assert_eq!(
            check(&with("timestamp", Value::Int(i64::MIN.into()))),
            "stale_proof"
        );
        for nonce in ["", "00", "zz", &"0".repeat(64)] {
            assert_eq!(check(&with("nonce", Value::text(nonce))), "bad_proof");
        }
        for signature in ["", "zz", "00"] {
            assert_eq!(
                check(&with("signature", Value::text(signature))),
                "bad_proof"
            );
        }
        assert!(
            verify_signer(&good, &REALM, PROFILE, &nonces, NOW).is_ok(),
            "no refused request used up the nonce"
        );
    }

    #[test]
    fn the_signed_bytes_are_eight_entries_in_deterministic_order() {
        let payload = Value::Map(vec![(Value::text("n"), Value::Null)]);
        let bytes = signed_bytes(&[7], &REALM, NOW, [0; 16], &payload).unwrap();
        let Value::Map(entries) = cbor::decode(&bytes).unwrap() else {
            panic!("not a map");
        };
        let keys: Vec<&str> = entries.iter().filter_map(|(key, _)| text(key)).collect();
        // Deterministic CBOR: the shorter key first, then by bytes.
        assert_eq!(
            keys,
            [
                "v",
                "tag",
                "nonce",
                "realm",
                "request",
                "procedure",
                "timestamp",
                "public_key"
            ]
        );
        assert_eq!(entries[4].1, payload);
    }
}
