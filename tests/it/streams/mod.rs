//! Streams between processes, in one direction and in both, to their ends.

mod ends;
mod faults;
mod kinds;

use std::future::Future;

use hecate_om::{
    Mesh,
    call::{CallBuilder, CallError},
    stream::{ClientStream, ResponseStream, StreamSender},
};
use hecate_om_tests::{Sandbox, Service, WAIT_LIMIT, runtime};
use serde::{Deserialize, Serialize};

/// The request of the trial's count.
#[derive(Serialize)]
struct Count<'a> {
    key: &'a str,
    to: u64,
    padding: usize,
}

#[derive(Debug, Deserialize)]
struct Counted {
    number: u64,
}

#[derive(Serialize)]
struct Number {
    number: u64,
    padding: String,
}

/// The trial's report of the progress of the streams with a key.
#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Progress {
    items: u64,
    open: u64,
    cancelled: u64,
}

fn trial<'a>(mesh: &'a Mesh, name: &str) -> CallBuilder<'a> {
    let procedure = format!("hecate-trial/trial.{name}");
    mesh.procedure(procedure).timeout(WAIT_LIMIT)
}

async fn count(mesh: &Mesh, key: &str, to: u64, padding: usize) -> ResponseStream<Counted> {
    let count = Count { key, to, padding };
    let opened = trial(mesh, "count_to").server_streaming(&count).await;
    opened.expect("the stream can be opened")
}

async fn sum(mesh: &Mesh, key: &str) -> ClientStream<Number, u64> {
    let opened = trial(mesh, "sum").client_streaming(key).await;
    opened.expect("the stream can be opened")
}

async fn progress(mesh: &Mesh, key: &str) -> Progress {
    let progress = trial(mesh, "streamed").call(key).await;
    progress.expect("the trial answers")
}

async fn release(mesh: &Mesh, key: &str) {
    let released: Result<(), _> = trial(mesh, "release").call(key).await;
    released.expect("the trial answers");
}

/// Waits until the streams of `key` have progressed to `far`.
async fn until(mesh: &Mesh, key: &str, far: impl Fn(&Progress) -> bool) -> Progress {
    in_time(async {
        loop {
            let progress = progress(mesh, key).await;
            if far(&progress) {
                return progress;
            }
        }
    })
    .await
}

