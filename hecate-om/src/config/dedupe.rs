//! Bounds of the answers that are kept for calls with keys.

use super::Reader;

/// Default of HECATE_DEDUPE_MAX_KEYS.
pub(crate) const DEFAULT_DEDUPE_MAX_KEYS: usize = 65_536;
/// Default of HECATE_DEDUPE_MAX_BYTES.
pub(crate) const DEFAULT_DEDUPE_MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Reads the maximum number of keys, and of bytes, that are kept for calls with keys.
pub(super) fn read_dedupe(reader: &mut Reader<'_>) -> (usize, u64) {
    const KEYS: &str = "HECATE_DEDUPE_MAX_KEYS";
    const BYTES: &str = "HECATE_DEDUPE_MAX_BYTES";
    let form = "a number of keys; write one from 1 to 16777216";
    let keys: Option<usize> = reader.parsed(KEYS, form);
    if let Some(keys) = keys
        && !(1..=16_777_216).contains(&keys)
    {
        reader.report(KEYS, &format!("`{keys}` is not {form}"));
    }
    let form = "a number of bytes; write one of at least 1048576";
    let bytes: Option<u64> = reader.parsed(BYTES, form);
    if let Some(bytes) = bytes
        && bytes < 1_048_576
    {
        reader.report(BYTES, &format!("`{bytes}` is not {form}"));
    }
    (
        keys.unwrap_or(DEFAULT_DEDUPE_MAX_KEYS),
        bytes.unwrap_or(DEFAULT_DEDUPE_MAX_BYTES),
    )
}
