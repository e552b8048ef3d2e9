//! The payload codec.

mod types;

use std::fmt::Debug;

use hecate_om::__private::LocalDispatch;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::runtime::{Builder, Runtime};

use crate::limits::within_limits;
use types::{
    Bytes, Element, Everything, Everywhere, Flags, Flattened, Job, Keys, Numbers, Shape, Standard,
    Tree,
};

/// Memory for each byte of input: serde copies an untagged enum that contains itself at each of the
/// 63 levels that the wire allows.
const FACTOR: u64 = 4096;

/// Maximum length of a refusal on the wire, in bytes.
const MAX_DETAIL: usize = 256;

/// Checks that a value decoded from any bytes encodes to bytes that the wire accepts and that
/// decode to an equal value, that other bytes are refused with a reason, and that a call with any
/// bytes is answered, or refused within the length of a refusal.
///
/// # Panics
///
/// If a property does not hold.
pub fn payload_codec(input: &[u8]) {
    round_trips::<Numbers>(input);
    round_trips::<Everything>(input);
    round_trips::<Vec<Shape>>(input);
    round_trips::<Everywhere>(input);
    round_trips::<Flattened>(input);
    round_trips::<Vec<Job>>(input);
    round_trips::<Flags>(input);
    round_trips::<Keys>(input);
    round_trips::<Standard>(input);
    round_trips::<Tree>(input);
    round_trips::<Bytes>(input);
    round_trips::<Element>(input);
    round_trips::<serde_json::Value>(input);
    round_trips::<Option<String>>(input);
    round_trips::<[u8; 4]>(input);
    round_trips::<f32>(input);
    round_trips::<i128>(input);
    is_answered(input);
}

fn round_trips<T: Serialize + DeserializeOwned + JsonSchema + PartialEq + Debug>(input: &[u8]) {
    hecate_om::call::register_schema::<T>();
    let decoded = within_limits(input.len(), FACTOR, || LocalDispatch::try_decode(input));
    let value: T = match decoded {
        Ok(value) => value,
        Err(reason) => return assert!(!reason.is_empty(), "refused for a reason"),
    };
    let bytes = match LocalDispatch::try_encode(&value) {
        Ok(bytes) => bytes,
        // The SDK decodes a value alone one level deeper than within a frame.
        Err(reason) => return assert!(reason.contains("63 levels"), "{value:?}: {reason}"),
    };
    let again: T = LocalDispatch::try_decode(&bytes).expect("an encoded value decodes");
    assert_eq!(again, value, "to the same value");
    let bytes_again = LocalDispatch::try_encode(&again).expect("a decoded value encodes");
    assert_eq!(bytes_again, bytes, "to the same bytes");
}

fn is_answered(input: &[u8]) {
    thread_local! {
        static LOCAL: (Runtime, LocalDispatch) = (
            Builder::new_current_thread().enable_time().build().expect("a runtime starts"),
            LocalDispatch::echo(),
        );
    }
    let outcome = LOCAL.with(|(runtime, echo)| runtime.block_on(echo.try_dispatch(input)));
    match outcome {
        Ok(answer) => assert_eq!(
            LocalDispatch::try_decode::<String>(&answer),
            LocalDispatch::try_decode::<String>(input),
            "an echo returns its request"
        ),
        Err(detail) => assert!((1..=MAX_DETAIL).contains(&detail.len()), "{detail}"),
    }
}
