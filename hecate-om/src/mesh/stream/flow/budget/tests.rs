use futures_util::FutureExt as _;

use super::*;
use crate::mesh::stream::flow::caller_window::CallerWindow;

const GREEDY: Caller = [1; 32];
const MODEST: Caller = [2; 32];

fn free(budget: &CreditBudget) -> Amounts {
    budget.ledger().free
}

fn acquire(budget: &CallerBudget, bytes: u64) -> Option<Credit> {
    budget.acquire(bytes, Instant::now()).now_or_never()
}

/// Acquires the node's whole budget for large grants.
fn all_large(budget: &CreditBudget) -> Vec<Credit> {
    let callers = (10..).map(|n| budget.for_caller([n; 32]));
    let large = callers.map(|caller| acquire(&caller, MAX_CREDIT).unwrap());
    large.take((NODE_LIMITS[1] / MAX_CREDIT) as usize).collect()
}

#[tokio::test]
async fn credit_comes_out_of_the_budget_and_returns_as_its_bytes_are_consumed() {
    let budget = CreditBudget::default();
    let caller = budget.for_caller(GREEDY);
    let mut window = CallerWindow::default();
    assert_eq!(window.limit(0), INITIAL_CREDIT);
    let missing = window.missing(2 * WINDOW, 0);
    assert_eq!(missing, 2 * WINDOW - INITIAL_CREDIT);
    window.extend(acquire(&caller, missing).unwrap(), 0);
    assert_eq!(window.limit(0), 2 * WINDOW);
    assert_eq!(free(&budget), [NODE_LIMITS[0], NODE_LIMITS[1] - missing]);

    window.release_unneeded(WINDOW);
    assert_eq!(window.limit(WINDOW), 2 * WINDOW, "credit is never revoked");
    assert_eq!(
        free(&budget),
        [NODE_LIMITS[0], NODE_LIMITS[1] - (WINDOW - INITIAL_CREDIT)]
    );
    window.release_unneeded(3 * WINDOW);
    assert_eq!(free(&budget), NODE_LIMITS);
    assert!(budget.ledger().held.is_empty());
    assert_eq!(window.limit(3 * WINDOW), 3 * WINDOW + INITIAL_CREDIT);
}

#[tokio::test]
async fn a_grant_whose_wait_is_dropped_no_longer_delays_younger_grants() {
    let budget = CreditBudget::default();
    let mut held = all_large(&budget);
    held[0].shrink_to(MAX_CREDIT / 2);
    let caller = budget.for_caller(MODEST);
    let long_ago = Instant::now() - 2 * OVERDUE_AFTER;
    let mut oldest = Box::pin(caller.acquire(MAX_CREDIT, long_ago));
    assert!((&mut oldest).now_or_never().is_none());
    let mut younger = Box::pin(caller.acquire(2 * WINDOW, Instant::now()));
    assert!((&mut younger).now_or_never().is_none(), "it waits behind");
    drop(oldest);
    assert!(younger.now_or_never().is_some());
}

#[tokio::test]
async fn a_caller_that_uses_up_its_share_does_not_reduce_the_share_of_others() {
    let budget = CreditBudget::default();
    let (greedy, modest) = (budget.for_caller(GREEDY), budget.for_caller(MODEST));
    let held: Vec<_> = std::iter::from_fn(|| acquire(&greedy, MAX_CREDIT)).collect();
    assert_eq!(held.len() as u64, CALLER_LIMITS[1] / MAX_CREDIT);
    assert!(greedy.try_acquire_spare(MAX_CREDIT).is_none());
    assert!(
        acquire(&greedy, WINDOW).is_some(),
        "a small grant uses the other budget"
    );
    assert!(acquire(&modest, MAX_CREDIT).is_some());
    drop(held);
    assert!(acquire(&greedy, MAX_CREDIT).is_some());
}

#[tokio::test]
async fn spare_windows_leave_half_of_the_budget_free() {
    let budget = CreditBudget::default();
    let mut held = Vec::new();
    for n in 0..8 {
        let caller = budget.for_caller([n; 32]);
        held.extend(std::iter::from_fn(|| caller.try_acquire_spare(WINDOW)));
    }
    assert_eq!(free(&budget), [NODE_LIMITS[0] / 2, NODE_LIMITS[1]]);
}

#[tokio::test]
async fn a_waiting_grant_holds_nothing_and_does_not_block_those_that_fit() {
    let budget = CreditBudget::default();
    let mut held = all_large(&budget);
    let greedy = budget.for_caller(GREEDY);
    let waiting = greedy.acquire(MAX_CREDIT, Instant::now());
    tokio::pin!(waiting);
    assert!(futures_util::poll!(&mut waiting).is_pending());
    assert!(!budget.ledger().held.contains_key(&GREEDY));
    held[0].shrink_to(MAX_CREDIT - 4 * MIB);
    let modest = budget.for_caller(MODEST);
    assert!(
        acquire(&modest, WINDOW).is_some(),
        "small grants have their own budget"
    );
    let passes = acquire(&modest, 3 * MIB);
    assert!(passes.is_some(), "it fits, although a larger grant waits");
    drop((passes, held));
    assert_eq!(waiting.await.bytes(), MAX_CREDIT);
}

