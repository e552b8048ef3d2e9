use super::*;

const MS: Duration = Duration::from_millis(1);
const A: Node = [1; 32];
const B: Node = [2; 32];
const C: Node = [3; 32];
const STATION: Node = [9; 32];

fn peers(nodes: &[Node], now: Instant) -> ProviderList {
    let mut peers = ProviderList::default();
    peers.record_lookup(
        Some(nodes.iter().map(|node| (*node, STATION)).collect()),
        now,
    );
    peers
}

fn choose(peers: &ProviderList, tried: &[Node], now: Instant) -> Option<Node> {
    peers.choose(tried, &HashSet::new(), now)
}

/// Returns the number of choices, out of a thousand, that select `node`.
fn share(peers: &ProviderList, node: Node, now: Instant) -> usize {
    let choices = (0..1_000).filter(|_| choose(peers, &[], now) == Some(node));
    choices.count()
}

#[tokio::test(start_paused = true)]
async fn the_faster_provider_is_called_until_the_estimate_of_the_slower_has_decayed() {
    let now = Instant::now();
    let mut peers = peers(&[A, B], now);
    peers.record_outcome(&A, CallOutcome::Answered(2 * MS), now, now);
    peers.record_outcome(&B, CallOutcome::Answered(200 * MS), now, now);
    assert_eq!(share(&peers, A, now), 1_000);
    tokio::time::advance(Duration::from_secs(60)).await;
    let now = Instant::now();
    peers.record_outcome(&A, CallOutcome::Answered(2 * MS), now, now);
    assert_eq!(share(&peers, B, now), 1_000);
}

#[tokio::test(start_paused = true)]
async fn equally_fast_providers_are_called_equally_often() {
    let now = Instant::now();
    let mut peers = peers(&[A, B], now);
    for node in [A, B] {
        peers.record_outcome(&node, CallOutcome::Answered(2 * MS), now, now);
    }
    let share = share(&peers, A, now);
    assert!((300..700).contains(&share), "{share}");
}

#[tokio::test(start_paused = true)]
async fn calls_in_flight_add_to_the_expected_time() {
    let now = Instant::now();
    let mut peers = peers(&[A, B], now);
    peers.record_outcome(&A, CallOutcome::Answered(2 * MS), now, now);
    peers.record_outcome(&B, CallOutcome::Answered(5 * MS), now, now);
    peers.start(&A, false, now);
    assert_eq!(share(&peers, A, now), 1_000, "4 ms are less than 5 ms");
    peers.start(&A, false, now);
    assert_eq!(share(&peers, B, now), 1_000, "6 ms are more");
    peers.end(&A, false);
    assert_eq!(share(&peers, A, now), 1_000);
}

