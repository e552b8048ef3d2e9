//! The payload codec.

mod types;

use std::fmt::Debug;

use hecate_om::__private::LocalDispatch;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::runtime::{Builder, Runtime};

use types::{
    Bytes, Element, Everything, Everywhere, Flags, Flattened, Job, Keys, Numbers, Shape, Standard,
    Tree,
};

/// The largest refusal that the wire carries, in bytes.
const MAX_DETAIL: usize = 256;

/// Bytes that decode as a handler's type are encoded as bytes that the wire admits and that decode
/// to an equal value. Other bytes are refused with a reason. A call with any bytes gets a response,
/// or a refusal within the wire's limit.
///
/// # Panics
///
/// If the property does not hold.
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
    let value: T = match LocalDispatch::try_decode(input) {
        Ok(value) => value,
        Err(reason) => return assert!(!reason.is_empty(), "refused for a reason"),
    };
    let bytes = match LocalDispatch::try_encode(&value) {
        Ok(bytes) => bytes,
        // The SDK decodes a value alone one level deeper than within a frame.
        Err(reason) => return assert!(reason.contains("63 levels"), "{value:?}: {reason}"),
    };
    let again: T = LocalDispatch::try_decode(&bytes).expect("what is written is read");
    assert_eq!(again, value, "and is the same");
    let bytes_again = LocalDispatch::try_encode(&again).expect("what is read is written");
    assert_eq!(bytes_again, bytes, "in the same bytes");
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
            "an echo says what it heard"
        ),
        Err(detail) => assert!((1..=MAX_DETAIL).contains(&detail.len()), "{detail}"),
    }
}
