//! Generated and damaged values.

pub(crate) mod cbor;
pub(crate) mod json;
pub(crate) mod schemas;

use arbitrary::{Result, Unstructured};

/// Returns text of up to `max` bytes: ASCII mostly, and any other character.
pub(crate) fn text(u: &mut Unstructured<'_>, max: usize) -> Result<String> {
    let length = u.int_in_range(0..=max)?;
    let mut text = String::new();
    while text.len() < length && !u.is_empty() {
        let next = u.arbitrary::<u8>()?;
        text.push(if next < 0xf0 {
            char::from(next & 0x7f)
        } else {
            u.arbitrary()?
        });
    }
    Ok(text)
}

/// Returns up to `max` bytes.
pub(crate) fn bytes(u: &mut Unstructured<'_>, max: usize) -> Result<Vec<u8>> {
    let length = u.int_in_range(0..=max)?.min(u.len());
    Ok(u.bytes(length)?.to_vec())
}

/// Damages bytes: cuts them, repeats a part or replaces a part.
pub(crate) fn damage_bytes(bytes: &mut Vec<u8>, u: &mut Unstructured<'_>) -> Result<()> {
    let at = u.int_in_range(0..=bytes.len())?;
    match u.int_in_range(0..=3)? {
        0 => bytes.truncate(at),
        1 => {
            let end = (at + u.int_in_range(0..=64)?).min(bytes.len());
            let part = bytes[at..end].to_vec();
            bytes.splice(at..at, part);
        }
        _ => {
            let end = (at + u.int_in_range(0..=4)?).min(bytes.len());
            let part = self::bytes(u, 4)?;
            bytes.splice(at..end, part);
        }
    }
    Ok(())
}
