//! The table of dead letters, bounded in number and in bytes.

use redb::{
    ReadTransaction, ReadableTable as _, ReadableTableMetadata as _, TableDefinition, TableError,
    WriteTransaction,
};

use super::record::DeadLetter;

/// Maximum number of dead letters. Beyond it, the oldest ones are dropped.
pub(super) const MAX_LETTERS: u64 = 10_000;
/// Maximum number of bytes of all dead letters. Beyond it, the oldest ones are dropped.
pub(super) const MAX_BYTES: u64 = 64 * 1024 * 1024;
/// Maximum number of dead letters in one page of a list.
const MAX_PAGE: usize = 500;

/// Each dead letter as JSON, and its payload as encoded on the wire, by its number. Later dead
/// letters have higher numbers.
const LETTERS: TableDefinition<'_, u64, (&[u8], &[u8])> = TableDefinition::new("letters");
const TOTALS: TableDefinition<'_, &str, u64> = TableDefinition::new("totals");
const NEXT: &str = "next";
const BYTES: &str = "bytes";
const DROPPED: &str = "dropped";

/// Bounds of the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) letters: u64,
    pub(super) bytes: u64,
}

/// Size of the table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) letters: u64,
    pub(super) bytes: u64,
    /// Number of dead letters that were dropped for newer ones.
    pub(super) dropped: u64,
}

/// Adds a dead letter, and drops the oldest ones beyond the bounds.
pub(super) fn add(
    transaction: &WriteTransaction,
    (letter, payload): (&DeadLetter, &[u8]),
    bounds: Bounds,
) -> Result<Totals, redb::Error> {
    let mut letters = transaction.open_table(LETTERS)?;
    let mut totals = transaction.open_table(TOTALS)?;
    let number = total(&totals, NEXT)?;
    let mut bytes = total(&totals, BYTES)?;
    let mut dropped = total(&totals, DROPPED)?;
    let json = to_json(letter)?;
    letters.insert(number, (&*json, payload))?;
    bytes += size(&json, payload);
    while letters.len()? > bounds.letters || (bytes > bounds.bytes && letters.len()? > 1) {
        let Some((_, oldest)) = letters.pop_first()? else {
            break;
        };
        let (json, payload) = oldest.value();
        bytes -= size(json, payload);
        dropped += 1;
    }
    totals.insert(NEXT, number + 1)?;
    totals.insert(BYTES, bytes)?;
    totals.insert(DROPPED, dropped)?;
    Ok(Totals {
        letters: letters.len()?,
        bytes,
        dropped,
    })
}

/// Replaces a dead letter. Does nothing if it is gone.
pub(super) fn replace(
    transaction: &WriteTransaction,
    number: u64,
    letter: &DeadLetter,
) -> Result<(), redb::Error> {
    let mut letters = transaction.open_table(LETTERS)?;
    let mut totals = transaction.open_table(TOTALS)?;
    let Some((before, payload)) = letters.get(number)?.map(|found| {
        let (json, payload) = found.value();
        (json.len() as u64, payload.to_vec())
    }) else {
        return Ok(());
    };
    let json = to_json(letter)?;
    letters.insert(number, (&*json, &*payload))?;
    let bytes = total(&totals, BYTES)?;
    totals.insert(BYTES, bytes - before + json.len() as u64)?;
    Ok(())
}

/// Removes a dead letter. Returns whether there was one.
pub(super) fn remove(
    transaction: &WriteTransaction,
    number: u64,
) -> Result<(bool, Totals), redb::Error> {
    let mut letters = transaction.open_table(LETTERS)?;
    let mut totals = transaction.open_table(TOTALS)?;
    let removed = letters.remove(number)?.map(|found| {
        let (json, payload) = found.value();
        size(json, payload)
    });
    let bytes = total(&totals, BYTES)? - removed.unwrap_or(0);
    totals.insert(BYTES, bytes)?;
    let dropped = total(&totals, DROPPED)?;
    let totals = Totals {
        letters: letters.len()?,
        bytes,
        dropped,
    };
    Ok((removed.is_some(), totals))
}

/// Returns the dead letters after the number `after`, oldest first, at most one page.
pub(super) fn page(
    transaction: &ReadTransaction,
    after: Option<u64>,
) -> Result<Vec<(u64, DeadLetter)>, redb::Error> {
    let Some(letters) = existing(transaction.open_table(LETTERS))? else {
        return Ok(Vec::new());
    };
    let first = after.map_or(0, |after| after.saturating_add(1));
    let mut page = Vec::new();
    for entry in letters.range(first..)?.take(MAX_PAGE) {
        let (number, found) = entry?;
        page.push((number.value(), from_json(found.value().0)?));
    }
    Ok(page)
}

/// Returns a dead letter and its payload.
pub(super) fn get(
    transaction: &ReadTransaction,
    number: u64,
) -> Result<Option<(DeadLetter, Vec<u8>)>, redb::Error> {
    let Some(letters) = existing(transaction.open_table(LETTERS))? else {
        return Ok(None);
    };
    let Some(found) = letters.get(number)? else {
        return Ok(None);
    };
    let (json, payload) = found.value();
    Ok(Some((from_json(json)?, payload.to_vec())))
}

pub(super) fn totals(transaction: &ReadTransaction) -> Result<Totals, redb::Error> {
    let (Some(letters), Some(totals)) = (
        existing(transaction.open_table(LETTERS))?,
        existing(transaction.open_table(TOTALS))?,
    ) else {
        return Ok(Totals::default());
    };
    Ok(Totals {
        letters: letters.len()?,
        bytes: total(&totals, BYTES)?,
        dropped: total(&totals, DROPPED)?,
    })
}

fn total(
    totals: &impl redb::ReadableTable<&'static str, u64>,
    key: &str,
) -> Result<u64, redb::Error> {
    Ok(totals.get(key)?.map_or(0, |total| total.value()))
}

fn existing<T>(table: Result<T, TableError>) -> Result<Option<T>, redb::Error> {
    match table {
        Ok(table) => Ok(Some(table)),
        Err(TableError::TableDoesNotExist(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

const fn size(json: &[u8], payload: &[u8]) -> u64 {
    (json.len() + payload.len()) as u64
}

fn to_json(letter: &DeadLetter) -> Result<Vec<u8>, redb::Error> {
    serde_json::to_vec(letter).map_err(|error| redb::Error::Corrupted(error.to_string()))
}

fn from_json(json: &[u8]) -> Result<DeadLetter, redb::Error> {
    serde_json::from_slice(json).map_err(|error| redb::Error::Corrupted(error.to_string()))
}
