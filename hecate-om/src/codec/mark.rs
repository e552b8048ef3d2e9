//! Marks on a payload that is decoded by its type's schema.
//!
//! The wire's integers have 64 bits, and the SDK's value has room for 128. Integers beyond the
//! wire's range mark the types that only the schema knows. No received payload holds a mark.

/// The mark of an integer that the schema declares a boolean.
pub(super) const fn boolean(yes: bool) -> i128 {
    if yes { TRUE } else { FALSE }
}

/// The mark of a map key that the schema declares an integer.
pub(super) const fn integer_key(n: i128) -> i128 {
    KEYS + n
}

pub(super) const TRUE: i128 = i128::MAX;
pub(super) const FALSE: i128 = i128::MAX - 1;
/// A sample value that only a reader of the exact type accepts.
pub(super) const PROBE: i128 = i128::MAX - 2;

/// Marked keys lie around this number, at most 64 bits away.
const KEYS: i128 = 1 << 100;

/// Returns the key that a mark stands for.
pub(super) fn marked_key(n: i128) -> Option<i128> {
    let key = n.checked_sub(KEYS)?;
    (i128::from(i64::MIN)..=i128::from(u64::MAX))
        .contains(&key)
        .then_some(key)
}

/// Returns the integer on the wire, marked or not.
pub(super) const fn plain(n: i128) -> i128 {
    match n {
        TRUE | PROBE => 1,
        FALSE => 0,
        n => n,
    }
}
