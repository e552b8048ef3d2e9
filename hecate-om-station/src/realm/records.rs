//! Records signed by a realm and its orgs. macula-rust signs only the record types of nodes, so
//! these are built from its signed objects.

use std::time::Duration;

use macula_rust::cbor::{self, Value};
use macula_rust::node_key::NodeKey;
use macula_rust::record::{LIFETIME_CLASS_MAX_MS, RecordError, RecordType, SCHEMA};
use macula_rust::signed_object::sign_object;

use crate::clock::{now_ms, uuid_v7};

/// Domain separation label of record signatures.
const LABEL: &str = "MACULA-PQ-RECORD-V1";

/// Lifetime classes of the two record types (wire 1.0 §5.1).
const SIX_HOURS: usize = 2;
const THIRTY_MINUTES: usize = 1;

/// Returns a realm's id: the SHA-256 of its name.
pub(super) fn realm_id(name: &str) -> [u8; 32] {
    let digest = ring::digest::digest(&ring::digest::SHA256, name.as_bytes());
    let mut id = [0; 32];
    id.copy_from_slice(digest.as_ref());
    id
}

/// Signs an org directory (0x15), by which the realm names the org's key.
pub(super) fn org_directory(
    realm_key: &NodeKey,
    realm: &[u8; 32],
    org: &str,
    org_key: [u8; 32],
) -> Result<Vec<u8>, RecordError> {
    let payload = vec![
        entry("realm_id", Value::Bytes(realm.to_vec())),
        entry("org_name", Value::text(org)),
        entry("org_key", Value::Bytes(org_key.to_vec())),
    ];
    sign(
        realm_key,
        RecordType::ORG_DIRECTORY,
        SIX_HOURS,
        None,
        payload,
    )
}

/// Signs a procedure delegation (0x16), by which the org lets `node` serve its procedures.
pub(super) fn procedure_delegation(
    key: &NodeKey,
    org_key: [u8; 32],
    node: &[u8; 32],
    life: Duration,
) -> Result<Vec<u8>, RecordError> {
    let payload = vec![
        entry("org_key", Value::Bytes(org_key.to_vec())),
        entry("advertiser", Value::Bytes(node.to_vec())),
    ];
    sign(
        key,
        RecordType::PROCEDURE_DELEGATION,
        THIRTY_MINUTES,
        Some(life),
        payload,
    )
}

/// Signs a record. Its lifetime is `life`, limited to the maximum of `class`, which is the default.
fn sign(
    key: &NodeKey,
    record_type: RecordType,
    class: usize,
    life: Option<Duration>,
    payload: Vec<(Value, Value)>,
) -> Result<Vec<u8>, RecordError> {
    let created_at = i128::from(now_ms());
    let max_life = i128::from(LIFETIME_CLASS_MAX_MS[class]);
    let life = life.and_then(|life| i128::try_from(life.as_millis()).ok());
    let expires_at = created_at + life.map_or(max_life, |life| life.min(max_life));
    let class = i128::try_from(class).unwrap_or_default();
    let fields = [
        entry("type", Value::Int(record_type.0.into())),
        entry("version", Value::Bytes(uuid_v7().to_vec())),
        entry("created_at", Value::Int(created_at)),
        entry("expires_at", Value::Int(expires_at)),
        entry("schema", Value::Int(SCHEMA.into())),
        entry("lifetime_class", Value::Int(class)),
        entry("payload", Value::Map(payload)),
    ];
    let malformed = RecordError::Malformed;
    let object = sign_object(LABEL, &fields, key).map_err(|error| malformed(error.to_string()))?;
    cbor::encode(&object.to_value()).map_err(|error| malformed(error.to_string()))
}

fn entry(name: &str, value: Value) -> (Value, Value) {
    (Value::text(name), value)
}

#[cfg(test)]
mod tests {
    use macula_rust::node_key::key_id_of;
    use macula_rust::profile::Profile;
    use macula_rust::record::{
        org_directory_key, procedure_delegation_key, read_org_directory, read_procedure_delegation,
        storage_key, verify,
    };

    use super::*;

    #[test]
    fn readers_verify_the_realms_records() {
        let profile = Profile::PqPure;
        let key = || NodeKey::generate_identity(profile, 0).unwrap();
        let (realm_key, org_key) = (key(), key());
        let org_id = key_id_of(&org_key.public_key(), profile);
        let realm = realm_id("hecate.dev");

        let wire = org_directory(&realm_key, &realm, "acme", org_id).unwrap();
        let directory = verify(&wire, profile, now_ms()).unwrap().into_record();
        let read = read_org_directory(&directory).unwrap();
        assert_eq!((read.org_name.as_str(), read.org_key), ("acme", org_id));
        assert_eq!(
            storage_key(&directory).unwrap(),
            org_directory_key(&realm, "acme")
        );

        let wire =
            procedure_delegation(&org_key, org_id, &[7; 32], Duration::from_secs(1800)).unwrap();
        let delegation = verify(&wire, profile, now_ms()).unwrap().into_record();
        let read = read_procedure_delegation(&delegation).unwrap();
        assert_eq!((read.org_key, read.advertiser), (org_id, [7; 32]));
        assert_eq!(
            storage_key(&delegation).unwrap(),
            procedure_delegation_key(&org_id, &[7; 32])
        );
    }
}
