//! The records, in a bound: by slot, one of each signer, the latest.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use macula_rust::profile::Profile;
use tracing::{debug, warn};

use super::kept;
use super::refusal::PutRefusal;
use super::stored::Stored;
use crate::StationError;
use crate::clock::now_ms;

/// Records and their bytes at most: in all, and of one signer.
const MAX_RECORDS: usize = 65_536;
const MAX_BYTES: usize = 256 * 1024 * 1024;
const MAX_SIGNER_BYTES: usize = 96 * 1024 * 1024;

/// Signers one slot holds records of, at most.
const MAX_SLOT: usize = 256;

/// What a list of records may weigh, so that it fits a frame.
const MAX_REPLY_BYTES: usize = 14 * 1024 * 1024;

/// What one record costs besides its wire bytes, about.
const OVERHEAD_BYTES: usize = 256;

/// Records that stations share.
#[derive(Debug, Clone, Default)]
pub(crate) struct RecordStore(Arc<Mutex<Records>>);

/// A station's part of the DHT.
#[derive(Debug)]
pub(crate) struct Dht {
    profile: Profile,
    /// The key ids of the realms this station is for, whose records are
    /// preferred where several signers wrote to one slot.
    realm_keys: Vec<[u8; 32]>,
    store: RecordStore,
    /// The file of the records that outlive the station.
    file: Option<PathBuf>,
}

#[derive(Debug, Default)]
struct Records {
    /// Whether what is in the file is no longer what is here.
    changed: bool,
    by_slot: HashMap<[u8; 32], Vec<Stored>>,
    count: usize,
    bytes: usize,
    by_signer: HashMap<[u8; 32], usize>,
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

    /// The same, with the records in the file at `path` that still hold, and kept
    /// there from now on.
    pub(crate) fn kept_in(self, path: PathBuf) -> Result<Self, StationError> {
        for wire in kept::load(&path)? {
            if let Err(refused) = self.put(&wire) {
                debug!(?refused, "a kept record holds no longer");
            }
        }
        Ok(Self {
            file: Some(path),
            ..self
        })
    }

    /// Writes the records that outlive the station to their file, where they
    /// changed.
    pub(crate) fn keep(&self) {
        let Some(path) = &self.file else { return };
        let wires = {
            let mut records = self.lock();
            if !std::mem::take(&mut records.changed) {
                return;
            }
            let all = records.by_slot.values().flatten();
            let mut kept: Vec<&Stored> = all.filter(|record| record.is_kept()).collect();
            kept.sort_unstable_by_key(|r| std::cmp::Reverse((r.created_at, r.version)));
            kept.into_iter()
                .map(|record| record.wire.clone())
                .collect::<Vec<_>>()
        };
        if let Err(why) = kept::save(path, &wires) {
            self.lock().changed = true;
            warn!(%why, path = %path.display(), "records not kept");
        }
    }

    pub(crate) fn store(&self) -> RecordStore {
        self.store.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Records> {
        self.store.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores the record in `wire`, once the custodian's checks pass. A record
    /// that an earlier put outdates is taken and not kept.
    pub(crate) fn put(&self, wire: &[u8]) -> Result<(), PutRefusal> {
        let now = now_ms();
        let stored = Stored::check(wire, self.profile, now).map_err(PutRefusal::Record)?;
        let mut records = self.lock();
        if !records.has_room(&stored) {
            records.sweep(now);
            if !records.has_room(&stored) {
                return Err(PutRefusal::Full);
            }
        }
        records.keep(stored);
        Ok(())
    }

    /// The newest record in `slot` that is not withdrawn, the realm's own
    /// before any other's.
    pub(crate) fn find(&self, slot: &[u8; 32]) -> Option<Bytes> {
        let now = now_ms();
        let records = self.lock();
        let live = records
            .by_slot
            .get(slot)?
            .iter()
            .filter(|r| is_found(r, now));
        live.max_by_key(|r| (self.realm_keys.contains(&r.signer), r.created_at, r.version))
            .map(|r| r.wire.clone())
    }

    /// The records in `slot` that are not withdrawn, newest first.
    pub(crate) fn find_all(&self, slot: &[u8; 32]) -> Vec<Bytes> {
        let now = now_ms();
        let records = self.lock();
        let in_slot = records.by_slot.get(slot).into_iter().flatten();
        newest_first(in_slot.filter(|r| is_found(r, now)))
    }

    /// The records of a type, newest first.
    pub(crate) fn find_by_type(&self, record_type: u8) -> Vec<Bytes> {
        let now = now_ms();
        let records = self.lock();
        let all = records.by_slot.values().flatten();
        newest_first(all.filter(|r| r.record_type == record_type && now < r.expires_at))
    }

    /// Forgets what `signer` wrote to `slot`.
    pub(crate) fn remove(&self, slot: &[u8; 32], signer: &[u8; 32]) {
        let mut records = self.lock();
        let Some(in_slot) = records.by_slot.get_mut(slot) else {
            return;
        };
        let gone: Vec<Stored> = in_slot
            .extract_if(.., |record| record.signer == *signer)
            .collect();
        if in_slot.is_empty() {
            records.by_slot.remove(slot);
        }
        for record in &gone {
            records.uncount(record);
        }
    }

    /// Forgets what expired.
    pub(crate) fn sweep(&self, now_ms: i64) {
        self.lock().sweep(now_ms);
    }
}

/// Whether a lookup by slot finds `record`: on one machine there is one
/// clock, so an expired record is gone at once, and a tombstone is only a
/// reason for its record not to be there.
fn is_found(record: &Stored, now_ms: i64) -> bool {
    record.withdraws.is_none() && now_ms < record.expires_at
}

fn newest_first<'a>(records: impl Iterator<Item = &'a Stored>) -> Vec<Bytes> {
    let mut records: Vec<&Stored> = records.collect();
    records.sort_unstable_by_key(|r| std::cmp::Reverse((r.created_at, r.version)));
    let mut room = MAX_REPLY_BYTES;
    let fits = records.iter().map_while(|record| {
        room = room.checked_sub(record.wire.len())?;
        Some(record.wire.clone())
    });
    let fits: Vec<_> = fits.collect();
    if fits.len() < records.len() {
        // The wire has no second page: the rest is found by slot only.
        debug!(
            listed = fits.len(),
            found = records.len(),
            "a list of records was cut to the newest that fit a reply"
        );
    }
    fits
}

impl Stored {
    fn weight(&self) -> usize {
        self.wire.len() + OVERHEAD_BYTES
    }