#[tokio::test(start_paused = true)]
async fn an_overdue_large_grant_goes_before_smaller_ones_of_its_budget() {
    let budget = CreditBudget::default();
    let mut held = all_large(&budget);
    let since = Instant::now();
    let (greedy, modest) = (budget.for_caller(GREEDY), budget.for_caller(MODEST));
    {
        let waiting = greedy.acquire(MAX_CREDIT, since);
        tokio::pin!(waiting);
        assert!(futures_util::poll!(&mut waiting).is_pending());
        tokio::time::advance(OVERDUE_AFTER).await;
        held[0].shrink_to(4 * MIB);
        assert!(
            acquire(&modest, 3 * MIB).is_none(),
            "the free bytes are reserved for the large grant"
        );
        assert!(acquire(&modest, WINDOW).is_some());
        assert!(futures_util::poll!(&mut waiting).is_pending());
    }
    // A repeated request retains its priority.
    let waiting = greedy.acquire(MAX_CREDIT, since);
    tokio::pin!(waiting);
    assert!(futures_util::poll!(&mut waiting).is_pending());
    assert!(acquire(&modest, 3 * MIB).is_none());
    drop(held.remove(0));
    assert_eq!(waiting.await.bytes(), MAX_CREDIT);
}

#[tokio::test(start_paused = true)]
async fn a_grant_that_waits_for_its_callers_part_does_not_block_other_callers() {
    let budget = CreditBudget::default();
    let (greedy, modest) = (budget.for_caller(GREEDY), budget.for_caller(MODEST));
    let _held: Vec<_> = std::iter::from_fn(|| acquire(&greedy, MAX_CREDIT)).collect();
    let waiting = greedy.acquire(MAX_CREDIT, Instant::now());
    tokio::pin!(waiting);
    assert!(futures_util::poll!(&mut waiting).is_pending());
    tokio::time::advance(OVERDUE_AFTER).await;
    assert!(acquire(&modest, MAX_CREDIT).is_some());
}

#[tokio::test(start_paused = true)]
async fn an_overdue_large_grant_that_waits_for_its_callers_part_goes_before_smaller_ones_of_the_caller()
 {
    let budget = CreditBudget::default();
    let (greedy, modest) = (budget.for_caller(GREEDY), budget.for_caller(MODEST));
    let mut small: Vec<_> = std::iter::from_fn(|| acquire(&greedy, 2 * MIB)).collect();
    let waiting = greedy.acquire(MAX_CREDIT, Instant::now());
    tokio::pin!(waiting);
    assert!(futures_util::poll!(&mut waiting).is_pending());
    tokio::time::advance(OVERDUE_AFTER).await;
    for _ in 1..MAX_CREDIT / (2 * MIB) {
        drop(small.pop());
        assert!(
            acquire(&greedy, 2 * MIB).is_none(),
            "the free bytes are reserved for the large grant"
        );
        assert!(acquire(&greedy, WINDOW).is_some());
        assert!(acquire(&modest, 2 * MIB).is_some());
        assert!(futures_util::poll!(&mut waiting).is_pending());
    }
    drop(small.pop());
    assert_eq!(waiting.await.bytes(), MAX_CREDIT);
}

#[tokio::test]
async fn the_credit_of_all_callers_is_bounded_however_much_of_it_lapses() {
    let budget = CreditBudget::default();
    let mut held = Vec::new();
    for n in 0..100 {
        let caller = budget.for_caller([n; 32]);
        for bytes in [WINDOW, MAX_CREDIT] {
            let mut grant = acquire(&caller, bytes);
            grant.iter_mut().for_each(Credit::lapse);
            held.extend(grant);
        }
    }
    assert_eq!(budget.ledger().lapsed, MAX_LAPSED);
    let all: u64 = held.iter().map(Credit::bytes).sum();
    assert!(all <= NODE_LIMITS[0] + NODE_LIMITS[1] + MAX_LAPSED, "{all}");
    // Using lapsed credit allows more credit to lapse.
    held[0].shrink_to(0);
    assert_eq!(budget.ledger().lapsed, MAX_LAPSED - WINDOW);
    held.iter_mut().for_each(Credit::lapse);
    assert_eq!(budget.ledger().lapsed, MAX_LAPSED);
    drop(held);
    assert_eq!(free(&budget), NODE_LIMITS);
    assert_eq!(budget.ledger().lapsed, 0);
}

#[tokio::test]
async fn lapsed_credit_returns_to_the_node_once_and_to_its_caller_when_the_stream_ends() {
    let budget = CreditBudget::default();
    let caller = budget.for_caller(GREEDY);
    let grant = MAX_CREDIT - INITIAL_CREDIT;
    let mut window = CallerWindow::default();
    window.extend(acquire(&caller, grant).unwrap(), 0);
    window.lapse();
    window.lapse();
    assert_eq!(free(&budget), NODE_LIMITS);
    assert_eq!(budget.ledger().held[&GREEDY], [0, grant]);
    assert_eq!(window.limit(0), MAX_CREDIT, "it may still be used");

    // Credit that is granted later does not lapse with the earlier credit.
    window.extend(acquire(&caller, WINDOW).unwrap(), 0);
    window.release_unneeded(MAX_CREDIT);
    assert_eq!(
        free(&budget),
        [NODE_LIMITS[0] - WINDOW + INITIAL_CREDIT, NODE_LIMITS[1]]
    );
    assert_eq!(budget.ledger().held[&GREEDY], [WINDOW - INITIAL_CREDIT, 0]);
    drop(window);
    assert_eq!(free(&budget), NODE_LIMITS);
    assert!(budget.ledger().held.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_grant_ends_the_wait_so_that_the_next_request_is_young_again() {
    let budget = CreditBudget::default();
    let mut window = CallerWindow::default();
    let first = window.waiting_since();
    tokio::time::advance(OVERDUE_AFTER).await;
    assert_eq!(window.waiting_since(), first, "a repeated request");
    window.extend(acquire(&budget.for_caller(GREEDY), WINDOW).unwrap(), 0);
    assert_eq!(window.waiting_since(), Instant::now());
}
