//! Calls through a station that lies.

use std::time::Duration;

use hecate_om::call::CallError;
use hecate_om::identity::NodeId;
use hecate_om::macula::cbor::{self, Value as Wire};
use hecate_om::macula::frame::{self, VerifiedRequest};
use hecate_om::macula::node_key::NodeKey;
use hecate_om::macula::signed_object::{Object, sign_object};
use hecate_om_tests::WAIT_LIMIT;
use serde_json::json;

use super::{Frame, Held, PROFILE, Setup, encoded, strangers_key, with_setup};

pub(super) const RECORD_RUN: &str = "hecate-trial/trial.record_run";
const TRIAL_KEY: &str = "hecate-trial/identity.key";

/// Value of a forged answer.
const FORGED: u64 = 666;

/// Timeout of a call that the station never completes: long enough that a busy machine sends the
/// call, and runs it if the request arrives.
pub(super) const LOST: Duration = Duration::from_secs(3);

/// Calls the trial, which counts the runs with this key.
pub(super) async fn record_run(setup: &Setup, key: &str) -> Result<u64, CallError> {
    let call = setup.mesh().procedure(RECORD_RUN).timeout(WAIT_LIMIT);
    call.call(&json!({"key": key, "held": false})).await
}

/// Calls the trial while the station withholds the request or the answer.
async fn record_lost_run(setup: &Setup, key: &str) {
    let call = setup.mesh().procedure(RECORD_RUN).timeout(LOST);
    let run = json!({"key": key, "held": false});
    let lost = call.call::<_, u64>(&run).await;
    let error = lost.expect_err("the station withholds it");
    assert!(matches!(error, CallError::TimedOut(_)), "{error}");
}

/// Returns how often the provider ran with this key.
async fn runs(setup: &Setup, provider: NodeId, key: &str) -> u64 {
    setup.tell_the_truth();
    let count = setup.mesh().procedure("hecate-trial/trial.run_count");
    let count = count.provider(provider).timeout(WAIT_LIMIT).call(key).await;
    count.expect("an honest station relays the call")
}

fn node_id(key: &NodeKey) -> NodeId {
    NodeId::from_bytes(key.node_id().expect("it is a node's"))
}

/// Returns the request, if the frame is a call of the trial.
pub(super) fn call_of_trial(frame: &Frame<'_>) -> Option<VerifiedRequest> {
    let request = frame
        .is("call")
        .then(|| frame::verify_request(&frame.fields, PROFILE));
    request?
        .ok()
        .filter(|request| request.procedure == RECORD_RUN)
}

/// Returns whether a frame is the RESULT of a request.
fn answers(frame: &Frame<'_>, request: &VerifiedRequest) -> bool {
    let ids = frame
        .is("result")
        .then(|| frame::claimed_reply_ids(&frame.fields));
    ids.is_some_and(|ids| ids.is_ok_and(|(id, _)| id == request.request_id))
}

