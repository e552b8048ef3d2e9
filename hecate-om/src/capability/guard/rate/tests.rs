use super::*;
use crate::capability::Limits;

/// A multiple of every window's length here.
const T: u64 = 1_800_000_000_000;
const TICK: u64 = 10_000;

fn rate(per_caller_max: u32, global_max: u32, max_distinct_callers: u32) -> Rate {
    Rate::new(Bounds::of(&Limits {
        window_ms: Some(TICK),
        per_caller_max: Some(per_caller_max),
        global_max: Some(global_max),
        max_distinct_callers: Some(max_distinct_callers),
        ..Limits::UNSET
    }))
}

fn caller(n: u32) -> NodeId {
    let mut id = [0; 32];
    id[..4].copy_from_slice(&n.to_be_bytes());
    NodeId::from_bytes(id)
}

/// How many of `calls` calls went on.
fn passed(rate: &mut Rate, who: u32, calls: u32, now: u64) -> usize {
    let calls = (0..calls).filter(|_| rate.count(caller(who), 1, now).is_ok());
    calls.count()
}

#[test]
fn a_caller_has_its_budget_in_each_window_and_takes_nothing_from_others() {
    let mut rate = rate(3, 100, 10);
    assert_eq!(passed(&mut rate, 1, 50, T), 3);
    assert_eq!(passed(&mut rate, 2, 3, T + 9_999), 3);
    assert_eq!(passed(&mut rate, 1, 5, T + 9_999), 0, "the same window");
    assert_eq!(passed(&mut rate, 1, 5, T + 10_000), 3, "the next");
}

#[test]
fn all_callers_together_have_a_budget_that_denied_calls_do_not_use_up() {
    let mut rate = rate(4, 10, 10);
    assert_eq!(passed(&mut rate, 1, 1_000, T), 4);
    assert_eq!(passed(&mut rate, 2, 4, T), 4);
    assert_eq!(
        passed(&mut rate, 3, 4, T),
        2,
        "a known caller's calls count, too"
    );
    assert_eq!(rate.count(caller(4), 1, T), Err(Denial::Rate));
    let figures = rate.status(T).figures;
    assert_eq!((figures.global_count, figures.callers_over_limit), (13, 1));
}

#[test]
fn a_hundred_thousand_callers_in_a_window_leave_the_memory_bounded_and_known_callers_served() {
    let mut rate = rate(5, 1_000_000, 1_024);
    let (known, unknown): (Vec<u32>, Vec<u32>) = (0..100_000).partition(|n| *n < 1_024);
    for &n in &known {
        assert_eq!(rate.count(caller(n), 1, T), Ok(()));
    }
    for &n in &unknown {
        assert_eq!(rate.count(caller(n), 1, T), Err(Denial::Distinct));
    }
    assert!(rate.entries() <= 2 * 1_024, "{}", rate.entries());
    for &n in &known {
        assert_eq!(
            passed(&mut rate, n, 9, T + 1),
            4,
            "what its budget has left"
        );
    }
    let figures = rate.status(T).figures;
    assert_eq!(figures.distinct_callers, 1_024);
    assert_eq!(figures.denied_rate, 98_976 + 5 * 1_024);
    assert_eq!(figures.top_callers.len(), 10);
}

#[test]
fn a_window_that_is_over_is_forgotten_once_told_of() {
    let mut rate = rate(1, 1_000_000, 100);
    for window in 0..50 {
        for n in 0..1_000 {
            let _ = rate.count(caller(n + window), 1, T + u64::from(window) * TICK);
        }
        assert!(rate.entries() <= 4 * 100, "the window and the one before");
    }
    let later = T + 60 * TICK;
    let report = rate.report(later, TICK).unwrap();
    rate.reported(report.start);
    assert_eq!(rate.entries(), 0);
}

