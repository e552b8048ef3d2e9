//! A proof, and the bytes that it signs.

#[cfg(test)]
mod tests;

use macula_rust::cbor::{self, Value};
use macula_rust::node_key::{KeyError, NodeKey, carried_key_well_formed, node_id_of, verify};
use macula_rust::profile::Profile;
use schemars::JsonSchema;
use serde::Serialize;

use crate::capability::Refusal;
use crate::node_id::NodeId;

/// What the signature is for.
const TAG: &str = "macula.ownership_proof";

/// Version of the proof.
const VERSION: u8 = 2;

/// Maximum difference between the time of a proof and the verifier's clock, in milliseconds.
pub(super) const MAX_SKEW_MS: i64 = 60_000;

/// The request's entry with the proof.
pub(super) const FIELD: &str = "asserted_by";

/// The entry that providers replace by the verified caller.
const CALLER: &str = "caller";

pub(super) type Nonce = [u8; 16];

/// Proof that a node authorized a request: the entry `asserted_by` of the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OwnershipProof {
    /// Id of the node that authorized the request, as hex digits.
    identity: NodeId,
    /// The signature.
    proof: Proof,
}

/// A signature over the request, the procedure, the realm, a time and a nonce.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
struct Proof {
    /// Version: 2.
    v: u8,
    /// Time of the signature, in Unix milliseconds.
    timestamp: i64,
    /// 16 random bytes, as hex digits.
    nonce: String,
    /// The signature, as hex digits.
    signature: String,
    /// The node's public key, as hex digits.
    public: String,
}

/// Error of [`Mesh::assert_ownership`](crate::Mesh::assert_ownership).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProveError {
    /// No station is linked yet, so the realm is not known.
    #[error("no station is linked, so the realm of the proof is not known; try again later")]
    NotConnected,
    /// The request cannot have a proof.
    #[error("the request cannot have an ownership proof: {0}")]
    Request(String),
    /// The key could not sign.
    #[error("the node's key could not sign: {0}")]
    Key(String),
}

/// Error of [`Mesh::verify_ownership`](crate::Mesh::verify_ownership). A handler returns it to its
/// caller with `?`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OwnershipError {
    /// The request has no usable entry `asserted_by`.
    #[error("the request has no ownership proof; add `asserted_by`")]
    MissingProof,
    /// The identity of the proof is not a node id.
    #[error("`asserted_by.identity` is not a node id; write its 64 hex digits")]
    InvalidIdentity,
    /// The proof has another version.
    #[error("the ownership proof is not of version 2")]
    UnsupportedVersion,
    /// The proof was made more than a minute ago, or in the future.
    #[error(
        "the ownership proof was made more than 60 s ago or in the future; make a new one, and \
         compare the clocks"
    )]
    StaleProof,
    /// The signature is not the node's, or not over this request, procedure and realm.
    #[error("the ownership proof is not of this request, procedure, realm and node")]
    BadSignature,
    /// This instance has accepted the proof before.
    #[error("the ownership proof was used before; make a new one for each request")]
    Replayed,
    /// This instance cannot remember more proofs.
    #[error("this instance remembers its maximum number of proofs; try again in a minute")]
    Overloaded,
    /// This instance has no link, so it does not know its realm.
    #[error("this instance is not linked, so it does not know its realm")]
    NotConnected,
}

impl OwnershipError {
    /// Returns the code with which a handler refuses the call.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::MissingProof => "missing_proof",
            Self::InvalidIdentity => "invalid_identity",
            Self::UnsupportedVersion => "unsupported_version",
            Self::StaleProof => "stale_proof",
            Self::BadSignature => "bad_signature",
            Self::Replayed => "replayed",
            Self::Overloaded => "overloaded",
            Self::NotConnected => "not_connected",
        }
    }
}

