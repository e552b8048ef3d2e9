//! A record in the store: its bytes, and the fields used to find, replace and remove it.

use bytes::Bytes;
use macula_rust::cbor::{self, Value};
use macula_rust::node_key::key_id_of;
use macula_rust::profile::Profile;
use macula_rust::record::{RecordError, RecordType, check_as_custodian};

/// A record that passed a custodian's checks.
#[derive(Debug, Clone)]
pub(crate) struct StoredRecord {
    pub(crate) slot: [u8; 32],
    pub(crate) record_type: u8,
    /// For a tombstone, the type of the withdrawn record; for any other record, its own type.
    pub(crate) subject_type: u8,
    /// The id of the signer's key, whatever the key's purpose.
    pub(crate) signer: [u8; 32],
    pub(crate) version: [u8; 16],
    pub(crate) created_at: i64,
    pub(crate) expires_at: i64,
    /// The version that a tombstone withdraws; `None` for any other record.
    pub(crate) withdraws: Option<[u8; 16]>,
    pub(crate) wire: Bytes,
}

impl StoredRecord {
    /// Checks the record in `wire` as a custodian does (wire 1.0 §5.2, steps 1 to 9).
    pub(crate) fn check(wire: &[u8], profile: Profile, now_ms: i64) -> Result<Self, RecordError> {
        let slot = check_as_custodian(wire, profile, now_ms)?;
        // The checks return only the slot, so the fields are decoded again. This cannot fail for a
        // record that passed.
        fields(wire, slot, profile)
            .ok_or_else(|| RecordError::Malformed("a field is missing".to_owned()))
    }
}

fn fields(wire: &[u8], slot: [u8; 32], profile: Profile) -> Option<StoredRecord> {
    let object = cbor::decode(wire).ok()?;
    let key = bytes(object.get("key")?)?;
    let tbs = cbor::decode(bytes(object.get("tbs")?)?).ok()?;
    let record_type = u8::try_from(int(tbs.get("type")?)?).ok()?;
    let withdrawn_type = tbs.get("payload")?.get("withdrawn_type").and_then(int);
    let withdrawn_type = withdrawn_type.and_then(|withdrawn| u8::try_from(withdrawn).ok());
    let subject_type = withdrawn_type
        .filter(|_| record_type == RecordType::TOMBSTONE.0)
        .unwrap_or(record_type);
    let withdraws = if record_type == RecordType::TOMBSTONE.0 {
        let version = tbs.get("payload")?.get("withdrawn_version");
        // A tombstone that names no version withdraws every earlier one.
        let own = tbs.get("version")?;
        Some(bytes(version.unwrap_or(own))?.try_into().ok()?)
    } else {
        None
    };
    Some(StoredRecord {
        slot,
        record_type,
        subject_type,
        signer: key_id_of(key, profile),
        version: bytes(tbs.get("version")?)?.try_into().ok()?,
        created_at: int(tbs.get("created_at")?)?,
        expires_at: int(tbs.get("expires_at")?)?,
        withdraws,
        wire: Bytes::copy_from_slice(wire),
    })
}

fn bytes(value: &Value) -> Option<&[u8]> {
    match value {
        Value::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}

fn int(value: &Value) -> Option<i64> {
    match value {
        Value::Int(int) => i64::try_from(*int).ok(),
        _ => None,
    }
}
