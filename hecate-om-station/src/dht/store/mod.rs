//! Bounded store of records: the latest record of each signer in each slot.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use macula_rust::profile::Profile;
use tracing::{debug, warn};

use super::persistence;
use super::put_refusal::PutRefusal;
use super::stored_record::StoredRecord;
use crate::StationError;
use crate::clock::now_ms;

/// Limits of the store: number of records, their total bytes, and the bytes of one signer.
const MAX_RECORDS: usize = 65_536;
const MAX_BYTES: usize = 256 * 1024 * 1024;
const MAX_SIGNER_BYTES: usize = 96 * 1024 * 1024;

/// Maximum number of signers with a record in one slot.
const MAX_SLOT_SIGNERS: usize = 256;

/// Maximum number of bytes of the records in a reply: a reply must fit into a frame.
const MAX_REPLY_BYTES: usize = 14 * 1024 * 1024;

/// Returns the approximate memory use of a record in addition to its bytes.
const OVERHEAD_BYTES: usize = 256;

/// Store of records, which several stations may share.
#[derive(Debug, Clone, Default)]
pub(crate) struct RecordStore(Arc<Mutex<Records>>);

/// A station's part of the DHT.
#[derive(Debug)]
pub(crate) struct Dht {
    profile: Profile,
    /// The key ids of the station's realms. Their records are preferred in a slot with several
    /// signers.
    realm_keys: Vec<[u8; 32]>,
    store: RecordStore,
    /// The file of the persistent records.
    file: Option<PathBuf>,
}

#[derive(Debug, Default)]
struct Records {
    /// Whether a persistent record was added since the last save.
    changed: bool,
    by_slot: HashMap<[u8; 32], Vec<StoredRecord>>,
    count: usize,
    bytes: usize,
    bytes_by_signer: HashMap<[u8; 32], usize>,
}

impl Dht {
    pub(crate) fn new(profile: Profile, realm_keys: Vec<[u8; 32]>, store: RecordStore) -> Self {
        Self {
            profile,
            realm_keys,
            store,
            file: None,
        }
    }

    /// Loads the records in the file at `path` that are still valid. [`save`](Self::save) writes to
    /// this file.
    pub(crate) fn with_file(self, path: PathBuf) -> Result<Self, StationError> {
        for wire in persistence::load(&path)? {
            if let Err(refusal) = self.put(&wire) {
                debug!(?refusal, "a saved record is no longer valid");
            }
        }
        Ok(Self {
            file: Some(path),
            ..self
        })
    }

    /// Writes the persistent records to their file, if they changed.
    pub(crate) fn save(&self) {
        let Some(path) = &self.file else { return };
        let wires = {
            let mut records = self.lock();
            if !std::mem::take(&mut records.changed) {
                return;
            }
            let all = records.by_slot.values().flatten();
            let mut persistent: Vec<_> = all.filter(|record| record.is_persistent()).collect();
            sort_newest_first(&mut persistent);
            persistent
                .into_iter()
                .map(|record| record.wire.clone())
                .collect::<Vec<_>>()
        };
        if let Err(error) = persistence::save(path, &wires) {
            self.lock().changed = true;
            warn!(%error, path = %path.display(), "records not saved");
        }
    }

    /// Returns the number of records.
    pub(crate) fn total(&self) -> usize {
        self.lock().count
    }