/// Waits until the streams of `key` make no further progress: more and more polls find the same.
async fn standstill(mesh: &Mesh, key: &str) -> Progress {
    let mut last = progress(mesh, key).await;
    let mut same = 0;
    in_time(async {
        while same < 50 {
            let now = progress(mesh, key).await;
            same = if now == last { same + 1 } else { 0 };
            last = now;
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
    last
}

async fn in_time<T>(of: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(WAIT_LIMIT, of).await;
    done.expect("in time")
}

async fn next<T: serde::de::DeserializeOwned + Send + 'static>(
    items: &mut ResponseStream<T>,
) -> Option<Result<T, CallError>> {
    in_time(items.next()).await
}

/// Runs `test` with a trial.
fn with_trial<F: Future<Output = ()>>(test: impl FnOnce(Mesh, Service) -> F) {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let service = machine.start("hecate-trial");
    runtime().block_on(async {
        let client = machine.client().await;
        test(client.mesh().clone(), service).await;
        client.close().await;
    });
}

#[test]
fn ten_thousand_items_and_the_end_arrive_in_order() {
    with_trial(async |mesh, _trial| {
        let mut items = count(&mesh, "many", 10_000, 0).await;
        for n in 0..10_000 {
            let item = next(&mut items).await.expect("there are more");
            assert_eq!(item.expect("an item").number, n);
        }
        assert!(next(&mut items).await.is_none());
        assert!(next(&mut items).await.is_none(), "the stream has ended");
        let progress = until(&mesh, "many", |progress| progress.open == 0).await;
        assert_eq!(progress.items, 10_000);
    });
}

#[test]
fn a_reader_that_pauses_stops_its_provider_and_reads_to_the_end_later() {
    with_trial(async |mesh, _trial| {
        let (all, padding) = (300, 32 * 1024);
        let mut items = count(&mesh, "slow", all, padding).await;
        assert_eq!(next(&mut items).await.unwrap().unwrap().number, 0);
        let held = standstill(&mesh, "slow").await;
        assert!(
            held.items < 120,
            "4 MiB of items of 36 KiB each is in flight at most, and one is being sent: {held:?}"
        );
        for n in 1..all {
            assert_eq!(next(&mut items).await.unwrap().unwrap().number, n);
        }
        assert!(next(&mut items).await.is_none());
    });
}

#[test]
fn a_client_stream_gets_one_response_and_a_slow_handler_stops_its_caller() {
    with_trial(async |mesh, _trial| {
        let mut stream = sum(&mesh, "held").await;
        let padding = "x".repeat(7 * 1024);
        let all: u64 = 2_000;
        let sender = tokio::spawn(async move {
            for number in 0..all {
                let item = Number {
                    number,
                    padding: padding.clone(),
                };
                stream.send(&item).await?;
            }
            stream.finish().await
        });
        until(&mesh, "held", |progress| progress.open == 1).await;
        // Unread, 2,000 items of 11 KiB would exceed the wire's 16 MiB and end the stream.
        for _ in 0..100 {
            assert!(!sender.is_finished(), "it is held back");
            progress(&mesh, "held").await;
        }
        release(&mesh, "held").await;
        let sum = in_time(sender).await.expect("the sender does not panic");
        assert_eq!(sum, Ok((0..all).sum()));
        assert_eq!(progress(&mesh, "held").await.items, all);
    });
}

#[test]
fn a_bidirectional_stream_carries_items_until_one_side_ends_it() {
    with_trial(async |mesh, _trial| {
        let open = async || -> (StreamSender<String>, ResponseStream<String>) {
            let opened = trial(&mesh, "shout").bidirectional("words").await;
            opened.expect("the stream can be opened")
        };
        let (mut words, mut shouts) = open().await;
        for n in 0..1_000 {
            words.send(&format!("word {n}")).await.unwrap();
            let shout = next(&mut shouts).await.unwrap().unwrap();
            assert_eq!(shout, format!("WORD {n}"));
        }
        words.finish().await.unwrap();
        assert!(next(&mut shouts).await.is_none(), "the caller has enough");

        let (mut words, mut shouts) = open().await;
        words.send(&"stop".to_owned()).await.unwrap();
        assert!(next(&mut shouts).await.is_none(), "the provider has enough");
        let error = in_time(async {
            loop {
                if let Err(error) = words.send(&"more".to_owned()).await {
                    return error;
                }
            }
        });
        assert_eq!(error.await, CallError::StreamEnded);
    });
}

#[test]
fn the_caller_learns_how_the_handler_ended_its_stream() {
    with_trial(async |mesh, _trial| {
        let ends = async |end: &str| -> (Vec<u64>, CallError) {
            let opened = trial(&mesh, "count_and_fail").server_streaming(end).await;
            let mut items = opened.expect("the stream can be opened");
            let mut counted = Vec::new();
            loop {
                match next(&mut items)
                    .await
                    .expect("the stream ends with an error")
                {
                    Ok(item) => counted.push(item),
                    Err(error) => return (counted, error),
                }
            }
        };
        let refused = |error: CallError| match error {
            CallError::Refused(refusal) => (refusal.code().to_owned(), refusal.retryable()),
            other => panic!("not refused: {other}"),
        };
        let (counted, error) = ends("Refused").await;
        assert!(counted.is_empty());
        assert_eq!(refused(error), ("not_counting".into(), true));
        for (end, code) in [
            ("RefusedLate", "counted_out"),
            ("Panics", "panicked"),
            ("Hangs", "timeout"),
        ] {
            let (counted, error) = ends(end).await;
            assert_eq!(counted, [0, 1, 2]);
            assert_eq!(refused(error), (code.into(), false), "{end}");
        }
        let (counted, error) = ends("Whatever").await;
        assert!(counted.is_empty());
        assert_eq!(refused(error).0, "invalid_request");
    });
}

#[test]
fn an_item_that_is_too_large_or_of_another_type_never_reaches_the_handler() {
    with_trial(async |mesh, _trial| {
        for key in ["large", "typed"] {
            release(&mesh, key).await;
        }
        let small = || Number {
            number: 1,
            padding: String::new(),
        };
        let mut stream = sum(&mesh, "large").await;
        stream.send(&small()).await.unwrap();
        let large = Number {
            number: 2,
            padding: "x".repeat(9 * 1024),
        };
        stream.send(&large).await.unwrap();
        let error = in_time(stream.finish()).await.unwrap_err();
        assert_eq!(error.code(), "payload_too_large");

        let opened = trial(&mesh, "sum")
            .client_streaming::<_, String, u64>("typed")
            .await;
        let mut stream = opened.unwrap();
        stream.send(&"not a number".to_owned()).await.unwrap();
        let error = in_time(stream.finish()).await.unwrap_err();
        assert_eq!(error.code(), "invalid_request");

        let large = until(&mesh, "large", |progress| progress.open == 0).await;
        let typed = until(&mesh, "typed", |progress| progress.open == 0).await;
        assert_eq!((large.items, typed.items), (1, 0));
    });
}

#[test]
fn a_stream_for_members_opens_only_with_the_realms_token() {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let _service = machine.start("hecate-trial");
    runtime().block_on(async {
        let client = machine.client().await;
        let id = client.mesh().node_id();
        let count = |can: Option<&str>| {
            let opening = trial(client.mesh(), "count_for_members");
            let opening = match can {
                Some(can) => opening.ucan(machine.token(id, can)),
                None => opening,
            };
            async move {
                let mut items = opening.server_streaming::<_, (String, u64)>(&3).await?;
                let mut all = Vec::new();
                while let Some(item) = next(&mut items).await {
                    all.push(item?);
                }
                Ok(all)
            }
        };
        for can in [None, Some("trial/other")] {
            let refused: CallError = count(can).await.expect_err("it is for members");
            assert_eq!(refused.code(), "unauthorized", "{can:?}: {refused}");
        }
        let me = id.to_string();
        let all = (0..3).map(|n| (me.clone(), n)).collect::<Vec<_>>();
        assert_eq!(count(Some("trial/count")).await, Ok(all));
        client.close().await;
    });
}
