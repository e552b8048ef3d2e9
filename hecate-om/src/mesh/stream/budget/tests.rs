use futures_util::FutureExt as _;

use super::*;
use crate::mesh::stream::promise::Promise;

const GREEDY: Caller = [1; 32];
const MODEST: Caller = [2; 32];

fn free(budget: &Budget) -> Amounts {
    budget.books().free
}

fn take(share: &Share, bytes: u64) -> Option<Taken> {
    share.take(bytes, Instant::now()).now_or_never()
}

/// Takes all of the node's budget for large grants.
fn all_large(budget: &Budget) -> Vec<Taken> {
    let callers = (10..).map(|n| budget.share([n; 32]));
    let large = callers.map(|share| take(&share, LARGEST).unwrap());
    large.take((ALL[1] / LARGEST) as usize).collect()
}

#[tokio::test]
async fn what_is_promised_comes_out_of_the_budget_and_returns_as_it_is_taken() {
    let budget = Budget::default();
    let share = budget.share(GREEDY);
    let mut promise = Promise::default();
    assert_eq!(promise.limit(0), INITIAL);
    let missing = promise.missing(2 * WINDOW, 0);
    assert_eq!(missing, 2 * WINDOW - INITIAL);
    promise.extend(take(&share, missing).unwrap(), 0);
    assert_eq!(promise.limit(0), 2 * WINDOW);
    assert_eq!(free(&budget), [ALL[0], ALL[1] - missing]);

    promise.settle(WINDOW);
    assert_eq!(promise.limit(WINDOW), 2 * WINDOW, "a promise is kept");
    assert_eq!(free(&budget), [ALL[0], ALL[1] - (WINDOW - INITIAL)]);
    promise.settle(3 * WINDOW);
    assert_eq!(free(&budget), ALL);
    assert!(budget.books().held.is_empty());
    assert_eq!(promise.limit(3 * WINDOW), 3 * WINDOW + INITIAL);
}

#[tokio::test]
async fn one_caller_takes_its_share_and_the_others_have_theirs() {
    let budget = Budget::default();
    let (greedy, modest) = (budget.share(GREEDY), budget.share(MODEST));
    let taken: Vec<_> = std::iter::from_fn(|| take(&greedy, LARGEST)).collect();
    assert_eq!(taken.len() as u64, ONE_CALLER[1] / LARGEST);
    assert!(greedy.take_spare(LARGEST).is_none());
    assert!(
        take(&greedy, WINDOW).is_some(),
        "a small one is no large one"
    );
    assert!(take(&modest, LARGEST).is_some());
    drop(taken);
    assert!(take(&greedy, LARGEST).is_some());
}

#[tokio::test]
async fn windows_that_may_not_be_used_leave_half_of_the_budget() {
    let budget = Budget::default();
    let mut taken = Vec::new();
    for n in 0..8 {
        let share = budget.share([n; 32]);
        taken.extend(std::iter::from_fn(|| share.take_spare(WINDOW)));
    }
    assert_eq!(free(&budget), [ALL[0] / 2, ALL[1]]);
}

#[tokio::test]
async fn a_grant_that_waits_holds_nothing_and_lets_those_that_fit_pass() {
    let budget = Budget::default();
    let mut held = all_large(&budget);
    let greedy = budget.share(GREEDY);
    let waits = greedy.take(LARGEST, Instant::now());
    tokio::pin!(waits);
    assert!(futures_util::poll!(&mut waits).is_pending());
    assert!(!budget.books().held.contains_key(&GREEDY));
    held[0].shrink_to(LARGEST - 4 * MIB);
    let modest = budget.share(MODEST);
    assert!(
        take(&modest, WINDOW).is_some(),
        "a small one has its own budget"
    );
    let passes = take(&modest, 3 * MIB);
    assert!(passes.is_some(), "it fits, although a larger one waits");
    drop((passes, held));
    assert_eq!(waits.await.bytes(), LARGEST);
}

