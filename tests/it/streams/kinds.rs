//! Streams opened as another kind, or with other types than the provider's.

use futures_util::stream::{self, Stream};
use hecate_om::{JsonSchema, call::CallError, capability, stream::Inbound};
use serde::{Deserialize, Serialize};

use super::{next, release, trial, with_trial};

const TRIAL: &str = "hecate-trial";

/// `trial.count_to` as in an older version, without `to`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(crate = "hecate_om::schemars")]
struct OldCount {
    key: String,
}

#[capability("trial.count_to")]
async fn old_count(_count: OldCount) -> impl Stream<Item = u64> {
    stream::empty()
}

/// `trial.watch` with another item type.
#[capability("trial.watch")]
async fn other_watch(_key: String) -> impl Stream<Item = String> {
    stream::empty()
}

/// `trial.sum` with another item type.
#[capability("trial.sum")]
async fn other_sum(_key: String, _numbers: Inbound<String>) -> u64 {
    0
}

fn kind(error: CallError) -> &'static str {
    assert!(!error.retryable(), "{error}");
    match error {
        CallError::WrongKind { kind, .. } => kind,
        other => panic!("not of the wrong kind: {other:?}"),
    }
}

fn differences(error: CallError) -> String {
    match error {
        CallError::SchemaMismatch { differences, .. } => differences.join("; "),
        other => panic!("no mismatch: {other:?}"),
    }
}

#[test]
fn a_procedure_opened_as_another_kind_is_refused_with_the_right_kind() {
    with_trial(async |mesh, _trial| {
        let open = async |name: &str| {
            let opened = trial(&mesh, name).server_streaming::<_, u64>("key").await;
            let ended = match opened {
                Ok(mut items) => next(&mut items).await.expect("the call is refused"),
                Err(error) => Err(error),
            };
            ended.expect_err("the call is refused")
        };
        assert_eq!(kind(open("sum").await), "client_stream");
        assert_eq!(kind(open("shout").await), "bidi");
        assert_eq!(kind(open("streamed").await), "response");
        assert_eq!(open("nothing").await.code(), "no_provider");

        let stream = trial(&mesh, "watch")
            .client_streaming::<_, u64, u64>("key")
            .await;
        let answer = stream.expect("the request is sent").finish().await;
        assert_eq!(kind(answer.unwrap_err()), "streamer");
        for (name, is, method) in [
            ("watch", "streamer", "server_streaming"),
            ("sum", "client_stream", "client_streaming"),
        ] {
            let called: Result<u64, _> = trial(&mesh, name).call("key").await;
            let error = called.expect_err("a stream is not called");
            let text = error.to_string();
            assert!(
                text.contains(&format!("; open it with `{method}`")),
                "{text}"
            );
            assert_eq!(kind(error), is);
        }
    });
}

#[test]
fn a_stream_with_other_types_reports_a_schema_mismatch() {
    with_trial(async |mesh, _trial| {
        let old = OldCount { key: "old".into() };
        let opened = mesh.open::<old_count>(&old).org(TRIAL).await;
        let error = next(&mut opened.unwrap()).await.unwrap().unwrap_err();
        let text = differences(error);
        assert!(text.contains("request `to`: is new and required"), "{text}");

        let key = "other".to_owned();
        let opened = mesh.open::<other_watch>(&key).org(TRIAL).await;
        let error = next(&mut opened.unwrap()).await.unwrap().unwrap_err();
        let text = differences(error);
        assert!(text.contains("response "), "{text}");

        release(&mesh, &key).await;
        let opened = mesh.open::<other_sum>(&key).org(TRIAL).await;
        let mut stream = opened.unwrap();
        stream.send(&"not a number".to_owned()).await.unwrap();
        let text = differences(stream.finish().await.unwrap_err());
        assert!(text.contains("items sent "), "{text}");
    });
}
