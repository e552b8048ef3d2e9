//! Sizes in bytes.

use std::fmt;

use super::SettingValue;
use super::value::not;

/// A number of bytes, written as `65536` or with a unit: `64 KiB`, `4MiB`, `1 GiB`.
///
/// ```
/// use hecate_om::settings::{ByteSize, SettingValue};
///
/// let size = ByteSize::parse("64 KiB").unwrap();
/// assert_eq!(size.bytes(), 65_536);
/// assert_eq!(size.to_string(), "64 KiB");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteSize(u64);

const UNITS: [(&str, u32); 5] = [("B", 0), ("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40)];

impl ByteSize {
    /// Returns the size of this number of bytes.
    #[must_use]
    pub const fn from_bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// Returns the number of bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

impl SettingValue for ByteSize {
    fn form() -> String {
        "a number of bytes, or of `KiB`, `MiB`, `GiB` or `TiB`, for example `64 KiB`".into()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let end = text.find(|c: char| !c.is_ascii_digit());
        let (number, unit) = text.split_at(end.unwrap_or(text.len()));
        let unit = unit.trim_start();
        let unit = UNITS
            .iter()
            .find(|(name, _)| *name == unit || unit.is_empty());
        let bytes = unit.and_then(|(_, shift)| {
            let number: u64 = number.parse().ok()?;
            number.checked_mul(1 << shift)
        });
        bytes.map(Self).ok_or_else(|| not(text, &Self::form()))
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = |(_, shift): &&(&str, u32)| self.0 != 0 && self.0.trailing_zeros() >= *shift;
        let (unit, shift) = UNITS.iter().rev().find(whole).unwrap_or(&UNITS[0]);
        write!(f, "{} {unit}", self.0 >> shift)
    }
}
