//! Marks on a payload that is read by its type's schema.
//!
//! The wire's integers take 64 bits, and the SDK's value has room for 128: what lies beyond the wire's stands for what
//! only the schema knows. No payload that arrives holds a mark.

/// An integer that the schema calls a boolean.
pub(super) const fn boolean(yes: bool) -> i128 {
    if yes { TRUE } else { FALSE }
}

/// A map's key that the schema calls an integer.
pub(super) const fn integer_key(n: i128) -> i128 {
    KEYS + n
}

pub(super) const TRUE: i128 = i128::MAX;
pub(super) const FALSE: i128 = i128::MAX - 1;
/// A value of a sample that is read by its own type, and nowhere as a value of any type.
pub(super) const PROBE: i128 = i128::MAX - 2;

/// Around this the marked keys lie, at most 64 bits away.
const KEYS: i128 = 1 << 100;

/// The key that a mark stands for.
pub(super) fn marked_key(n: i128) -> Option<i128> {
    let key = n.checked_sub(KEYS)?;
    (i128::from(i64::MIN)..=i128::from(u64::MAX))
        .contains(&key)
        .then_some(key)
}

/// The integer that a value is on the wire, marked or not.
pub(super) const fn plain(n: i128) -> i128 {
    match n {
        TRUE | PROBE => 1,
        FALSE => 0,
        n => n,
    }
}
