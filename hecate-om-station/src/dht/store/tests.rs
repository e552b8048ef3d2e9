use macula_rust::cbor::Value;
use macula_rust::node_key::NodeKey;
use macula_rust::record::{
    self, Reason, Record, RecordError, TombstoneOptions, envelope, new_tombstone,
};

use super::*;

const TYPE: u8 = 0x20;

fn key() -> NodeKey {
    NodeKey::generate_identity(Profile::PqPure, 0).unwrap()
}

fn dht() -> Dht {
    Dht::new(Profile::PqPure, vec![[0; 32]], RecordStore::default())
}

fn unsigned(text: &str) -> Record {
    let payload = Value::Map(vec![(Value::text("text"), Value::text(text))]);
    envelope(TYPE, payload, Some(b"subject".to_vec()), 60_000).unwrap()
}

fn signed(record: &Record, key: &NodeKey) -> (Record, Vec<u8>) {
    let signed = record::sign(record, key).unwrap();
    let wire = record::encode(&signed).unwrap();
    (signed, wire)
}

fn slot(record: &Record) -> [u8; 32] {
    record::storage_key(record).unwrap()
}

#[test]
fn a_later_version_replaces_an_earlier_one_whatever_their_order() {
    let (key, dht) = (key(), dht());
    let (old, old_wire) = signed(&unsigned("old"), &key);
    let mut new = unsigned("new");
    new.version = [0xff; 16];
    let (_, new_wire) = signed(&new, &key);
    dht.put(&new_wire).unwrap();
    dht.put(&old_wire).unwrap();
    assert_eq!(dht.find(&slot(&old)).as_deref(), Some(&new_wire[..]));
    assert_eq!(dht.find_all(&slot(&old)).len(), 1);
    assert_eq!(dht.find_by_type(TYPE).len(), 1);
    assert!(dht.find_by_type(TYPE + 1).is_empty());
}

#[test]
fn a_stale_tombstone_does_not_remove_a_renewal() {
    let (key, dht) = (key(), dht());
    let (old, old_wire) = signed(&unsigned("old"), &key);
    let mut renewed = unsigned("renewed");
    renewed.version = [0xfe; 16];
    let (renewed, renewed_wire) = signed(&renewed, &key);
    let withdraw = |record: &Record| {
        let tombstone =
            new_tombstone(record, Reason::Shutdown, &TombstoneOptions::default()).unwrap();
        signed(&tombstone, &key).1
    };
    dht.put(&old_wire).unwrap();
    dht.put(&renewed_wire).unwrap();
    dht.put(&withdraw(&old)).unwrap();
    assert_eq!(dht.find(&slot(&old)).as_deref(), Some(&renewed_wire[..]));
    dht.put(&withdraw(&renewed)).unwrap();
    assert_eq!(dht.find(&slot(&old)), None);
    assert!(dht.find_all(&slot(&old)).is_empty());
    assert_eq!(dht.find_by_type(0x0C).len(), 1, "the tombstone itself");
    // A withdrawn record stays withdrawn when it is stored again.
    dht.put(&renewed_wire).unwrap();
    assert_eq!(dht.find(&slot(&old)), None);
}

#[test]
fn a_tampered_and_an_expired_record_are_refused_by_name() {
    let (key, dht) = (key(), dht());
    let (record, wire) = signed(&unsigned("text"), &key);
    let mut tampered = wire.clone();
    let at = wire.windows(4).position(|w| w == b"text").unwrap();
    tampered[at] ^= 1;
    assert_eq!(dht.put(&tampered).unwrap_err().name(), "signature_invalid");
    assert_eq!(dht.put(b"not a record").unwrap_err().name(), "malformed");

    let mut expired = unsigned("text");
    expired.created_at -= 600_000;
    expired.expires_at -= 600_000;
    let (_, expired) = signed(&expired, &key);
    assert_eq!(dht.put(&expired).unwrap_err().name(), "expired");
    assert_eq!(dht.find(&slot(&record)), None);
}

#[test]
fn an_expired_record_is_not_found_and_swept() {
    let (key, dht) = (key(), dht());
    let mut expired = unsigned("text");
    // Within the clock tolerance, so it is stored; expired, so it is not found.
    expired.created_at -= 120_000;
    expired.expires_at -= 120_000;
    let (expired, wire) = signed(&expired, &key);
    dht.put(&wire).unwrap();
    assert_eq!(dht.find(&slot(&expired)), None);
    assert_eq!(dht.lock().count, 1);
    dht.sweep(now_ms());
    let records = dht.lock();
    assert_eq!((records.count, records.bytes), (0, 0));
    assert!(records.by_slot.is_empty() && records.bytes_by_signer.is_empty());
}