#[tokio::test(start_paused = true)]
async fn a_large_grant_that_has_waited_goes_before_smaller_ones_of_its_kind() {
    let budget = Budget::default();
    let mut held = all_large(&budget);
    let asked = Instant::now();
    let (greedy, modest) = (budget.share(GREEDY), budget.share(MODEST));
    {
        let waits = greedy.take(LARGEST, asked);
        tokio::pin!(waits);
        assert!(futures_util::poll!(&mut waits).is_pending());
        tokio::time::advance(PATIENCE).await;
        held[0].shrink_to(4 * MIB);
        assert!(
            take(&modest, 3 * MIB).is_none(),
            "it is kept for the large one"
        );
        assert!(take(&modest, WINDOW).is_some());
        assert!(futures_util::poll!(&mut waits).is_pending());
    }
    // Asked again, it has not lost its turn.
    let waits = greedy.take(LARGEST, asked);
    tokio::pin!(waits);
    assert!(futures_util::poll!(&mut waits).is_pending());
    assert!(take(&modest, 3 * MIB).is_none());
    drop(held.remove(0));
    assert_eq!(waits.await.bytes(), LARGEST);
}

#[tokio::test(start_paused = true)]
async fn one_that_waits_for_its_own_share_keeps_nothing_from_others() {
    let budget = Budget::default();
    let (greedy, modest) = (budget.share(GREEDY), budget.share(MODEST));
    let _taken: Vec<_> = std::iter::from_fn(|| take(&greedy, LARGEST)).collect();
    let waits = greedy.take(LARGEST, Instant::now());
    tokio::pin!(waits);
    assert!(futures_util::poll!(&mut waits).is_pending());
    tokio::time::advance(PATIENCE).await;
    assert!(take(&modest, LARGEST).is_some());
}

#[tokio::test(start_paused = true)]
async fn a_large_grant_that_waits_for_its_own_share_goes_before_smaller_ones_of_its_caller() {
    let budget = Budget::default();
    let (greedy, modest) = (budget.share(GREEDY), budget.share(MODEST));
    let mut small: Vec<_> = std::iter::from_fn(|| take(&greedy, 2 * MIB)).collect();
    let waits = greedy.take(LARGEST, Instant::now());
    tokio::pin!(waits);
    assert!(futures_util::poll!(&mut waits).is_pending());
    tokio::time::advance(PATIENCE).await;
    for _ in 1..LARGEST / (2 * MIB) {
        drop(small.pop());
        assert!(
            take(&greedy, 2 * MIB).is_none(),
            "it is kept for the large one"
        );
        assert!(take(&greedy, WINDOW).is_some());
        assert!(take(&modest, 2 * MIB).is_some());
        assert!(futures_util::poll!(&mut waits).is_pending());
    }
    drop(small.pop());
    assert_eq!(waits.await.bytes(), LARGEST);
}

#[tokio::test]
async fn what_all_callers_may_send_is_bounded_however_much_of_it_lapses() {
    let budget = Budget::default();
    let mut taken = Vec::new();
    for n in 0..100 {
        let share = budget.share([n; 32]);
        for bytes in [WINDOW, LARGEST] {
            let mut grant = take(&share, bytes);
            grant.iter_mut().for_each(Taken::lapse);
            taken.extend(grant);
        }
    }
    assert_eq!(budget.books().lapsed, LAPSED);
    let all: u64 = taken.iter().map(Taken::bytes).sum();
    assert!(all <= ALL[0] + ALL[1] + LAPSED, "{all}");
    // What is used makes room for the promises that have not lapsed yet.
    taken[0].shrink_to(0);
    assert_eq!(budget.books().lapsed, LAPSED - WINDOW);
    taken.iter_mut().for_each(Taken::lapse);
    assert_eq!(budget.books().lapsed, LAPSED);
    drop(taken);
    assert_eq!(free(&budget), ALL);
    assert_eq!(budget.books().lapsed, 0);
}

#[tokio::test]
async fn a_promise_that_lapses_returns_to_the_node_once_and_to_its_caller_when_it_ends() {
    let budget = Budget::default();
    let share = budget.share(GREEDY);
    let grant = LARGEST - INITIAL;
    let mut promise = Promise::default();
    promise.extend(take(&share, grant).unwrap(), 0);
    promise.lapse();
    promise.lapse();
    assert_eq!(free(&budget), ALL);
    assert_eq!(budget.books().held[&GREEDY], [0, grant]);
    assert_eq!(promise.limit(0), LARGEST, "it may still be used");

    // What is granted after that does not lapse with it.
    promise.extend(take(&share, WINDOW).unwrap(), 0);
    promise.settle(LARGEST);
    assert_eq!(free(&budget), [ALL[0] - WINDOW + INITIAL, ALL[1]]);
    assert_eq!(budget.books().held[&GREEDY], [WINDOW - INITIAL, 0]);
    drop(promise);
    assert_eq!(free(&budget), ALL);
    assert!(budget.books().held.is_empty());
}