#[tokio::test(start_paused = true)]
async fn a_new_provider_is_tried_at_once_by_one_call() {
    let now = Instant::now();
    let mut peers = peers(&[A], now);
    peers.record_outcome(&A, CallOutcome::Answered(2 * MS), now, now);
    peers.record_lookup(Some(vec![(B, STATION), (A, STATION)]), now);
    assert_eq!(share(&peers, B, now), 1_000);
    peers.start(&B, false, now);
    assert_eq!(share(&peers, A, now), 1_000);
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_fails_at_once_is_not_preferred() {
    let now = Instant::now();
    let mut peers = peers(&[A, B], now);
    peers.record_outcome(&A, CallOutcome::Failed(MS), now, now);
    peers.record_outcome(&B, CallOutcome::Answered(300 * MS), now, now);
    assert_eq!(share(&peers, B, now), 1_000);
}

#[tokio::test(start_paused = true)]
async fn a_busy_provider_is_not_called_for_the_time_it_reported() {
    let now = Instant::now();
    let mut peers = peers(&[A, B, C], now);
    peers.record_outcome(&A, CallOutcome::Busy(500 * MS), now, now);
    assert_eq!(share(&peers, A, now), 0);
    peers.record_outcome(&B, CallOutcome::Busy(900 * MS), now, now);
    assert_eq!(peers.shortest_wait(now), None, "the third is free");
    peers.record_outcome(&C, CallOutcome::Busy(3600 * 1_000 * MS), now, now);
    assert_eq!(peers.shortest_wait(now), Some(500 * MS));
    assert_eq!(choose(&peers, &[], now), None);
    assert!(!peers.has_other_than(&[], now));
    tokio::time::advance(500 * MS).await;
    let now = Instant::now();
    assert_eq!(peers.shortest_wait(now), None);
    assert_eq!(choose(&peers, &[], now), Some(A));
    tokio::time::advance(MAX_BUSY_TIME).await;
    assert_ne!(
        share(&peers, C, Instant::now()),
        0,
        "a busy time of an hour is cut"
    );
}

#[tokio::test(start_paused = true)]
async fn after_a_busy_time_one_call_probes_the_provider() {
    let now = Instant::now();
    let mut peers = peers(&[A], now);
    peers.record_outcome(&A, CallOutcome::Busy(500 * MS), now, now);
    tokio::time::advance(500 * MS).await;
    let now = Instant::now();
    peers.start(&A, false, now);
    assert_eq!(
        peers.shortest_wait(now),
        Some(PROBE),
        "the other calls wait"
    );
    peers.record_outcome(&A, CallOutcome::Busy(500 * MS), now, now);
    peers.end(&A, false);
    assert_eq!(peers.shortest_wait(now), Some(500 * MS));

    tokio::time::advance(500 * MS).await;
    let now = Instant::now();
    peers.start(&A, false, now);
    peers.record_outcome(&A, CallOutcome::Answered(MS), now, now);
    assert_eq!(peers.shortest_wait(now), None, "it accepts calls again");

    peers.record_outcome(&A, CallOutcome::Busy(500 * MS), now, now);
    tokio::time::advance(500 * MS).await;
    peers.start(&A, false, Instant::now());
    tokio::time::advance(PROBE).await;
    assert_eq!(
        peers.shortest_wait(Instant::now()),
        None,
        "it accepted the call"
    );
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_declines_without_a_busy_time_is_called_if_there_is_no_other() {
    let now = Instant::now();
    let mut peers = peers(&[A, B], now);
    peers.record_outcome(&A, CallOutcome::Declined, now, now);
    assert_eq!(share(&peers, A, now), 0);
    peers.record_outcome(&B, CallOutcome::Declined, now, now);
    assert_ne!(share(&peers, A, now), 0);
    assert_eq!(peers.shortest_wait(now), None);
}

#[tokio::test(start_paused = true)]
async fn a_busy_time_from_before_the_first_list_is_kept() {
    let now = Instant::now();
    let mut peers = ProviderList::default();
    peers.record_outcome(&A, CallOutcome::Busy(500 * MS), now, now);
    assert!(peers.is_unknown() && peers.len() == 0, "it is not listed");
    peers.record_lookup(Some(vec![(A, STATION)]), now);
    assert_eq!(peers.shortest_wait(now), Some(500 * MS));
}

#[tokio::test(start_paused = true)]
async fn a_provider_at_a_linked_station_is_preferred_while_it_accepts_calls() {
    let now = Instant::now();
    let mut peers = peers(&[A], now);
    peers.record_lookup(Some(vec![(A, STATION), (B, [8; 32])]), now);
    let linked = HashSet::from([[8; 32]]);
    let chosen = |peers: &ProviderList| peers.choose(&[], &linked, now);
    assert_eq!(chosen(&peers), Some(B));
    assert_eq!(peers.choose(&[B], &linked, now), Some(A));
    let (node, stations) = peers.try_start_dial(&linked, now).unwrap();
    assert_eq!((node, stations), (A, vec![STATION]), "for later calls");
    assert!(
        peers.try_start_dial(&linked, now).is_none(),
        "one at a time"
    );
    peers.record_dial(&A, false, now, now);
    assert!(
        peers.try_start_dial(&linked, now).is_none(),
        "it is avoided"
    );
    peers.record_outcome(&B, CallOutcome::Busy(500 * MS), now, now);
    assert_eq!(chosen(&peers), Some(A), "B is busy");
}

#[tokio::test(start_paused = true)]
async fn calls_wait_for_the_first_to_find_the_route() {
    let now = Instant::now();
    let mut peers = peers(&[A], now);
    assert_eq!(peers.start(&A, true, now), Some(true));
    assert_eq!(
        peers.start(&A, true, now),
        None,
        "another call finds the route"
    );
    assert_eq!(
        peers.start(&A, false, now),
        Some(false),
        "this call has waited"
    );
    peers.record_route(&A, true);
    peers.end(&A, true);
    assert_eq!(
        peers.start(&A, true, now),
        Some(false),
        "the route is known"
    );
    peers.record_route(&A, false);
    assert_eq!(
        peers.start(&A, true, now),
        Some(true),
        "the SDK forgot the route"
    );
    peers.end(&A, true);
    assert_eq!(
        peers.start(&A, true, now),
        Some(true),
        "the first call was dropped"
    );
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_was_tried_is_not_chosen_again() {
    let now = Instant::now();
    let peers = peers(&[A, B], now);
    assert_eq!(choose(&peers, &[A], now), Some(B));
    assert_eq!(choose(&peers, &[A, B], now), None);
    assert!(peers.has_other_than(&[A], now) && !peers.has_other_than(&[A, B], now));
}

#[tokio::test(start_paused = true)]
async fn a_list_is_refreshed_when_old_or_wrong_by_one_lookup_at_a_time() {
    let mut peers = ProviderList::default();
    assert!(peers.needs_lookup(Instant::now()));
    assert!(peers.try_start_lookup());
    assert!(!peers.try_start_lookup(), "a lookup is in progress");
    peers.record_lookup(Some(vec![(A, STATION)]), Instant::now());
    assert!(!peers.needs_lookup(Instant::now()), "the list is fresh");
    tokio::time::advance(FRESH_FOR).await;
    assert!(peers.needs_lookup(Instant::now()));
    let found = vec![(A, STATION), (A, [8; 32])];
    peers.record_lookup(Some(found), Instant::now());
    assert_eq!((peers.len(), peers.stations(&A).len()), (1, 2));
    let since = Instant::now();
    peers.record_outcome(&A, CallOutcome::Gone, since, Instant::now());
    assert!(peers.needs_lookup(Instant::now()));
    assert!(peers.try_start_lookup());
    peers.record_lookup(None, Instant::now());
    assert!(peers.needs_lookup(Instant::now()), "the lookup failed");
    tokio::time::advance(MS).await;
    peers.record_lookup(Some(vec![(A, STATION)]), Instant::now());
    peers.record_outcome(&A, CallOutcome::Gone, since, Instant::now());
    assert!(
        !peers.needs_lookup(Instant::now()),
        "the list is newer than the failed call"
    );
}

#[tokio::test(start_paused = true)]
async fn statistics_of_a_provider_survive_a_new_list() {
    let now = Instant::now();
    let mut peers = peers(&[A, B], now);
    peers.record_outcome(&A, CallOutcome::Answered(200 * MS), now, now);
    peers.record_outcome(&B, CallOutcome::Answered(2 * MS), now, now);
    peers.record_lookup(Some(vec![(A, STATION), (B, STATION)]), now);
    assert_eq!(share(&peers, B, now), 1_000);
}

#[tokio::test(start_paused = true)]
async fn a_list_is_unknown_until_a_lookup_succeeds_and_may_then_be_empty() {
    let now = Instant::now();
    let mut peers = ProviderList::default();
    peers.record_lookup(None, now);
    assert!(peers.is_unknown() && !peers.is_known_empty());
    assert_eq!((peers.empty_for(now), peers.first()), (None, None));
    peers.record_lookup(Some(Vec::new()), now);
    assert!(!peers.is_unknown() && peers.is_known_empty());
    assert_eq!(peers.empty_for(now + 7 * MS), Some(7 * MS));
    peers.record_lookup(Some(vec![(A, STATION), (B, STATION)]), now);
    assert!(!peers.is_unknown() && !peers.is_known_empty());
    assert_eq!((peers.empty_for(now), peers.first()), (None, Some(A)));
}

#[tokio::test(start_paused = true)]
async fn a_list_is_wrong_once_a_call_does_not_reach_its_provider() {
    let now = Instant::now();
    let mut peers = peers(&[A], now);
    peers.record_outcome(&A, CallOutcome::Answered(MS), now, now);
    peers.record_outcome(&A, CallOutcome::Failed(MS), now, now);
    assert!(!peers.is_wrong());
    peers.record_outcome(&A, CallOutcome::Gone, now, now);
    assert!(peers.is_wrong());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_has_waited_uses_a_provider_that_is_listed_reachable_and_not_busy() {
    let now = Instant::now();
    let mut peers = peers(&[A, B, C], now);
    peers.record_outcome(&B, CallOutcome::Busy(500 * MS), now, now);
    peers.record_outcome(&C, CallOutcome::Gone, now, now);
    let unlisted = [4; 32];
    peers.record_outcome(&unlisted, CallOutcome::Answered(MS), now, now);
    let usable = [A, B, C, unlisted].map(|node| peers.is_usable(&node, now));
    assert_eq!(usable, [true, false, false, false]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_call_ends_a_busy_time_that_has_passed_and_no_other() {
    let now = Instant::now();
    let mut peers = peers(&[A], now);
    peers.record_outcome(&A, CallOutcome::Busy(500 * MS), now, now);
    peers.record_outcome(&A, CallOutcome::Failed(MS), now, now);
    assert_eq!(peers.shortest_wait(now), Some(500 * MS));
    let later = now + 500 * MS;
    peers.record_outcome(&A, CallOutcome::Failed(MS), later, later);
    peers.start(&A, false, later);
    assert_eq!(choose(&peers, &[], later), Some(A), "no call is a probe");
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_a_dial_did_not_reach_is_dialed_again_later() {
    let now = Instant::now();
    let mut peers = ProviderList::default();
    peers.record_lookup(Some(vec![(A, STATION), (B, [8; 32])]), now);
    let linked = HashSet::from([STATION]);
    let dial = |peers: &mut ProviderList, now| peers.try_start_dial(&linked, now);
    let dialed = Some((B, vec![[8; 32]]));
    assert_eq!(dial(&mut peers, now), dialed);
    assert_eq!(dial(&mut peers, now), None, "one dial at a time");
    peers.record_dial(&B, false, now, now);
    assert_eq!(dial(&mut peers, now), None);
    assert_eq!(dial(&mut peers, now + AVOIDED_FOR), dialed);
}
