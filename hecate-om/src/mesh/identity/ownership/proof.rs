//! A proof, and the bytes that it signs.

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

#[cfg(test)]
mod tests {
    use macula_rust::node_key::Purpose;
    use sha2::{Digest as _, Sha256};

    use super::*;

    const REALM: [u8; 32] = [1; 32];
    const PROCEDURE: &str = "acme/learn_link";
    const NOW: i64 = 1_790_000_000_000;

    fn key() -> NodeKey {
        NodeKey::generate(Purpose::Identity, Profile::PqPure).unwrap()
    }

    fn map(entries: &[(&str, Value)]) -> Value {
        let entry = |(key, value): &(&str, Value)| (Value::text(*key), value.clone());
        Value::Map(entries.iter().map(entry).collect())
    }

    fn fields() -> Value {
        map(&[("subject", Value::text("a")), ("weight", Value::Int(3))])
    }

    fn proof(key: &NodeKey) -> OwnershipProof {
        OwnershipProof::sign(key, &REALM, PROCEDURE, fields(), NOW).unwrap()
    }

    /// `message.hex` of the vectors `ownership_proof_v2` of mcl-om (commit 4cf15e32), which mcl-om
    /// 0.32 wrote.
    #[test]
    fn the_signed_bytes_are_those_of_hecate_om_in_erlang() {
        let expected = "a861760263746167766d6163756c612e6f776e6572736869705f70726f6f66656e6f6e636550000102\
            030405060708090a0b0c0d0e0f657265616c6d5820abb81b5a614b63551b400b810648c0c8a78efad845442630c94b46cc\
            95d2fcd1666669656c6473ab646e6f7465f6647461677382616161626663616c6c65727821612074657874206b6579206e\
            616d65642063616c6c6572206973207369676e65646664696765737443010203666f626a6563746b656e746974793a6265\
            7461666f6666736574266677656967687403677375626a6563746c656e746974793a616c706861686d65746164617461a2\
            64706167650c66736f757263656b6669656c642d6e6f74657369707265646963617465656b6e6f77736a636f6e66696465\
            6e6365fb3fe8000000000000686964656e746974795820671c9b0d21bd89e5bf2fc41430b8c83193df65efb0aab46d5f92\
            0188901f34386970726f636564757265746d636c2d67726170682f6c6561726e5f6c696e6b6974696d657374616d701b00\
            0001a0c4506c00";
        let identity = "671c9b0d21bd89e5bf2fc41430b8c83193df65efb0aab46d5f920188901f3438";
        let fields = map(&[
            ("subject", Value::text("entity:alpha")),
            ("predicate", Value::text("knows")),
            ("object", Value::text("entity:beta")),
            ("weight", Value::Int(3)),
            ("offset", Value::Int(-7)),
            ("confidence", Value::Float(0.75)),
            ("note", Value::Null),
            ("digest", Value::Bytes(vec![1, 2, 3])),
            (
                "tags",
                Value::List(vec![Value::text("a"), Value::text("b")]),
            ),
            (
                "metadata",
                map(&[
                    ("page", Value::Int(12)),
                    ("source", Value::text("field-notes")),
                ]),
            ),
            ("caller", Value::text("a text key named caller is signed")),
        ]);
        let message = message(
            identity.parse().unwrap(),
            &Sha256::digest("io.macula").into(),
            "mcl-graph/learn_link",
            NOW,
            &std::array::from_fn(|n| n as u8),
            fields,
        );
        assert_eq!(hex::encode(message.unwrap()), expected);
    }

