use futures_util::FutureExt as _;

use super::super::budget::{INITIAL, UNUSED};
use super::*;

const CALLER: [u8; 32] = [1; 32];
const COST: u64 = WINDOW / 4;

fn flowing(flows: &Flows) -> Flowing {
    flows.begin_as((CALLER, [2; 16]))
}

fn ask(taken: Option<u64>, until: Option<u64>, room: Option<u64>) -> Ask {
    Ask {
        stream: hex::encode([2; 16]),
        taken,
        until,
        room,
    }
}

#[tokio::test(start_paused = true)]
async fn a_question_is_answered_once_enough_is_taken() {
    let flows = Flows::default();
    let stream = flowing(&flows);
    let question = flows.answer(CALLER, ask(None, Some(COST), None));
    tokio::pin!(question);
    assert!(futures_util::poll!(&mut question).is_pending());
    stream.took(COST);
    assert_eq!(question.await.unwrap().taken, COST);
}

#[tokio::test(start_paused = true)]
async fn progress_of_the_handler_answers_a_question_that_waits_for_the_budget() {
    let flows = Flows::default();
    let mut held = Vec::new();
    for n in 0..3 {
        let stream = flows.begin_as((CALLER, [10 + n; 16]));
        let question = Ask {
            stream: hex::encode([10 + n; 16]),
            taken: None,
            until: None,
            room: Some(LARGEST),
        };
        flows.answer(CALLER, question).await.unwrap();
        held.push(stream);
    }
    let stream = flowing(&flows);
    let asked = tokio::time::Instant::now();
    let question = flows.answer(CALLER, ask(None, None, Some(LARGEST)));
    tokio::pin!(question);
    assert!(futures_util::poll!(&mut question).is_pending());
    stream.took(LARGEST - INITIAL);
    let told = question.await.unwrap();
    assert!(told.limit >= Some(LARGEST), "{told:?}");
    assert_eq!(asked.elapsed(), Duration::ZERO, "it waits for nothing else");
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_over_was_not_taken() {
    let flows = Flows::default();
    let stream = flowing(&flows);
    let question = flows.answer(CALLER, ask(None, Some(COST), None));
    tokio::pin!(question);
    assert!(futures_util::poll!(&mut question).is_pending());
    drop(stream);
    assert_eq!(question.await.unwrap_err(), UNKNOWN);
}

#[tokio::test(start_paused = true)]
async fn a_later_question_takes_the_place_of_one_that_waits_or_was_dropped() {
    let flows = Flows::default();
    let stream = flowing(&flows);
    let dropped = flows.answer(CALLER, ask(None, Some(COST), None));
    {
        tokio::pin!(dropped);
        assert!(futures_util::poll!(&mut dropped).is_pending());
    }
    let waits = flows.answer(CALLER, ask(None, Some(COST), None));
    tokio::pin!(waits);
    assert!(futures_util::poll!(&mut waits).is_pending());
    let later = flows.answer(CALLER, ask(None, Some(COST), None));
    tokio::pin!(later);
    assert!(futures_util::poll!(&mut later).is_pending());
    assert_eq!(waits.await.unwrap().taken, 0, "answered with what is known");
    stream.took(COST);
    assert_eq!(later.await.unwrap().taken, COST);
}

#[tokio::test(start_paused = true)]
async fn a_caller_may_send_a_window_once_it_asks_and_a_large_item_alone() {
    let flows = Flows::default();
    let stream = flowing(&flows);
    let told = flows.answer(CALLER, ask(None, None, Some(1))).await;
    assert_eq!(told.unwrap().limit, Some(INITIAL));
    let told = flows.answer(CALLER, ask(None, Some(0), Some(COST))).await;
    assert_eq!(told.unwrap().limit, Some(WINDOW));
    let large = flows.answer(CALLER, ask(None, Some(COST), Some(9 * WINDOW)));
    tokio::pin!(large);
    assert!(futures_util::poll!(&mut large).is_pending());
    stream.took(COST);
    assert_eq!(large.await.unwrap().limit, Some(9 * WINDOW));
}

#[tokio::test(start_paused = true)]
async fn no_more_is_promised_than_the_caller_may_leave_unread() {
    let flows = Flows::default();
    let streams: Vec<_> = (0..4).map(|n| flows.begin_as((CALLER, [n; 16]))).collect();
    let asks = |n: u8| Ask {
        stream: hex::encode([n; 16]),
        ..ask(None, Some(0), Some(LARGEST))
    };
    for n in 0..3 {
        let told = flows.answer(CALLER, asks(n)).await;
        assert_eq!(told.unwrap().limit, Some(LARGEST));
    }
    let fourth = flows.answer(CALLER, asks(3));
    tokio::pin!(fourth);
    assert!(futures_util::poll!(&mut fourth).is_pending());
    streams[0].took(LARGEST);
    assert_eq!(fourth.await.unwrap().limit, Some(LARGEST));
}

#[tokio::test(start_paused = true)]
async fn a_stream_of_small_items_goes_on_when_the_budget_is_used_up() {
    let flows = Flows::default();
    let mut held = Vec::new();
    for n in [3, 4] {
        let share = flows.budget.share([n; 32]);
        let take = || share.take(WINDOW, tokio::time::Instant::now());
        held.extend(std::iter::from_fn(|| take().now_or_never()));
    }
    let stream = flowing(&flows);
    let mut limit = INITIAL;
    for round in 1..20 {
        stream.took(INITIAL / 2);
        let asked = flows.answer(CALLER, ask(None, Some(0), Some(limit + WINDOW / 2)));
        let told = asked.await.unwrap();
        limit = told.limit.unwrap();
        assert_eq!(limit, INITIAL + round * (INITIAL / 2));
    }
    drop(held);
    let asked = flows.answer(CALLER, ask(None, Some(0), Some(limit + WINDOW / 2)));
    assert!(asked.await.unwrap().limit >= Some(limit + WINDOW / 2));
}

#[tokio::test(start_paused = true)]
async fn promises_that_are_unused_while_the_handlers_wait_make_room_for_others_up_to_a_bound() {
    let flows = Flows::default();
    let mut streams = Vec::new();
    // One more than the budget of large grants has room for.
    for n in 0..6 {
        let (caller, stream) = ([n; 32], [n; 16]);
        let stream_of = flows.begin_as((caller, stream));
        let ask = Ask {
            stream: hex::encode(stream),
            ..ask(None, Some(0), Some(LARGEST))
        };
        let handler = stream_of.next_item(std::future::pending::<()>());
        let told = async {
            loop {
                let told = flows.answer(caller, ask.clone()).await.unwrap();
                if told.limit >= Some(LARGEST) {
                    return;
                }
            }
        };
        tokio::select! {
            () = handler => unreachable!("no item comes"),
            () = told => {}
        }
        let lapses = stream_of.next_item(tokio::time::sleep(2 * UNUSED));
        lapses.await;
        streams.push(stream_of);
    }
    let stream = flowing(&flows);
    let told = flows
        .answer(CALLER, ask(None, Some(0), Some(LARGEST)))
        .await;
    assert!(told.unwrap().limit < Some(LARGEST), "all may arrive");
    drop(streams);
    let told = flows
        .answer(CALLER, ask(None, Some(0), Some(LARGEST)))
        .await;
    assert_eq!(told.unwrap().limit, Some(LARGEST));
    drop(stream);
}

#[test]
fn a_caller_can_say_that_it_waits_for_ever() {
    let sent = codec::encode(&ask(None, Some(FOREVER), Some(FOREVER))).unwrap();
    let asked: Ask = codec::decode(sent).unwrap();
    assert_eq!((asked.until, asked.room), (Some(FOREVER), Some(FOREVER)));
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_has_sent_everything_and_stops_asking_is_gone() {
    let flows = Flows::default();
    let stream = flowing(&flows);
    let flow = stream.flow();
    let gone = flow.abandoned();
    tokio::pin!(gone);
    let long = 20 * PATIENCE;
    let asks = |until| flows.answer(CALLER, ask(None, Some(until), Some(FOREVER)));
    // It asks about an item, and then has nothing to ask.
    asks(0).await.unwrap();
    assert!(tokio::time::timeout(long, &mut gone).await.is_err());
    for _ in 0..10 {
        tokio::select! {
            told = asks(FOREVER) => drop(told.unwrap()),
            () = &mut gone => panic!("it waits"),
        }
        // The next comes a little later.
        assert!(tokio::time::timeout(POLL, &mut gone).await.is_err());
    }
    let silent = tokio::time::Instant::now();
    gone.await;
    assert!(silent.elapsed() <= POLLS * POLL);
}

#[tokio::test(start_paused = true)]
async fn in_a_drain_a_caller_that_waits_shows_itself_each_poll_and_one_that_does_not_is_gone_sooner()
 {
    let draining = CancellationToken::new();
    let flows = Flows::new(draining.clone());
    let stream = flowing(&flows);
    let flow = stream.flow();
    let gone = flow.abandoned();
    tokio::pin!(gone);
    let asks = || flows.answer(CALLER, ask(None, Some(FOREVER), Some(FOREVER)));
    let pending = asks();
    tokio::pin!(pending);
    assert!(futures_util::poll!(&mut pending).is_pending());
    draining.cancel();
    let drain = tokio::time::Instant::now();
    pending.await.unwrap();
    assert_eq!(drain.elapsed(), POLL);
    // One lost question is not taken for a caller that is gone.
    let lost = POLL * (DRAIN_POLLS - 1);
    assert!(tokio::time::timeout(lost, &mut gone).await.is_err());
    asks().await.unwrap();
    let silent = tokio::time::Instant::now();
    gone.await;
    assert!(silent.elapsed() <= DRAIN_POLLS * POLL);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_takes_long_to_write_is_not_taken_for_a_caller_that_is_gone() {
    let flows = Flows::default();
    let stream = flowing(&flows);
    let flow = stream.flow();
    {
        let question = flows.answer(CALLER, ask(None, Some(FOREVER), Some(FOREVER)));
        tokio::pin!(question);
        assert!(futures_util::poll!(&mut question).is_pending());
    }
    // The silence starts while the handler runs, and goes on after that.
    let served = async {
        tokio::time::sleep(POLL).await;
        drop(stream);
        tokio::time::sleep(2 * POLLS * POLL).await;
    };
    tokio::select! {
        () = served => {}
        () = flow.abandoned() => panic!("the answer is cut off"),
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_granted_is_answered_with_what_is() {
    let flows = Flows::default();
    let _stream = flowing(&flows);
    let ask = ask(None, Some(u64::MAX), Some(u64::MAX));
    let told = flows.answer(CALLER, ask).await.unwrap();
    assert_eq!((told.taken, told.limit), (0, Some(INITIAL)));
}

#[tokio::test]
async fn nobody_has_a_word_in_the_stream_of_another() {
    let flows = Flows::default();
    let stream = flowing(&flows);
    let other = flows.answer([9; 32], ask(Some(WINDOW), None, None)).await;
    assert_eq!(other.unwrap_err(), UNKNOWN);
    let flow = flows.streams().values().next().cloned().unwrap();
    assert_eq!(*flow.granted.borrow(), None);
    drop(stream);
    assert!(flows.streams().is_empty());
}