impl From<OwnershipError> for Refusal {
    fn from(error: OwnershipError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl OwnershipProof {
    pub(super) fn sign(
        key: &NodeKey,
        realm: &[u8; 32],
        procedure: &str,
        fields: Value,
        timestamp: i64,
    ) -> Result<Self, ProveError> {
        let failed = |error: KeyError| ProveError::Key(error.to_string());
        let identity = NodeId::from_bytes(key.node_id().map_err(failed)?);
        let nonce: Nonce = rand::random();
        let message = message(identity, realm, procedure, timestamp, &nonce, fields);
        let message = message.map_err(ProveError::Request)?;
        Ok(Self {
            identity,
            proof: Proof {
                v: VERSION,
                timestamp,
                nonce: hex::encode(nonce),
                signature: hex::encode(key.sign(&message).map_err(failed)?),
                public: hex::encode(key.public_key()),
            },
        })
    }

    /// Reads a proof. The parts that [`verify`](Self::verify) needs only for a recent proof are
    /// read there, in the order of hecate-om (Erlang).
    pub(super) fn read(block: Option<&Value>) -> Result<Self, OwnershipError> {
        let Some(block @ Value::Map(_)) = block else {
            return Err(OwnershipError::MissingProof);
        };
        let identity = block.get("identity").and_then(identity);
        let identity = identity.ok_or(OwnershipError::InvalidIdentity)?;
        let Some(proof @ Value::Map(_)) = block.get("proof") else {
            return Err(OwnershipError::MissingProof);
        };
        if proof.get("v") != Some(&Value::Int(VERSION.into())) {
            return Err(OwnershipError::UnsupportedVersion);
        }
        let Some(Value::Int(timestamp)) = proof.get("timestamp") else {
            return Err(OwnershipError::MissingProof);
        };
        let text = |name| proof.get(name).and_then(text).unwrap_or_default();
        Ok(Self {
            identity,
            proof: Proof {
                v: VERSION,
                timestamp: i64::try_from(*timestamp).map_err(|_| OwnershipError::MissingProof)?,
                nonce: text("nonce"),
                signature: text("signature"),
                public: text("public"),
            },
        })
    }

    /// Verifies the proof of a request with these fields, and returns its node and its nonce.
    pub(super) fn verify(
        &self,
        profile: Profile,
        realm: &[u8; 32],
        procedure: &str,
        fields: Value,
        now: i64,
    ) -> Result<(NodeId, Nonce), OwnershipError> {
        let Proof {
            timestamp,
            nonce,
            signature,
            public,
            ..
        } = &self.proof;
        let skew = now.checked_sub(*timestamp).map(i64::unsigned_abs);
        if skew.is_none_or(|skew| skew > MAX_SKEW_MS.unsigned_abs()) {
            return Err(OwnershipError::StaleProof);
        }
        let parts = || {
            let nonce = Nonce::try_from(hex::decode(nonce).ok()?).ok()?;
            Some((
                nonce,
                hex::decode(signature).ok()?,
                hex::decode(public).ok()?,
            ))
        };
        let (nonce, signature, public) = parts().ok_or(OwnershipError::BadSignature)?;
        let is_of_node = carried_key_well_formed(&public, profile)
            && node_id_of(&public, profile) == *self.identity.as_bytes();
        let signed = message(self.identity, realm, procedure, *timestamp, &nonce, fields);
        let is_valid =
            is_of_node && signed.is_ok_and(|signed| verify(&signed, &signature, &public, profile));
        if is_valid {
            Ok((self.identity, nonce))
        } else {
            Err(OwnershipError::BadSignature)
        }
    }
}

/// Returns the signed entries of a request: all but the proof and the caller. Returns `None` for a
/// request that is not a map.
pub(super) fn signed_fields(mut request: Value) -> Option<Value> {
    let Value::Map(entries) = &mut request else {
        return None;
    };
    entries.retain(|(key, _)| !is_reserved(key));
    Some(request)
}

/// Returns the reserved entry that a request has, if any.
pub(super) fn reserved_field(request: &Value) -> Option<&'static str> {
    [FIELD, CALLER]
        .into_iter()
        .find(|name| request.get(name).is_some())
}

fn is_reserved(key: &Value) -> bool {
    let key = match key {
        Value::Text(key) => key.as_bytes(),
        Value::Bytes(key) => key,
        _ => return false,
    };
    [FIELD, CALLER].iter().any(|name| name.as_bytes() == key)
}

/// Returns the signed bytes.
fn message(
    identity: NodeId,
    realm: &[u8; 32],
    procedure: &str,
    timestamp: i64,
    nonce: &Nonce,
    fields: Value,
) -> Result<Vec<u8>, String> {
    let entries = [
        ("tag", Value::text(TAG)),
        ("v", Value::Int(VERSION.into())),
        ("identity", Value::Bytes(identity.as_bytes().to_vec())),
        ("realm", Value::Bytes(realm.to_vec())),
        ("procedure", Value::text(procedure)),
        ("timestamp", Value::Int(timestamp.into())),
        ("nonce", Value::Bytes(nonce.to_vec())),
        ("fields", fields),
    ];
    let entries = entries.map(|(key, value)| (Value::text(key), value));
    cbor::encode(&Value::Map(entries.into())).map_err(|error| error.to_string())
}

/// Returns a text, which Erlang may send as bytes.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Bytes(bytes) => String::from_utf8(bytes.clone()).ok(),
        _ => None,
    }
}

/// Returns the node id in 64 hex digits or 32 bytes.
fn identity(value: &Value) -> Option<NodeId> {
    if let Value::Bytes(bytes) = value
        && let Ok(bytes) = <[u8; 32]>::try_from(bytes.as_slice())
    {
        return Some(NodeId::from_bytes(bytes));
    }
    text(value)?.parse().ok()
}
