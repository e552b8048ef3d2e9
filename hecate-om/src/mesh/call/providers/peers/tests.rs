use super::*;

const MS: Duration = Duration::from_millis(1);
const A: Node = [1; 32];
const B: Node = [2; 32];
const C: Node = [3; 32];
const STATION: Node = [9; 32];

fn peers(nodes: &[Node], now: Instant) -> Peers {
    let mut peers = Peers::default();
    peers.looked_up(
        Some(nodes.iter().map(|node| (*node, STATION)).collect()),
        now,
    );
    peers
}

fn choose(peers: &Peers, tried: &[Node], now: Instant) -> Option<Node> {
    peers.choose(tried, &HashSet::new(), now)
}

/// Returns how many of a thousand choices select `node`.
fn share(peers: &Peers, node: Node, now: Instant) -> usize {
    let choices = (0..1_000).filter(|_| choose(peers, &[], now) == Some(node));
    choices.count()
}

#[tokio::test(start_paused = true)]
async fn the_faster_is_called_and_the_slower_again_once_its_figure_is_old() {
    let now = Instant::now();
    let mut peers = peers(&[A, B], now);
    peers.learn(&A, CallOutcome::Answered(2 * MS), now, now);
    peers.learn(&B, CallOutcome::Answered(200 * MS), now, now);
    assert_eq!(share(&peers, A, now), 1_000);
    tokio::time::advance(Duration::from_secs(60)).await;
    let now = Instant::now();
    peers.learn(&A, CallOutcome::Answered(2 * MS), now, now);
    assert_eq!(share(&peers, B, now), 1_000);
}

#[tokio::test(start_paused = true)]
async fn equals_are_called_alike() {
    let now = Instant::now();
    let mut peers = peers(&[A, B], now);
    for node in [A, B] {
        peers.learn(&node, CallOutcome::Answered(2 * MS), now, now);
    }
    let share = share(&peers, A, now);
    assert!((300..700).contains(&share), "{share}");
}

#[tokio::test(start_paused = true)]
async fn calls_under_way_count_like_time() {
    let now = Instant::now();
    let mut peers = peers(&[A, B], now);
    peers.learn(&A, CallOutcome::Answered(2 * MS), now, now);
    peers.learn(&B, CallOutcome::Answered(5 * MS), now, now);
    peers.start(&A, false, now);
    assert_eq!(share(&peers, A, now), 1_000, "4 ms are less than 5 ms");
    peers.start(&A, false, now);
    assert_eq!(share(&peers, B, now), 1_000, "6 ms are more");
    peers.end(&A, false);
    assert_eq!(share(&peers, A, now), 1_000);
}

#[tokio::test(start_paused = true)]
async fn a_new_provider_is_tried_at_once_and_by_one_call() {
    let now = Instant::now();
    let mut peers = peers(&[A], now);
    peers.learn(&A, CallOutcome::Answered(2 * MS), now, now);
    peers.looked_up(Some(vec![(B, STATION), (A, STATION)]), now);
    assert_eq!(share(&peers, B, now), 1_000);
    peers.start(&B, false, now);
    assert_eq!(share(&peers, A, now), 1_000);
}

#[tokio::test(start_paused = true)]
async fn who_fails_at_once_does_not_seem_the_best() {
    let now = Instant::now();
    let mut peers = peers(&[A, B], now);
    peers.learn(&A, CallOutcome::Failed(MS), now, now);
    peers.learn(&B, CallOutcome::Answered(300 * MS), now, now);
    assert_eq!(share(&peers, B, now), 1_000);
}

#[tokio::test(start_paused = true)]
async fn the_busy_are_left_alone_as_long_as_they_say() {
    let now = Instant::now();
    let mut peers = peers(&[A, B, C], now);
    peers.learn(&A, CallOutcome::Busy(500 * MS), now, now);
    assert_eq!(share(&peers, A, now), 0);
    peers.learn(&B, CallOutcome::Busy(900 * MS), now, now);
    assert_eq!(peers.least_wait(now), None, "there is a third");
    peers.learn(&C, CallOutcome::Busy(3600 * 1_000 * MS), now, now);
    assert_eq!(peers.least_wait(now), Some(500 * MS));
    assert_eq!(choose(&peers, &[], now), None);
    assert!(!peers.any_but(&[], now));
    tokio::time::advance(500 * MS).await;
    let now = Instant::now();
    assert_eq!(peers.least_wait(now), None);
    assert_eq!(choose(&peers, &[], now), Some(A));
    tokio::time::advance(LONGEST_WAIT).await;
    assert_ne!(share(&peers, C, Instant::now()), 0, "an hour is too long");
}

#[tokio::test(start_paused = true)]
async fn after_a_busy_time_one_call_finds_out_for_all() {
    let now = Instant::now();
    let mut peers = peers(&[A], now);
    peers.learn(&A, CallOutcome::Busy(500 * MS), now, now);
    tokio::time::advance(500 * MS).await;
    let now = Instant::now();
    peers.start(&A, false, now);
    assert_eq!(
        peers.least_wait(now),
        Some(PROBE),
        "the others do not follow"
    );
    peers.learn(&A, CallOutcome::Busy(500 * MS), now, now);
    peers.end(&A, false);
    assert_eq!(peers.least_wait(now), Some(500 * MS));

    tokio::time::advance(500 * MS).await;
    let now = Instant::now();
    peers.start(&A, false, now);
    peers.learn(&A, CallOutcome::Answered(MS), now, now);
    assert_eq!(peers.least_wait(now), None, "it takes calls again");

    peers.learn(&A, CallOutcome::Busy(500 * MS), now, now);
    tokio::time::advance(500 * MS).await;
    peers.start(&A, false, Instant::now());
    tokio::time::advance(PROBE).await;
    assert_eq!(peers.least_wait(Instant::now()), None, "it took the call");
}

