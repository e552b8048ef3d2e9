//! Streams through a station that lies.

use hecate_om::call::CallError;
use hecate_om_tests::WAIT_LIMIT;
use serde::Deserialize;
use serde_json::json;

use super::{Frame, Setup, with_setup};

const ITEMS: u64 = 8;

#[derive(Debug, Deserialize)]
struct Counted {
    number: u64,
}

/// Reads a stream of numbers to its end. Returns how many arrived in their order, and how the
/// stream ended.
async fn count(setup: &Setup, key: &str) -> (u64, Result<(), CallError>) {
    let call = setup.mesh().procedure("hecate-trial/trial.count_to");
    let opened = call
        .timeout(WAIT_LIMIT)
        .server_streaming(&json!({"key": key, "to": ITEMS}))
        .await;
    let mut items = opened.expect("the stream can be opened");
    let mut arrived = 0;
    let read = async {
        while let Some(item) = items.next().await {
            let item: Counted = item?;
            assert_eq!(item.number, arrived, "{key}");
            arrived += 1;
        }
        Ok(())
    };
    let end = tokio::time::timeout(WAIT_LIMIT, read).await;
    (arrived, end.expect("the stream ends"))
}

fn is_item(frame: &Frame<'_>) -> bool {
    frame.is("stream_data")
}

#[test]
fn a_stream_that_the_station_changes_ends_with_an_error_and_never_looks_complete() {
    with_setup(async |setup| {
        assert_eq!(count(setup, "honest").await, (ITEMS, Ok(())));
        // From the fourth item on: what is sent in place of a frame, and what is kept back.
        type Change = fn(&Frame<'_>, &mut Vec<Vec<u8>>) -> Vec<Vec<u8>>;
        let changes: [(&str, Change); 5] = [
            ("repeated", |frame, _| {
                vec![frame.as_sent(), frame.as_sent()]
            }),
            ("altered", |frame, _| vec![frame.altered("stream")]),
            ("reordered", |frame, kept| {
                kept.push(frame.as_sent());
                if kept.len() < 2 {
                    return vec![];
                }
                kept.drain(..).rev().collect()
            }),
            ("dropped", |frame, kept| {
                kept.push(frame.as_sent());
                if kept.len() == 1 {
                    vec![]
                } else {
                    vec![frame.as_sent()]
                }
            }),
            ("cut off", |_, _| vec![]),
        ];
        for (key, change) in changes {
            let (mut items, mut kept) = (0, Vec::new());
            setup.tell(move |frame| {
                items += u64::from(is_item(frame));
                let is_end = frame.is("stream_end");
                if items > 3 && (is_item(frame) || is_end) {
                    change(frame, &mut kept)
                } else {
                    vec![frame.as_sent()]
                }
            });
            let (arrived, end) = count(setup, key).await;
            assert!(end.is_err(), "{key}: {arrived} items and an end");
        }
    });
}