#[test]
fn a_realms_record_is_preferred_in_a_slot_with_several_signers() {
    let (realm, other) = (key(), key());
    let realm_id = macula_rust::node_key::key_id_of(&realm.public_key(), Profile::PqPure);
    let dht = Dht::new(Profile::PqPure, vec![realm_id], RecordStore::default());
    let record = |signer| StoredRecord {
        slot: [1; 32],
        record_type: TYPE,
        subject_type: TYPE,
        signer,
        version: [1; 16],
        created_at: 0,
        expires_at: i64::MAX,
        withdraws: None,
        wire: Bytes::copy_from_slice(&signer),
    };
    dht.lock().insert(record(realm_id));
    let mut later = record(macula_rust::node_key::key_id_of(
        &other.public_key(),
        Profile::PqPure,
    ));
    later.created_at = 1;
    dht.lock().insert(later);
    assert_eq!(dht.find(&[1; 32]).as_deref(), Some(&realm_id[..]));
    assert_eq!(dht.find_all(&[1; 32]).len(), 2);
}

#[test]
fn a_full_slot_accepts_renewals_and_no_new_signer() {
    let dht = dht();
    let record = |n: usize| StoredRecord {
        slot: [1; 32],
        record_type: TYPE,
        subject_type: TYPE,
        signer: {
            let mut id = [0; 32];
            id[..8].copy_from_slice(&n.to_be_bytes());
            id
        },
        version: [1; 16],
        created_at: 0,
        expires_at: i64::MAX,
        withdraws: None,
        wire: Bytes::from_static(b"wire"),
    };
    let mut records = dht.lock();
    for n in 0..MAX_SLOT_SIGNERS {
        assert!(records.has_room(&record(n)));
        records.insert(record(n));
    }
    assert!(!records.has_room(&record(MAX_SLOT_SIGNERS)));
    assert!(records.has_room(&record(0)));
}

#[test]
fn a_replacement_counts_by_what_it_adds() {
    let dht = dht();
    let record = |slot: u8, version: u8, length: usize| StoredRecord {
        slot: [slot; 32],
        record_type: TYPE,
        subject_type: TYPE,
        signer: [1; 32],
        version: [version; 16],
        created_at: 0,
        expires_at: i64::MAX,
        withdraws: None,
        wire: vec![0; length].into(),
    };
    let half = MAX_SIGNER_BYTES / 2 - OVERHEAD_BYTES;
    let mut records = dht.lock();
    for slot in 0..2 {
        records.insert(record(slot, 1, half));
    }
    assert_eq!(records.bytes_by_signer[&[1; 32]], MAX_SIGNER_BYTES);
    assert!(records.has_room(&record(0, 2, half)), "no more than before");
    assert!(!records.has_room(&record(0, 2, half + 1)));
    assert!(
        records.has_room(&record(0, 0, half + 1)),
        "outdated, so not stored"
    );
    assert!(!records.has_room(&record(2, 1, 1)));
}

#[test]
fn a_tombstone_that_withdraws_less_does_not_restore_a_record() {
    let (key, dht) = (key(), dht());
    let versioned = |version: u8| {
        let mut record = unsigned("text");
        record.version = [version; 16];
        signed(&record, &key)
    };
    let ((old, _), (new, new_wire)) = (versioned(0xfd), versioned(0xfe));
    let withdraw = |record: &Record, own: u8| {
        let options = TombstoneOptions::default();
        let mut tombstone = new_tombstone(record, Reason::Shutdown, &options).unwrap();
        tombstone.version = [own; 16];
        signed(&tombstone, &key).1
    };
    dht.put(&withdraw(&new, 1)).unwrap();
    dht.put(&withdraw(&old, 2)).unwrap();
    dht.put(&new_wire).unwrap();
    assert_eq!(dht.find(&slot(&new)), None);
}

#[test]
fn a_list_too_long_for_a_reply_has_the_newest_records() {
    let dht = dht();
    let length = MAX_REPLY_BYTES / 2;
    for n in 0..3u8 {
        dht.lock().insert(StoredRecord {
            slot: [n; 32],
            record_type: TYPE,
            subject_type: TYPE,
            signer: [n; 32],
            version: [n; 16],
            created_at: i64::from(n),
            expires_at: i64::MAX,
            withdraws: None,
            wire: vec![n; length].into(),
        });
    }
    let found = dht.find_by_type(TYPE);
    assert_eq!(found.iter().map(|r| r[0]).collect::<Vec<_>>(), [2, 1]);
}

#[test]
fn each_refusal_has_its_name_on_the_wire() {
    let name = |error| PutRefusal::Record(error).name();
    assert_eq!(name(RecordError::TooLarge), "record_too_large");
    assert_eq!(name(RecordError::LifetimeTooLong), "lifetime_too_long");
    assert_eq!(name(RecordError::SubjectMissing), "subject_missing");
    assert_eq!(name(RecordError::Malformed(String::new())), "malformed");
    assert_eq!(PutRefusal::Full.name(), "store_full");
}
