//! Flow control of streams.

use arbitrary::{Result, Unstructured};
use hecate_om::__private::LocalFlow;
use macula_rust::cbor::{self, Value};
use tokio::runtime::{Builder, Runtime};

use crate::generators::cbor::{damage, value};
use crate::limits::within_limits;

/// Memory for each byte of input: the values of the wire, and the state of the stream.
const FACTOR: u64 = 256;

/// Largest item of a stream, in bytes.
const MAX_ITEM: u64 = 1024 * 1024;

/// Credit that a stream has before its caller asks for any, in bytes.
const INITIAL: u64 = 64 * 1024;

/// Checks that any messages of a caller are answered or refused, that the answer is what the
/// handler has consumed, and that the limit on what the caller may send never falls and is never
/// further away than the credit of a stream.
///
/// The input is a message, and describes messages, items that the handler consumes and sends, and
/// the end of the stream. Time is simulated.
///
/// # Panics
///
/// If a property does not hold.
pub fn flow_control(input: &[u8]) {
    thread_local! {
        static RUNTIME: Runtime = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime starts");
    }
    RUNTIME.with(|runtime| {
        within_limits(input.len(), FACTOR, || {
            // The description ends where the input does.
            let _ = runtime.block_on(run(&mut Unstructured::new(input)));
        });
    });
}

async fn run(u: &mut Unstructured<'_>) -> Result<()> {
    // The whole input is a message of another stream.
    let _ = LocalFlow::open()
        .answer(u.peek_bytes(u.len()).unwrap_or_default())
        .await;
    let mut flow = LocalFlow::open();
    let (mut consumed, mut limit, mut has_ended) = (0, INITIAL, false);
    while !u.is_empty() {
        match u.int_in_range(0..=7)? {
            0 => {
                let cost = u.int_in_range(0..=MAX_ITEM)?;
                flow.consume(cost);
                consumed += if has_ended { 0 } else { cost };
            }
            1 if u.ratio(1, 8)? => {
                flow.end();
                has_ended = true;
            }
            1 => {
                let cost = u.int_in_range(0..=MAX_ITEM)?;
                let wait = std::time::Duration::from_secs(60);
                // An item may wait for a report that never arrives.
                let _ = tokio::time::timeout(wait, flow.reserve(cost)).await;
            }
            _ => {
                let message = message(u)?;
                let Ok(answer) = flow.answer(&message).await else {
                    continue;
                };
                assert!(!has_ended, "an ended stream is not answered");
                let answer = cbor::decode(&answer).expect("an answer is CBOR");
                let number = |key| match answer.get(key) {
                    Some(Value::Int(n)) => u64::try_from(*n).expect("it is not negative"),
                    other => panic!("`{key}` is {other:?}"),
                };
                assert_eq!(number("taken"), consumed);
                assert!(number("limit") >= limit, "the limit has fallen");
                limit = number("limit");
                assert!(limit <= consumed + INITIAL + LocalFlow::MAX_CREDIT);
            }
        }
    }
    Ok(())
}

/// Returns a message: a valid one, a damaged one, or any value.
fn message(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mut message = vec![(Value::text("stream"), Value::text("02".repeat(16)))];
    for key in ["taken", "until", "room"] {
        if u.arbitrary()? {
            let number = match u.int_in_range(0..=3)? {
                0 => i64::MAX,
                1 => u.arbitrary()?,
                2 => u.int_in_range(0..=64 * 1024 * 1024)?,
                _ => u.int_in_range(0..=1024)?,
            };
            message.push((Value::text(key), Value::Int(number.into())));
        }
    }
    let mut message = Value::Map(message);
    match u.int_in_range(0..=7)? {
        0 => damage(&mut message, u)?,
        1 => message = value(u)?,
        _ => {}
    }
    Ok(cbor::encode(&message).unwrap_or_default())
}