#[tokio::test(start_paused = true)]
async fn who_declines_without_a_time_is_called_again_where_there_is_no_other() {
    let now = Instant::now();
    let mut peers = peers(&[A, B], now);
    peers.learn(&A, CallOutcome::Declined, now, now);
    assert_eq!(share(&peers, A, now), 0);
    peers.learn(&B, CallOutcome::Declined, now, now);
    assert_ne!(share(&peers, A, now), 0);
    assert_eq!(peers.least_wait(now), None);
}

#[tokio::test(start_paused = true)]
async fn the_word_of_a_provider_outlives_the_making_of_the_first_list() {
    let now = Instant::now();
    let mut peers = Peers::default();
    peers.learn(&A, CallOutcome::Busy(500 * MS), now, now);
    assert!(peers.is_unknown() && peers.len() == 0, "it is not listed");
    peers.looked_up(Some(vec![(A, STATION)]), now);
    assert_eq!(peers.least_wait(now), Some(500 * MS));
}

#[tokio::test(start_paused = true)]
async fn a_provider_at_a_linked_station_is_preferred_while_it_takes_calls() {
    let now = Instant::now();
    let mut peers = peers(&[A], now);
    peers.looked_up(Some(vec![(A, STATION), (B, [8; 32])]), now);
    let linked = HashSet::from([[8; 32]]);
    let chosen = |peers: &Peers| peers.choose(&[], &linked, now);
    assert_eq!(chosen(&peers), Some(B));
    assert_eq!(peers.choose(&[B], &linked, now), Some(A));
    let (node, stations) = peers.starts_dial(&linked, now).unwrap();
    assert_eq!((node, stations), (A, vec![STATION]), "for later calls");
    assert!(peers.starts_dial(&linked, now).is_none(), "one at a time");
    peers.dialed(&A, false, now, now);
    assert!(
        peers.starts_dial(&linked, now).is_none(),
        "it is passed over"
    );
    peers.learn(&B, CallOutcome::Busy(500 * MS), now, now);
    assert_eq!(chosen(&peers), Some(A), "B takes none");
}

#[tokio::test(start_paused = true)]
async fn calls_wait_for_the_first_one_to_find_the_provider() {
    let now = Instant::now();
    let mut peers = peers(&[A], now);
    assert_eq!(peers.start(&A, true, now), Some(true));
    assert_eq!(peers.start(&A, true, now), None, "another finds it");
    assert_eq!(peers.start(&A, false, now), Some(false), "it has waited");
    peers.found(&A, true);
    peers.end(&A, true);
    assert_eq!(peers.start(&A, true, now), Some(false), "it is found");
    peers.found(&A, false);
    assert_eq!(peers.start(&A, true, now), Some(true), "the SDK forgot it");
    peers.end(&A, true);
    assert_eq!(
        peers.start(&A, true, now),
        Some(true),
        "that one was dropped"
    );
}

#[tokio::test(start_paused = true)]
async fn who_was_tried_is_not_chosen_again() {
    let now = Instant::now();
    let peers = peers(&[A, B], now);
    assert_eq!(choose(&peers, &[A], now), Some(B));
    assert_eq!(choose(&peers, &[A, B], now), None);
    assert!(peers.any_but(&[A], now) && !peers.any_but(&[A, B], now));
}

#[tokio::test(start_paused = true)]
async fn a_list_is_refreshed_after_a_while_and_after_a_failure_by_one_at_a_time() {
    let mut peers = Peers::default();
    assert!(peers.needs_lookup(Instant::now()));
    assert!(peers.starts_lookup());
    assert!(!peers.starts_lookup(), "somebody does it");
    peers.looked_up(Some(vec![(A, STATION)]), Instant::now());
    assert!(!peers.needs_lookup(Instant::now()), "it is fresh");
    tokio::time::advance(FRESH).await;
    assert!(peers.needs_lookup(Instant::now()));
    let found = vec![(A, STATION), (A, [8; 32])];
    peers.looked_up(Some(found), Instant::now());
    assert_eq!((peers.len(), peers.stations(&A).len()), (1, 2));
    let since = Instant::now();
    peers.learn(&A, CallOutcome::Gone, since, Instant::now());
    assert!(peers.needs_lookup(Instant::now()));
    assert!(peers.starts_lookup());
    peers.looked_up(None, Instant::now());
    assert!(peers.needs_lookup(Instant::now()), "it failed");
    tokio::time::advance(MS).await;
    peers.looked_up(Some(vec![(A, STATION)]), Instant::now());
    peers.learn(&A, CallOutcome::Gone, since, Instant::now());
    assert!(
        !peers.needs_lookup(Instant::now()),
        "the list is younger than the call that failed"
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_known_of_a_provider_outlives_a_new_list() {
    let now = Instant::now();
    let mut peers = peers(&[A, B], now);
    peers.learn(&A, CallOutcome::Answered(200 * MS), now, now);
    peers.learn(&B, CallOutcome::Answered(2 * MS), now, now);
    peers.looked_up(Some(vec![(A, STATION), (B, STATION)]), now);
    assert_eq!(share(&peers, B, now), 1_000);
}
