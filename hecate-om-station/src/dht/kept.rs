//! The records kept on disk: those that nobody puts again within minutes of the
//! station's start.

use std::path::Path;

use bytes::Bytes;
use macula_rust::record::RecordType;

use super::stored::Stored;
use crate::StationError;
use crate::state::{read_if_there, write_whole};

/// The bytes of a file of records at most; the newest that fit are kept.
const MAX_FILE_BYTES: usize = 64 * 1024 * 1024;

impl Stored {
    /// Whether the record outlives its station. Node records, announcements of
    /// contents and domain records live for days and are put once. Advertisements
    /// and endpoints are put again within minutes, and one of a node that has
    /// gone would mislead callers; the realm signs its own again.
    pub(super) fn is_kept(&self) -> bool {
        let kept = [RecordType::NODE_RECORD, RecordType::CONTENT_ANNOUNCEMENT];
        kept.contains(&RecordType(self.about)) || self.about >= RecordType::DOMAIN_MIN.0
    }
}

/// Writes `records` to the file at `path`, each with its length before it.
pub(super) fn save(path: &Path, records: &[Bytes]) -> std::io::Result<()> {
    let mut contents = Vec::new();
    for record in records {
        if contents.len() + 4 + record.len() > MAX_FILE_BYTES {
            tracing::warn!(path = %path.display(), "only the newest records are kept");
            break;
        }
        let length = u32::try_from(record.len()).unwrap_or(u32::MAX);
        contents.extend_from_slice(&length.to_be_bytes());
        contents.extend_from_slice(record);
    }
    write_whole(path, &contents)
}

/// The records in the file at `path`, unverified.
pub(super) fn load(path: &Path) -> Result<Vec<Bytes>, StationError> {
    let contents =
        read_if_there(path, MAX_FILE_BYTES as u64).map_err(|source| StationError::File {
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
    fn records_read_back_in_their_order_and_a_cut_file_is_damaged() {
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
