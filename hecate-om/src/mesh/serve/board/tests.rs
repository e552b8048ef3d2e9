use super::*;

const A: [u8; 32] = [1; 32];
const B: [u8; 32] = [2; 32];

fn board() -> Board {
    Board::new("a", ["a/b".to_owned()], ClaimState::Unsent)
}

fn one(board: &Board) -> Publication {
    board.publications().remove("a/b").unwrap()
}

fn long_ago() -> Instant {
    Instant::now()
        .checked_sub(GRACE + Duration::from_secs(1))
        .unwrap()
}

#[test]
fn a_publication_waits_then_is_granted_and_alive() {
    let board = board();
    assert!(matches!(one(&board).grant(), Grant::Waiting { .. }));
    assert_eq!(one(&board).liveness().status, "never_succeeded");
    assert!(!one(&board).liveness().degrades, "it has just begun");
    assert!(!board.acknowledged("a/b", A));
    assert_eq!(one(&board).grant(), Grant::Granted);
    assert_eq!(one(&board).liveness().status, "alive");
    assert!(board.all_acknowledged());
}

#[test]
fn a_run_of_failures_keeps_its_first_moment_and_is_news_once_a_cause() {
    let board = board();
    assert!(board.failed("a/b", A, &Cause::Grant("wait")));
    let first = one(&board).failing[&A].since;
    assert!(!board.failed("a/b", A, &Cause::Grant("wait")));
    assert!(board.failed("a/b", A, &Cause::Other("link".into())));
    assert_eq!(one(&board).failing[&A].since, first);
    assert!(board.acknowledged("a/b", A), "it recovered");
    assert!(one(&board).failing.is_empty());
}

#[test]
fn one_station_that_refuses_does_not_fail_what_another_holds_and_is_news_once() {
    let board = board();
    board.acknowledged("a/b", A);
    let refused = Cause::Grant("refused");
    assert!(board.failed("a/b", B, &refused));
    assert!(!board.failed("a/b", B, &refused));
    assert_eq!(one(&board).grant(), Grant::Granted);
    assert_eq!(one(&board).liveness().failure, None);
    board.ended("a/b", A);
    assert!(!board.all_acknowledged());
    assert!(matches!(one(&board).grant(), Grant::Waiting { .. }));
}

#[test]
fn what_was_never_taken_by_any_station_degrades_after_the_grace() {
    let never_linked = Publication {
        since: long_ago(),
        ..Publication::new()
    };
    assert!(never_linked.liveness().degrades);
    let mut refused = Publication::new();
    let failing = Failing {
        since: long_ago(),
        last: Instant::now(),
        cause: Cause::Grant("wait"),
    };
    refused.failing.insert(A, failing);
    assert!(refused.liveness().degrades);
    assert!(matches!(refused.grant(), Grant::NotGranted { .. }));
}

#[test]
fn a_claim_keeps_its_moment_and_says_its_latest_reason() {
    let board = board();
    assert!(board.claim(ClaimState::NotDelivered("first".into())));
    let since = board.claim_now().since;
    assert!(!board.claim(ClaimState::NotDelivered("second".into())));
    let now = board.claim_now();
    assert_eq!(now.state, ClaimState::NotDelivered("second".into()));
    assert_eq!(now.since, since);
}

#[test]
fn what_only_an_operator_can_grant_is_not_granted_at_once() {
    let board = board();
    board.failed("a/b", A, &Cause::Ungranted("operator_must_grant: ask"));
    assert!(matches!(
        one(&board).grant(),
        Grant::NotGranted { reason, .. } if reason.starts_with("operator_must_grant")
    ));
    board.acknowledged("a/b", A);
    assert_eq!(one(&board).grant(), Grant::Granted, "a success resets it");
}

#[test]
fn a_station_that_does_not_answer_holds_nothing_until_it_does() {
    let board = board();
    board.acknowledged("a/b", A);
    board.unreachable(A);
    board.unreachable(B);
    assert!(!board.all_acknowledged());
    assert_eq!(one(&board).liveness().status, "alive", "it has just been");
    board.reachable(A);
    board.reachable(B);
    assert!(board.all_acknowledged());
    assert_eq!(one(&board).stations, [A].into());
}

#[test]
fn what_ended_while_its_station_did_not_answer_is_not_held_when_it_does() {
    let board = board();
    board.acknowledged("a/b", A);
    board.unreachable(A);
    board.ended("a/b", A);
    board.reachable(A);
    assert!(!board.all_acknowledged());
}
