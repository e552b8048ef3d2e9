//! Which proofs are accepted.

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
