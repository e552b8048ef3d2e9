//! Admission of a call by a guard that holds many callers.

use std::cell::RefCell;
use std::collections::HashMap;

use hecate_om::__private::LocalGuard;
use hecate_om_benches::{Table, Unit, resident, timed};

/// Numbers of held callers.
const CALLERS: [u64; 3] = [1, 1_000, 100_000];
/// Admissions of a round.
const ADMISSIONS: u32 = 5_000;
/// Step through the callers, so that neither prefetching nor the cache knows the next one.
const STEP: u64 = 7_919;

/// Compares an admission beside many held callers with one beside a single caller, and the memory of
/// the callers with that of a map.
pub(crate) fn guard(table: &mut Table) {
    let one = held(1);
    let mut points = Vec::new();
    for count in CALLERS {
        let many = held(count);
        let medians = table
            .row(format!("admission of {count} callers (of one)"))
            .goal(0.5)
            .brief()
            .compare(Unit::Time, admission(&many, count), admission(&one, 1));
        points.push((count as f64, medians.ours));
    }
    table.growth("time of an admission, by callers", &points, 0.06);
    let many = held(CALLERS[CALLERS.len() - 1]);
    table
        .row("status of 100,000 callers (1,000 admissions)")
        .times(
            || timed(|| assert_eq!(many.distinct_callers(), 100_000)),
            || timed(|| (0..1_000).for_each(|_| one.admit(id(0)))),
        );
    let count = CALLERS[CALLERS.len() - 1];
    let (kept, kept_maps) = (RefCell::default(), RefCell::default());
    table
        .row("memory of a held caller (map entry)")
        .slow()
        .compare(
            Unit::Memory,
            || memory_of_each(count, &kept, || held(count)),
            || {
                memory_of_each(count, &kept_maps, || {
                    (0..count)
                        .map(|n| (id(n), 1_u64))
                        .collect::<HashMap<_, _>>()
                })
            },
        );
}

/// Returns a guard that has admitted a call of each caller.
fn held(callers: u64) -> LocalGuard {
    let guard = LocalGuard::default();
    (0..callers).for_each(|caller| guard.admit(id(caller)));
    guard
}

/// Returns a measurement of an admission, which visits all callers in turn.
fn admission(guard: &LocalGuard, callers: u64) -> impl FnMut() -> f64 {
    let mut caller = 0;
    move || {
        let round = timed(|| {
            for _ in 0..ADMISSIONS {
                caller = (caller + STEP) % callers;
                guard.admit(id(caller));
            }
        });
        round.as_secs_f64() / f64::from(ADMISSIONS)
    }
}

fn id(caller: u64) -> [u8; 32] {
    let mut id = [7; 32];
    id[..8].copy_from_slice(&caller.to_le_bytes());
    id
}

/// Returns the memory of each of `count` parts of a value, which is kept so that its memory is not
/// reused.
fn memory_of_each<T>(count: u64, kept: &RefCell<Vec<T>>, make: impl FnOnce() -> T) -> f64 {
    let process = std::process::id();
    let before = resident(process);
    kept.borrow_mut().push(make());
    resident(process).saturating_sub(before) as f64 / count as f64
}
