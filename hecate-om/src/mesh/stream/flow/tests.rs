use std::time::Duration;

use futures_util::FutureExt as _;

use super::budget::{INITIAL_CREDIT, LAPSE_AFTER, MAX_CREDIT};
use super::state::{DRAIN_POLLS, PARTIAL_WAIT, POLL, POLLS, REQUEST_WAIT};
use super::*;
use crate::mesh::stream::{RESPONSE_WINDOW, WINDOW};

const CALLER: [u8; 32] = [1; 32];
const COST: u64 = WINDOW / 4;

fn register(table: &FlowTable) -> ServedFlow {
    table.register_as((CALLER, [2; 16]))
}

fn request(consumed: Option<u64>, until_consumed: Option<u64>, limit: Option<u64>) -> FlowRequest {
    FlowRequest {
        stream: hex::encode([2; 16]),
        consumed,
        until_consumed,
        limit,
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_is_answered_once_enough_is_consumed() {
    let table = FlowTable::default();
    let stream = register(&table);
    let pending = table.answer(CALLER, request(None, Some(COST), None));
    tokio::pin!(pending);
    assert!(futures_util::poll!(&mut pending).is_pending());
    stream.record_consumed(COST);
    assert_eq!(pending.await.unwrap().consumed, COST);
}

#[tokio::test(start_paused = true)]
async fn consumed_bytes_answer_a_request_that_waits_for_the_budget() {
    let table = FlowTable::default();
    let mut held = Vec::new();
    for n in 0..3 {
        let stream = table.register_as((CALLER, [10 + n; 16]));
        let message = FlowRequest {
            stream: hex::encode([10 + n; 16]),
            consumed: None,
            until_consumed: None,
            limit: Some(MAX_CREDIT),
        };
        table.answer(CALLER, message).await.unwrap();
        held.push(stream);
    }
    let stream = register(&table);
    let started = tokio::time::Instant::now();
    let pending = table.answer(CALLER, request(None, None, Some(MAX_CREDIT)));
    tokio::pin!(pending);
    assert!(futures_util::poll!(&mut pending).is_pending());
    stream.record_consumed(MAX_CREDIT - INITIAL_CREDIT);
    let update = pending.await.unwrap();
    assert!(update.limit >= Some(MAX_CREDIT), "{update:?}");
    assert_eq!(
        started.elapsed(),
        Duration::ZERO,
        "it waits for nothing else"
    );
}

#[tokio::test(start_paused = true)]
async fn a_request_fails_once_its_stream_has_ended() {
    let table = FlowTable::default();
    let stream = register(&table);
    let pending = table.answer(CALLER, request(None, Some(COST), None));
    tokio::pin!(pending);
    assert!(futures_util::poll!(&mut pending).is_pending());
    drop(stream);
    assert_eq!(pending.await.unwrap_err(), UNKNOWN_STREAM);
}

#[tokio::test(start_paused = true)]
async fn a_later_request_replaces_one_that_waits_or_was_dropped() {
    let table = FlowTable::default();
    let stream = register(&table);
    let dropped = table.answer(CALLER, request(None, Some(COST), None));
    {
        tokio::pin!(dropped);
        assert!(futures_util::poll!(&mut dropped).is_pending());
    }
    let started = tokio::time::Instant::now();
    let waiting = table.answer(CALLER, request(None, Some(COST), None));
    tokio::pin!(waiting);
    assert!(futures_util::poll!(&mut waiting).is_pending());
    let later = table.answer(CALLER, request(None, Some(COST), None));
    tokio::pin!(later);
    assert!(futures_util::poll!(&mut later).is_pending());
    assert_eq!(
        waiting.await.unwrap().consumed,
        0,
        "answered with the current state"
    );
    assert_eq!(started.elapsed(), Duration::ZERO, "and at once");
    stream.record_consumed(COST);
    assert_eq!(later.await.unwrap().consumed, COST);
}

#[tokio::test(start_paused = true)]
async fn a_request_grants_a_window_or_one_larger_item_alone() {
    let table = FlowTable::default();
    let stream = register(&table);
    let update = table.answer(CALLER, request(None, None, Some(1))).await;
    assert_eq!(update.unwrap().limit, Some(INITIAL_CREDIT));
    let update = table
        .answer(CALLER, request(None, Some(0), Some(COST)))
        .await;
    assert_eq!(update.unwrap().limit, Some(WINDOW));
    let large = table.answer(CALLER, request(None, Some(COST), Some(9 * WINDOW)));
    tokio::pin!(large);
    assert!(futures_util::poll!(&mut large).is_pending());
    stream.record_consumed(COST);
    assert_eq!(large.await.unwrap().limit, Some(9 * WINDOW));
}

#[tokio::test(start_paused = true)]
async fn no_more_credit_is_granted_than_the_caller_may_leave_unread() {
    let table = FlowTable::default();
    let streams: Vec<_> = (0..4)
        .map(|n| table.register_as((CALLER, [n; 16])))
        .collect();
    let ask_for_credit = |n: u8| FlowRequest {
        stream: hex::encode([n; 16]),
        ..request(None, Some(0), Some(MAX_CREDIT))
    };
    for n in 0..3 {
        let update = table.answer(CALLER, ask_for_credit(n)).await;
        assert_eq!(update.unwrap().limit, Some(MAX_CREDIT));
    }
    let fourth = table.answer(CALLER, ask_for_credit(3));
    tokio::pin!(fourth);
    assert!(futures_util::poll!(&mut fourth).is_pending());
    streams[0].record_consumed(MAX_CREDIT);
    assert_eq!(fourth.await.unwrap().limit, Some(MAX_CREDIT));
}

#[tokio::test(start_paused = true)]
async fn a_stream_of_small_items_continues_when_the_budget_is_used_up() {
    let table = FlowTable::default();
    let mut held = Vec::new();
    for n in [3, 4] {
        let caller = table.budget.for_caller([n; 32]);
        let take = || caller.acquire(WINDOW, tokio::time::Instant::now());
        held.extend(std::iter::from_fn(|| take().now_or_never()));
    }
    let stream = register(&table);
    let mut limit = INITIAL_CREDIT;
    let started = tokio::time::Instant::now();
    let nothing_new = table.answer(CALLER, request(None, Some(0), Some(limit + WINDOW / 2)));
    assert_eq!(nothing_new.await.unwrap().limit, Some(limit));
    assert_eq!(started.elapsed(), REQUEST_WAIT);
    for round in 1..20 {
        stream.record_consumed(INITIAL_CREDIT / 2);
        let started = tokio::time::Instant::now();
        let granted = table.answer(CALLER, request(None, Some(0), Some(limit + WINDOW / 2)));
        let update = granted.await.unwrap();
        assert_eq!(started.elapsed(), PARTIAL_WAIT);
        limit = update.limit.unwrap();
        assert_eq!(limit, INITIAL_CREDIT + round * (INITIAL_CREDIT / 2));
    }
    drop(held);
    let granted = table.answer(CALLER, request(None, Some(0), Some(limit + WINDOW / 2)));
    assert!(granted.await.unwrap().limit >= Some(limit + WINDOW / 2));
}

#[tokio::test(start_paused = true)]
async fn credit_that_is_unused_while_handlers_wait_makes_room_for_others_up_to_a_bound() {
    let table = FlowTable::default();
    let mut streams = Vec::new();
    // One more stream than the budget of large grants allows.
    for n in 0..6 {
        let (caller, stream) = ([n; 32], [n; 16]);
        let served = table.register_as((caller, stream));
        let message = FlowRequest {
            stream: hex::encode(stream),
            ..request(None, Some(0), Some(MAX_CREDIT))
        };
        let handler = served.next_item(std::future::pending::<()>());
        let update = async {
            loop {
                let update = table.answer(caller, message.clone()).await.unwrap();
                if update.limit >= Some(MAX_CREDIT) {
                    return;
                }
            }
        };
        tokio::select! {
            () = handler => unreachable!("no item comes"),
            () = update => {}
        }
        let lapses = served.next_item(tokio::time::sleep(2 * LAPSE_AFTER));
        lapses.await;
        streams.push(served);
    }
    let stream = register(&table);
    let update = table
        .answer(CALLER, request(None, Some(0), Some(MAX_CREDIT)))
        .await;
    assert!(
        update.unwrap().limit < Some(MAX_CREDIT),
        "lapsed credit may still be used"
    );
    drop(streams);
    let update = table
        .answer(CALLER, request(None, Some(0), Some(MAX_CREDIT)))
        .await;
    assert_eq!(update.unwrap().limit, Some(MAX_CREDIT));
    drop(stream);
}

#[test]
fn a_caller_can_report_that_it_only_waits_for_the_end() {
    let sent = codec::encode(&request(None, Some(WAITS_FOR_END), Some(WAITS_FOR_END))).unwrap();
    let received: FlowRequest = codec::decode(sent).unwrap();
    assert_eq!(
        (received.until_consumed, received.limit),
        (Some(WAITS_FOR_END), Some(WAITS_FOR_END))
    );
}

#[test]
fn the_wires_names_of_the_fields_are_those_of_earlier_versions() {
    let sent = serde_json::to_value(request(Some(1), Some(2), Some(3))).unwrap();
    let stream = hex::encode([2; 16]);
    let expected = serde_json::json!({ "stream": stream, "taken": 1, "until": 2, "room": 3 });
    assert_eq!(sent, expected);
    let update = WindowUpdate {
        consumed: 4,
        limit: Some(5),
    };
    let answered = serde_json::to_value(update).unwrap();
    assert_eq!(answered, serde_json::json!({ "taken": 4, "limit": 5 }));
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_has_sent_everything_and_sends_no_more_requests_is_gone() {
    let table = FlowTable::default();
    let stream = register(&table);
    let state = stream.state();
    let gone = state.caller_gone();
    tokio::pin!(gone);
    let long = 20 * REQUEST_WAIT;
    let ask_for_credit =
        |until| table.answer(CALLER, request(None, Some(until), Some(WAITS_FOR_END)));
    // The caller requests credit for one item, and then needs no more.
    ask_for_credit(0).await.unwrap();
    assert!(tokio::time::timeout(long, &mut gone).await.is_err());
    for _ in 0..10 {
        tokio::select! {
            update = ask_for_credit(WAITS_FOR_END) => drop(update.unwrap()),
            () = &mut gone => panic!("it waits"),
        }
        // The next request arrives a little later.
        assert!(tokio::time::timeout(POLL, &mut gone).await.is_err());
    }
    let silent = tokio::time::Instant::now();
    gone.await;
    assert!(silent.elapsed() <= POLLS * POLL);
}

#[tokio::test(start_paused = true)]
async fn in_a_drain_a_waiting_caller_repeats_its_request_each_poll_and_a_silent_one_is_gone_sooner()
{
    let draining = CancellationToken::new();
    let table = FlowTable::new(draining.clone());
    let stream = register(&table);
    let state = stream.state();
    let gone = state.caller_gone();
    tokio::pin!(gone);
    let ask_for_credit = || {
        table.answer(
            CALLER,
            request(None, Some(WAITS_FOR_END), Some(WAITS_FOR_END)),
        )
    };
    let pending = ask_for_credit();
    tokio::pin!(pending);
    assert!(futures_util::poll!(&mut pending).is_pending());
    draining.cancel();
    let drain = tokio::time::Instant::now();
    pending.await.unwrap();
    assert_eq!(drain.elapsed(), POLL);
    // One lost request does not make the caller appear gone.
    let lost = POLL * (DRAIN_POLLS - 1);
    assert!(tokio::time::timeout(lost, &mut gone).await.is_err());
    ask_for_credit().await.unwrap();
    let silent = tokio::time::Instant::now();
    gone.await;
    assert!(silent.elapsed() <= DRAIN_POLLS * POLL);
}

#[tokio::test(start_paused = true)]
async fn a_caller_is_not_gone_while_its_answer_takes_long_to_write() {
    let table = FlowTable::default();
    let stream = register(&table);
    let state = stream.state();
    {
        let pending = table.answer(
            CALLER,
            request(None, Some(WAITS_FOR_END), Some(WAITS_FOR_END)),
        );
        tokio::pin!(pending);
        assert!(futures_util::poll!(&mut pending).is_pending());
    }
    // The silence starts while the handler runs, and continues afterwards.
    let served = async {
        tokio::time::sleep(POLL).await;
        drop(stream);
        tokio::time::sleep(2 * POLLS * POLL).await;
    };
    tokio::select! {
        () = served => {}
        () = state.caller_gone() => panic!("the answer is cut off"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_cannot_be_granted_is_answered_with_what_is_granted() {
    let table = FlowTable::default();
    let _stream = register(&table);
    let message = request(None, Some(u64::MAX), Some(u64::MAX));
    let update = table.answer(CALLER, message).await.unwrap();
    assert_eq!((update.consumed, update.limit), (0, Some(INITIAL_CREDIT)));
}

#[tokio::test]
async fn a_node_cannot_report_on_a_stream_of_another() {
    let table = FlowTable::default();
    let stream = register(&table);
    let other = table
        .answer([9; 32], request(Some(WINDOW), None, None))
        .await;
    assert_eq!(other.unwrap_err(), UNKNOWN_STREAM);
    let state = table.streams().values().next().cloned().unwrap();
    assert_eq!(*state.reported.borrow(), None);
    drop(stream);
    assert!(table.streams().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_highest_report_counts_and_wakes_the_sender() {
    let table = FlowTable::default();
    let stream = register(&table);
    let report = |consumed| table.answer(CALLER, request(Some(consumed), None, None));
    report(0).await.unwrap();
    stream.reserve(RESPONSE_WINDOW).await;
    let next = stream.reserve(RESPONSE_WINDOW);
    tokio::pin!(next);
    assert!(futures_util::poll!(&mut next).is_pending());
    report(RESPONSE_WINDOW).await.unwrap();
    next.await;
    // An older report arrives late.
    report(1).await.unwrap();
    assert_eq!(*stream.state().reported.borrow(), Some(RESPONSE_WINDOW));
}
