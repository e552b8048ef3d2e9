use super::*;
use crate::capability::{Limits, TopCaller};

/// A time that is a multiple of every window length in these tests.
const T: u64 = 1_800_000_000_000;
const TICK: u64 = 10_000;

fn rate(per_caller_max: u32, global_max: u32, max_distinct_callers: u32) -> RateLimiter {
    RateLimiter::new(RateLimits::new(&Limits {
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

/// Makes `calls` calls, and returns the number of admitted calls.
fn admitted(rate: &mut RateLimiter, who: u32, calls: u32, now: u64) -> usize {
    let calls = (0..calls).filter(|_| rate.count(caller(who), 1, now).is_ok());
    calls.count()
}

#[test]
fn each_caller_has_its_own_limit_in_each_window() {
    let mut rate = rate(3, 100, 10);
    assert_eq!(admitted(&mut rate, 1, 50, T), 3);
    assert_eq!(admitted(&mut rate, 2, 3, T + 9_999), 3);
    assert_eq!(admitted(&mut rate, 1, 5, T + 9_999), 0, "the same window");
    assert_eq!(admitted(&mut rate, 1, 5, T + 10_000), 3, "the next");
}

#[test]
fn denied_calls_do_not_count_towards_the_limit_of_all_callers() {
    let mut rate = rate(4, 10, 10);
    assert_eq!(admitted(&mut rate, 1, 1_000, T), 4);
    assert_eq!(admitted(&mut rate, 2, 4, T), 4);
    assert_eq!(
        admitted(&mut rate, 3, 4, T),
        2,
        "the limit of all callers is reached"
    );
    assert_eq!(rate.count(caller(4), 1, T), Err(Denial::Rate));
    let window = rate.status(T).window;
    assert_eq!((window.global_count, window.callers_over_limit), (13, 1));
}

#[test]
fn with_a_hundred_thousand_callers_memory_is_bounded_and_known_callers_are_served() {
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
        assert_eq!(admitted(&mut rate, n, 9, T + 1), 4, "the rest of its limit");
    }
    let window = rate.status(T).window;
    assert_eq!(window.distinct_callers, 1_024);
    assert_eq!(window.denied_rate, 98_976 + 5 * 1_024);
    assert_eq!(window.top_callers.len(), 10);
}

#[test]
fn the_top_callers_are_those_with_the_most_calls_and_of_equals_the_lowest_ids() {
    let mut rate = rate(1_000, 1_000_000, 1_000);
    let counts: Vec<(u32, u64)> = (0..100).map(|n| (n, u64::from(n * 37 % 25 + 1))).collect();
    for &(n, count) in &counts {
        (0..count).for_each(|_| assert_eq!(rate.count(caller(n), 1, T), Ok(())));
    }
    let mut expected: Vec<_> = counts
        .iter()
        .map(|(n, count)| (*count, caller(*n)))
        .collect();
    expected.sort_by_key(|(count, caller)| (std::cmp::Reverse(*count), *caller));
    let expected = expected
        .into_iter()
        .map(|(count, c)| TopCaller::new(c, count));
    let window = rate.status(T).window;
    assert_eq!(window.top_callers, expected.take(10).collect::<Vec<_>>());
}

#[test]
fn an_ended_window_is_dropped_once_reported() {
    let mut rate = rate(1, 1_000_000, 100);
    for window in 0..50 {
        for n in 0..1_000 {
            let _ = rate.count(caller(n + window), 1, T + u64::from(window) * TICK);
        }
        assert!(rate.entries() <= 4 * 100, "the window and the one before");
    }
    let later = T + 60 * TICK;
    let report = rate.report(later, TICK).unwrap();
    rate.mark_reported(report.start);
    assert_eq!(rate.entries(), 0);
}

#[test]
fn a_window_is_reported_once_and_only_if_a_call_was_denied() {
    let mut rate = rate(2, 100, 10);
    assert_eq!(admitted(&mut rate, 1, 2, T), 2);
    assert!(rate.report(T + TICK, TICK).is_none(), "nothing was denied");
    assert_eq!(admitted(&mut rate, 1, 5, T + TICK), 2);
    assert!(
        rate.report(T + TICK + 1, TICK).is_none(),
        "the window has not ended"
    );
    let report = rate.report(T + 2 * TICK, TICK).unwrap();
    assert_eq!(report.start, T + TICK);
    assert_eq!(report.window.denied_rate, 3);
    assert_eq!(report.window.callers_over_limit, 1);
    let again = rate.report(T + 2 * TICK, TICK).unwrap();
    assert_eq!(again.start, report.start, "not reported yet");
    rate.mark_reported(report.start);
    for ticks in 2..5 {
        assert!(rate.report(T + ticks * TICK, TICK).is_none());
    }
}

#[test]
fn a_window_is_reported_for_the_size_of_its_calls_alone() {
    let mut rate = rate(2, 100, 10);
    let _ = rate.count(caller(1), 1_000_000, T);
    let window = rate.report(T + TICK, TICK).unwrap().window;
    assert_eq!((window.denied_size, window.denied_rate), (1, 0));
}

#[test]
fn a_window_is_reported_for_a_caller_above_a_lowered_limit_alone() {
    let mut rate = rate(3, 100, 10);
    assert_eq!(admitted(&mut rate, 1, 3, T), 3);
    let ranges = AllowedRanges::new([(LimitKey::PerCallerMax, 1..=100)]);
    let lowered = [(LimitKey::PerCallerMax, 2)];
    rate.set(&lowered, &ranges, "t", caller(9)).unwrap();
    let window = rate.report(T + TICK, TICK).unwrap().window;
    assert_eq!((window.callers_over_limit, window.denied_rate), (1, 0));
}

#[test]
fn a_window_longer_than_the_tick_is_reported_once_before_it_ends() {
    let mut rate = rate(1, 100, 10);
    rate.limits.set(LimitKey::WindowMs, 6 * TICK);
    let start = T - T % (6 * TICK);
    assert_eq!(admitted(&mut rate, 1, 3, start), 1);
    let report = rate.report(start + TICK, TICK).unwrap();
    assert_eq!(report.window.denied_rate, 2);
    rate.mark_reported(report.start);
    assert_eq!(admitted(&mut rate, 1, 3, start + 2 * TICK), 0);
    assert!(rate.report(start + 3 * TICK, TICK).is_none());
    assert!(rate.report(start + 7 * TICK, TICK).is_none());
    assert_eq!(rate.entries(), 0);
}

#[test]
fn denials_are_counted_in_their_window_only() {
    let mut rate = rate(1, 100, 10);
    admitted(&mut rate, 1, 3, T);
    let _ = rate.count(caller(1), 1_000_000, T);
    let window = rate.status(T).window;
    assert_eq!((window.denied_rate, window.denied_size), (2, 1));
    let window = rate.status(T + TICK).window;
    assert_eq!((window.denied_rate, window.denied_size), (0, 0));
    assert_eq!(window.distinct_callers, 0);
}

#[test]
fn changed_limits_apply_to_the_current_window() {
    let mut rate = rate(3, 100, 10);
    let ranges = AllowedRanges::new([(LimitKey::PerCallerMax, 1..=100)]);
    assert_eq!(admitted(&mut rate, 1, 3, T), 3);
    let set = |rate: &mut RateLimiter, n| {
        let changes = [(LimitKey::PerCallerMax, n)];
        rate.set(&changes, &ranges, "t", caller(9)).unwrap()
    };
    set(&mut rate, 2);
    assert_eq!(rate.callers_over_limit(T), 1, "it has made three calls");
    set(&mut rate, 3);
    assert_eq!(rate.callers_over_limit(T), 0, "as many as it may make");
    set(&mut rate, 5);
    assert_eq!(rate.callers_over_limit(T), 0);
    assert_eq!(admitted(&mut rate, 1, 5, T), 2);
}

/// Makes random calls, and checks after each call that no limit is exceeded and that every denial
/// is counted.
#[test]
fn random_calls_never_exceed_a_limit() {
    use rand::rngs::StdRng;
    use rand::{RngExt as _, SeedableRng as _};
    use std::collections::HashMap;
    for seed in 0..200 {
        let mut random = StdRng::seed_from_u64(seed);
        let per_caller = random.random_range(1..6_u32);
        let global = random.random_range(per_caller..30);
        let distinct = random.random_range(1..8);
        let mut rate = rate(per_caller, global, distinct);
        let mut now = T;
        let mut by_caller: HashMap<(u64, NodeId), u32> = HashMap::new();
        let (mut start, mut admitted_calls, mut denied) = (0, 0, 0);
        for _ in 0..400 {
            now += random.random_range(0..300);
            let who = caller(random.random_range(0..12));
            let window = now - now % TICK;
            if window != start {
                (start, admitted_calls, denied) = (window, 0, 0);
            }
            match rate.count(who, 1, now) {
                Ok(()) => {
                    *by_caller.entry((window, who)).or_default() += 1;
                    admitted_calls += 1;
                }
                Err(_) => denied += 1,
            }
            assert!(admitted_calls <= global, "seed {seed}");
            let window = rate.status(now).window;
            assert!(
                window.distinct_callers <= u64::from(distinct),
                "seed {seed}"
            );
            assert_eq!(window.denied_rate, denied, "seed {seed}");
        }
        assert!(by_caller.values().all(|n| *n <= per_caller), "seed {seed}");
    }
}