#[test]
fn a_window_is_told_of_once_and_only_where_something_was_denied() {
    let mut rate = rate(2, 100, 10);
    assert_eq!(passed(&mut rate, 1, 2, T), 2);
    assert!(rate.report(T + TICK, TICK).is_none(), "nothing was denied");
    assert_eq!(passed(&mut rate, 1, 5, T + TICK), 2);
    assert!(
        rate.report(T + TICK + 1, TICK).is_none(),
        "it may see more yet"
    );
    let report = rate.report(T + 2 * TICK, TICK).unwrap();
    assert_eq!(report.start, T + TICK);
    assert_eq!(report.figures.denied_rate, 3);
    assert_eq!(report.figures.callers_over_limit, 1);
    let again = rate.report(T + 2 * TICK, TICK).unwrap();
    assert_eq!(again.start, report.start, "it could not be published yet");
    rate.reported(report.start);
    for ticks in 2..5 {
        assert!(rate.report(T + ticks * TICK, TICK).is_none());
    }
}

#[test]
fn a_window_longer_than_the_tick_is_told_of_while_it_lasts_and_not_again() {
    let mut rate = rate(1, 100, 10);
    rate.bounds.set(LimitKey::WindowMs, 6 * TICK);
    let start = T - T % (6 * TICK);
    assert_eq!(passed(&mut rate, 1, 3, start), 1);
    let report = rate.report(start + TICK, TICK).unwrap();
    assert_eq!(report.figures.denied_rate, 2);
    rate.reported(report.start);
    assert_eq!(passed(&mut rate, 1, 3, start + 2 * TICK), 0);
    assert!(rate.report(start + 3 * TICK, TICK).is_none());
    assert!(rate.report(start + 7 * TICK, TICK).is_none());
    assert_eq!(rate.entries(), 0);
}

#[test]
fn denials_of_a_window_do_not_show_in_the_next() {
    let mut rate = rate(1, 100, 10);
    passed(&mut rate, 1, 3, T);
    let _ = rate.count(caller(1), 1_000_000, T);
    let figures = rate.status(T).figures;
    assert_eq!((figures.denied_rate, figures.denied_size), (2, 1));
    let figures = rate.status(T + TICK).figures;
    assert_eq!((figures.denied_rate, figures.denied_size), (0, 0));
    assert_eq!(figures.distinct_callers, 0);
}

#[test]
fn limits_that_are_set_hold_for_the_window_that_runs() {
    let mut rate = rate(3, 100, 10);
    let envelope = Envelope::new([(LimitKey::PerCallerMax, 1..=100)]);
    assert_eq!(passed(&mut rate, 1, 3, T), 3);
    let set = |rate: &mut Rate, n| {
        let changes = [(LimitKey::PerCallerMax, n)];
        rate.set(&changes, &envelope, "t", caller(9)).unwrap()
    };
    set(&mut rate, 2);
    assert_eq!(rate.over(T), 1, "it has made three");
    set(&mut rate, 5);
    assert_eq!(rate.over(T), 0);
    assert_eq!(passed(&mut rate, 1, 5, T), 2);
}

/// Whatever order calls come in: no caller passes more often in a window than its budget allows, all together no more
/// often than theirs, no more callers are held than may be, and every denial is counted.
#[test]
fn no_order_of_calls_breaks_a_budget() {
    use rand::rngs::StdRng;
    use rand::{RngExt as _, SeedableRng as _};
    use std::collections::HashMap;
    for seed in 0..200 {
        let mut random = StdRng::seed_from_u64(seed);
        let one = random.random_range(1..6_u32);
        let all = random.random_range(one..30);
        let distinct = random.random_range(1..8);
        let mut rate = rate(one, all, distinct);
        let mut now = T;
        let mut held: HashMap<(u64, NodeId), u32> = HashMap::new();
        let (mut start, mut together, mut denied) = (0, 0, 0);
        for _ in 0..400 {
            now += random.random_range(0..300);
            let who = caller(random.random_range(0..12));
            let window = now - now % TICK;
            if window != start {
                (start, together, denied) = (window, 0, 0);
            }
            match rate.count(who, 1, now) {
                Ok(()) => {
                    *held.entry((window, who)).or_default() += 1;
                    together += 1;
                }
                Err(_) => denied += 1,
            }
            assert!(together <= all, "seed {seed}");
            let figures = rate.status(now).figures;
            assert!(
                figures.distinct_callers <= u64::from(distinct),
                "seed {seed}"
            );
            assert_eq!(figures.denied_rate, denied, "seed {seed}");
        }
        assert!(held.values().all(|n| *n <= one), "seed {seed}");
    }
}
