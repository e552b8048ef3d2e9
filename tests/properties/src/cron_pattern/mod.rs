//! Cron patterns.

mod reference;

use hecate_om_grammar::cron::Pattern;

use crate::limits::within_limits;
use reference::Reference;

/// Times are compared up to this one, in seconds since the Unix epoch: the calendar repeats after
/// 400 years.
const COMPARED: u64 = 400 * 366 * 24 * 60 * 60;

/// Number of times that are compared for each pattern.
const TIMES: usize = 4;

/// Memory for each byte of input.
const FACTOR: u64 = 16;

/// Checks that any text is read as a cron pattern in the same way as by a simple reference, and
/// that its next times are those that the reference finds by looking at each day.
///
/// The input is a time as eight bytes, in seconds since the Unix epoch, and the pattern.
///
/// # Panics
///
/// If a property does not hold.
pub fn cron_pattern(input: &[u8]) {
    let Some((time, text)) = input.split_first_chunk() else {
        return;
    };
    let (time, Ok(text)) = (u64::from_le_bytes(*time), std::str::from_utf8(text)) else {
        return;
    };
    let read = within_limits(input.len(), FACTOR, || Pattern::parse(text));
    let reference = Reference::parse(text);
    assert_eq!(read.is_ok(), reference.is_some(), "{text:?}: {read:?}");
    let (pattern, reference) = match (read, reference) {
        (Ok(pattern), Some(reference)) => (pattern, reference),
        (Err(reason), _) => return assert!(!reason.trim().is_empty(), "refused for a reason"),
        _ => return,
    };
    let next = within_limits(input.len(), FACTOR, || pattern.after(time));
    assert!(
        next.is_none_or(|next| next > time && next % 60 == 0),
        "{next:?}"
    );
    let mut time = time % COMPARED;
    for _ in 0..TIMES {
        let next = pattern.after(time).expect("a pattern has a next time");
        assert_eq!(next, reference.after(time), "{text:?} after {time}");
        time = next;
    }
}