/// Makes the station replace the answers to calls of the trial.
pub(super) fn replace_answers(
    setup: &Setup,
    mut replace: impl FnMut(&Frame<'_>, &VerifiedRequest) -> Vec<Vec<u8>> + Send + 'static,
) {
    let mut request = None;
    setup.tell(move |frame| {
        if let Some(call) = call_of_trial(frame) {
            request = Some(call);
        } else if let Some(call) = request.take_if(|call| answers(frame, call)) {
            return replace(frame, &call);
        }
        vec![frame.as_sent()]
    });
}

/// Returns a RESULT with another value, in the name of the node `by`, signed with `key`.
fn forged(frame: &Frame<'_>, by: [u8; 32], key: &NodeKey) -> Vec<u8> {
    let reply = frame.fields.get("reply").expect("a result has a reply");
    let reply = Object::from_value(reply).expect("a reply is a signed object");
    let said = cbor::decode(&reply.tbs).expect("what is signed decodes");
    let said = said
        .with_field("payload", Wire::Int(FORGED.into()))
        .with_field("responded_by", Wire::Bytes(by.to_vec()));
    let Wire::Map(said) = said else {
        panic!("what is signed is a map");
    };
    let reply = sign_object("MACULA-PQ-REPLY-V1", &said, key).expect("any key can sign");
    encoded(&frame.fields.clone().with_field("reply", reply.to_value()))
}

/// Makes the station send the frames that it holds before the next call of a trial.
fn send_with_next_call(setup: &Setup, held: &Held) {
    let held = held.clone();
    setup.tell(move |frame| {
        let mut frames = match call_of_trial(frame) {
            Some(_) => held.take(),
            None => vec![],
        };
        frames.push(frame.as_sent());
        frames
    });
}

#[test]
fn an_answer_that_the_provider_did_not_sign_for_this_call_is_ignored() {
    with_setup(async |setup| {
        let (station, stranger) = (setup.key("station/station.key"), strangers_key());
        let provider = setup.key(TRIAL_KEY);
        replace_answers(setup, move |frame, call| {
            vec![forged(frame, call.target, &provider)]
        });
        assert_eq!(
            record_run(setup, "forged with the provider's key").await,
            Ok(FORGED)
        );
        let mut earlier = None;
        replace_answers(setup, move |frame, call| {
            let mut sent = vec![frame.altered("reply")];
            for key in [&station, &stranger] {
                for by in [call.target, *node_id(key).as_bytes()] {
                    sent.push(forged(frame, by, key));
                }
            }
            // The provider's own answer to the call before.
            sent.extend(earlier.replace(frame.as_sent()));
            sent.push(frame.as_sent());
            sent
        });
        for n in 1..=3 {
            assert_eq!(record_run(setup, "one").await, Ok(n));
        }
    });
}

#[test]
fn a_call_runs_once_at_its_own_provider_however_often_the_station_sends_it() {
    with_setup(async |setup| {
        let own = node_id(&setup.key(TRIAL_KEY));
        let sent = Held::default();
        let earlier = sent.clone();
        setup.tell(move |frame| match call_of_trial(frame) {
            Some(_) => {
                let mut calls = earlier.take();
                calls.extend([frame.altered("request"), frame.as_sent(), frame.as_sent()]);
                for call in &calls {
                    earlier.push(call.clone());
                }
                calls
            }
            None => vec![frame.as_sent()],
        });
        let keys = ["first", "second", "third"];
        for key in keys {
            match record_run(setup, key).await {
                Ok(runs) => assert_eq!(runs, 1, "{key}"),
                // A copy that arrives while the call runs is refused, which may be the first answer.
                Err(CallError::Wire { code, .. }) => assert_eq!(code, "request_copy", "{key}"),
                Err(error) => panic!("{key}: {error}"),
            }
        }
        setup.tell_the_truth();
        // A replica serves the same procedure. It receives the calls of the first provider, too.
        let replica = setup.realm.run(&setup.machine, "hecate-trial", "replica");
        replica.ready();
        let other = node_id(&setup.key("replica/identity.key"));
        send_with_next_call(setup, &sent);
        let call = setup.mesh().procedure(RECORD_RUN).provider(other);
        let run = json!({"key": "own", "held": false});
        assert_eq!(call.timeout(WAIT_LIMIT).call(&run).await, Ok(1_u64));
        assert!(sent.take().is_empty(), "the replica has received them");
        for key in keys {
            assert_eq!(runs(setup, own, key).await, 1, "{key}");
            assert_eq!(runs(setup, other, key).await, 0, "{key}");
        }
    });
}

#[test]
fn a_call_whose_request_or_answer_the_station_drops_fails_and_is_not_repeated() {
    with_setup(async |setup| {
        let own = node_id(&setup.key(TRIAL_KEY));
        setup.tell(|frame| match call_of_trial(frame) {
            Some(_) => vec![],
            None => vec![frame.as_sent()],
        });
        record_lost_run(setup, "request").await;
        assert_eq!(runs(setup, own, "request").await, 0);
        replace_answers(setup, |_, _| vec![]);
        record_lost_run(setup, "answer").await;
        assert_eq!(runs(setup, own, "answer").await, 1);
    });
}

#[test]
fn a_call_that_the_station_delays_past_its_deadline_does_not_run() {
    with_setup(async |setup| {
        let own = node_id(&setup.key(TRIAL_KEY));
        let late = Held::default();
        let held = late.clone();
        setup.tell(move |frame| {
            match call_of_trial(frame) {
                Some(_) => held.push(frame.as_sent()),
                None => return vec![frame.as_sent()],
            }
            vec![]
        });
        record_lost_run(setup, "late").await;
        send_with_next_call(setup, &late);
        assert_eq!(record_run(setup, "in time").await, Ok(1));
        assert!(late.take().is_empty(), "the provider has received it");
        assert_eq!(runs(setup, own, "late").await, 0);
    });
}
