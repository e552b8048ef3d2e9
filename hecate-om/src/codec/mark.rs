//! Marks on a payload that is decoded by the schema of its type.
//!
//! The integers of the wire have 64 bits, but the value type of macula-rust has 128. Integers
//! outside the wire's range mark values whose type only the schema shows. No received payload
//! contains a mark.

/// Returns the mark of an integer that the schema declares to be a boolean.
pub(super) const fn boolean(yes: bool) -> i128 {
    if yes { TRUE } else { FALSE }
}

/// Returns the mark of a map key that the schema declares to be an integer.
pub(super) const fn integer_key(n: i128) -> i128 {
    KEYS + n
}

pub(super) const TRUE: i128 = i128::MAX;
pub(super) const FALSE: i128 = i128::MAX - 1;
/// Sample value that only a reader of the exact type accepts.
pub(super) const PROBE: i128 = i128::MAX - 2;

/// Center of the marked keys, which differ from it by at most 64 bits.
const KEYS: i128 = 1 << 100;

/// Returns the key that `n` marks; `None` if `n` is not a mark.
pub(super) fn marked_key(n: i128) -> Option<i128> {
    let key = n.checked_sub(KEYS)?;
    (i128::from(i64::MIN)..=i128::from(u64::MAX))
        .contains(&key)
        .then_some(key)
}

/// Returns the integer on the wire, whether `n` is marked or not.
pub(super) const fn unmarked(n: i128) -> i128 {
    match n {
        TRUE | PROBE => 1,
        FALSE => 0,
        n => n,
    }
}
