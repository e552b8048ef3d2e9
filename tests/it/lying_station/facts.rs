//! Facts through a station that lies.

use hecate_om_tests::WAIT_LIMIT;
use serde_json::json;

use super::{Setup, with_setup};

async fn publish(setup: &Setup, number: u64) {
    let topic = setup.mesh().topic("hecate-trial/trial/happened_v1");
    let fact = json!({"number": number});
    let published = topic.timeout(WAIT_LIMIT).publish(&fact).await;
    published.expect("the fact is published");
}

/// Returns the facts that the trial has handled, once the last one is there.
async fn handled(setup: &Setup, last: u64) -> Vec<String> {
    let handled = async {
        loop {
            let received = setup.mesh().procedure("hecate-trial/trial.received");
            let received = received.timeout(WAIT_LIMIT);
            let received = received.call::<_, Vec<String>>(&()).await;
            let received = received.unwrap_or_default();
            let is_last = |fact: &String| fact.starts_with(&last.to_string());
            if received.last().is_some_and(is_last) {
                return received;
            }
        }
    };
    let handled = tokio::time::timeout(WAIT_LIMIT, handled).await;
    handled.expect("the last fact is handled")
}

#[test]
fn a_fact_is_handled_once_and_only_as_its_publisher_signed_it() {
    with_setup(async |setup| {
        let mut earlier: Vec<Vec<u8>> = Vec::new();
        setup.tell(move |frame| {
            if !frame.is("event") {
                return vec![frame.as_sent()];
            }
            let mut events = earlier.clone();
            events.extend([
                frame.altered("publication"),
                frame.as_sent(),
                frame.as_sent(),
            ]);
            earlier.push(frame.as_sent());
            events
        });
        for number in 1..=4 {
            publish(setup, number).await;
        }
        let publisher = setup.mesh().node_id();
        let expected: Vec<String> = (1..=4).map(|n| format!("{n} by {publisher}")).collect();
        assert_eq!(handled(setup, 4).await, expected);
    });
}