    /// Whether this record and `other` are versions of one: of one signer, in
    /// one slot. A tombstone takes the slot of the record it withdraws.
    fn same_as(&self, other: &Self) -> bool {
        self.signer == other.signer
    }

    /// Whether this record, arriving, replaces `held`. Between records
    /// the later version does; between tombstones, the one that withdraws more.
    /// A tombstone replaces what it withdraws and nothing later, so that one
    /// that arrives after a renewal leaves the renewal; and holds against what
    /// it withdraws, whenever that arrives.
    fn replaces(&self, held: &Self) -> bool {
        match (self.withdraws, held.withdraws) {
            (Some(withdrawn), None) => held.version <= withdrawn,
            (None, Some(withdrawn)) => self.version > withdrawn,
            (mine, theirs) => (mine, self.version) >= (theirs, held.version),
        }
    }
}

impl Records {
    /// Whether `new` fits, or an earlier put outdates it and it takes no room.
    fn has_room(&self, new: &Stored) -> bool {
        let in_slot = self.by_slot.get(&new.slot).map_or(&[][..], Vec::as_slice);
        let held = in_slot.iter().find(|held| held.same_as(new));
        if held.is_some_and(|held| !new.replaces(held)) {
            return true;
        }
        let of_signer = self.by_signer.get(&new.signer).copied().unwrap_or(0);
        let more = |bytes: usize| bytes - held.map_or(0, Stored::weight) + new.weight();
        let is_counted = held.is_some() || (in_slot.len() < MAX_SLOT && self.count < MAX_RECORDS);
        is_counted && more(self.bytes) <= MAX_BYTES && more(of_signer) <= MAX_SIGNER_BYTES
    }

    fn keep(&mut self, new: Stored) {
        let in_slot = self.by_slot.entry(new.slot).or_default();
        let held = in_slot.iter().position(|held| held.same_as(&new));
        let replaced = match held {
            Some(at) if !new.replaces(&in_slot[at]) => return,
            Some(at) => Some(in_slot.swap_remove(at)),
            None => None,
        };
        let (signer, weight) = (new.signer, new.weight());
        self.changed |= new.is_kept();
        in_slot.push(new);
        self.count += 1;
        self.bytes += weight;
        *self.by_signer.entry(signer).or_default() += weight;
        if let Some(replaced) = replaced {
            self.uncount(&replaced);
        }
    }

    fn uncount(&mut self, gone: &Stored) {
        self.count -= 1;
        self.bytes -= gone.weight();
        if let Some(weight) = self.by_signer.get_mut(&gone.signer) {
            *weight -= gone.weight();
            if *weight == 0 {
                self.by_signer.remove(&gone.signer);
            }
        }
    }

    fn sweep(&mut self, now_ms: i64) {
        let mut gone = Vec::new();
        self.by_slot.retain(|_, in_slot| {
            gone.extend(in_slot.extract_if(.., |record| record.expires_at <= now_ms));
            !in_slot.is_empty()
        });
        for record in &gone {
            self.uncount(record);
        }
    }
}

#[cfg(test)]
mod tests;
