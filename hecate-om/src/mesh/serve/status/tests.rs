use super::*;

const A: [u8; 32] = [1; 32];
const B: [u8; 32] = [2; 32];

fn statuses() -> StatusTable {
    StatusTable::new("a", ["a/b".to_owned()], ClaimState::Unsent)
}

fn only(statuses: &StatusTable) -> PublicationStatus {
    statuses.publications().remove("a/b").unwrap()
}

fn long_ago() -> Instant {
    Instant::now()
        .checked_sub(GRACE + Duration::from_secs(1))
        .unwrap()
}

#[test]
fn a_publication_waits_then_is_granted_and_alive() {
    let statuses = statuses();
    assert!(matches!(only(&statuses).grant(), Grant::Waiting { .. }));
    assert_eq!(only(&statuses).liveness().status, "never_succeeded");
    assert!(
        !only(&statuses).liveness().degrades,
        "publishing has just started"
    );
    assert!(!statuses.acknowledged("a/b", A));
    assert_eq!(only(&statuses).grant(), Grant::Granted);
    assert_eq!(only(&statuses).liveness().status, "alive");
    assert!(statuses.all_acknowledged());
}

#[test]
fn a_series_of_failures_keeps_its_start_and_is_new_once_per_cause() {
    let statuses = statuses();
    assert!(statuses.failed("a/b", A, &Cause::Grant("wait")));
    let first = only(&statuses).failing[&A].since;
    assert!(!statuses.failed("a/b", A, &Cause::Grant("wait")));
    assert!(statuses.failed("a/b", A, &Cause::Other("link".into())));
    assert_eq!(only(&statuses).failing[&A].since, first);
    assert!(statuses.acknowledged("a/b", A), "it recovered");
    assert!(only(&statuses).failing.is_empty());
}

#[test]
fn a_refusal_by_one_station_does_not_fail_what_another_holds() {
    let statuses = statuses();
    statuses.acknowledged("a/b", A);
    let refused = Cause::Grant("refused");
    assert!(statuses.failed("a/b", B, &refused));
    assert!(!statuses.failed("a/b", B, &refused));
    assert_eq!(only(&statuses).grant(), Grant::Granted);
    assert_eq!(only(&statuses).liveness().failure, None);
    statuses.ended("a/b", A);
    assert!(!statuses.all_acknowledged());
    assert!(matches!(only(&statuses).grant(), Grant::Waiting { .. }));
}

#[test]
fn a_publication_that_no_station_ever_held_degrades_health_after_the_grace_time() {
    let never_linked = PublicationStatus {
        since: long_ago(),
        ..PublicationStatus::new()
    };
    assert!(never_linked.liveness().degrades);
    let mut refused = PublicationStatus::new();
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
fn a_claim_keeps_its_start_and_reports_its_latest_reason() {
    let statuses = statuses();
    assert!(statuses.set_claim(ClaimState::NotDelivered("first".into())));
    let since = statuses.claim().since;
    assert!(!statuses.set_claim(ClaimState::NotDelivered("second".into())));
    let now = statuses.claim();
    assert_eq!(now.state, ClaimState::NotDelivered("second".into()));
    assert_eq!(now.since, since);
}

#[test]
fn a_missing_grant_of_the_operator_is_reported_at_once() {
    let statuses = statuses();
    statuses.failed("a/b", A, &Cause::Ungranted("operator_must_grant: ask"));
    assert!(matches!(
        only(&statuses).grant(),
        Grant::NotGranted { reason, .. } if reason.starts_with("operator_must_grant")
    ));
    statuses.acknowledged("a/b", A);
    assert_eq!(
        only(&statuses).grant(),
        Grant::Granted,
        "a success resets it"
    );
}

#[test]
fn an_unreachable_station_holds_nothing_until_it_answers() {
    let statuses = statuses();
    statuses.acknowledged("a/b", A);
    statuses.unreachable(A);
    statuses.unreachable(B);
    assert!(!statuses.all_acknowledged());
    assert_eq!(
        only(&statuses).liveness().status,
        "alive",
        "the last success is recent"
    );
    statuses.reachable(A);
    statuses.reachable(B);
    assert!(statuses.all_acknowledged());
    assert_eq!(only(&statuses).stations, [A].into());
}

#[test]
fn a_publication_that_ended_on_an_unreachable_station_is_not_held_afterwards() {
    let statuses = statuses();
    statuses.acknowledged("a/b", A);
    statuses.unreachable(A);
    statuses.ended("a/b", A);
    statuses.reachable(A);
    assert!(!statuses.all_acknowledged());
}
