//! File of persistent records: records that nodes do not store again within minutes of a restart.

use std::path::Path;

use bytes::Bytes;
use macula_rust::record::RecordType;

use super::stored_record::StoredRecord;
use crate::StationError;
use crate::storage::{read_optional, write_atomic};

/// Maximum size of the file, in bytes. The newest records that fit are saved.
const MAX_FILE_BYTES: usize = 64 * 1024 * 1024;

impl StoredRecord {
    /// Returns whether the record is saved to disk. Node records, content announcements and domain
    /// records live for days and are stored once. Advertisements and endpoints are stored again
    /// within minutes, and those of a vanished node would mislead callers. The realm signs its
    /// records again.
    pub(super) fn is_persistent(&self) -> bool {
        let persistent = [RecordType::NODE_RECORD, RecordType::CONTENT_ANNOUNCEMENT];
        persistent.contains(&RecordType(self.subject_type))
            || self.subject_type >= RecordType::DOMAIN_MIN.0
    }
}

/// Writes `records` to the file at `path`, each with a length prefix of four bytes.
pub(super) fn save(path: &Path, records: &[Bytes]) -> std::io::Result<()> {
    let mut contents = Vec::new();
    for record in records {
        if contents.len() + 4 + record.len() > MAX_FILE_BYTES {
            tracing::warn!(path = %path.display(), "only the newest records were saved");
            break;
        }
        let length = u32::try_from(record.len()).unwrap_or(u32::MAX);
        contents.extend_from_slice(&length.to_be_bytes());
        contents.extend_from_slice(record);
    }
    write_atomic(path, &contents)
}

/// Reads the records of the file at `path` without verifying them.
pub(super) fn load(path: &Path) -> Result<Vec<Bytes>, StationError> {
    let contents =
        read_optional(path, MAX_FILE_BYTES as u64).map_err(|source| StationError::File {
            path: path.to_path_buf(),
            source,
        })?;
    let mut rest = Bytes::from(contents.unwrap_or_default());
    let mut records = Vec::new();
    while !rest.is_empty() {
        let length = rest.first_chunk().map(|length| u32::from_be_bytes(*length));
        let end = length.and_then(|length| usize::try_from(length).ok()?.checked_add(4));
        let Some(end) = end.filter(|end| *end <= rest.len()) else {
            let path = path.to_path_buf();
            return Err(StationError::DamagedRecords { path });
        };
        records.push(rest.split_to(end).slice(4..));
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_load_in_their_order_and_a_truncated_file_is_damaged() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("records");
        assert_eq!(load(&path).unwrap(), Vec::<Bytes>::new());
        let records = [&b"one"[..], b"", b"three"].map(Bytes::from_static);
        save(&path, &records).unwrap();
        assert_eq!(load(&path).unwrap(), records);
        let whole = std::fs::read(&path).unwrap();
        for cut in [1, 3, 6, whole.len() - 1] {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let refused = load(&path).unwrap_err();
            assert!(
                matches!(refused, StationError::DamagedRecords { .. }),
                "{cut}"
            );
        }
    }
}