    pub(crate) fn store(&self) -> RecordStore {
        self.store.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Records> {
        self.store.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores the record in `wire` if it passes a custodian's checks. A record that is older than
    /// the stored one is accepted but not stored.
    pub(crate) fn put(&self, wire: &[u8]) -> Result<(), PutRefusal> {
        let now = now_ms();
        let record = StoredRecord::check(wire, self.profile, now).map_err(PutRefusal::Record)?;
        let mut records = self.lock();
        if !records.has_room(&record) {
            records.sweep(now);
            if !records.has_room(&record) {
                return Err(PutRefusal::Full);
            }
        }
        records.insert(record);
        Ok(())
    }

    /// Returns the newest record in `slot` that is not withdrawn; records of a realm come first.
    pub(crate) fn find(&self, slot: &[u8; 32]) -> Option<Bytes> {
        let now = now_ms();
        let records = self.lock();
        let live = records
            .by_slot
            .get(slot)?
            .iter()
            .filter(|record| record.is_visible(now));
        live.max_by_key(|r| (self.realm_keys.contains(&r.signer), r.created_at, r.version))
            .map(|record| record.wire.clone())
    }

    /// Returns the records in `slot` that are not withdrawn, newest first.
    pub(crate) fn find_all(&self, slot: &[u8; 32]) -> Vec<Bytes> {
        let now = now_ms();
        let records = self.lock();
        let in_slot = records.by_slot.get(slot).into_iter().flatten();
        newest_first(in_slot.filter(|record| record.is_visible(now)))
    }

    /// Returns the records of a type, newest first.
    pub(crate) fn find_by_type(&self, record_type: u8) -> Vec<Bytes> {
        let now = now_ms();
        let records = self.lock();
        let all = records.by_slot.values().flatten();
        newest_first(all.filter(|r| r.record_type == record_type && now < r.expires_at))
    }

    /// Removes the record of `signer` in `slot`.
    pub(crate) fn remove(&self, slot: &[u8; 32], signer: &[u8; 32]) {
        let mut records = self.lock();
        let Some(in_slot) = records.by_slot.get_mut(slot) else {
            return;
        };
        let removed: Vec<StoredRecord> = in_slot
            .extract_if(.., |record| record.signer == *signer)
            .collect();
        if in_slot.is_empty() {
            records.by_slot.remove(slot);
        }
        for record in &removed {
            records.subtract(record);
        }
    }

    /// Removes the expired records.
    pub(crate) fn sweep(&self, now_ms: i64) {
        self.lock().sweep(now_ms);
    }
}

fn sort_newest_first(records: &mut [&StoredRecord]) {
    records.sort_unstable_by_key(|record| Reverse((record.created_at, record.version)));
}

/// Returns the newest records that fit into a reply.
fn newest_first<'a>(records: impl Iterator<Item = &'a StoredRecord>) -> Vec<Bytes> {
    let mut records: Vec<&StoredRecord> = records.collect();
    sort_newest_first(&mut records);
    let mut remaining = MAX_REPLY_BYTES;
    let fitting = records.iter().map_while(|record| {
        remaining = remaining.checked_sub(record.wire.len())?;
        Some(record.wire.clone())
    });
    let fitting: Vec<_> = fitting.collect();
    if fitting.len() < records.len() {
        // The wire has no paging: the other records are found only by their slots.
        debug!(
            listed = fitting.len(),
            found = records.len(),
            "a list of records was cut to the newest that fit into a reply"
        );
    }
    fitting
}

impl StoredRecord {
    /// Returns the approximate memory use, in bytes.
    fn size(&self) -> usize {
        self.wire.len() + OVERHEAD_BYTES
    }

    /// Returns whether a lookup by slot finds the record. Tombstones are never found. Expired
    /// records are hidden without a clock tolerance, because one machine has one clock.
    fn is_visible(&self, now_ms: i64) -> bool {
        self.withdraws.is_none() && now_ms < self.expires_at
    }

    /// Returns whether this new record replaces `current`, which has the same slot and signer. A
    /// later version replaces an earlier one. A tombstone replaces the versions that it withdraws,
    /// and prevents storing them again; a later version replaces the tombstone. Of two tombstones,
    /// the one that withdraws more versions remains.
    fn replaces(&self, current: &Self) -> bool {
        match (self.withdraws, current.withdraws) {
            (Some(withdrawn), None) => current.version <= withdrawn,
            (None, Some(withdrawn)) => self.version > withdrawn,
            (new, old) => (new, self.version) >= (old, current.version),
        }
    }
}

impl Records {
    /// Returns whether `new` fits. A record that does not replace the current one needs no room.
    fn has_room(&self, new: &StoredRecord) -> bool {
        let in_slot = self.by_slot.get(&new.slot).map_or(&[][..], Vec::as_slice);
        let current = in_slot.iter().find(|record| record.signer == new.signer);
        if current.is_some_and(|current| !new.replaces(current)) {
            return true;
        }
        let of_signer = self.bytes_by_signer.get(&new.signer).copied();
        let of_signer = of_signer.unwrap_or(0);
        let after = |bytes: usize| bytes - current.map_or(0, StoredRecord::size) + new.size();
        let count_fits =
            current.is_some() || (in_slot.len() < MAX_SLOT_SIGNERS && self.count < MAX_RECORDS);
        count_fits && after(self.bytes) <= MAX_BYTES && after(of_signer) <= MAX_SIGNER_BYTES
    }

    fn insert(&mut self, new: StoredRecord) {
        let in_slot = self.by_slot.entry(new.slot).or_default();
        let current = in_slot
            .iter()
            .position(|record| record.signer == new.signer);
        let replaced = match current {
            Some(index) if !new.replaces(&in_slot[index]) => return,
            Some(index) => Some(in_slot.swap_remove(index)),
            None => None,
        };
        let (signer, size) = (new.signer, new.size());
        self.changed |= new.is_persistent();
        in_slot.push(new);
        self.count += 1;
        self.bytes += size;
        *self.bytes_by_signer.entry(signer).or_default() += size;
        if let Some(replaced) = replaced {
            self.subtract(&replaced);
        }
    }

    /// Subtracts a removed record from the counts.
    fn subtract(&mut self, removed: &StoredRecord) {
        self.count -= 1;
        self.bytes -= removed.size();
        if let Some(size) = self.bytes_by_signer.get_mut(&removed.signer) {
            *size -= removed.size();
            if *size == 0 {
                self.bytes_by_signer.remove(&removed.signer);
            }
        }
    }

    fn sweep(&mut self, now_ms: i64) {
        let mut expired = Vec::new();
        self.by_slot.retain(|_, in_slot| {
            expired.extend(in_slot.extract_if(.., |record| record.expires_at <= now_ms));
            !in_slot.is_empty()
        });
        for record in &expired {
            self.subtract(record);
        }
    }
}

#[cfg(test)]
mod tests;