    #[test]
    fn a_proof_is_valid_for_its_request_procedure_realm_and_time_only() {
        let key = key();
        let proof = proof(&key);
        let verify = |realm, procedure, fields, now| {
            let verified = proof.verify(Profile::PqPure, realm, procedure, fields, now);
            verified.map(|(node, _)| node)
        };
        let node = NodeId::from_bytes(key.node_id().unwrap());
        for skew in [0, MAX_SKEW_MS, -MAX_SKEW_MS] {
            assert_eq!(verify(&REALM, PROCEDURE, fields(), NOW + skew), Ok(node));
        }
        for now in [NOW + MAX_SKEW_MS + 1, NOW - MAX_SKEW_MS - 1, 0, i64::MIN] {
            let stale = verify(&REALM, PROCEDURE, fields(), now);
            assert_eq!(stale, Err(OwnershipError::StaleProof));
        }
        let bad = Err(OwnershipError::BadSignature);
        assert_eq!(verify(&[2; 32], PROCEDURE, fields(), NOW), bad);
        assert_eq!(verify(&REALM, "acme/forget_link", fields(), NOW), bad);
        for changed in [
            map(&[("subject", Value::text("a"))]),
            map(&[("subject", Value::text("b")), ("weight", Value::Int(3))]),
            map(&[("subject", Value::text("a")), ("weight", Value::Float(3.0))]),
            map(&[
                ("subject", Value::Bytes(b"a".to_vec())),
                ("weight", Value::Int(3)),
            ]),
            map(&[
                ("subject", Value::text("a")),
                ("weight", Value::Int(3)),
                ("more", Value::Null),
            ]),
        ] {
            assert_eq!(
                verify(&REALM, PROCEDURE, changed.clone(), NOW),
                bad,
                "{changed:?}"
            );
        }
    }

    #[test]
    fn a_proof_with_another_nodes_id_is_refused() {
        let mut proof = proof(&key());
        proof.identity = NodeId::from_bytes([7; 32]);
        let verified = proof.verify(Profile::PqPure, &REALM, PROCEDURE, fields(), NOW);
        assert_eq!(verified, Err(OwnershipError::BadSignature));
    }

    #[test]
    fn a_proof_that_is_incomplete_is_refused_with_the_reason() {
        let key = key();
        let block = |proof: &OwnershipProof| crate::codec::encode(proof).unwrap().0;
        let whole = block(&proof(&key));
        assert_eq!(OwnershipProof::read(Some(&whole)), Ok(proof_of(&whole)));
        let without = |name: &str| whole.without(&[name]);
        let inner = |proof: Value| whole.clone().with_field("proof", proof);
        let signed = whole.get("proof").unwrap();
        let read = |block: Value| OwnershipProof::read(Some(&block)).unwrap_err();
        assert_eq!(
            OwnershipProof::read(None),
            Err(OwnershipError::MissingProof)
        );
        assert_eq!(read(Value::Null), OwnershipError::MissingProof);
        assert_eq!(read(without("proof")), OwnershipError::MissingProof);
        assert_eq!(read(without("identity")), OwnershipError::InvalidIdentity);
        assert_eq!(
            read(inner(signed.without(&["v"]))),
            OwnershipError::UnsupportedVersion
        );
        let first = signed.clone().with_field("v", Value::Int(1));
        assert_eq!(read(inner(first)), OwnershipError::UnsupportedVersion);
        assert_eq!(
            read(inner(signed.without(&["timestamp"]))),
            OwnershipError::MissingProof
        );
        for name in ["nonce", "signature", "public"] {
            let incomplete = inner(signed.without(&[name]));
            let proof = OwnershipProof::read(Some(&incomplete)).unwrap();
            let verified = proof.verify(Profile::PqPure, &REALM, PROCEDURE, fields(), NOW);
            assert_eq!(verified, Err(OwnershipError::BadSignature), "{name}");
        }
    }

    fn proof_of(block: &Value) -> OwnershipProof {
        OwnershipProof::read(Some(block)).unwrap()
    }

    #[test]
    fn a_proof_whose_texts_are_bytes_as_erlang_sends_them_is_read() {
        fn as_bytes(value: &Value) -> Value {
            match value {
                Value::Text(text) => Value::Bytes(text.clone().into_bytes()),
                Value::Map(entries) => Value::Map(
                    entries
                        .iter()
                        .map(|(key, value)| (key.clone(), as_bytes(value)))
                        .collect(),
                ),
                other => other.clone(),
            }
        }
        let key = key();
        let block = crate::codec::encode(&proof(&key)).unwrap().0;
        let proof = OwnershipProof::read(Some(&as_bytes(&block))).unwrap();
        let verified = proof.verify(Profile::PqPure, &REALM, PROCEDURE, fields(), NOW);
        assert!(verified.is_ok(), "{verified:?}");
    }
}
