//! Frames of a station that no node can read.

use hecate_om::macula::frame::MAX_FRAME_BYTES;
use hecate_om_tests::WAIT_LIMIT;
use serde_json::json;

use super::calls::{LOST, RECORD_RUN, call_of_trial, record_run, replace_answers};
use super::{Setup, with_setup};

/// Calls the trial until it answers, on new links if necessary.
async fn is_answered(setup: &Setup, key: &str) {
    let answered = async { while record_run(setup, key).await.is_err() {} };
    let answered = tokio::time::timeout(WAIT_LIMIT, answered).await;
    answered.unwrap_or_else(|_| panic!("{key}: both nodes answer"));
}

#[test]
fn a_frame_that_is_too_large_or_nested_too_deep_ends_no_process_and_the_node_links_again() {
    with_setup(async |setup| {
        let too_large = vec![0; MAX_FRAME_BYTES + 1];
        // Lists in lists. A decoder without a limit overflows its stack.
        let too_deep = vec![0x81; 1_000_000];
        for (case, unreadable) in [("too large", too_large), ("too deep", too_deep)] {
            let (to_provider, to_caller) = (unreadable.clone(), unreadable);
            setup.tell(move |frame| match call_of_trial(frame) {
                Some(_) => vec![to_provider.clone()],
                None => vec![frame.as_sent()],
            });
            is_lost(setup).await;
            setup.tell_the_truth();
            is_answered(setup, &format!("provider, {case}")).await;
            replace_answers(setup, move |_, _| vec![to_caller.clone()]);
            is_lost(setup).await;
            setup.tell_the_truth();
            is_answered(setup, &format!("caller, {case}")).await;
        }
    });
}

async fn is_lost(setup: &Setup) {
    let call = setup.mesh().procedure(RECORD_RUN).timeout(LOST);
    let run = json!({"key": "lost", "held": false});
    let lost = call.call::<_, u64>(&run).await;
    lost.expect_err("the station sends something else");
}
